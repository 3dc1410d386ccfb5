"""Steps 1-5 for one metric: value, curve, training, clamp, gate."""

from dataclasses import dataclass
from fractions import Fraction

from orchestration.plans.curve_model import Binary, Formula, Rank, Rubric, Table2d
from orchestration.plans.expression import Unavailable
from orchestration.plans.model import PlanMetric
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.curves import CurveResult, curve_points
from orchestration.scoring.gates import GateOutcome, apply_gates
from orchestration.scoring.inputs import State
from orchestration.scoring.reasons import reason_text, without_value
from orchestration.scoring.trace import number
from orchestration.scoring.training import add_training


@dataclass(frozen=True, slots=True)
class MetricOutcome:
    """Points of one metric, or why it has none."""

    metric: PlanMetric
    state: State
    points: Fraction | None
    reason: str = ""


def score_metric(ctx: SegmentContext, metric: PlanMetric) -> MetricOutcome:
    """Points of a metric after curve, training add-on, clamp and gates; every step is noted in the trace."""
    node = f"{ctx.node}/metric/{metric.id}"
    failed_before = ctx.trace.failed_gates
    try:
        outcome = _scored(ctx, metric, node)
    except Unavailable as unavailable:
        outcome = _without_value(ctx, metric, unavailable, node)
    if metric.pilot:
        # A gate of a shadow metric is shown and costs nobody the award of a team.
        ctx.trace.failed_gates = failed_before
    shown = "-" if outcome.points is None else number(outcome.points)
    if outcome.points is not None:
        zh, en = f"{metric.names.zh}:{shown} 分", f"{metric.names.en}: {shown} points"
    else:
        zh = f"{metric.names.zh}:{reason_text(outcome.reason, 'zh', ctx.names_of)}"
        en = f"{metric.names.en}: {reason_text(outcome.reason, 'en', ctx.names_of)}"
    if metric.pilot:
        zh, en = f"[试点,不计分] {zh}", f"[pilot, not counted] {en}"
    ctx.trace.add(
        node,
        5,
        zh,
        en,
        parent=f"{ctx.node}/category/{metric.category}" if not metric.pilot else ctx.node,
        value=outcome.points,
        unit="points",
        inputs={"state": outcome.state, "weight": number(metric.weight), "pilot": metric.pilot is not None},
        parameter=ctx.cite(metric.where, metric.reference, metric.target),
    )
    return outcome


def _scored(ctx: SegmentContext, metric: PlanMetric, node: str) -> MetricOutcome:
    full = None
    if metric.metric_id is not None and not isinstance(metric.curve, (Formula, Rubric, Table2d)):
        value = ctx.metric_value(metric.id)
        full = value.is_full
    result = CurveResult(metric.full_points, "0 / 0") if full else _curve(ctx, metric)
    points = result.points
    ctx.trace.add(
        f"{node}/curve",
        3,
        f"{metric.names.zh} 得分 = {result.text}",
        f"{metric.names.en} points = {result.text}",
        parent=node,
        value=points,
        unit="points",
        inputs={"text": result.text},
        parameter=ctx.cite(metric.where, metric.reference, metric.target),
    )
    if metric.round_places is not None:
        rounded = _round(points, metric.round_places)
        places = metric.round_places
        zh, en = (
            f"按方案取 {places} 位小数:{number(rounded)}",
            f"rounded to {places} places as the plan says: {number(rounded)}",
        )
        ctx.trace.add(f"{node}/round", 3, zh, en, parent=node, value=rounded, unit="points")
        points = rounded
    points, course_missing = add_training(ctx, metric, points, node)
    points = _clamp(ctx, metric, points, node)
    outcome = apply_gates(ctx, metric.gates, points, node, 5, extra=course_missing)
    return _after_gates(metric, outcome)


def _after_gates(metric: PlanMetric, outcome: GateOutcome) -> MetricOutcome:
    if outcome.action == "hold":
        return MetricOutcome(metric, "missing", None, outcome.reason)
    if outcome.action == "exclude_renormalise":
        return MetricOutcome(metric, "excluded", None, outcome.reason)
    return MetricOutcome(metric, "ok", outcome.value)


def _curve(ctx: SegmentContext, metric: PlanMetric) -> CurveResult:
    curve = metric.curve
    match curve:
        case Formula(expression):
            points = ctx.figure(expression)
            return CurveResult(points, f"{ctx.arithmetic(expression)} = {number(points)}")
        case Binary(when):
            passed, told = ctx.condition(when)
            points = metric.full_points if passed else Fraction(0)
            return CurveResult(points, f"{told.zh} → {number(points)}")
        case Rubric():
            return _rubric(ctx, curve)
        case Table2d():
            return _table(ctx, curve)
        case Rank():
            return _rank(ctx, metric)
        case _:
            value = ctx.value_of(metric.id)
            unit = ctx.run.bundle.metrics[metric.metric_id or metric.id].unit
            return curve_points(curve, Fraction(value), ctx.target_of(metric), metric.full_points, metric.cap, unit)


