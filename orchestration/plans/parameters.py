"""Dated parameters: a value holds from its date until the next one; `null` ends it; before the first it is an error."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from orchestration.plans.errors import Problems
from orchestration.plans.fields import Fields
from orchestration.plans.model import Names, Where
from orchestration.plans.quantities import Unit, quantity_text
from orchestration.plans.yaml_source import Node, parse_yaml

UNITS: tuple[Unit, ...] = ("number", "ratio", "points", "currency", "count", "hours")


class ParameterError(LookupError):
    """A parameter has no value on a date; the message names the parameter, the date and its file."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A value and the first day it holds; None from a day on means the parameter ended."""

    valid_from: date
    value: Fraction | None
    reference: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A figure of the company with its history."""

    id: str
    names: Names
    unit: Unit
    values: tuple[Dated, ...]
    where: Where

    def at(self, day: date) -> Dated:
        """The entry in force on a day; raises `ParameterError` before the first entry and after an end."""
        found = None
        for entry in self.values:
            if entry.valid_from <= day:
                found = entry
        if found is None:
            first = self.values[0].valid_from.isoformat()
            raise ParameterError(
                f"{self.where}: parameter {self.id} has no value on {day.isoformat()}, its first one holds from "
                f"{first}; add a value for the earlier date"
            )
        if found.value is None:
            ended = found.valid_from.isoformat()
            raise ParameterError(
                f"{self.where}: parameter {self.id} ended on {ended}, {day.isoformat()} needs it; "
                "add a later value or stop using it"
            )
        return found

    def cite(self, day: date) -> str:
        """Id, effective date, value and reference, as an explanation quotes them."""
        entry = self.at(day)
        shown = quantity_text(entry.value or Fraction(0), self.unit)
        reference = f" ({entry.reference})" if entry.reference else ""
        return f"{self.id}@{entry.valid_from.isoformat()}={shown}{reference}"


def read_parameters(text: str, label: str, problems: Problems) -> list[Parameter]:
    """Read one file: parameter id -> {name, unit, reference, values: {date: value}}."""
    found: list[Parameter] = []
    with problems.collect():
        for parameter_id, node in parse_yaml(text, label).mapping().items():
            with problems.collect():
                found.append(_parameter(parameter_id, node, problems))
    return found


def _parameter(parameter_id: str, node: Node, problems: Problems) -> Parameter:
    fields = Fields(node, f"parameter {parameter_id}")
    names = fields.names("name")
    unit: Unit = fields.choice("unit", UNITS)
    reference = fields.text("reference")
    values = fields.need("values", "add values: {2026-01-01: ...}")
    entries: list[Dated] = []
    for day_text, value in values.mapping().items():
        day = Node(value.file, value.line, day_text).date()
        if value.is_mapping:
            sub = Fields(value, f"value {day_text} of {parameter_id}")
            number = None if sub.has("value") and sub.get("value") is None else _in_unit(sub.need("value"), unit)
            entries.append(Dated(day, number, sub.text("reference", reference)))
            sub.close()
        else:
            entries.append(Dated(day, None if value.is_null else _in_unit(value, unit), reference))
    if not entries:
        raise values.problem(f"parameter {parameter_id} has no values")
    fields.close(problems)
    return Parameter(
        parameter_id, names, unit, tuple(sorted(entries, key=lambda entry: entry.valid_from)), fields.where
    )


def _in_unit(node: Node, unit: Unit) -> Fraction:
    quantity = node.quantity()
    if quantity.unit == "ratio" and unit != "ratio":
        raise node.problem(
            f"{node.text()} is a ratio, the unit of this parameter is {unit}", "drop the % or change unit"
        )
    return quantity.value
