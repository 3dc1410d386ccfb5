"""The metric catalogue as plans need it: unit, direction, what a zero denominator means, how periods add up."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from orchestration.plans.errors import Problems
from orchestration.plans.fields import Fields
from orchestration.plans.model import Names
from orchestration.plans.quantities import Unit, parse_quantity
from orchestration.plans.yaml_source import Node

OnZero = Literal["not_applicable", "zero", "full", "error"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One measurable thing, whoever is measured."""

    id: str
    names: Names
    unit: Unit
    lower_is_better: bool
    aggregation: str
    on_zero_denominator: OnZero | None
    has_denominator: bool
    grains: tuple[str, ...]
    cadences: tuple[str, ...]
    numerator_step: Fraction = Fraction(1)
    """The smallest change of the numerator: a hundredth where it is money, else 1."""


def read_catalogue(root: Node, problems: Problems) -> dict[str, Metric]:
    """Read `metrics.yaml`. Columns that describe a metric to analysts are not looked at here."""
    found: dict[str, Metric] = {}
    for node in _entries(root):
        with problems.collect():
            metric = _metric(node)
            if metric.id in found:
                raise node.problem(f"the metric {metric.id} stands in the catalogue twice")
            found[metric.id] = metric
    return found


def _entries(root: Node) -> list[Node]:
    body = root.mapping().get("metrics", root) if root.is_mapping else root
    if body.is_list:
        return body.items()
    entries = []
    for metric_id, node in body.mapping().items():
        if node.is_mapping:
            entries.append(Node(node.file, node.line, {"id": Node(node.file, node.line, metric_id), **node.mapping()}))
    return entries


def _metric(node: Node) -> Metric:
    fields = Fields(node, "a metric of the catalogue")
    identity = fields.get("id") or fields.need("metric_id")
    fields.what = f"metric {identity.text()}"
    units = ("ratio", "count", "currency", "hours", "points")
    zero = fields.get("on_zero_denominator")
    denominator = fields.text("denominator")
    direction = fields.text("direction", "higher")
    step = fields.get("numerator_step")
    unit = fields.choice("unit", units)
    return Metric(
        id=identity.text(),
        names=Names(fields.need("name_zh").text(), fields.need("name_en").text()),
        unit=unit,
        lower_is_better=direction.startswith(("lower", "down", "decrease")),
        aggregation=fields.text("aggregation", "sum"),
        on_zero_denominator=None if zero is None or zero.text() in {"none", "-"} else _zero(zero),
        has_denominator=denominator not in {"", "none", "-", "1"},
        grains=_words(fields.get("grains")),
        cadences=_words(fields.get("cadences")),
        numerator_step=_step(step) if step else Fraction(1, 100) if unit == "currency" else Fraction(1),
    )


def _step(node: Node) -> Fraction:
    quantity = parse_quantity(node.text())
    if quantity is None or quantity.value <= 0:
        raise node.problem(f"numerator_step cannot be {node.text()!r}", "write the smallest change, such as 1 or 0.01")
    return quantity.value


def _zero(node: Node) -> OnZero:
    word = node.text()
    match word:
        case "not_applicable" | "zero" | "full" | "error":
            return word
        case _:
            raise node.problem(f"on_zero_denominator cannot be {word!r}", "write not_applicable, zero, full or error")


def _words(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    return tuple(item.text() for item in node.items()) if node.is_list else tuple(node.text().split())
