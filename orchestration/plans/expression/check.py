"""Units are checked when a plan is loaded, so that `points + ratio` never reaches a payroll run.

A bare number takes the unit of what it meets. Points and ratios scale other units (`base * score / 100` is money).
"""

from collections.abc import Callable

from orchestration.plans.expression.parser import ExpressionError
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
from orchestration.plans.quantities import Unit

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "min": (1, None),
    "max": (1, None),
    "mean": (1, None),
    "coalesce": (2, None),
    "round": (2, 2),
    "clamp": (3, 3),
    "if": (3, 3),
}
"""Name -> least and greatest number of arguments."""

_SCALES: frozenset[Unit] = frozenset({"number", "ratio", "points"})
_ORDERED: frozenset[Unit] = frozenset({"number", "ratio", "points", "currency", "count", "hours"})


def check(expression: Expression, unit_of: Callable[[str], Unit | None]) -> Unit:  # noqa: C901, PLR0911 - one case per node
    """The unit of an expression. `unit_of` gives the unit of a name, None when the name is unknown.

    Raises `ExpressionError` for unknown names, functions and mixed units.
    """
    match expression:
        case Constant(unit=unit):
            return unit
        case Name(text):
            unit = unit_of(text)
            if unit is None:
                raise ExpressionError(f"{text!r} is not known here")
            return unit
        case Negation(text, operand):
            return _numeric(check(operand, unit_of), text)
        case Not(text, operand):
            return _boolean(check(operand, unit_of), text)
        case Logic(operands=operands):
            for operand in operands:
                _boolean(check(operand, unit_of), operand.text)
            return "boolean"
        case Comparison(text, op, left, right):
            units = (check(left, unit_of), check(right, unit_of))
            _same(units, text)
            if op in {"<", "<=", ">", ">="}:
                _numeric(units[0], left.text)
            return "boolean"
        case Arithmetic():
            return _arithmetic(expression, unit_of)
        case Call():
            return _call(expression, unit_of)


def _arithmetic(expression: Arithmetic, unit_of: Callable[[str], Unit | None]) -> Unit:
    left = _numeric(check(expression.left, unit_of), expression.left.text)
    right = _numeric(check(expression.right, unit_of), expression.right.text)
    if expression.op in {"+", "-"}:
        return _same((left, right), expression.text)
    if expression.op == "*":
        return _product(left, right, expression.text)
    if left == right and left not in {"number"}:
        return "ratio"
    if right in _SCALES:
        return left
    raise ExpressionError(f"{expression.text!r} divides {left} by {right}; that has no unit a plan knows")


def _product(left: Unit, right: Unit, text: str) -> Unit:
    pairs: tuple[tuple[Unit, Unit], ...] = ((left, right), (right, left))
    for scale, other in pairs:
        if scale == "number":
            return other
        if scale == "ratio":
            return other if other != "number" else "ratio"
        if scale == "points" and other not in {"points", "ratio", "number"}:
            return other
    if {left, right} == {"currency", "count"}:
        return "currency"
    raise ExpressionError(f"{text!r} multiplies {left} by {right}; that has no unit a plan knows")


def _call(expression: Call, unit_of: Callable[[str], Unit | None]) -> Unit:
    limits = FUNCTIONS.get(expression.function)
    if limits is None:
        known = ", ".join(sorted(FUNCTIONS))
        raise ExpressionError(f"{expression.function!r} is no function of plans; there are {known}")
    least, greatest = limits
    count = len(expression.arguments)
    if count < least or (greatest is not None and count > greatest):
        wanted = f"{least}" if least == greatest else f"at least {least}"
        raise ExpressionError(f"{expression.text!r}: {expression.function} takes {wanted} values, not {count}")
    if expression.function == "if":
        condition, *branches = expression.arguments
        _boolean(check(condition, unit_of), condition.text)
        return _same(tuple(_numeric(check(part, unit_of), part.text) for part in branches), expression.text)
    units: tuple[Unit, ...] = tuple(_numeric(check(part, unit_of), part.text) for part in expression.arguments)
    if expression.function == "round":
        places = expression.arguments[1]
        if not isinstance(places, Constant) or units[1] != "number":
            raise ExpressionError(f"{expression.text!r}: the places of round are written as a whole number")
        return units[0]
    return _same(units, expression.text)


def _same(units: tuple[Unit, ...], text: str) -> Unit:
    found: list[Unit] = [unit for unit in units if unit != "number"]
    if len(set(found)) > 1:
        raise ExpressionError(f"{text!r} mixes {' and '.join(sorted(set(found)))}")
    if found and found[0] in {"text", "boolean"} and len(found) != len(units):
        raise ExpressionError(f"{text!r} mixes {found[0]} and number")
    return found[0] if found else "number"


def _numeric(unit: Unit, text: str) -> Unit:
    if unit not in _ORDERED:
        raise ExpressionError(f"{text!r} is {unit}, a number is needed")
    return unit


def _boolean(unit: Unit, text: str) -> Unit:
    if unit != "boolean":
        raise ExpressionError(f"{text!r} is {unit}, a condition is needed")
    return unit
