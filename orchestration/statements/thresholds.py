"""Where a value would begin to bring more: edges of curves, and what conditions and formulas compare it with."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from orchestration.plans.curve_model import Band, Binary, Curve, Inverse, Linear, Points, Tiered
from orchestration.plans.expression import Expression, Unavailable, evaluate, names
from orchestration.plans.expression.syntax import Arithmetic, Call, Comparison, Logic, Negation, Not
from orchestration.plans.expressions import expressions_of
from orchestration.plans.model import PlanMetric
from orchestration.scoring.context import SegmentContext


@dataclass(frozen=True, slots=True, order=True)
class Threshold:
    """A value to reach, or (`strict`) to pass."""

    value: Fraction
    strict: bool = False


def thresholds(ctx: SegmentContext, name: str) -> list[Threshold]:
    """Every value of a metric at which this plan may give more, lowest first."""
    metric = ctx.plan.metric(name)
    found: set[Threshold] = set()
    if metric is not None and metric.pilot is None:
        found |= set(_of_metric(ctx, metric))
    lower = is_lower_better(ctx, name)
    for expression in expressions_of(ctx.plan):
        if name in set(names(expression)) or f"{name}.attainment" in set(names(expression)):
            found |= set(_of_expression(ctx, expression, name, lower=lower))
    return sorted(found)


def is_lower_better(ctx: SegmentContext, name: str) -> bool:
    """Which way is better, as the catalogue says."""
    metric = ctx.plan.metric(name)
    entry = ctx.run.bundle.metrics.get(metric.metric_id if metric and metric.metric_id else name)
    return entry is not None and entry.lower_is_better


def _of_metric(ctx: SegmentContext, metric: PlanMetric) -> Iterator[Threshold]:
    try:
        target = ctx.target_of(metric)
    except Unavailable:
        target = None
    yield from _of_curve(metric.curve, target, metric.full_points, metric.cap)


def _of_curve(curve: Curve, target: Fraction | None, full: Fraction, cap: Fraction) -> Iterator[Threshold]:
    match curve:
        case Linear() if target:
            yield from (Threshold(share * target) for share in (curve.min_attainment, Fraction(1), cap / full) if share)
        case Inverse(method="ratio") if target:
            yield from (Threshold(target), Threshold(target * full / cap))
        case Inverse(method="linear") if target:
            yield from (Threshold(target), Threshold(target * (2 - cap / full)))
        case Points() | Inverse(points=Points()):
            points = curve if isinstance(curve, Points) else curve.points
            yield from (Threshold(x) for x, _ in (points.pairs if points else ()))
        case Band() if target:
            yield Threshold(target)
        case Tiered():
            unit = target if curve.of == "attainment" else Fraction(1)
            edges = {edge for tier in curve.table.tiers for edge in (tier.lower, tier.upper) if edge is not None}
            strict = curve.table.at_edge == "lower"
            yield from (Threshold(edge * unit, strict) for edge in edges if unit)
        case Binary():
            return  # its condition is one of the plan's expressions
        case _:
            return


def _of_expression(ctx: SegmentContext, expression: Expression, name: str, *, lower: bool) -> Iterator[Threshold]:
    match expression:
        case Comparison(op=op, left=left, right=right):
            for side, other, sign in ((left, right, op), (right, left, _TURNED.get(op, op))):
                scale = _scale(ctx, side, name)
                value = None if scale is None else _figure(ctx, other, name)
                if scale is not None and value is not None:
                    strict = sign in ({"<", ">="} if lower else {">", "<="})
                    yield Threshold(value * scale, strict)
            yield from _of_parts(ctx, (left, right), name, lower=lower)
        case Arithmetic(op="/", left=left, right=right):
            # x / c is full at c wherever it is capped at 1, which is how such terms are written.
            value = _figure(ctx, right, name)
            if _scale(ctx, left, name) == 1 and value:
                yield Threshold(value)
            yield from _of_parts(ctx, (left, right), name, lower=lower)
        case Arithmetic(left=left, right=right):
            yield from _of_parts(ctx, (left, right), name, lower=lower)
        case Negation(operand=operand) | Not(operand=operand):
            yield from _of_expression(ctx, operand, name, lower=lower)
        case Logic(operands=parts) | Call(arguments=parts):
            yield from _of_parts(ctx, parts, name, lower=lower)
        case _:
            return


def _of_parts(ctx: SegmentContext, parts: tuple[Expression, ...], name: str, *, lower: bool) -> Iterator[Threshold]:
    for part in parts:
        yield from _of_expression(ctx, part, name, lower=lower)


def _scale(ctx: SegmentContext, side: Expression, name: str) -> Fraction | None:
    """1 for the bare name, the target for its attainment, None for anything else."""
    if side.text == name:
        return Fraction(1)
    if side.text != f"{name}.attainment":
        return None
    metric = ctx.plan.metric(name)
    try:
        return ctx.target_of(metric) if metric else None
    except Unavailable:
        return None


def _figure(ctx: SegmentContext, expression: Expression, name: str) -> Fraction | None:
    if any(used.startswith(name) for used in names(expression)):
        return None
    try:
        value = evaluate(expression, ctx.value_of)
    except Unavailable:
        return None
    return value if isinstance(value, Fraction) and not isinstance(value, bool) else None


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
