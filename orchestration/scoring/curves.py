"""Raw value to points, exactly (the curves of the plan language). Texts show the arithmetic with the real numbers."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from orchestration.plans.curve_model import Band, Curve, Inverse, Linear, Points, Tier, Tiered, TierTable
from orchestration.plans.expression import Unavailable
from orchestration.scoring.trace import in_unit, number, term


@dataclass(frozen=True, slots=True)
class CurveResult:
    """Points before training and clamp, and the arithmetic in words."""

    points: Fraction
    text: str


def curve_points(
    curve: Curve, value: Fraction, target: Fraction | None, full: Fraction, cap: Fraction, unit: str
) -> CurveResult:
    """Points of one value on a curve of one variable. Raises `Unavailable` where the curve has no answer."""
    match curve:
        case Linear():
            return _linear(curve, value, _positive(target), full, unit)
        case Inverse(method="points", points=Points() as points):
            return CurveResult(piecewise(points, value), _through(points, value, unit))
        case Inverse():
            return _inverse(curve, value, _positive(target), full, cap, unit)
        case Points():
            return CurveResult(piecewise(curve, value), _through(curve, value, unit))
        case Band():
            goal = _positive(target)
            points = max(Fraction(0), full - curve.slope * abs(value - goal) / goal)
            shown = f"max(0, {number(full)} - {number(curve.slope)} * |{in_unit(value, unit)} - {in_unit(goal, unit)}|"
            return CurveResult(points, f"{shown} / {in_unit(goal, unit)}) = {number(points)}")
        case Tiered():
            read = value / _positive(target) if curve.of == "attainment" else value
            result, text = tier_amount(curve.table, read, "ratio" if curve.of == "attainment" else unit)
            return CurveResult(result, text)
        case _:
            raise TypeError(f"{type(curve).__name__} is not a curve of one value")


def tier_amount(table: TierTable, value: Fraction, unit: str = "currency") -> tuple[Fraction, str]:
    """What a tier table makes of a value: step and interpolated read it, marginal and whole multiply it."""
    match table.kind:
        case "marginal":
            return _marginal(table.tiers, value, unit)
        case "interpolated":
            return _interpolated(table, value, unit)
        case _:
            tier = find_tier(table, value)
            if table.kind == "step":
                return tier.value, f"{in_unit(value, unit)} -> {number(tier.value)}"
            amount = value * tier.value
            return amount, f"{in_unit(value, unit)} * {number(tier.value)} = {number(amount)}"


def find_tier(table: TierTable, value: Fraction) -> Tier:
    """The tier a value belongs to; a value on an edge goes up or down as the table says."""
    for tier in table.tiers:
        if table.at_edge == "upper":
            inside = (tier.lower is None or tier.lower <= value) and (tier.upper is None or value < tier.upper)
        else:
            # The lower end of the first tier belongs to it, there is no tier below that could take it.
            starts = tier.lower is None or tier.lower < value or (tier is table.tiers[0] and tier.lower == value)
            inside = starts and (tier.upper is None or value <= tier.upper)
        if inside:
            return tier
    raise Unavailable(number(value), "missing", "the value is below the first tier")


def marginal_between(tiers: tuple[Tier, ...], prior: Fraction, amount: Fraction) -> tuple[Fraction, list[str]]:
    """Pay for `amount` on top of `prior`: each slice at its own rate. A negative amount takes slices back."""
    low, high = sorted((prior, prior + amount))
    sign = 1 if amount >= 0 else -1
    total, parts = Fraction(0), []
    for position, tier in enumerate(tiers):
        # Below the first edge the first rate goes on: a return in the first tier costs what the sale brought.
        lower = None if position == 0 else tier.lower
        first = low if lower is None else max(low, lower)
        last = high if tier.upper is None else min(high, tier.upper)
        if last > first:
            slice_amount = (last - first) * sign
            total += slice_amount * tier.value
            parts.append(f"{number(slice_amount)} * {number(tier.value)}")
    return total, parts


def piecewise(curve: Points, value: Fraction) -> Fraction:
    """Linear between the listed points; outside the ends their value, or their line extended."""
    pairs = curve.pairs
    (first_x, first_y), (last_x, last_y) = pairs[0], pairs[-1]
    if value < first_x and curve.below == "hold":
        return first_y
    if value > last_x and curve.above == "hold":
        return last_y
    chosen = pairs[0], pairs[1]
    for left, right in pairwise(pairs):
        chosen = left, right
        if value <= right[0]:
            break
    (x0, y0), (x1, y1) = chosen
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)


def _linear(curve: Linear, value: Fraction, target: Fraction, full: Fraction, unit: str) -> CurveResult:
    attainment = value / target
    shown = f"{number(full)} * {term(value, unit)} / {term(target, unit)}"
    if curve.min_attainment is not None and attainment < curve.min_attainment:
        reached, least = in_unit(attainment, "ratio"), in_unit(curve.min_attainment, "ratio")
        return CurveResult(Fraction(0), f"{in_unit(value, unit)} / {in_unit(target, unit)} = {reached} < {least} -> 0")
    points = full * attainment
    if curve.floor is not None and points < curve.floor:
        return CurveResult(curve.floor, f"{shown} = {number(points)} < {number(curve.floor)} -> {number(curve.floor)}")
    return CurveResult(points, f"{shown} = {number(points)}")


def _inverse(
    curve: Inverse, value: Fraction, target: Fraction, full: Fraction, cap: Fraction, unit: str
) -> CurveResult:
    if curve.method == "linear":
        points = full * (2 - value / target)
        shown = f"{number(full)} * (2 - {in_unit(value, unit)} / {in_unit(target, unit)})"
        return CurveResult(points, f"{shown} = {number(points)}")
    if value == 0:
        return CurveResult(cap, f"0 -> {number(cap)}")
    if value < 0:
        raise Unavailable(number(value), "missing", "an inverse curve cannot read a negative value")
    points = full * target / value
    shown = f"{number(full)} * {term(target, unit)} / {term(value, unit)}"
    return CurveResult(points, f"{shown} = {number(points)}")


def _marginal(tiers: tuple[Tier, ...], value: Fraction, unit: str) -> tuple[Fraction, str]:
    total, parts = marginal_between(tiers, Fraction(0), value)
    return total, f"{in_unit(value, unit)}: {' + '.join(parts) or '0'} = {number(total)}"


def _interpolated(table: TierTable, value: Fraction, unit: str) -> tuple[Fraction, str]:
    """Full tiers add their rate, the tier reached adds its rate in proportion; an open last tier adds nothing more."""
    total, parts = Fraction(0), []
    for tier in table.tiers:
        lower = tier.lower or Fraction(0)
        if value <= lower:
            break
        share = Fraction(1) if tier.upper is None else min(Fraction(1), (value - lower) / (tier.upper - lower))
        total += tier.value * share
        parts.append(f"{number(tier.value)} * {in_unit(share, 'ratio')}")
    return total, f"{in_unit(value, unit)}: {' + '.join(parts) or '0'} = {number(total)}"


def _through(points: Points, value: Fraction, unit: str) -> str:
    listed = ", ".join(f"({number(x)}, {number(y)})" for x, y in points.pairs)
    return f"{in_unit(value, unit)}: {listed} -> {number(piecewise(points, value))}"


def _positive(target: Fraction | None) -> Fraction:
    if target is None:
        raise Unavailable("target", "missing", "no target")
    if target < 0:
        raise Unavailable("target", "missing", "the target is negative; such a metric needs a curve of type points")
    if target == 0:
        raise Unavailable("target", "zero_target", "the target is zero")
    return target
