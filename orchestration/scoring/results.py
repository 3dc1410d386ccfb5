"""What scoring gives: exact scores, exact pay components and a trace row for every step (docs/contracts.md §7)."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from orchestration.scoring.inputs import Carried, State


@dataclass(frozen=True, slots=True)
class MetricScore:
    """Points of one metric, before weighting; None where the state is not ok."""

    metric_id: str
    category: str
    weight: Fraction
    state: State
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one employee in one plan segment. Scale 0-100 (a clamp in the plan may allow more)."""

    employee_no: str
    plan_id: str
    plan_version: int
    segment_from: date
    segment_to: date
    metrics: tuple[MetricScore, ...]
    categories: dict[str, Fraction]
    total: Fraction | None
    rating: str | None
    held_reason: str = ""


@dataclass(frozen=True, slots=True)
class PayComponent:
    """An exact, unrounded amount in the plan's currency. `held_reason` non-empty: payroll gets no line for it yet."""

    employee_no: str
    plan_id: str
    plan_version: int
    component: str
    pay_item_code: str
    amount: Fraction | None
    currency: str
    payer_entity: str
    pay_group: str
    cost_centre: str
    held_reason: str = ""
    trace_node: str = ""
    allocation_group: str = ""
    """Lines of one group add up to a total that rounding keeps (a cap, a pool) by largest remainder."""


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One step of one person's calculation. `value` is exact; `inputs` are JSON values (numbers as strings).

    `step` is 0-13 of the fixed order in the plan language; `source_records` are keys a person can look up.
    """

    employee_no: str
    sequence: int
    node: str
    parent: str
    step: int
    text_zh: str
    text_en: str
    value: Fraction | None
    unit: str
    inputs: dict[str, Any] = field(default_factory=dict)
    parameter: str = ""
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class ScoringResult:
    """One run, sorted by employee and plan; the same whatever the order of the inputs.

    `without_plan` are employed people whose seat no plan is assigned to; `carried` is what the next period reads.
    """

    scores: tuple[Score, ...]
    components: tuple[PayComponent, ...]
    trace: tuple[TraceRow, ...]
    without_plan: tuple[str, ...] = ()
    carried: tuple[Carried, ...] = ()
