"""A value to points: the curves, each as its definition says."""

from fractions import Fraction
from typing import Any

from slow_reference.words import NoValue, number

Tiers = list[tuple[Fraction | None, Fraction | None, Fraction]]


def tiers_of(table: dict[str, Any]) -> Tiers:
    return [tuple(None if part in {"null", ""} else number(part) for part in tier) for tier in table["tiers"]]  # type: ignore[misc]


def curve_points(
    curve: dict[str, Any], value: Fraction, target: Fraction | None, full: Fraction, cap: Fraction
) -> Fraction:
    """Points of one value; raises `NoValue` ("zero_target" where there is nothing to divide by)."""
    kind = curve["type"]
    if kind == "points" or (kind == "inverse" and curve["method"] == "points"):
        return through(curve, value)
    if kind in {"step", "marginal", "whole", "interpolated"}:
        if curve.get("of") == "attainment":
            value = value / positive(target)
        return tier_result(curve, value)
    goal = positive(target)
    if kind == "band":
        return max(Fraction(0), full - number(curve.get("slope", "100")) * abs(value - goal) / goal)
    if kind == "inverse":
        if curve["method"] == "linear":
            return full * (2 - value / goal)
        if value < 0:
            raise NoValue("missing")
        return cap if value == 0 else full * goal / value
    least, floor = curve.get("min_attainment"), curve.get("floor")
    if least is not None and value / goal < number(least):
        return Fraction(0)
    points = full * value / goal
    return points if floor is None else max(points, number(floor))


def positive(target: Fraction | None) -> Fraction:
    if target is None or target < 0:
        raise NoValue("missing")
    if target == 0:
        raise NoValue("zero_target")
    return target


def through(curve: dict[str, Any], x: Fraction) -> Fraction:
    """Straight lines through the points; outside of them held or extended."""
    pairs = [(number(a), number(b)) for a, b in curve["points"]]
    if x <= pairs[0][0] and curve["below"] == "hold":
        return pairs[0][1]
    if x >= pairs[-1][0] and curve["above"] == "hold":
        return pairs[-1][1]
    index = 0
    while index < len(pairs) - 2 and x > pairs[index + 1][0]:
        index += 1
    (x0, y0), (x1, y1) = pairs[index], pairs[index + 1]
    return y0 + (x - x0) * (y1 - y0) / (x1 - x0)


def tier_result(table: dict[str, Any], value: Fraction, prior: Fraction = Fraction(0)) -> Fraction:
    """What a tier table makes of an amount that comes on top of `prior`."""
    tiers, kind = tiers_of(table), table["type"]
    if kind == "marginal":
        return _below(tiers, prior + value) - _below(tiers, prior)
    if kind == "interpolated":
        total = Fraction(0)
        for lower, upper, rate in tiers:
            start = lower or Fraction(0)
            if value > start:
                total += rate if upper is None else rate * min(Fraction(1), (value - start) / (upper - start))
        return total
    rate = tier_of(tiers, table["at_edge"], value)
    return rate if kind == "step" else value * rate


def tier_of(tiers: Tiers, at_edge: str, value: Fraction) -> Fraction:
    """The figure of the tier a value lies in; on an edge the upper or the lower one, as the plan says."""
    first = tiers[0][0]
    if first is not None and value < first:
        raise NoValue("missing")
    found = tiers[0][2]
    for lower, _, figure in tiers[1:]:
        if lower is not None and (value > lower or (value == lower and at_edge == "upper")):
            found = figure
    return found


def _below(tiers: Tiers, amount: Fraction) -> Fraction:
    """Every slice up to an amount at its own rate; the first rate also holds below zero."""
    total = Fraction(0)
    for position, (lower, upper, rate) in enumerate(tiers):
        start = None if position == 0 else lower
        top = amount if upper is None else min(amount, upper)
        if start is None:
            total += top * rate
        elif top > start:
            total += (top - start) * rate
    return total
