"""YAML with its lines and its spelling kept: a number stays the text its author wrote until it is read exactly.

The ordinary loaders turn `0.1` into a binary float and `2026-01-01` into a date before anybody can ask where it stood.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from orchestration.plans.errors import Finding, PlanProblem
from orchestration.plans.quantities import Quantity, parse_quantity


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file and where it stands. `value` is a text, a list, a mapping or None."""

    file: str
    line: int
    value: "str | list[Node] | dict[str, Node] | None"

    @property
    def is_null(self) -> bool:
        return self.value is None

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)

    def problem(self, what: str, fix: str = "") -> PlanProblem:
        """A `PlanProblem` that points here, to be raised."""
        return PlanProblem(Finding(self.file, self.line, what, fix))

    def mapping(self) -> "dict[str, Node]":
        """The value as a mapping, or a problem."""
        if not isinstance(self.value, dict):
            raise self.problem("a mapping is expected here", "write key: value pairs")
        return self.value

    def items(self) -> "list[Node]":
        """The value as a list, or a problem."""
        if not isinstance(self.value, list):
            raise self.problem("a list is expected here", "write [a, b] or lines that start with -")
        return self.value

    def text(self) -> str:
        """The value as the text that was written, or a problem."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.problem("a text is expected here")
        return self.value.strip()

    def quantity(self) -> Quantity:
        """The value as an exact number; `30%` is the ratio 3/10, `2/37` an exact fraction."""
        quantity = parse_quantity(self.text())
        if quantity is None:
            raise self.problem(f"{self.text()!r} is not an exact number", "write 12.5, 30% or 2/37")
        return quantity

    def number(self) -> Fraction:
        """The exact number, whatever its spelling."""
        return self.quantity().value

    def whole(self) -> int:
        """A whole number."""
        number = self.number()
        if number.denominator != 1:
            raise self.problem(f"{self.text()!r} is not a whole number")
        return int(number)

    def date(self) -> date:
        """An ISO date."""
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            raise self.problem(f"{self.text()!r} is not a date", "write 2026-01-31") from None

    def boolean(self) -> bool:
        """`true` or `false`."""
        text = self.text()
        if text not in {"true", "false"}:
            raise self.problem(f"{text!r} is neither true nor false")
        return text == "true"


def read_yaml(path: Path, label: str | None = None) -> Node:
    """Read one file. `label` is what messages call it (default: the file's name)."""
    return parse_yaml(path.read_text(encoding="utf-8"), label or path.name)


def parse_yaml(text: str, label: str) -> Node:
    """Read YAML from a text; duplicate keys and anything but plain mappings, lists and scalars are errors."""
    try:
        root = YAML(typ="rt").compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PlanProblem(Finding(label, line, f"not YAML: {error.problem}", "check indentation and quotes")) from None
    if root is None:
        raise PlanProblem(Finding(label, 1, "the file is empty"))
    return _convert(root, label)


def plain(node: Node) -> object:
    """The node as ordinary lists, dicts and texts (for diffing and hashing)."""
    if isinstance(node.value, dict):
        return {key: plain(value) for key, value in node.value.items()}
    if isinstance(node.value, list):
        return [plain(value) for value in node.value]
    return node.value


def _convert(node: object, file: str) -> Node:
    if isinstance(node, ScalarNode):
        line = node.start_mark.line + 1
        is_null = node.style is None and node.value in {"", "~", "null", "Null", "NULL"}
        return Node(file, line, None if is_null else str(node.value))
    if isinstance(node, SequenceNode):
        return Node(file, node.start_mark.line + 1, [_convert(item, file) for item in node.value])
    if isinstance(node, MappingNode):
        result: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise PlanProblem(Finding(file, key.start_mark.line + 1, "a key must be a plain text"))
            if key.value in result:
                message = f"the key {key.value!r} stands here twice"
                raise PlanProblem(Finding(file, key.start_mark.line + 1, message, "keep one of them"))
            converted = _convert(value, file)
            # A block that starts below its key is pointed at by the key, where an author looks first.
            result[str(key.value)] = Node(file, key.start_mark.line + 1, converted.value)
        return Node(file, node.start_mark.line + 1, result)
    raise TypeError(f"unexpected YAML node {type(node).__name__}")
