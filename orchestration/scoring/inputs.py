"""What scoring reads, as plain values (docs/contracts.md §6). Filling them is elsewhere."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from orchestration.periods import Cadence

Grain = Literal["employee", "team", "department", "company"]
CarriedKind = Literal[
    "accumulated", "draw_owed", "cap_rest", "plan_rest", "paid_in_year", "clawback_rest",
    "earned_at", "credited_at", "paid_at",
]  # fmt: skip
State = Literal["ok", "missing", "not_applicable", "excluded", "pending"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """One metric of one subject in one period. A ratio keeps both parts; an amount or count has no denominator."""

    metric_id: str
    grain: Grain
    subject_id: str
    cadence: Cadence
    period_start: date
    period_end: date
    numerator: Decimal | None
    denominator: Decimal | None
    target: Decimal | None
    unit: str
    state: State
    state_reason: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where an employee sat in an unbroken interval; `valid_to` exclusive, None = open."""

    employee_no: str
    valid_from: date
    valid_to: date | None
    department_id: str
    team_id: str
    position_id: str
    manager_employee_no: str | None
    is_employed: bool = True


@dataclass(frozen=True, slots=True)
class BonusBase:
    """The monthly base a score is multiplied with, gross, and who pays it (F178)."""

    employee_no: str
    valid_from: date
    valid_to: date | None
    base_amount: Decimal
    currency: str
    payer_entity: str
    pay_group: str
    cost_centre: str


@dataclass(frozen=True, slots=True)
class ScoringEvent:
    """A dated event that a plan may deduct for (F031, F033, F164)."""

    event_id: str
    event_type: str
    employee_no: str
    occurred_on: date
    confirmed_on: date | None
    status: str
    source_record: str = ""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """State of one course for one employee; completion and passing are two facts with dates of their own (F166)."""

    employee_no: str
    course_id: str
    completed_on: date | None
    passed_on: date | None
    exam_score: Decimal | None
    exam_on: date | None
    source_record: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """Leave of one type, `valid_to` exclusive. Whether its days count is the plan's to say."""

    employee_no: str
    absence_type: str
    valid_from: date
    valid_to: date | None
    source_record: str = ""


@dataclass(frozen=True, slots=True)
class ImprovementPlan:
    """Somebody is on a performance improvement plan, as people decided; `valid_to` exclusive, None = open."""

    employee_no: str
    valid_from: date
    valid_to: date | None
    source_record: str = ""

    def is_on(self, day: date) -> bool:
        """Whether the plan runs on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Carried:
    """What one component takes along from the period before: prior accumulation, an owed draw, a capped remainder.

    Written by one run and read by the next one, exact as text of a fraction of yuan; `periods_left` limits a remainder.
    `plan_rest` is what a cap of the plan cut off from a component, `paid_in_year` (component `*`) the plan's pay since
    1 January. `earned_at`, `credited_at` and `paid_at` are the state of a `period` that a clawback at the stored rate
    is settled with, `clawback_rest` what a period could not take back yet.
    """

    employee_no: str
    plan_id: str
    component: str
    kind: CarriedKind
    amount: Fraction
    periods_left: int = 0
    period: str = ""


@dataclass(frozen=True, slots=True)
class Reversal:
    """A credited record that was taken back, whole or in part: a refund, a cancelled deal. `amount` is positive."""

    employee_no: str
    metric_id: str
    record_id: str
    credited_on: date
    reversed_on: date
    amount: Decimal
    source_record: str = ""


@dataclass(frozen=True, slots=True)
class ScoringInputs:
    """Everything one run scores, for one period."""

    measurements: tuple[Measurement, ...]
    assignments: tuple[Assignment, ...]
    bases: tuple[BonusBase, ...]
    events: tuple[ScoringEvent, ...]
    training: tuple[TrainingResult, ...]
    carried: tuple[Carried, ...] = ()
    absences: tuple[Absence, ...] = ()
    improvement_plans: tuple[ImprovementPlan, ...] = ()
    reversals: tuple[Reversal, ...] = ()
