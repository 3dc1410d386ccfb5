"""The curves of the plan language over columns. Where a curve jumps a comparison decides; elsewhere the bounds do."""

from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np

from orchestration.plans.curve_model import (
    Band,
    Binary,
    Formula,
    Inverse,
    Linear,
    Points,
    Rubric,
    Table2d,
    Tiered,
    TierTable,
)
from orchestration.plans.model import PlanMetric
from orchestration.scoring.bulk.expressions import compared, numbers, quotient, verdicts
from orchestration.scoring.bulk.sheet import NotForBulk, Sheet
from orchestration.scoring.bulk.vector import (
    Column,
    add,
    both,
    choose,
    clip,
    greatest_of,
    least_of,
    magnitude,
    multiply,
    subtract,
)

ZERO, ONE = Fraction(0), Fraction(1)


def curve_column(sheet: Sheet, metric: PlanMetric) -> Column:
    """Points before training and clamp."""
    curve = metric.curve
    match curve:
        case Formula(expression):
            return numbers(sheet, expression)
        case Binary(when):
            if metric.metric_id is not None:
                # A zero denominator that counts as fulfilled gives full points whatever the condition says.
                sheet.value(metric.id)
            verdict = verdicts(sheet, when)
            points = choose(verdict.yes, sheet.constant(metric.full_points), sheet.constant(0))
            return _known_where(points, verdict.yes | verdict.no)
        case Rubric():
            return _rubric(sheet, curve)
        case Table2d():
            return _table(sheet, curve)
        case Linear() | Inverse() | Points() | Band() | Tiered():
            return _known_as(_of_value(sheet, metric, curve), sheet.value(metric.id)[0])
        case _:
            raise NotForBulk(f"a curve of type {type(curve).__name__.lower()}")


def tier_column(sheet: Sheet, table: TierTable, value: Column) -> Column:
    """What a tier table makes of values; nothing was accumulated before."""
    match table.kind:
        case "marginal":
            return _marginal(sheet, table, value)
        case "interpolated":
            return _interpolated(sheet, table, value)
        case _:
            chosen = _in_tier(sheet, table, value)
            return chosen if table.kind == "step" else multiply(value, chosen)


def _of_value(  # noqa: PLR0911 - one case per curve
    sheet: Sheet, metric: PlanMetric, curve: Linear | Inverse | Points | Band | Tiered
) -> Column:
    value, own_target = sheet.value(metric.id)
    if isinstance(curve, Points):
        return _through(sheet, curve, value)
    if isinstance(curve, Inverse) and curve.points is not None:
        return _through(sheet, curve.points, value)
    if isinstance(curve, Tiered) and curve.of == "value":
        return tier_column(sheet, curve.table, value)
    attainment = quotient(sheet, value, _target(sheet, metric, value, own_target))
    full = sheet.constant(metric.full_points)
    match curve:
        case Tiered():
            return tier_column(sheet, curve.table, attainment)
        case Linear():
            points = multiply(full, attainment)
            if curve.floor is not None:
                points = greatest_of(points, sheet.constant(curve.floor))
            if curve.min_attainment is not None:
                missed = compared(sheet, attainment, "<", sheet.constant(curve.min_attainment))
                points = choose(missed, sheet.constant(0), points)
            return points
        case Inverse(method="linear"):
            return multiply(full, subtract(sheet.constant(2), attainment))
        case Inverse():
            return _inverse(sheet, metric, value, attainment)
        case _:
            off = magnitude(subtract(attainment, sheet.constant(1)))
            return clip(subtract(full, multiply(sheet.constant(curve.slope), off)), ZERO, None)


def _target(sheet: Sheet, metric: PlanMetric, value: Column, own_target: Column | None) -> Column:
    """The target of everybody; a missing, zero or negative one is left to the plain engine."""
    if metric.target is not None:
        target = numbers(sheet, metric.target)
    elif metric.target_from_feed and own_target is not None:
        target = own_target
    else:
        raise NotForBulk(f"no target of {metric.id}")
    unusable = target.values <= 0
    if target.known is not None:
        unusable |= ~target.known
    sheet.slow |= unusable if value.known is None else unusable & value.known
    one = sheet.constant(1)
    kept = np.where(unusable, one.values, target.values)
    return Column(kept, target.slack, target.relative, None, target.raw, target.constant)


def _inverse(sheet: Sheet, metric: PlanMetric, value: Column, attainment: Column) -> Column:
    negative, zero = value.values < 0, value.values == 0
    sheet.slow |= negative if value.known is None else negative & value.known
    one = sheet.constant(1)
    safe = Column(
        np.where(zero, one.values, attainment.values), attainment.slack, attainment.relative, attainment.known
    )
    points = multiply(sheet.constant(metric.full_points), quotient(sheet, one, safe))
    return choose(zero, sheet.constant(metric.cap), points)


