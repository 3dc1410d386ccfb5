"""A metric's curve as points to draw, with the person's point on it: every point computed by the engine's own curve."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from orchestration.plans.curve_model import Binary, Formula, Rank, Rubric, Table2d
from orchestration.plans.expression import Expression, Unavailable, evaluate, names
from orchestration.plans.expression.evaluate import Value
from orchestration.plans.model import Names, PlanMetric
from orchestration.plans.quantities import Unit
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.curves import curve_points
from orchestration.statements.thresholds import thresholds

_SAMPLES = 40
_BESIDE = 10**6
_Curve = Callable[[Fraction], Fraction]


@dataclass(frozen=True, slots=True)
class Plot:
    """Points of one curve over one value. `points` rise in x; None breaks the line. `x`, `y` is the person's point,
    before training and gates; `target` is the x of full points where the metric has one."""

    names: Names
    unit: Unit
    points: tuple[tuple[Fraction, Fraction], ...]
    x: Fraction
    y: Fraction
    top: Fraction
    target: Fraction | None


def plots_of(ctx: SegmentContext, metric: PlanMetric) -> tuple[Plot, ...]:
    """One plot for a curve of one value; one per value for a formula or condition of several, the others held."""
    curve = metric.curve
    if isinstance(curve, (Rank, Rubric, Table2d)):
        return ()
    if isinstance(curve, Formula):
        return _of_expression(ctx, metric, curve.expression, _number)
    if isinstance(curve, Binary):
        full = metric.full_points
        return _of_expression(ctx, metric, curve.when, lambda value: full if value else Fraction(0))
    try:
        value, target = ctx.metric_value(metric.id), ctx.target_of(metric)
    except Unavailable:
        return ()
    if value.value is None or value.is_full:
        return ()
    unit = ctx.run.bundle.metrics[value.metric_id].unit

    def points(x: Fraction) -> Fraction:
        return curve_points(curve, x, target, metric.full_points, metric.cap, unit).points

    plot = _sampled(ctx, metric, metric.id, points, value.value, target)
    return (plot,) if plot else ()


def _of_expression(
    ctx: SegmentContext, metric: PlanMetric, expression: Expression, read: Callable[[Value], Fraction]
) -> tuple[Plot, ...]:
    found = []
    for name in dict.fromkeys(names(expression)):
        if name not in ctx.run.bundle.metrics:
            continue
        try:
            now = ctx.metric_value(name).value
        except Unavailable:
            continue
        if now is None:
            continue

        def points(x: Fraction, name: str = name) -> Fraction:
            return read(evaluate(expression, lambda other: x if other == name else ctx.value_of(other)))

        plot = _sampled(ctx, metric, name, points, now, None)
        if plot:
            found.append(plot)
    return tuple(found)


def _sampled(
    ctx: SegmentContext, metric: PlanMetric, name: str, points: _Curve, now: Fraction, target: Fraction | None
) -> Plot | None:
    edges = [one.value for one in thresholds(ctx, name)]
    low = min(Fraction(0), now, *edges)
    high = max([now, *edges])
    if high <= low:
        return None
    high += (high - low) / 8
    width = high - low
    xs = {low + width * step / _SAMPLES for step in range(_SAMPLES + 1)} | {now}
    for edge in edges:
        xs |= {edge, edge - width / _BESIDE, edge + width / _BESIDE}

    def clamped(x: Fraction) -> Fraction:
        return max(Fraction(0), min(metric.cap, points(x)))

    drawn = []
    for x in sorted(x for x in xs if low <= x <= high):
        try:
            drawn.append((x, clamped(x)))
        except Unavailable:
            continue
    try:
        y = clamped(now)
    except Unavailable:
        return None
    names_of = ctx.names_of(name) or metric.names
    unit = ctx.run.unit_of(name) or "number"
    if (own := ctx.plan.metric(name)) and own.metric_id:
        unit = ctx.run.bundle.metrics[own.metric_id].unit
    return Plot(names_of, unit, tuple(drawn), now, y, max(metric.cap, y), target)


def _number(value: Value) -> Fraction:
    if not isinstance(value, Fraction):
        raise TypeError("a formula of points gives a number")
    return value
