"""A plan as values: what a plan file says after it was read and checked. Nothing here computes.

Every figure is an expression over dated parameters or an exact number; `Where` points back into the file.
"""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from orchestration.periods import Cadence
from orchestration.plans.curve_model import Curve, TierTable
from orchestration.plans.expression import Expression
from orchestration.plans.lifecycle_model import ForcedRatings, Lifecycle

Grain = Literal["employee", "team", "department", "company"]
OnFail = Literal["hold", "zero", "factor", "exclude_renormalise"]
OnMissing = Literal["block", "zero", "carry_last", "exclude_renormalise", "neutral"]
GateScope = Literal["metric", "category", "plan", "payout"]


@dataclass(frozen=True, slots=True)
class Names:
    """What people read, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a plan file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class MissingRule:
    """What happens when a value is late or absent. `argument`: periods of carry_last, points of neutral."""

    action: OnMissing
    argument: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that has to hold; the weight stays unless `exclude_renormalise` is written (T2)."""

    scope: GateScope
    category: str
    when: Expression
    on_fail: OnFail
    factor: Fraction
    reason: Names
    reference: str
    where: Where


@dataclass(frozen=True, slots=True)
class Training:
    """The one training link of a metric (T6): points to add, and the course that has to be completed (F053-F055)."""

    course: str
    fixed_points: Fraction | None
    exam_share: Fraction | None
    needs_completion: bool
    valid_months: int | None
    reference: str
    where: Where


@dataclass(frozen=True, slots=True)
class Pilot:
    """A shadow metric: weight 0, computed and shown, for some teams and a time (F154).

    `would_weigh`: its weight in the report of what would have been paid had it counted (F187).
    """

    cohort: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    would_weigh: Fraction | None = None

    def is_on(self, team_id: str, day: date) -> bool:
        """Whether the metric is shown to a team on a day."""
        return team_id in self.cohort and self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class PlanMetric:
    """One metric of a plan. `target` None: the curve needs none; `target_from_feed`: the value brings its own."""

    id: str
    metric_id: str | None
    names: Names
    category: str
    horizon: Literal["short", "long"] | None
    weight: Fraction
    cap: Fraction
    curve: Curve
    target: Expression | None
    target_from_feed: bool
    grain: Grain
    cadence: Cadence
    aggregate: Literal["sum", "last", "mean", "ratio_of_sums"]
    window: tuple[str, int] | None
    prorate: Literal["target", "denominator", "none"]
    full_points: Fraction
    on_missing: MissingRule
    training: Training | None
    gates: tuple[Gate, ...]
    pilot: Pilot | None
    round_places: int | None
    reference: str
    where: Where


@dataclass(frozen=True, slots=True)
class Category:
    """A group of metrics with a weight of its own; the clamp acts on its 0-100 scale after deductions and bonus."""

    id: str
    names: Names
    weight: Fraction
    clamp: Fraction | None
    max_deduction: Expression | None
    max_deduction_is_share: bool
    where: Where


