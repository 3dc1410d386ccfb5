"""Warnings that need a past: thresholds nobody ever reached, targets everybody misses, caps everybody hits.

Only raw values are looked at: a condition on scores or points needs a whole calculation (`simulate`). Few values prove
nothing, so that a rule is judged from `LEAST_VALUES` values on.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.plans.curve_model import Rank
from orchestration.plans.errors import Finding
from orchestration.plans.expression import Expression, Unavailable, evaluate, names
from orchestration.plans.model import Plan, PlanMetric, Where
from orchestration.plans.quantities import decimal_text
from orchestration.plans.scope import GRAIN_PREFIXES
from orchestration.scoring.curves import curve_points
from orchestration.scoring.inputs import Measurement
from orchestration.scoring.values import MetricValue, Values, Wanted

LEAST_VALUES = 3
"""From how many values on a history says something; a rule of the linter, no figure of a plan."""


def lint_history(bundle: PlanBundle, measurements: Iterable[Measurement]) -> list[Finding]:
    """Every warning that past values give, by file and line. Values of positions under other plans count too."""
    history = _History(bundle, tuple(measurements))
    found = [finding for plan in bundle.plans for finding in _plan(history, plan)]
    for rule in bundle.team_rules:
        subjects = {subject.alias: (subject.grain, subject.id) for subject in rule.subjects}
        outcomes = history.team_outcomes(rule.when, subjects)
        found.extend(_never(rule.where, rule.id, rule.when, outcomes))
    return sorted(found)


def _plan(history: "_History", plan: Plan) -> Iterator[Finding]:
    for metric in plan.metrics:
        yield from _curve(history, metric)
        for gate in metric.gates:
            yield from _never(gate.where, f"the gate of {metric.id}", gate.when, history.outcomes(gate.when, plan))
    for bonus in plan.bonuses:
        yield from _never(bonus.where, "the bonus", bonus.when, history.outcomes(bonus.when, plan))
    for component in plan.payout.components:
        if component.when is not None:
            outcomes = history.outcomes(component.when, plan)
            yield from _never(component.where, component.id, component.when, outcomes)
    for rule in plan.deductions:
        if rule.when is None:
            continue
        outcomes = history.outcomes(rule.when, plan)
        if len(outcomes) >= LEAST_VALUES and all(outcomes):
            message = f"everybody is deducted for {rule.when.text!r} in all {len(outcomes)} values of the history"
            yield _warn(rule.where, message, "check the threshold")


def _curve(history: "_History", metric: PlanMetric) -> Iterator[Finding]:
    if metric.metric_id is None or isinstance(metric.curve, Rank):
        return
    entry = history.bundle.metrics[metric.metric_id]
    points: list[Fraction] = []
    reached: list[bool] = []
    for value, period in history.values_of(metric.metric_id, metric.grain):
        target = history.target(metric, value, period)
        if value.value is None or (target is None and (metric.target is not None or metric.target_from_feed)):
            continue
        try:
            result = curve_points(metric.curve, value.value, target, metric.full_points, metric.cap, entry.unit)
        except (Unavailable, TypeError):
            return
        points.append(result.points)
        if target is not None:
            reached.append(value.value <= target if entry.lower_is_better else value.value >= target)
    if len(points) >= LEAST_VALUES and all(value >= metric.cap for value in points):
        message = f"every one of {len(points)} past values of {metric.id} reaches the cap {decimal_text(metric.cap)}"
        yield _warn(metric.where, message, "raise the target or the cap")
    if len(reached) >= LEAST_VALUES and not any(reached):
        message = f"none of {len(reached)} past values of {metric.id} reached its target"
        yield _warn(metric.where, message, "check the target")


def _never(where: Where, what: str, when: Expression, outcomes: list[bool]) -> Iterator[Finding]:
    if len(outcomes) >= LEAST_VALUES and not any(outcomes):
        message = f"{what}: {when.text!r} was never reached in {len(outcomes)} values of the history"
        yield _warn(where, message, "check the threshold (T9)")


class _History:
    def __init__(self, bundle: PlanBundle, rows: tuple[Measurement, ...]) -> None:
        self.bundle = bundle
        self._values = Values(rows)
        self._rows = rows
        self._periods = sorted({Period(row.cadence, row.period_start) for row in rows if _is_whole(row)})

    def values_of(self, metric_id: str, grain: str) -> Iterator[tuple[MetricValue, Period]]:
        """Every past value of a metric at a grain."""
        entry = self.bundle.metrics[metric_id]
        for row in self._rows:
            if (row.metric_id, row.grain) == (metric_id, grain) and _is_whole(row):
                period = Period(row.cadence, row.period_start)
                wanted = Wanted(entry, grain, row.subject_id, row.cadence, "last", None)
                yield self._values.over(wanted, period.start, period.end, str(period)), period

    def target(self, metric: PlanMetric, value: MetricValue, period: Period) -> Fraction | None:
        """The target a value is compared with; None where there is none on that day."""
        if metric.target is None:
            return value.target
        try:
            found = evaluate(metric.target, lambda name: self._parameter(name, period))
        except Unavailable:
            return None
        return found if isinstance(found, Fraction) else None

    def outcomes(self, when: Expression, plan: Plan) -> list[bool]:
        """How a condition on raw values came out, for every person and period that has all of them."""
        people = sorted({row.subject_id for row in self._rows if row.grain == "employee"})
        metrics = {metric.id: metric.metric_id for metric in plan.metrics if metric.metric_id}
        used = [metrics.get(name, name) for name in names(when)]
        if any(name.partition(".")[0] in GRAIN_PREFIXES for name in used):
            return []
        periods = [period for period in self._periods if period.cadence == plan.period]
        found = [
            self._outcome(when, period, lambda _, no=no: ("employee", no), metrics)
            for period in periods
            for no in people
        ]
        return [outcome for outcome in found if outcome is not None]

    def team_outcomes(self, when: Expression, subjects: dict[str, tuple[str, str]]) -> list[bool]:
        """How a condition on team facts came out, for every period that has all of them."""
        found = [self._outcome(when, period, lambda alias: subjects[alias], {}) for period in self._periods]
        return [outcome for outcome in found if outcome is not None]

    def _outcome(
        self,
        when: Expression,
        period: Period,
        subject_of: Callable[[str], tuple[str, str]],
        metrics: dict[str, str],
    ) -> bool | None:
        def value_of(name: str) -> Fraction:
            if name in self.bundle.parameters:
                return self._parameter(name, period)
            head, dot, tail = name.partition(".")
            entry = self.bundle.metrics.get(metrics.get(name, tail or head))
            if entry is None or (dot and tail not in self.bundle.metrics):
                raise Unavailable(name, "missing", "not a raw value")
            grain, subject = subject_of(head)
            found = self._values.over(
                Wanted(entry, grain, subject, period.cadence, "last", None), period.start, period.end, ""
            )
            if found.value is None:
                raise Unavailable(name, found.state, found.reason)
            return found.value

        try:
            return bool(evaluate(when, value_of))
        except Unavailable:
            return None

    def _parameter(self, name: str, period: Period) -> Fraction:
        parameter = self.bundle.parameters[name]
        if parameter.values[0].valid_from > period.last_day:
            # The past is asked by the first rule there was: a threshold that is new has no other history.
            return parameter.values[0].value or Fraction(0)
        return parameter.at(period.last_day).value or Fraction(0)


def _is_whole(row: Measurement) -> bool:
    period = Period.containing(row.period_start, row.cadence)
    return (period.start, period.end) == (row.period_start, row.period_end)


def _warn(where: Where, what: str, fix: str) -> Finding:
    return Finding(where.file, where.line, what, fix, "warning")
