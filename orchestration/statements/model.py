"""A statement as values: what the page shows, exact, with texts in both languages. Nothing here computes."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from orchestration.payout.lines import HeldLine, PayoutLine
from orchestration.plans.model import Names
from orchestration.scoring.inputs import State
from orchestration.statements.evidence import Stand
from orchestration.statements.next_steps import NextStep
from orchestration.statements.past import PastPeriod
from orchestration.statements.plots import Plot
from orchestration.statements.walk import WalkStep


@dataclass(frozen=True, slots=True)
class Told:
    """One step in words. `passed` None: neither a gate nor a condition; `points` where it takes or gives some."""

    zh: str
    en: str
    passed: bool | None = None
    points: Fraction | None = None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value with its parts and its unit; `reason` says in words why there is none."""

    names: Names
    period: str
    unit: str
    value: Fraction | None
    numerator: Fraction | None
    denominator: Fraction | None
    state: State
    reason: Names | None
    subject: str = ""
    """Whose value it is, where it is not the person's own: a team, a department, the company."""


@dataclass(frozen=True, slots=True)
class MetricPart:
    """One metric: points after everything, what it measured, and the steps between."""

    id: str
    names: Names
    weight: Fraction
    points: Fraction | None
    state: State
    cap: Fraction
    target: Fraction | None
    target_unit: str
    is_pilot: bool
    values: tuple[Value, ...]
    steps: tuple[Told, ...]
    plots: tuple[Plot, ...]


@dataclass(frozen=True, slots=True)
class CategoryPart:
    """One category: its metrics, what was deducted and added, and the score on 0-100."""

    id: str
    names: Names
    weight: Fraction
    score: Fraction | None
    mean: Fraction | None
    metrics: tuple[MetricPart, ...]
    rules: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """One seat under one plan; `end` exclusive. `total` None: held with the stored reason `held_reason`."""

    node: str
    plan: Names
    plan_id: str
    plan_version: int
    start: date
    end: date
    position: str
    team: str
    base: Fraction | None
    total: Fraction | None
    rating: str | None
    held_reason: str
    categories: tuple[CategoryPart, ...]
    gates: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class LinePart:
    """One line of the ledger. `exact` is its amount before rounding where it has one of its own; `steps` how it came
    about; `changes` what an adjustment found different, (before, after)."""

    line: PayoutLine
    names: Names
    steps: tuple[Told, ...] = ()
    changes: tuple[tuple[Told | None, Told | None], ...] = ()


@dataclass(frozen=True, slots=True)
class HeldPart:
    """An amount that waits, with its stored reason."""

    line: HeldLine
    names: Names


@dataclass(frozen=True, slots=True)
class Statement:
    """One person and period. `measured_on` is the business date whose night last changed an open statement."""

    period: str
    employee_no: str
    stand: Stand
    measured_on: str
    pay_month: str
    currency: str
    score: Fraction | None
    segments: tuple[SegmentPart, ...]
    walk: tuple[WalkStep, ...]
    lines: tuple[LinePart, ...]
    held: tuple[HeldPart, ...]
    steps: tuple[NextStep, ...]
    trend: tuple[PastPeriod, ...]
    metric_names: dict[str, Names]

    @property
    def total_fen(self) -> int:
        return sum(part.line.amount_fen for part in self.lines)

    @property
    def earned_fen(self) -> int:
        return sum(part.line.amount_fen for part in self.lines if part.line.kind == "regular")
