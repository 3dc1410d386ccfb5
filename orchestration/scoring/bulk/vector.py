"""Columns of numbers that know how wrong they may be, so that a result computed in floats can be proved exact.

Every operation is done in binary floats together with a bound: the true value x of an element v obeys
|x - v| <= slack + relative * |v|. A comparison or rounding that the bound does not decide puts the element in doubt,
and the same program then runs on exact fractions for the elements in doubt (`exact` columns, bounds 0). Values that
come straight from a measurement also keep numerator and denominator as integers, so that a value exactly on a
threshold is decided without doubt.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

ULP = 2.0**-53
"""Relative error of one rounded operation in binary64."""
_SAFE = 2**62
_FUDGE = 1.01
"""Covers products of bounds, which are left out of the formulas: they are smaller by ten orders of magnitude."""


@dataclass(frozen=True, slots=True)
class Raw:
    """scale * numerator / denominator, exactly; denominators are positive."""

    numerator: np.ndarray
    denominator: np.ndarray
    scale: Fraction


@dataclass(frozen=True, slots=True)
class Column:
    """Numbers of many people. `known`: where there is one (elsewhere it does not apply); None: everywhere."""

    values: np.ndarray
    slack: float = 0.0
    relative: float = 0.0
    known: np.ndarray | None = None
    raw: Raw | None = None
    constant: Fraction | None = None

    @property
    def is_exact(self) -> bool:
        return self.values.dtype == object

    @property
    def size(self) -> int:
        return len(self.values)

    def greatest(self) -> float:
        """The greatest magnitude."""
        return float(np.abs(self.values).max()) if self.size and not self.is_exact else 0.0

    def error(self) -> Any:
        """The bound of every element."""
        return self.slack + self.relative * np.abs(self.values) if not self.is_exact else 0


def constant(value: Fraction, size: int, *, exact: bool) -> Column:
    """The same number for everybody."""
    if exact:
        return Column(_objects([value] * size), constant=value)
    return Column(np.full(size, float(value)), relative=ULP if Fraction(float(value)) != value else 0.0, constant=value)


def from_fractions(values: list[Fraction], *, exact: bool, known: np.ndarray | None = None) -> Column:
    """Numbers given one by one."""
    if exact:
        return Column(_objects(values), known=known)
    return Column(np.array([float(value) for value in values], dtype=float), relative=ULP, known=known)


def from_parts(
    numerator: np.ndarray, denominator: np.ndarray, scale: Fraction, *, exact: bool, known: np.ndarray | None
) -> Column:
    """scale * numerator / denominator of integers; unknown elements may hold anything but a denominator 0."""
    if exact:
        pairs = zip(numerator.tolist(), denominator.tolist(), strict=True)
        return Column(_objects([Fraction(n, d) * scale for n, d in pairs]), known=known)
    values = numerator / denominator
    if scale != 1:
        values *= float(scale)
    return Column(values, relative=5 * ULP, known=known, raw=Raw(numerator, denominator, scale))


def add(left: Column, right: Column) -> Column:
    """Sum; the bound is absolute, because equal magnitudes of opposite sign may cancel."""
    values = left.values + right.values
    known = both(left.known, right.known)
    if left.is_exact:
        return Column(values, known=known)
    slack = left.slack + right.slack + left.relative * left.greatest() + right.relative * right.greatest()
    return Column(values, slack * _FUDGE, ULP, known)


def negate(column: Column) -> Column:
    """The other sign."""
    return replace(
        column, values=-column.values, raw=None, constant=None if column.constant is None else -column.constant
    )


def subtract(left: Column, right: Column) -> Column:
    """Difference."""
    return add(left, negate(right))


def multiply(left: Column, right: Column) -> Column:
    """Product."""
    known = both(left.known, right.known)
    values = left.values * right.values
    if left.is_exact:
        return Column(values, known=known)
    relative = (left.relative + right.relative) * _FUDGE + ULP
    slack = (left.slack * right.greatest() + right.slack * left.greatest()) * _FUDGE
    return Column(values, slack, relative, known, _scaled(left, right.constant) or _scaled(right, left.constant))


def divide(left: Column, right: Column) -> tuple[Column, np.ndarray]:
    """Quotient, and where it is in doubt; a divisor 0 makes the quotient not known (it does not apply)."""
    nobody = np.zeros(left.size, bool)
    zero = right.values == 0
    doubt = nobody
    if not right.is_exact and right.slack:
        doubt = np.abs(right.values) <= right.slack
        zero = zero & ~doubt
    one: Any = Fraction(1) if right.is_exact else 1.0
    divisor = np.where(zero | doubt, one, right.values)
    known = both(both(left.known, right.known), ~zero if zero.any() else None)
    values = left.values / divisor
    if left.is_exact:
        return Column(values, known=known), doubt
    least = float(np.abs(divisor).min()) if left.size else 1.0
    unsure = right.slack / least
    if unsure > 0.01:
        return Column(values, known=known), np.ones(left.size, bool)
    relative = (left.relative + right.relative + unsure) * _FUDGE + ULP
    slack = left.slack / least * _FUDGE
    inverse = 1 / right.constant if right.constant else None
    return Column(values, slack, relative, known, _scaled(left, inverse)), doubt


def least_of(left: Column, right: Column) -> Column:
    """The smaller one of each pair."""
    return _pick(np.minimum(left.values, right.values), left, right)


def greatest_of(left: Column, right: Column) -> Column:
    """The greater one of each pair."""
    return _pick(np.maximum(left.values, right.values), left, right)


def clip(column: Column, low: Fraction | None, high: Fraction | None) -> Column:
    """The values kept inside limits."""
    for limit, pick in ((low, greatest_of), (high, least_of)):
        if limit is not None:
            column = pick(column, constant(limit, column.size, exact=column.is_exact))
    return column


def magnitude(column: Column) -> Column:
    """Without sign."""
    return replace(column, values=np.abs(column.values), raw=None, constant=None)


def choose(where: np.ndarray, yes: Column, no: Column) -> Column:
    """`yes` where the mask holds, else `no`."""
    values = np.where(where, yes.values, no.values)
    known = None
    if yes.known is not None or no.known is not None:
        known = np.where(where, everywhere(yes.known, yes.size), everywhere(no.known, no.size))
    return Column(values, max(yes.slack, no.slack), max(yes.relative, no.relative), known)


def compare(left: Column, right: Column) -> tuple[np.ndarray, np.ndarray]:
    """-1, 0 or 1 for each pair, and where that is in doubt."""
    nobody = np.zeros(left.size, bool)
    if left.is_exact:
        signs = (left.values > right.values).astype(np.int8) - (left.values < right.values).astype(np.int8)
        return signs, nobody
    difference = left.values - right.values
    near = np.abs(difference) <= left.error() + right.error() + ULP * np.abs(difference)
    near &= (left.error() + right.error() > 0) | (difference == 0)
    signs = np.sign(difference).astype(np.int8)
    if not near.any():
        return signs, nobody
    for column, other, sign in ((left, right, 1), (right, left, -1)):
        if column.raw is not None and other.constant is not None:
            decided = _exact_signs(column.raw, other.constant, near)
            if decided is not None:
                signs[near] = decided * sign
                return signs, nobody
    if not left.slack and not right.slack and not left.relative and not right.relative:
        return signs, nobody
    return signs, near


def both(left: np.ndarray | None, right: np.ndarray | None) -> np.ndarray | None:
    """Where both are known."""
    if left is None or right is None:
        return right if left is None else left
    return left & right


def everywhere(known: np.ndarray | None, size: int) -> np.ndarray:
    """The mask of a column as an array."""
    return np.ones(size, bool) if known is None else known


def _pick(values: np.ndarray, left: Column, right: Column) -> Column:
    known = both(left.known, right.known)
    return Column(values, max(left.slack, right.slack), max(left.relative, right.relative), known)


def _scaled(column: Column, factor: Fraction | None) -> Raw | None:
    if column.raw is None or factor is None or factor <= 0:
        return None
    return replace(column.raw, scale=column.raw.scale * factor)


def _exact_signs(raw: Raw, limit: Fraction, near: np.ndarray) -> np.ndarray | None:
    """Signs of raw - limit for the near elements by integers; None when they would not fit."""
    ratio = limit / raw.scale
    numerator, denominator = raw.numerator[near], raw.denominator[near]
    left_most, right_most = int(np.abs(numerator).max()), int(denominator.max())
    if left_most * ratio.denominator >= _SAFE or right_most * abs(ratio.numerator) >= _SAFE:
        return None
    return np.sign(numerator * ratio.denominator - denominator * ratio.numerator).astype(np.int8)


def _objects(values: list[Fraction]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