def _through(sheet: Sheet, curve: Points, value: Column) -> Column:
    """Straight lines between points. A continuous curve: beside an edge both lines give nearly the same."""
    pairs = curve.pairs
    pieces = list(pairwise(pairs))
    edges = [sheet.constant(right[0]).values for _, right in pieces[:-1]]
    piece = sum((value.values > edge for edge in edges), np.zeros(sheet.size, int))
    steepest = max(abs(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pieces)
    result: Column | None = None
    for number, ((x0, y0), (x1, y1)) in enumerate(pieces):
        slope = sheet.constant((y1 - y0) / (x1 - x0))
        line = add(sheet.constant(y0), multiply(slope, subtract(value, sheet.constant(x0))))
        result = line if result is None else choose(piece == number, line, result)
    if result is None:
        raise NotForBulk("a curve of one point")
    (first_x, first_y), (last_x, last_y) = pairs[0], pairs[-1]
    if curve.below == "hold":
        result = choose(value.values < sheet.constant(first_x).values, sheet.constant(first_y), result)
    if curve.above == "hold":
        result = choose(value.values > sheet.constant(last_x).values, sheet.constant(last_y), result)
    if sheet.exact:
        return _known_as(result, value)
    blur = (
        2 * float(steepest) * (value.slack + value.relative * (value.greatest() + float(max(abs(x) for x, _ in pairs))))
    )
    return Column(result.values, result.slack + blur * 1.01, result.relative, value.known)


def _in_tier(sheet: Sheet, table: TierTable, value: Column) -> Column:
    """The figure of the tier that each value belongs to; below the first tier the plain engine answers."""
    op = ">=" if table.at_edge == "upper" else ">"
    result = sheet.constant(table.tiers[0].value)
    for position, tier in enumerate(table.tiers):
        if tier.lower is None:
            continue
        # The lower end of the first tier belongs to it, whatever the edges do.
        reached = compared(sheet, value, ">=" if position == 0 else op, sheet.constant(tier.lower))
        if position == 0:
            sheet.slow |= ~reached if value.known is None else ~reached & value.known
        else:
            result = choose(reached, sheet.constant(tier.value), result)
    return _known_as(result, value)


def _marginal(sheet: Sheet, table: TierTable, value: Column) -> Column:
    parts = []
    for position, tier in enumerate(table.tiers):
        lower = None if position == 0 else tier.lower
        start = max(ZERO, lower) if lower is not None else ZERO
        start = start if tier.upper is None else min(start, tier.upper)
        inside = subtract(clip(value, lower, tier.upper), sheet.constant(start))
        parts.append(multiply(inside, sheet.constant(tier.value)))
    return reduce(add, parts)


def _interpolated(sheet: Sheet, table: TierTable, value: Column) -> Column:
    parts = []
    for tier in table.tiers:
        lower = tier.lower or ZERO
        if tier.upper is None:
            # An open last tier adds its figure whole as soon as it is reached: a jump.
            beyond = compared(sheet, value, ">", sheet.constant(lower))
            parts.append(choose(beyond, sheet.constant(tier.value), sheet.constant(0)))
            continue
        share = multiply(subtract(value, sheet.constant(lower)), sheet.constant(1 / (tier.upper - lower)))
        parts.append(multiply(clip(share, ZERO, ONE), sheet.constant(tier.value)))
    return _known_as(reduce(add, parts), value)


def _rubric(sheet: Sheet, curve: Rubric) -> Column:
    parts = [sheet.column(part) for part in curve.parts]
    there = [compared(sheet, part, ">=", sheet.constant(1)) for part in parts]
    complete = reduce(np.logical_and, there, np.ones(sheet.size, bool))
    total = choose(complete, sheet.constant(curve.parts_points), sheet.constant(0))
    for part in parts:
        total = _known_as(total, part)
    for name, most in curve.rated:
        total = add(total, least_of(sheet.column(name), sheet.constant(most)))
    return total


def _table(sheet: Sheet, curve: Table2d) -> Column:
    row_value, column_value = numbers(sheet, curve.row), numbers(sheet, curve.column)
    row = _cell(sheet, row_value, curve.row_edges, curve.row_at_edge)
    column = _cell(sheet, column_value, curve.column_edges, curve.column_at_edge)
    result = sheet.constant(curve.cells[0][0])
    for row_number, cells in enumerate(curve.cells):
        for column_number, points in enumerate(cells):
            result = choose((row == row_number) & (column == column_number), sheet.constant(points), result)
    return _known_as(_known_as(result, row_value), column_value)


def _cell(sheet: Sheet, value: Column, edges: tuple[Fraction, ...], at_edge: str) -> np.ndarray:
    op = ">=" if at_edge == "upper" else ">"
    passed = [compared(sheet, value, op, sheet.constant(edge)) for edge in edges]
    return sum((one.astype(int) for one in passed), np.zeros(sheet.size, int))


def _known_as(column: Column, source: Column) -> Column:
    return Column(column.values, column.slack, column.relative, both(column.known, source.known))


def _known_where(column: Column, known: np.ndarray) -> Column:
    return Column(column.values, column.slack, column.relative, None if known.all() else known)
