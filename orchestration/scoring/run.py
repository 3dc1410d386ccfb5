"""What one run knows: plans, period and the inputs, indexed once for everybody."""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.plans.model import Names, Plan
from orchestration.plans.quantities import Unit
from orchestration.scoring.errors import InputError
from orchestration.scoring.inputs import BonusBase, Carried, Reversal, ScoringEvent, ScoringInputs, TrainingResult
from orchestration.scoring.segments import DaysOff
from orchestration.scoring.values import Values

_OWN_NAMES = {
    "base": Names("奖金基数", "bonus base"),
    "score": Names("绩效总分", "total score"),
    "total_score": Names("绩效总分", "total score"),
}


@dataclass(slots=True)
class Run:
    """Indexes over the inputs; `on_pip` is as of the period's last day, `ranks` is filled before scoring for metrics
    that compare people.
    """

    bundle: PlanBundle
    period: Period
    values: Values
    bases: dict[str, list[BonusBase]]
    events: dict[str, list[ScoringEvent]]
    training: dict[tuple[str, str], TrainingResult]
    carried: dict[tuple[str, str, str, str], Carried]
    days_off: DaysOff
    on_pip: frozenset[str] = frozenset()
    reversals: dict[str, list[Reversal]] = field(default_factory=dict)
    stored: dict[tuple[str, str, str], list[Carried]] = field(default_factory=dict)
    ranks: dict[tuple[str, str], dict[str, Fraction]] = field(default_factory=dict)

    def parameter(self, name: str) -> Fraction:
        """A parameter's value for this period: the one in force on its last day."""
        return self.bundle.parameters[name].at(self.period.last_day).value or Fraction(0)

    def unit_of(self, name: str) -> Unit | None:
        """The unit of a metric or parameter by name, whatever its prefix."""
        head, _, part = name.partition(".")
        if name == "base":
            return "currency"
        if part == "attainment":
            return "ratio"
        for candidate in (name, part, head):
            if candidate in self.bundle.parameters:
                return self.bundle.parameters[candidate].unit
            if candidate in self.bundle.metrics and part not in {"points", "score"}:
                return self.bundle.metrics[candidate].unit
        return "points"

    def names_of(self, name: str, plan: Plan | None = None) -> Names | None:
        """What people call a metric, a parameter or a value of the step."""
        metric = plan.metric(name) if plan else None
        if metric is not None:
            return metric.names
        for candidate in (name, name.partition(".")[2]):
            for table in (self.bundle.metrics, self.bundle.parameters):
                if candidate in table:
                    return table[candidate].names
        return _OWN_NAMES.get(name)


def index_run(bundle: PlanBundle, period: Period, inputs: ScoringInputs) -> Run:
    """Index the inputs by person; raises `InputError` for keys that stand twice with different content."""
    bases: dict[str, list[BonusBase]] = defaultdict(list)
    events: dict[str, dict[str, ScoringEvent]] = defaultdict(dict)
    training: dict[tuple[str, str], TrainingResult] = {}
    for base in inputs.bases:
        bases[base.employee_no].append(base)
    for event in inputs.events:
        known = events[event.employee_no].setdefault(event.event_id, event)
        if known != event:
            raise InputError(f"event {event.event_id} of {event.employee_no} stands in the inputs twice, differently")
    for result in inputs.training:
        key = (result.employee_no, result.course_id)
        if training.setdefault(key, result) != result:
            raise InputError(
                f"course {result.course_id} of {result.employee_no} stands in the inputs twice, differently"
            )
    return Run(
        bundle,
        period,
        Values(inputs.measurements),
        {no: sorted(rows, key=lambda row: row.valid_from) for no, rows in bases.items()},
        {no: sorted(rows.values(), key=lambda row: row.event_id) for no, rows in events.items()},
        training,
        {(row.employee_no, row.plan_id, row.component, row.kind): row for row in inputs.carried if not row.period},
        DaysOff(bundle.holidays, bundle.workdays),
        frozenset(row.employee_no for row in inputs.improvement_plans if row.is_on(period.last_day)),
        _reversals(inputs, period),
        _stored(inputs),
    )


def _reversals(inputs: ScoringInputs, period: Period) -> dict[str, list[Reversal]]:
    """Reversals of this period by person, in the order they happened."""
    found: dict[str, list[Reversal]] = defaultdict(list)
    for row in sorted(set(inputs.reversals), key=lambda row: (row.reversed_on, row.record_id, row.metric_id)):
        if row.amount <= 0:
            raise InputError(
                f"the reversal of {row.record_id} is {row.amount}; write what was taken back as a positive amount"
            )
        if period.start <= row.reversed_on < period.end:
            found[row.employee_no].append(row)
    return dict(found)


def _stored(inputs: ScoringInputs) -> dict[tuple[str, str, str], list[Carried]]:
    found: dict[tuple[str, str, str], list[Carried]] = defaultdict(list)
    for row in inputs.carried:
        if row.period:
            found[row.employee_no, row.plan_id, row.component].append(row)
    return dict(found)
