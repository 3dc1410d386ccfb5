"""Ratings of a quarter or a year, and the forced distribution where a plan has one; both are kept (F148).

Seats by largest remainder: quotas of 10, 40, 40 and 10 % of seven people are 0.7, 2.8, 2.8 and 0.7, which gives 1, 3, 3
and 0 (equal remainders: the better band). People with equal scores stay together in the better band; the next band
loses the seats they take.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from orchestration.plans.lifecycle_model import ForcedRatings
from orchestration.plans.model import Rating
from orchestration.scoring.assembly import band_of


@dataclass(frozen=True, slots=True)
class PeriodRating:
    """One person's rating over a period: by the bands of the plan, and after the forced distribution."""

    employee_no: str
    score: Fraction
    raw: str
    forced: str

    @property
    def was_moved(self) -> bool:
        return self.raw != self.forced


def rate_period(rating: Rating, scores: dict[str, Fraction]) -> dict[str, PeriodRating]:
    """Rate everybody from unrounded scores; a group below the plan's `min_group` keeps its own ratings."""
    raw = {no: band_of(rating, value)[0] for no, value in scores.items()}
    forced = dict(raw)
    if rating.forced is not None and len(scores) >= rating.forced.min_group:
        forced = distribute(rating.forced, scores)
    return {no: PeriodRating(no, scores[no], raw[no], forced[no]) for no in sorted(scores)}


def distribute(forced: ForcedRatings, scores: dict[str, Fraction]) -> dict[str, str]:
    """Bands by place. Equal scores are never told apart: the tie takes the better of the bands it touches."""
    order = sorted(scores, key=lambda no: (-scores[no], no))
    edges = _cumulative(forced, len(order))
    given: dict[str, str] = {}
    place = 0
    while place < len(order):
        tie = [no for no in order[place:] if scores[no] == scores[order[place]]]
        band = next(name for name, edge in edges if place < edge)
        given |= dict.fromkeys(tie, band)
        place += len(tie)
    return given


def in_top(scores: dict[str, Fraction], share: Fraction, min_population: int) -> frozenset[str]:
    """Places 1..ceil(share x people); who ties with the last of them is in. Nobody below the least population."""
    if not scores or len(scores) < min_population:
        return frozenset()
    places = -(-share.numerator * len(scores) // share.denominator)
    last = sorted(scores.values(), reverse=True)[places - 1]
    return frozenset(no for no, value in scores.items() if value >= last)


def is_at_least(rating: Rating, band: str, wanted: str) -> bool:
    """Whether a band is the wanted one or better."""
    order = [name for name, _ in rating.bands]
    return order.index(band) <= order.index(wanted)


def _cumulative(forced: ForcedRatings, people: int) -> Iterable[tuple[str, int]]:
    """The first place that is beyond each band."""
    exact = [share * people for _, share in forced.quotas]
    seats = [int(value) for value in exact]
    by_remainder = sorted(range(len(seats)), key=lambda index: (seats[index] - exact[index], index))
    for index in by_remainder[: people - sum(seats)]:
        seats[index] += 1
    return [(band, sum(seats[: index + 1])) for index, (band, _) in enumerate(forced.quotas)]
