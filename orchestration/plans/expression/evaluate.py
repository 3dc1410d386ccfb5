"""Exact evaluation. A value that is not there travels upwards as `Unavailable`, it never becomes 0.

Conditions follow three-valued logic: `false and <missing>` is false, `true and <missing>` is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from orchestration.plans.expression.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Constant,
    Expression,
    Logic,
    Name,
    Negation,
    Not,
)

Value = Fraction | str | bool


class Unavailable(Exception):  # noqa: N818 - a state of a value, not a fault
    """A name has no value. `state` is missing, pending, excluded or not_applicable; missing is the stronger one."""

    def __init__(self, name: str, state: str, reason: str = "") -> None:
        super().__init__(f"{name} is {state}" + (f" ({reason})" if reason else ""))
        self.name = name
        self.state = state
        self.reason = reason

    @property
    def rank(self) -> int:
        """Greater wins when two names have no value: what holds a payment is stronger than what does not apply."""
        return 0 if self.state == "not_applicable" else 1


@dataclass(frozen=True, slots=True)
class Observation:
    """One comparison as it came out: what the plan wrote, both values, and whether it held."""

    comparison: Comparison
    left: Value
    right: Value
    passed: bool


def evaluate(  # noqa: C901, PLR0911 - one case per node
    expression: Expression, value_of: Callable[[str], Value], seen: list[Observation] | None = None
) -> Value:
    """Evaluate a checked expression. `value_of` may raise `Unavailable`; `seen` receives each comparison."""
    match expression:
        case Constant(value=value):
            return value
        case Name(text):
            return value_of(text)
        case Negation(operand=operand):
            return -_number(evaluate(operand, value_of, seen))
        case Not(operand=operand):
            return not evaluate(operand, value_of, seen)
        case Logic(op=op, operands=operands):
            return _logic(op, operands, value_of, seen)
        case Comparison():
            return _compare(expression, value_of, seen)
        case Arithmetic():
            return _arithmetic(expression, value_of, seen)
        case Call(function="coalesce", arguments=arguments):
            return _coalesce(arguments, value_of, seen)
        case Call(function="if", arguments=(condition, yes, no)):
            # Only the branch that is taken has to have a value.
            return evaluate(yes if evaluate(condition, value_of, seen) else no, value_of, seen)
        case Call(function=function, arguments=arguments):
            return _call(function, _all(arguments, value_of, seen))


def _logic(
    op: str, operands: tuple[Expression, ...], value_of: Callable[[str], Value], seen: list[Observation] | None
) -> bool:
    decisive = op == "or"
    missing: Unavailable | None = None
    result = not decisive
    for operand in operands:
        # Every part is evaluated, also behind a decided one: the explanation shows them all.
        try:
            if bool(evaluate(operand, value_of, seen)) is decisive:
                result = decisive
        except Unavailable as unavailable:
            missing = unavailable if missing is None or unavailable.rank > missing.rank else missing
    if missing is not None and result is not decisive:
        raise missing
    return result


def _compare(expression: Comparison, value_of: Callable[[str], Value], seen: list[Observation] | None) -> bool:
    left, right = _all((expression.left, expression.right), value_of, seen)
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        passed = {
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
            "==": left == right,
            "!=": left != right,
        }[expression.op]
    else:
        passed = (left == right) is (expression.op == "==")
    if seen is not None:
        seen.append(Observation(expression, left, right, passed))
    return passed


def _arithmetic(expression: Arithmetic, value_of: Callable[[str], Value], seen: list[Observation] | None) -> Fraction:
    left, right = (_number(value) for value in _all((expression.left, expression.right), value_of, seen))
    match expression.op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            if right == 0:
                raise Unavailable(expression.text, "not_applicable", "division by zero")
            return left / right


def _all(
    parts: tuple[Expression, ...], value_of: Callable[[str], Value], seen: list[Observation] | None
) -> list[Value]:
    values: list[Value] = []
    missing: Unavailable | None = None
    for part in parts:
        try:
            values.append(evaluate(part, value_of, seen))
        except Unavailable as unavailable:
            missing = unavailable if missing is None or unavailable.rank > missing.rank else missing
    if missing is not None:
        raise missing
    return values


def _coalesce(parts: tuple[Expression, ...], value_of: Callable[[str], Value], seen: list[Observation] | None) -> Value:
    """The first part that applies. A missing value is not skipped: only `on_missing` may decide about it."""
    last: Unavailable | None = None
    for part in parts:
        try:
            return evaluate(part, value_of, seen)
        except Unavailable as unavailable:
            if unavailable.rank:
                raise
            last = unavailable
    raise last or Unavailable("coalesce", "not_applicable")


def _call(function: str, values: list[Value]) -> Fraction:
    numbers = [_number(value) for value in values]
    match function:
        case "min":
            return min(numbers)
        case "max":
            return max(numbers)
        case "mean":
            return sum(numbers, Fraction(0)) / len(numbers)
        case "clamp":
            value, low, high = numbers
            return max(low, min(high, value))
        case "round":
            return _round(numbers[0], int(numbers[1]))
        case _:
            raise ValueError(f"{function!r} is no function of plans")


def _round(value: Fraction, places: int) -> Fraction:
    """Half away from zero, for paper rules that round on the way (the plan writes it)."""
    scaled = abs(value) * 10**places
    whole = (scaled.numerator * 2 + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if value >= 0 else -whole, 10**places)


def _number(value: Value) -> Fraction:
    if not isinstance(value, Fraction):
        raise TypeError(f"{value!r} is no number")
    return value
