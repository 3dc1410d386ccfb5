"""One segment of one person while it is scored: what a name in an expression means here, and its trace."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

from orchestration.plans.catalogue import Metric
from orchestration.plans.expression import Expression, Observation, Unavailable, check, evaluate, names
from orchestration.plans.expression.evaluate import Value
from orchestration.plans.model import Names, Plan, PlanMetric, Where
from orchestration.plans.quantities import Unit
from orchestration.plans.scope import GRAIN_PREFIXES
from orchestration.scoring.flows import flow_part
from orchestration.scoring.reasons import reason_text, state_text
from orchestration.scoring.run import Run
from orchestration.scoring.segments import Person, Segment, day_weight
from orchestration.scoring.trace import Told, Trace, in_unit, number, tell, term
from orchestration.scoring.values import MetricValue, Wanted, own_period, with_denominator

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


@dataclass(slots=True)
class SegmentContext:
    """State of one segment. `points_of` scores a metric on demand, so that metrics may use each other's points."""

    run: Run
    person: Person
    segment: Segment
    trace: Trace
    points_of: Callable[[str], Fraction]
    categories: dict[str, Fraction] = field(default_factory=dict)
    total: Fraction | None = None
    base: Fraction | None = None
    is_paying: bool = False
    """While an amount is computed: flows of a parted period count with the part of this segment."""
    _values: dict[str, MetricValue] = field(default_factory=dict)
    _parts: dict[str, Fraction] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        return self.segment.plan

    @property
    def node(self) -> str:
        return self.segment.node

    def value_of(self, name: str) -> Value:  # noqa: PLR0911 - one case per kind of name
        """The meaning of a name; raises `Unavailable` when it has no value."""
        head, _, part = name.partition(".")
        if name == "base":
            return _known(self.base, name, "no bonus base")
        if name in {"score", "total_score"}:
            return _known(self.total, name, "the score is held")
        if part == "score" and head in {category.id for category in self.plan.categories}:
            return _known(self.categories.get(head), name, "the category is held")
        if name in self.run.bundle.parameters:
            return self.run.parameter(name)
        if part == "points":
            return self.points_of(head)
        if part in {"target", "attainment"}:
            return self._part(head, part)
        value = _raw(name, self.metric_value(name))
        return self._flow_part(name, value) if self.is_paying else value

    def metric_value(self, name: str) -> MetricValue:
        """The value behind a name, with the plan's proration and carrying; noted in the trace once."""
        if name not in self._values:
            self._values[name] = self._measure(name)
            self._trace_value(name, self._values[name])
        return self._values[name]

    @contextmanager
    def paying(self) -> Iterator[None]:
        """While an amount of this segment is computed."""
        kept, self.is_paying = self.is_paying, True
        try:
            yield
        finally:
            self.is_paying = kept

    def target_of(self, metric: PlanMetric) -> Fraction | None:
        """The target of a metric for this segment: of the plan or of the feed, by the part of the period it is for."""
        if metric.target is not None:
            target = evaluate(metric.target, self.value_of)
            if not isinstance(target, Fraction):
                raise TypeError(f"{metric.where}: the target is no number")
        elif metric.target_from_feed:
            target = self.metric_value(metric.id).target
            if target is None:
                raise Unavailable(metric.id, "missing", "no target")
        else:
            return None
        return target * self.target_factor(metric) if metric.prorate == "target" else target

    def target_factor(self, metric: PlanMetric) -> Fraction:
        """The share of a full target that counts: days in seats with this metric, and the ramp of a new hire."""
        if metric.grain != "employee":
            return Fraction(1)
        return self._worked_share(metric) * self._ramp()

    def condition(self, expression: Expression) -> tuple[bool, Told]:
        """Evaluate a condition, and tell every comparison with its values."""
        seen: list[Observation] = []
        passed = bool(evaluate(expression, self.value_of, seen))
        return passed, tell(seen, self.run.unit_of, self.names_of)

    def names_of(self, name: str) -> Names | None:
        """What people call a metric or a parameter; None for an expression."""
        return self.run.names_of(name, self.plan)

    def figure(self, expression: Expression) -> Fraction:
        """Evaluate an expression that gives a number."""
        value = evaluate(expression, self.value_of)
        if not isinstance(value, Fraction):
            raise TypeError(f"{expression.text!r} is no number")
        return value

    def unit(self, expression: Expression) -> Unit:
        """The unit of an expression."""
        return check(expression, self.run.unit_of)

    def cite(self, where: Where, reference: str, *expressions: Expression | None) -> str:
        """Where a rule stands: plan, version, file and line, requirement, and the dated parameters it used."""
        source = f"{self.plan.id} v{self.plan.version} {where}" + (f" ({reference})" if reference else "")
        used = {name for expression in expressions if expression is not None for name in names(expression)}
        parameters = self.run.bundle.parameters
        last_day = self.run.period.last_day
        return "; ".join([source, *(parameters[name].cite(last_day) for name in sorted(used & set(parameters)))])

    def shown_inputs(self, expression: Expression) -> dict[str, str]:
        """The names of an expression with their values, for the trace."""
        shown: dict[str, str] = {}
        for name in dict.fromkeys(names(expression)):
            try:
                value = self.value_of(name)
            except Unavailable as unavailable:
                shown[name] = unavailable.state
            else:
                unit = self.run.unit_of(name) or "number"
                shown[name] = term(value, unit) if isinstance(value, Fraction) else str(value)
        return shown

    def arithmetic(self, expression: Expression) -> str:
        """The expression with the values in the places of the names: `8000 * 98.5 / 100`."""
        shown = self.shown_inputs(expression)
        return _NAME.sub(lambda match: shown.get(match[0], match[0]), expression.text)

    def _flow_part(self, name: str, value: Fraction) -> Fraction:
        metric = self.plan.metric(name)
        wanted = self._wanted(name, metric, "") if "." not in name else None
        if wanted is None or not wanted.is_flow:
            return value
        if name not in self._parts:
            self._parts[name], share = flow_part(
                self.person, self.segment, wanted.metric.id, value, lambda other: self._own_value(wanted, other)
            )
            if share != 1:
                self._trace_part(name, wanted.metric, value, share)
        return self._parts[name]

    def _own_value(self, wanted: Wanted, segment: Segment) -> Fraction | None:
        span = segment.start, segment.end
        if segment.days >= self.run.period.days or not self.run.values.has_span(wanted, *span):
            return None
        return _raw(wanted.metric.id, self.run.values.over(wanted, *span, "a part of the period"))

    def _trace_part(self, name: str, metric: Metric, whole: Fraction, share: Fraction) -> None:
        part = self._parts[name]
        shown = f"{term(part / share)} * {term(share)} = {number(part)}"
        zh = f"{metric.names.zh}:全期 {number(whole)} 只发一次,按天数计入本段 {shown}"
        en = f"{metric.names.en}: {number(whole)} of the whole period is paid once, of which by days here {shown}"
        unit = metric.unit
        self.trace.add(f"{self.node}/part/{name}", 11, zh, en, parent=self.node, value=part, unit=unit)

    def _part(self, head: str, part: str) -> Fraction:
        metric = self.plan.metric(head)
        target = self.target_of(metric) if metric else None
        if target is None:
            raise Unavailable(f"{head}.{part}", "missing", "no target")
        if part == "target":
            return target
        if target == 0:
            raise Unavailable(f"{head}.{part}", "not_applicable", "the target is zero")
        return _raw(head, self.metric_value(head)) / target

    def _measure(self, name: str) -> MetricValue:
        head, _, part = name.partition(".")
        metric = self.plan.metric(name)
        wanted = self._wanted(part if head in GRAIN_PREFIXES else name, metric, head if head in GRAIN_PREFIXES else "")
        period = self.run.period
        has_own_span = self.run.values.has_span(wanted, self.segment.start, self.segment.end)
        if self.segment.days < period.days and wanted.grain == "employee" and has_own_span:
            label = f"{self.segment.start.isoformat()}..{self.segment.last_day.isoformat()}"
            value = self.run.values.over(wanted, self.segment.start, self.segment.end, label)
        else:
            value = self.run.values.at(wanted, period)
        value = self._not_yet(value, wanted)
        if metric is None:
            return value
        if value.state in {"missing", "pending", "excluded"} and metric.on_missing.action == "carry_last":
            value = self._carried(value, wanted, int(metric.on_missing.argument))
        if metric.prorate == "denominator":
            value = with_denominator(value, wanted.metric, self.target_factor(metric))
        return value

    def _wanted(self, name: str, metric: PlanMetric | None, grain: str) -> Wanted:
        entry = self.run.bundle.metrics[(metric.metric_id if metric and metric.metric_id else name)]
        grain = grain or (metric.grain if metric else "employee")
        subject = {
            "employee": self.person.employee_no,
            "team": self.segment.team_id,
            "department": self.segment.department_id,
            "company": "company",
        }[grain]
        if metric is None:
            usual = "ratio_of_sums" if entry.has_denominator else entry.aggregation
            return Wanted(entry, grain, subject, self.plan.period, usual, None)
        return Wanted(entry, grain, subject, metric.cadence, metric.aggregate, metric.window)

    def _not_yet(self, value: MetricValue, wanted: Wanted) -> MetricValue:
        """Somebody who was not there in a metric's own period has no value to miss."""
        if value.state != "missing" or wanted.grain != "employee" or wanted.cadence == self.plan.period:
            return value
        own = own_period(self.run.period, wanted.cadence)
        if self.person.employed_days(own):
            return value
        return MetricValue(value.metric_id, "not_applicable", f"not employed in {own}", value.period)

    def _carried(self, value: MetricValue, wanted: Wanted, most: int) -> MetricValue:
        for back in range(1, most + 1):
            earlier = self.run.values.earlier(wanted, self.run.period, back)
            if earlier.state == "ok":
                return earlier
        return value

    def _worked_share(self, metric: PlanMetric) -> Fraction:
        proration = self.plan.proration
        if not proration.target:
            return Fraction(1)
        period = self.run.period
        if metric.cadence != period.cadence:
            own = own_period(period, metric.cadence)
            return Fraction(self.person.counted_days(own, proration), own.days)
        if self._has_own_span(metric):
            return self._weight(self.segment)
        seats = [other for other in self.person.segments if _measures(other.plan, metric)]
        return sum((self._weight(seat) for seat in seats), Fraction(0))

    def _has_own_span(self, metric: PlanMetric) -> bool:
        wanted = self._wanted(metric.id, metric, "")
        return self.run.values.has_span(wanted, self.segment.start, self.segment.end)

    def _weight(self, seat: Segment) -> Fraction:
        basis = self.plan.proration.basis
        shares = (day_weight(first, last, self.run.period, basis, self.run.days_off) for first, last in seat.counted)
        return sum(shares, Fraction(0))

    def _ramp(self) -> Fraction:
        entered, start = self.person.entered_on, self.run.period.start
        months = (start.year - entered.year) * 12 + start.month - entered.month - int(entered.day > 1)
        for ramp in self.plan.ramps:
            if months < ramp.months:
                return ramp.quota
        return Fraction(1)

    def _trace_value(self, name: str, value: MetricValue) -> None:
        metric = self.plan.metric(name)
        entry = self.run.bundle.metrics[value.metric_id]
        labels = metric.names if metric else entry.names
        node = f"{self.node}/metric/{name}/value" if metric else f"{self.node}/fact/{name}"
        parent = f"{self.node}/metric/{name}" if metric else self.node
        inputs = {"metric_id": value.metric_id, "period": value.period, "state": value.state}
        for key, part in (("numerator", value.numerator), ("denominator", value.denominator), ("target", value.target)):
            if part is not None:
                inputs[key] = number(part)
        if value.value is None:
            why = [reason_text(value.reason, language, self.names_of) for language in ("zh", "en")]
            zh = f"{labels.zh}({value.period}):{state_text(value.state, 'zh')}({why[0]})"
            en = f"{labels.en} ({value.period}): {state_text(value.state, 'en')} ({why[1]})"
        else:
            shown = in_unit(value.value, entry.unit)
            if value.denominator is not None and value.numerator is not None:
                shown = f"{number(value.numerator)} / {number(value.denominator)} = {shown}"
            zh, en = f"{labels.zh}({value.period})= {shown}", f"{labels.en} ({value.period}) = {shown}"
        self.trace.add(node, 2, zh, en, parent=parent, value=value.value, unit=entry.unit, inputs=inputs)


def _measures(plan: Plan, metric: PlanMetric) -> bool:
    return any(other.metric_id == metric.metric_id and other.grain == "employee" for other in _paid(plan))


def _paid(plan: Plan) -> Iterator[PlanMetric]:
    return (metric for metric in plan.metrics if metric.pilot is None)


def _known(value: Fraction | None, name: str, reason: str) -> Fraction:
    if value is None:
        raise Unavailable(name, "missing", reason)
    return value


def _raw(name: str, value: MetricValue) -> Fraction:
    if value.value is None:
        raise Unavailable(name, value.state, value.reason)
    return value.value
