"""Reading one mapping of a plan file: required and optional keys, choices, numbers, expressions, unknown keys."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, cast

from orchestration.plans.errors import Finding, Problems
from orchestration.plans.expression import Expression, check, parse
from orchestration.plans.expression.parser import ExpressionError
from orchestration.plans.model import Names, Where
from orchestration.plans.quantities import Unit
from orchestration.plans.yaml_source import Node

UnitOf = Callable[[str], Unit | None]


@dataclass(slots=True)
class Fields:
    """Takes keys off one mapping; `close` complains about those nobody took."""

    node: Node
    what: str
    taken: set[str] = field(default_factory=set)

    @property
    def where(self) -> Where:
        return Where(self.node.file, self.node.line)

    def get(self, key: str) -> Node | None:
        """The value of a key; None when it is absent or null."""
        self.taken.add(key)
        value = self.node.mapping().get(key)
        return None if value is None or value.is_null else value

    def need(self, key: str, fix: str = "") -> Node:
        """The value of a key that has to be there."""
        value = self.get(key)
        if value is None:
            raise self.node.problem(f"{self.what} has no {key}", fix or f"add {key}:")
        return value

    def has(self, key: str) -> bool:
        """Whether the key is written, be it null."""
        return key in self.node.mapping()

    def sub(self, key: str, what: str) -> "Fields | None":
        """A nested mapping, or None."""
        value = self.get(key)
        return None if value is None else Fields(value, what)

    def text(self, key: str, default: str = "") -> str:
        value = self.get(key)
        return default if value is None else value.text()

    def choice(self, key: str, choices: Collection[str], default: str | None = None) -> Any:
        """One of several words; without a default the key is mandatory."""
        value = self.need(key, f"add {key}: {' or '.join(choices)}") if default is None else self.get(key)
        if value is None:
            return default
        word = value.text()
        if word not in choices:
            raise value.problem(f"{key} cannot be {word!r}", f"write {' or '.join(choices)}")
        return word

    def number(self, key: str, default: Fraction | None = None) -> Fraction:
        value = self.need(key) if default is None else self.get(key)
        return cast("Fraction", default) if value is None else value.number()

    def optional_number(self, key: str) -> Fraction | None:
        value = self.get(key)
        return None if value is None else value.number()

    def whole(self, key: str, default: int | None = None) -> int:
        value = self.need(key) if default is None else self.get(key)
        return cast("int", default) if value is None else value.whole()

    def date(self, key: str) -> dt.date:
        return self.need(key).date()

    def optional_date(self, key: str) -> dt.date | None:
        value = self.get(key)
        return None if value is None else value.date()

    def boolean(self, key: str, *, default: bool) -> bool:
        value = self.get(key)
        return default if value is None else value.boolean()

    def names(self, key: str, default: Names | None = None) -> Names:
        """`{zh: ..., en: ...}`."""
        sub = self.sub(key, f"{key} of {self.what}")
        if sub is None:
            if default is None:
                raise self.node.problem(f"{self.what} has no {key}", f"add {key}: {{zh: ..., en: ...}}")
            return default
        names = Names(sub.need("zh").text(), sub.need("en").text())
        sub.close()
        return names

    def close(self, problems: Problems | None = None) -> None:
        """Report keys that mean nothing here. With `problems` all are noted, else the first one is raised."""
        for key, value in self.node.mapping().items():
            if key in self.taken:
                continue
            near = get_close_matches(key, self.taken, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(self.taken))}"
            message = f"{key!r} means nothing in {self.what}"
            if problems is None:
                raise value.problem(message, advice)
            problems.findings.append(Finding(value.file, value.line, message, advice))


def read_expression(node: Node, unit_of: UnitOf, allowed: Collection[Unit]) -> Expression:
    """Parse and unit-check an expression; its unit has to be one of `allowed` (a bare number always fits a number)."""
    try:
        tree = parse(node.text())
        unit = check(tree, unit_of)
    except ExpressionError as error:
        raise node.problem(f"in {node.text()!r}: {error}", _suggest(str(error))) from None
    if unit not in allowed and not (unit == "number" and set(allowed) - {"boolean", "text"}):
        raise node.problem(f"{node.text()!r} is {unit}, here {' or '.join(allowed)} is needed")
    return tree


def _suggest(message: str) -> str:
    return "use the id of a metric of the catalogue or of a parameter" if "not known" in message else ""
