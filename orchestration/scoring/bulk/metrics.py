"""Steps 1-5 over columns: value, curve, training, clamp, gates of every metric of a plan."""

from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction

import numpy as np

from orchestration.plans.model import Gate, PlanMetric, Training
from orchestration.scoring.bulk.curves import curve_column
from orchestration.scoring.bulk.expressions import verdicts
from orchestration.scoring.bulk.sheet import NotForBulk, Sheet
from orchestration.scoring.bulk.vector import Column, add, both, choose, clip, everywhere, from_fractions, multiply
from orchestration.scoring.inputs import TrainingResult
from orchestration.scoring.training import counts_on

ZERO = Fraction(0)


def points_by_metric(sheet: Sheet) -> dict[str, Column]:
    """Points of every metric that counts, on demand, because metrics may use each other's points."""
    found: dict[str, Column] = {}

    def points_of(metric_id: str) -> Column:
        if metric_id not in found:
            metric = sheet.plan.metric(metric_id)
            if metric is None or metric.pilot is not None:
                raise NotForBulk(f"{metric_id}.points")
            found[metric_id] = _points(sheet, metric)
            sheet.trace[f"metric/{metric_id}"] = found[metric_id]
        return found[metric_id]

    sheet.points_of = points_of
    for metric in sheet.plan.metrics:
        if metric.pilot is None:
            points_of(metric.id)
    return found


def apply_gates(sheet: Sheet, gates: Iterable[Gate], value: Column, failed: np.ndarray | None = None) -> Column:
    """Zero beats the smallest factor, that beats being left out; who has to be held is left to the plain engine.

    `failed` is where a gate that was tested elsewhere (a course) makes the value zero.
    """
    zero = np.zeros(sheet.size, bool) if failed is None else failed
    left_out = np.zeros(sheet.size, bool)
    factors: list[tuple[Fraction, np.ndarray]] = []
    for gate in gates:
        fails = verdicts(sheet, gate.when).no
        match gate.on_fail:
            case "hold":
                sheet.slow |= fails
            case "zero":
                zero = zero | fails
            case "factor":
                factors.append((gate.factor, fails))
            case _:
                left_out |= fails
    # Greatest factor first: a smaller one that also fails takes its place.
    reduced = np.zeros(sheet.size, bool)
    result = value
    for factor, fails in sorted(factors, key=lambda item: -item[0]):
        result = choose(fails, multiply(value, sheet.constant(factor)), result)
        reduced |= fails
    if zero.any():
        result = choose(zero, sheet.constant(0), result)
        result = _known(result, value.known)
    left_out &= ~zero & ~reduced
    return _known(result, both(result.known, ~left_out)) if left_out.any() else result


def _points(sheet: Sheet, metric: PlanMetric) -> Column:
    if metric.round_places is not None:
        raise NotForBulk("round: of a metric")
    if metric.prorate != "none" or metric.target is not None or metric.target_from_feed:
        _leave_new_hires(sheet)
    points = curve_column(sheet, metric)
    course_failed = None
    if metric.training is not None:
        points, course_failed = _train(sheet, metric.training, points)
    points = clip(points, ZERO, metric.cap)
    if not metric.gates and course_failed is None:
        return points
    return apply_gates(sheet, metric.gates, points, course_failed)


def _leave_new_hires(sheet: Sheet) -> None:
    """Lower targets of new hires are the plain engine's: they depend on the day of entry."""
    if sheet.plan.ramps:
        longest = max(ramp.months for ramp in sheet.plan.ramps)
        year, month = divmod(sheet.period.start.year * 12 + sheet.period.start.month - 1 - longest - 1, 12)
        sheet.slow |= sheet.since > sheet.period.start.replace(year=year, month=month + 1).toordinal()


def _train(sheet: Sheet, training: Training, points: Column) -> tuple[Column, np.ndarray | None]:
    results = sheet.roster.training.get(training.course, {})
    last_day = sheet.period.last_day

    def where(on_of: Callable[[TrainingResult], date | None]) -> np.ndarray:
        everybody = np.zeros(len(sheet.roster.employees), bool)
        counted = [person for person, row in results.items() if counts_on(training, on_of(row), last_day)]
        everybody[counted] = True
        return everybody[sheet.people]

    if training.fixed_points is not None:
        passed = where(lambda row: row.passed_on)
        if passed.any():
            points = add(points, choose(passed, sheet.constant(training.fixed_points), sheet.constant(0)))
    elif training.exam_share is not None and results:
        share = training.exam_share
        marks = {person: _mark(training, row, sheet) * share for person, row in results.items()}
        added = [marks.get(person, ZERO) for person in sheet.people.tolist()]
        points = add(points, from_fractions(added, exact=sheet.exact))
    if not training.needs_completion:
        return points, None
    return points, ~where(lambda row: row.completed_on)


def _mark(training: Training, row: TrainingResult, sheet: Sheet) -> Fraction:
    if row.exam_score is None or not counts_on(training, row.exam_on, sheet.period.last_day):
        return ZERO
    return Fraction(row.exam_score)


def _known(column: Column, known: np.ndarray | None) -> Column:
    if known is not None and everywhere(known, column.size).all():
        known = None
    return Column(column.values, column.slack, column.relative, known)