def _rubric(ctx: SegmentContext, curve: Rubric) -> CurveResult:
    present = {part: Fraction(ctx.value_of(part)) >= 1 for part in curve.parts}
    points = curve.parts_points if all(present.values()) else Fraction(0)
    marks = {name: min(Fraction(ctx.value_of(name)), most) for name, most in curve.rated}
    total = points + sum(marks.values(), Fraction(0))
    parts = [f"{name} {'✓' if there else '✗'}" for name, there in present.items()]
    rated = [f"{name} {number(mark)}" for name, mark in marks.items()]
    return CurveResult(total, f"{', '.join(parts + rated)} = {number(total)}")


def _table(ctx: SegmentContext, curve: Table2d) -> CurveResult:
    row_value, column_value = ctx.figure(curve.row), ctx.figure(curve.column)
    row = _cell(row_value, curve.row_edges, curve.row_at_edge)
    column = _cell(column_value, curve.column_edges, curve.column_at_edge)
    points = curve.cells[row][column]
    shown = f"{curve.row.text} = {number(row_value)}, {curve.column.text} = {number(column_value)}"
    return CurveResult(points, f"{shown} -> {number(points)}")


def _cell(value: Fraction, edges: tuple[Fraction, ...], at_edge: str) -> int:
    return sum(1 for edge in edges if value > edge or (at_edge == "upper" and value == edge))


def _rank(ctx: SegmentContext, metric: PlanMetric) -> CurveResult:
    ranked = ctx.run.ranks.get((ctx.plan.id, metric.id), {})
    ctx.value_of(metric.id)
    points = ranked.get(ctx.person.employee_no)
    if points is None:
        raise Unavailable(metric.id, "not_applicable", "the population is smaller than the plan asks for")
    return CurveResult(points, f"n = {len(ranked)} -> {number(points)}")


def _clamp(ctx: SegmentContext, metric: PlanMetric, points: Fraction, node: str) -> Fraction:
    clamped = max(Fraction(0), min(metric.cap, points))
    if clamped != points:
        zh = f"{metric.names.zh} 限制在 0 至 {number(metric.cap)}:{number(points)} → {number(clamped)}"
        en = f"{metric.names.en} limited to 0..{number(metric.cap)}: {number(points)} -> {number(clamped)}"
        cited = ctx.cite(metric.where, metric.reference)
        ctx.trace.add(f"{node}/clamp", 5, zh, en, parent=node, value=clamped, unit="points", parameter=cited)
    return clamped


def _without_value(ctx: SegmentContext, metric: PlanMetric, unavailable: Unavailable, node: str) -> MetricOutcome:
    state = unavailable.state
    if state == "zero_target":
        return _zero_target(ctx, metric)
    reason = without_value(unavailable.name, state, unavailable.reason)
    if state == "not_applicable":
        return MetricOutcome(metric, "not_applicable", None, reason)
    action, argument = metric.on_missing.action, metric.on_missing.argument
    if action in {"zero", "neutral"}:
        points = argument if action == "neutral" else Fraction(0)
        zh, en = (
            f"{reason_text(reason, 'zh', ctx.names_of)},按方案计 {number(points)} 分",
            f"{reason_text(reason, 'en', ctx.names_of)}, counted as {number(points)} points as the plan says",
        )
        cited = ctx.cite(metric.where, metric.reference)
        ctx.trace.add(f"{node}/missing", 2, zh, en, parent=node, value=points, unit="points", parameter=cited)
        return MetricOutcome(metric, "ok", points, reason)
    if action == "exclude_renormalise":
        return MetricOutcome(metric, "excluded", None, reason)
    return MetricOutcome(metric, "pending" if state == "pending" else "missing", None, reason)


def _zero_target(ctx: SegmentContext, metric: PlanMetric) -> MetricOutcome:
    entry = ctx.run.bundle.metrics[metric.metric_id or metric.id]
    reason = without_value(metric.id, "missing", "the target is zero")
    match entry.on_zero_denominator:
        case "zero":
            return MetricOutcome(metric, "ok", Fraction(0), reason)
        case "full":
            return MetricOutcome(metric, "ok", min(metric.cap, metric.full_points), reason)
        case "not_applicable":
            return MetricOutcome(metric, "not_applicable", None, reason)
        case _:
            return MetricOutcome(metric, "missing", None, reason)


def _round(points: Fraction, places: int) -> Fraction:
    """Half away from zero, only where a plan imitates a paper rule."""
    scaled = abs(points) * 10**places
    whole = (scaled.numerator * 2 + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if points >= 0 else -whole, 10**places)
