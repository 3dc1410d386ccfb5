"""The curves of the plan language: how a raw value becomes points. Values only; the arithmetic is in scoring."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from orchestration.plans.expression import Expression

Edge = Literal["upper", "lower"]


@dataclass(frozen=True, slots=True)
class Tier:
    """From `lower` to `upper` (None: open). What `value` means depends on the table: points, a rate or an amount."""

    lower: Fraction | None
    upper: Fraction | None
    value: Fraction


@dataclass(frozen=True, slots=True)
class TierTable:
    """Gapless tiers, lowest first. `at_edge` says which tier a value exactly on an edge belongs to."""

    kind: Literal["step", "marginal", "whole", "interpolated"]
    tiers: tuple[Tier, ...]
    at_edge: Edge


@dataclass(frozen=True, slots=True)
class Linear:
    """P * x / t; below `min_attainment` 0; never less than `floor`."""

    floor: Fraction | None
    min_attainment: Fraction | None


@dataclass(frozen=True, slots=True)
class Inverse:
    """Lower is better: ratio P * t / x (x = 0: the metric's cap), linear P * (2 - x / t), or listed points."""

    method: Literal["ratio", "linear", "points"]
    points: "Points | None" = None


@dataclass(frozen=True, slots=True)
class Points:
    """Piecewise linear through (x, y), rising x. Outside the ends: hold the end's value or extend its line."""

    pairs: tuple[tuple[Fraction, Fraction], ...]
    below: Literal["hold", "extend"]
    above: Literal["hold", "extend"]


@dataclass(frozen=True, slots=True)
class Tiered:
    """A tier table read with the value (or with x / t where `of` is attainment)."""

    table: TierTable
    of: Literal["value", "attainment"]


@dataclass(frozen=True, slots=True)
class Binary:
    """P when the condition holds, else 0."""

    when: Expression


@dataclass(frozen=True, slots=True)
class Rubric:
    """`parts_points` once every part (a metric that is at least 1) is present; rated parts add their own value up to a
    greatest mark each."""

    parts: tuple[str, ...]
    parts_points: Fraction
    rated: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """Points by a checked expression."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Band:
    """P - k * |x - t| / t: both too much and too little cost points; never below 0."""

    slope: Fraction


@dataclass(frozen=True, slots=True)
class Rank:
    """Points by place among everybody with a value under the same plan: `bands` are (share of people, points).

    Ties: `all` get the better place, `none` are told apart by employee number, `split` share the mean of their points.
    """

    bands: tuple[tuple[Fraction, Fraction], ...]
    ties: Literal["all", "none", "split"]
    min_population: int
    lower_is_better: bool


@dataclass(frozen=True, slots=True)
class Table2d:
    """Points by two values, each axis with its own edges; the first row and column are open below."""

    row: Expression
    column: Expression
    row_edges: tuple[Fraction, ...]
    column_edges: tuple[Fraction, ...]
    row_at_edge: Edge
    column_at_edge: Edge
    cells: tuple[tuple[Fraction, ...], ...]


Curve = Linear | Inverse | Points | Tiered | Binary | Rubric | Formula | Band | Rank | Table2d
NEEDS_TARGET = (Linear, Inverse, Band)
