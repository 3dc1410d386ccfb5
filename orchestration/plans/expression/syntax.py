"""The tree an expression is read into. Every node keeps the text it came from, for explanations."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from orchestration.plans.quantities import Unit

ArithmeticOp = Literal["+", "-", "*", "/"]
ComparisonOp = Literal["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Constant:
    text: str
    value: "Fraction | str | bool"
    unit: Unit


@dataclass(frozen=True, slots=True)
class Name:
    """A metric, a parameter or a value of the step, perhaps with a dotted part (`lead_count.points`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Negation:
    text: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    text: str
    op: ArithmeticOp
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Comparison:
    text: str
    op: ComparisonOp
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Logic:
    text: str
    op: Literal["and", "or"]
    operands: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    text: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    text: str
    function: str
    arguments: "tuple[Expression, ...]"


Expression = Constant | Name | Negation | Arithmetic | Comparison | Logic | Not | Call


def names(expression: Expression) -> Iterator[str]:
    """Every name an expression refers to, in reading order, repetitions included."""
    match expression:
        case Constant():
            return
        case Name(text):
            yield text
        case Negation(operand=operand) | Not(operand=operand):
            yield from names(operand)
        case Arithmetic(left=left, right=right) | Comparison(left=left, right=right):
            yield from names(left)
            yield from names(right)
        case Logic(operands=parts) | Call(arguments=parts):
            for part in parts:
                yield from names(part)
