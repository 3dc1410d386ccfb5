"""The company's website: who visits it, and the forms that become leads of the channel 官网, one for one."""

from dataclasses import dataclass
from datetime import date, timedelta

from connectors.sandbox.company.chance import chance, whole
from connectors.sandbox.company.clock import HISTORY_START
from connectors.sandbox.company.tally import leads_on
from connectors.sandbox.company.world import World

CHANNEL = "官网"
TRACKED_FROM = date(2024, 12, 1)
"""Tracking began a month after the history: earlier days are empty although there were forms."""
_BASE_VISITS = 60.0
_RETURNING = 0.64


@dataclass(frozen=True, slots=True)
class SiteDay:
    """One day of the site. `visitors` are different people within the day."""

    visits: int
    visitors: int
    actions: int
    forms: int
    downloads: int


EMPTY = SiteDay(0, 0, 0, 0, 0)


def site_day(world: World, day: date) -> SiteDay:
    """The figures of a day that is over; a day without a visit has only zeros."""
    if day < max(TRACKED_FROM, HISTORY_START):
        return EMPTY
    known: dict[date, SiteDay] = world.memo.setdefault("site", {})  # type: ignore[assignment]
    if day not in known:
        known[day] = _made(world, day)
    return known[day]


def month_visitors(world: World, first: date, last: date) -> int:
    """Different people within [first, last]: fewer than the days' visitors add up to, for some come again."""
    days = [site_day(world, first + timedelta(days=n)).visitors for n in range((last - first).days + 1)]
    return max([int(sum(days) * _RETURNING), *days])


def _made(world: World, day: date) -> SiteDay:
    rng = chance(world.seed, "site", day)
    forms = leads_on(world, CHANNEL, day)
    visits = int(forms * rng.uniform(22, 34)) + whole(rng, _BASE_VISITS * world.scale * rng.uniform(0.6, 1.4))
    visitors = max(min(visits, 1), int(visits * rng.uniform(0.78, 0.92)))
    return SiteDay(visits, visitors, int(visits * rng.uniform(2.2, 3.6)), forms, whole(rng, visits * 0.008))