@dataclass(frozen=True, slots=True)
class Deduction:
    """Per event (`event`, `per_event`, `mode`) or per missed threshold (`when`, `points`)."""

    category: str
    event: str | None
    per_event: Expression | None
    mode: Literal["linear", "compound"]
    count_if: Expression | None
    counts_on: Literal["confirmed", "occurred"]
    when: Expression | None
    points: Expression | None
    names: Names
    reference: str
    where: Where


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points added to a category when a condition holds (F038)."""

    category: str
    when: Expression
    points: Expression
    names: Names
    reference: str
    where: Where


@dataclass(frozen=True, slots=True)
class Draw:
    """An advance on earnings; recoverable from a period on, at a rate of the surplus, until a date."""

    amount: Expression
    recoverable: bool
    recover_from: int
    recover_rate: Fraction
    recover_end: date | None


@dataclass(frozen=True, slots=True)
class Clawback:
    """What reversed records take back of another component, at the rate it was paid with (plan language §1.10).

    `within_days` counts from the day a record was credited; `cap` is the most that one period takes back.
    """

    of: str
    metric: str
    within_days: int | None
    cap: Expression | None


@dataclass(frozen=True, slots=True)
class Component:
    """One line of pay: a formula, a tier table on an amount, the award of a team rule, or a clawback."""

    id: str
    names: Names
    pay_item: str
    when: Expression | None
    formula: Expression | None
    amount: Expression | None
    tiers: TierTable | None
    accumulate: Literal["none", "period", "quarter", "year"]
    team_rule: str | None
    cap: Expression | None
    cap_rest: Literal["lost", "carried"]
    cap_max_periods: int
    floor: Expression | None
    draw: Draw | None
    reference: str
    where: Where
    clawback: Clawback | None = None


@dataclass(frozen=True, slots=True)
class PayBase:
    """What scores multiply: a fixed monthly base, a share of it, or a measured amount."""

    kind: Literal["fixed_base", "salary_pct", "revenue", "margin", "collected"]
    percent: Expression | None
    metric: str | None


@dataclass(frozen=True, slots=True)
class Payout:
    """The money part. Caps in three scopes: `cap` this plan in the period, `period_cap` all plans of the person in the
    period, `year_cap` this plan since 1 January. What a cap cuts off is lost or carried to later periods."""

    base: PayBase
    components: tuple[Component, ...]
    cap: Expression | None
    floor: Expression | None
    pool: Expression | None
    where: Where
    period_cap: Expression | None = None
    year_cap: Expression | None = None
    cap_rest: Literal["lost", "carried"] = "lost"
    cap_max_periods: int = 0

    @property
    def caps(self) -> tuple[Expression, ...]:
        """Every cap of the plan, apart from those of components."""
        return tuple(cap for cap in (self.cap, self.period_cap, self.year_cap) if cap is not None)


@dataclass(frozen=True, slots=True)
class Rating:
    """Bands by their lower edge, best first. `upper`: a score on the edge belongs to the better band."""

    at_edge: Literal["upper", "lower"]
    bands: tuple[tuple[str, Fraction], ...]
    forced: ForcedRatings | None = None


@dataclass(frozen=True, slots=True)
class Proration:
    """How parts of a period count. `leave`: whether days of leave of a type count; None: every day in the seat does."""

    basis: Literal["calendar_days", "working_days", "months", "30_360"]
    target: bool
    base: bool
    min_days: int
    leave: tuple[tuple[str, bool], ...] | None = None

    def counts_leave(self, absence_type: str) -> bool | None:
        """Whether days of this leave count; None when the plan rules leave and does not name this type."""
        return True if self.leave is None else dict(self.leave).get(absence_type)


@dataclass(frozen=True, slots=True)
class Ramp:
    """Lower targets for new hires: whole months since entry, and the share of the target until then."""

    months: int
    quota: Fraction


@dataclass(frozen=True, slots=True)
class Consultation:
    """How the plan was agreed and made public (F158)."""

    held_on: date
    form: str
    minutes: str
    published_from: date
    published_to: date | None


@dataclass(frozen=True, slots=True)
class Balance:
    """Required short and long shares of the weights (F157)."""

    short: Fraction
    long: Fraction
    enforce: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of one plan, valid from `valid_from` up to and without `valid_to`."""

    id: str
    version: int
    names: Names
    valid_from: date
    valid_to: date | None
    period: Cadence
    currency: str
    weight_basis: Literal["plan", "category"]
    balance: Balance | None
    consultation: Consultation | None
    categories: tuple[Category, ...]
    metrics: tuple[PlanMetric, ...]
    gates: tuple[Gate, ...]
    deductions: tuple[Deduction, ...]
    bonuses: tuple[Bonus, ...]
    score_max: Fraction | None
    payout: Payout
    rating: Rating | None
    proration: Proration
    ramps: tuple[Ramp, ...]
    retro_limit_months: int | None
    where: Where
    label: str = field(default="")
    leaver: Literal["pay_earned", "forfeit"] = "pay_earned"
    lifecycle: Lifecycle | None = None

    def metric(self, metric_id: str) -> PlanMetric | None:
        """The plan's metric of that id."""
        return next((metric for metric in self.metrics if metric.id == metric_id), None)

    def is_valid_on(self, day: date) -> bool:
        """Whether this version is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Subject:
    """A team, department or the company, under the name a rule uses."""

    alias: str
    grain: Grain
    id: str


@dataclass(frozen=True, slots=True)
class Award:
    """What the members of an awarded team get."""

    type: Literal["fixed_pool", "per_head", "pct_of_base"]
    amount: Expression
    distribute: Literal["equal", "by_base", "by_score", "by_days"]
    exclude_if_gate_failed: bool
    exclude_if_on_pip: bool


@dataclass(frozen=True, slots=True)
class TeamRule:
    """A condition on team facts, tested once per period, and an award for the members (F091, F168)."""

    id: str
    names: Names
    valid_from: date
    valid_to: date | None
    subjects: tuple[Subject, ...]
    members: tuple[Subject, ...]
    when: Expression
    award: Award
    reference: str
    where: Where


@dataclass(frozen=True, slots=True)
class PlanAssignment:
    """Who works under which plan: by position, team, department or single employee; the most specific one wins."""

    plan_id: str
    valid_from: date
    valid_to: date | None
    position_id: str | None
    team_id: str | None
    department_id: str | None
    employee_no: str | None
    where: Where
