"""What a plan says about ratings over time: improvement plans, raises, promotions, the award of the year. Values only.

Nothing here changes what somebody is paid; the outcomes are recommendations that need a person's decision (F152, F195).
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from orchestration.plans.expression import Expression

OnGap = Literal["skip", "break"]
"""What a month without a score does to a streak: it is left out, or it ends it (T15)."""


@dataclass(frozen=True, slots=True)
class ForcedRatings:
    """Shares of people by band, best first, adding up to 100 %; groups below `min_group` keep their own ratings."""

    quotas: tuple[tuple[str, Fraction], ...]
    min_group: int


@dataclass(frozen=True, slots=True)
class ImprovementPlan:
    """PIP: entered after `misses` months in a row below `below`; passed by the months of observation (F150, F151).

    `must_meet`: how many of the observed months have to reach the score.
    """

    below: Expression
    misses: int
    on_gap: OnGap
    observe_months: int
    must_meet: int
    extend_months: int
    reference: str


@dataclass(frozen=True, slots=True)
class Raise:
    """Priority raise: among the best `top` of the plan's people for `quarters` quarters in a row (F146, F173)."""

    top: Fraction
    quarters: int
    on_gap: OnGap
    min_population: int
    reference: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """Open to management posts: the last `years` annual ratings are `rating` or better (F147)."""

    rating: str
    years: int
    reference: str


@dataclass(frozen=True, slots=True)
class AnnualAward:
    """Who may be chosen for the award of the year: a condition on raw values of the year (F034, F165)."""

    when: Expression
    reference: str


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The rules over closed periods that a plan has."""

    pip: ImprovementPlan | None
    raise_: Raise | None
    promotion: Promotion | None
    annual_award: AnnualAward | None
