"""Curves and tier tables from YAML. Tiers have to be gapless, without overlap and open at the end."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from orchestration.plans.curve_model import (
    Band,
    Binary,
    Curve,
    Formula,
    Inverse,
    Linear,
    Points,
    Rank,
    Rubric,
    Table2d,
    Tier,
    Tiered,
    TierTable,
)
from orchestration.plans.fields import Fields, read_expression
from orchestration.plans.scope import Scope
from orchestration.plans.yaml_source import Node

CURVES = (
    *("linear", "inverse", "points", "step", "marginal", "whole", "interpolated"),
    *("binary", "rubric", "expr", "band", "rank", "table2d"),
)
TIER_KINDS = ("step", "marginal", "whole", "interpolated")
SCALE_UNITS = ("ratio", "points", "number")


def read_curve(node: Node, scope: Scope) -> Curve:
    """One curve; the keys depend on its `type`."""
    fields = Fields(node, "the curve")
    kind: str = fields.choice("type", CURVES)
    fields.what = f"a curve of type {kind}"
    curve = _read(kind, fields, scope)
    fields.close()
    return curve


def _read(kind: str, fields: Fields, scope: Scope) -> Curve:  # noqa: PLR0911 - one case per curve
    match kind:
        case "linear":
            return Linear(fields.optional_number("floor"), fields.optional_number("min_attainment"))
        case "inverse":
            method: Literal["ratio", "linear", "points"] = fields.choice("method", ("ratio", "linear", "points"))
            return Inverse(method, _points(fields) if method == "points" else None)
        case "points":
            return _points(fields)
        case "step" | "marginal" | "whole" | "interpolated":
            of = fields.choice("of", ("value", "attainment"), "value")
            return Tiered(read_tier_table(kind, fields), of)
        case "binary":
            return Binary(read_expression(fields.need("when"), scope.values, ("boolean",)))
        case "rubric":
            return _rubric(fields, scope)
        case "expr":
            return Formula(read_expression(fields.need("expr"), scope.values, SCALE_UNITS))
        case "band":
            return Band(fields.number("slope", Fraction(100)))
        case "rank":
            return _rank(fields)
        case _:
            return _table2d(fields, scope)


def read_tier_table(kind: Literal["step", "marginal", "whole", "interpolated"], fields: Fields) -> TierTable:
    """`tiers: [[from, to, value], ...]`; `to` of the last one is null, `from` of the first one may be null."""
    # Where every slice is rated by itself an edge belongs to no tier; everywhere else somebody is paid by it.
    if kind == "marginal":
        at_edge = fields.choice("at_edge", ("upper", "lower"), "upper")
    else:
        at_edge = fields.choice("at_edge", ("upper", "lower"))
    node = fields.need("tiers", "add tiers: [[from, to, value], ...]")
    tiers = [(_tier(item), item) for item in node.items()]
    if not tiers:
        raise node.problem("the table has no tiers")
    for (lower, _), (upper, place) in pairwise(tiers):
        _check_neighbours(lower, upper, place)
    first, place = tiers[0]
    if kind in {"marginal", "interpolated"} and first.lower:
        raise place.problem(
            f"the slices begin at {first.lower}; amounts between 0 and {first.lower} have no tier",
            f"begin with [0, {first.lower}, 0], or with the rate that holds there",
        )
    last, place = tiers[-1]
    if last.upper is not None:
        raise place.problem("the last tier has an end; values above it would have no tier", "write null as its end")
    return TierTable(kind, tuple(tier for tier, _ in tiers), at_edge)


def _tier(node: Node) -> Tier:
    if node.is_mapping:
        fields = Fields(node, "a tier")
        lower, upper = fields.optional_number("from"), fields.optional_number("to")
        tier = Tier(lower, upper, fields.number("value"))
        fields.close()
    else:
        parts = node.items()
        if len(parts) != 3:
            raise node.problem("a tier has three parts", "write [from, to, value]; null leaves an end open")
        lower, upper = (None if part.is_null else part.number() for part in parts[:2])
        tier = Tier(lower, upper, parts[2].number())
    if tier.lower is not None and tier.upper is not None and tier.upper <= tier.lower:
        raise node.problem(f"the tier ends at {tier.upper}, not above its start {tier.lower}")
    return tier


def _check_neighbours(lower: Tier, upper: Tier, place: Node) -> None:
    if lower.upper is None or upper.lower is None:
        raise place.problem("only the first tier may be open below and only the last one above", "write the edge")
    if lower.upper < upper.lower:
        raise place.problem(f"gap from {lower.upper} to {upper.lower}: values there have no tier", "let the edges meet")
    if lower.upper > upper.lower:
        raise place.problem(
            f"overlap from {upper.lower} to {lower.upper}: values there have two tiers", "let the edges meet"
        )


def _points(fields: Fields) -> Points:
    node = fields.need("points", "add points: [[x, y], ...]")
    pairs = [_numbers(item, 2) for item in node.items()]
    if len(pairs) < 2:
        raise node.problem("a piecewise curve needs two points at least")
    if any(left[0] >= right[0] for left, right in pairwise(pairs)):
        raise node.problem("the x of the points must rise")
    below = fields.choice("below", ("hold", "extend"))
    above = fields.choice("above", ("hold", "extend"))
    return Points(tuple((x, y) for x, y in pairs), below, above)


def _numbers(node: Node, count: int) -> Sequence[Fraction]:
    parts = node.items()
    if len(parts) != count:
        raise node.problem(f"{count} numbers are expected, here are {len(parts)}")
    return [part.number() for part in parts]


def _rubric(fields: Fields, scope: Scope) -> Rubric:
    parts = fields.get("parts")
    part_ids = tuple(_metric_id(item, scope) for item in parts.items()) if parts else ()
    rated = fields.get("rated")
    marks = (
        tuple((_metric_id(Node(v.file, v.line, key), scope), v.number()) for key, v in rated.mapping().items())
        if rated
        else ()
    )
    points = fields.number("parts_points", Fraction(0))
    if not part_ids and not marks:
        raise fields.node.problem("a rubric needs parts, rated parts, or both")
    if part_ids and points <= 0:
        raise fields.node.problem("the parts of the rubric bring no points", "add parts_points:")
    return Rubric(part_ids, points, marks)


def _metric_id(node: Node, scope: Scope) -> str:
    if node.text() not in scope.metrics:
        raise node.problem(f"{node.text()!r} is no metric of the catalogue")
    return node.text()


def _rank(fields: Fields) -> Rank:
    node = fields.need("bands", "add bands: [[10%, 100], [100%, 60]]")
    bands = tuple((share, points) for share, points in (_numbers(item, 2) for item in node.items()))
    shares = [share for share, _ in bands]
    if not shares or shares != sorted(set(shares)) or shares[-1] != 1:
        raise node.problem("the shares of the bands must rise and end at 100%")
    ties = fields.choice("ties", ("all", "none", "split"))
    return Rank(bands, ties, fields.whole("min_population"), fields.boolean("lower_is_better", default=False))


def _table2d(fields: Fields, scope: Scope) -> Table2d:
    axes = []
    for axis in ("row", "column"):
        sub = fields.sub(axis, f"{axis} axis")
        if sub is None:
            raise fields.node.problem(
                f"the table has no {axis} axis", f"add {axis}: {{of: ..., edges: [...], at_edge: upper}}"
            )
        edges = tuple(item.number() for item in sub.need("edges").items())
        if list(edges) != sorted(set(edges)):
            raise sub.node.problem(f"the edges of the {axis} axis must rise")
        value = read_expression(sub.need("of"), scope.values, (*SCALE_UNITS, "count", "currency", "hours"))
        axes.append((value, edges, sub.choice("at_edge", ("upper", "lower"))))
        sub.close()
    (row, row_edges, row_at), (column, column_edges, column_at) = axes
    node = fields.need("cells")
    cells = tuple(tuple(_numbers(item, len(column_edges) + 1)) for item in node.items())
    if len(cells) != len(row_edges) + 1:
        raise node.problem(f"{len(row_edges)} row edges make {len(row_edges) + 1} rows, here are {len(cells)}")
    return Table2d(row, column, row_edges, column_edges, row_at, column_at, cells)
