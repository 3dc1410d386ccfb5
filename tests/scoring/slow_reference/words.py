"""Numbers and expressions as plan authors write them."""

import ast
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

_NUMBER = re.compile(r"(?<![\w.'])(\d[\d_]*(?:\.\d+)?%?|\.\d+%?)")
_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
_COMPARISON = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class NoValue(Exception):  # noqa: N818 - a state of a value, no fault
    """Something has no value: `not_applicable`, or missing in one of its shades, which is stronger."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def number(text: Any) -> Fraction:
    """`12.5`, `10_000`, `30%`, `2/37`."""
    text = str(text).replace("_", "").strip()
    if text.endswith("%"):
        return Fraction(text[:-1]) / 100
    above, _, below = text.partition("/")
    return Fraction(above.strip()) / Fraction(below.strip() or 1)


def run(text: Any, look: Callable[[str], Any]) -> Any:
    """The value of an expression; `look` gives the value of a name or raises `NoValue`."""
    python = _NUMBER.sub(r"num('\1')", str(text))
    python = re.sub(r"(?<![<>=!])=(?!=)", "==", python)
    python = re.sub(r"\bif\(", "choose(", python)
    return _walk(ast.parse(python.strip(), mode="eval").body, look)


def rounded(value: Fraction, places: int) -> Fraction:
    """Half away from zero."""
    scaled = abs(value) * 10**places + Fraction(1, 2)
    whole = scaled.numerator // scaled.denominator
    return Fraction(whole if value >= 0 else -whole, 10**places)


def _walk(node: ast.AST, look: Callable[[str], Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name | ast.Attribute):
        return look(ast.unparse(node))
    if isinstance(node, ast.UnaryOp):
        value = _walk(node.operand, look)
        return not value if isinstance(node.op, ast.Not) else -value
    if isinstance(node, ast.BoolOp):
        return _logic(node, look)
    if isinstance(node, ast.Compare):
        left, right = _every([node.left, node.comparators[0]], look)
        return _COMPARISON[type(node.ops[0])](left, right)
    if isinstance(node, ast.BinOp):
        left, right = _every([node.left, node.right], look)
        if isinstance(node.op, ast.Div):
            if right == 0:
                raise NoValue("not_applicable")
            return left / right
        return _ARITHMETIC[type(node.op)](left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node.func.id, node.args, look)
    raise ValueError(ast.dump(node))


def _logic(node: ast.BoolOp, look: Callable[[str], Any]) -> bool:
    """Three values: one part may decide although another is not known."""
    deciding = isinstance(node.op, ast.Or)
    unknown: list[NoValue] = []
    for part in node.values:
        try:
            if bool(_walk(part, look)) is deciding:
                return deciding
        except NoValue as state:
            unknown.append(state)
    if unknown:
        raise _strongest(unknown)
    return not deciding


def _call(function: str, arguments: list[ast.expr], look: Callable[[str], Any]) -> Any:
    if function == "num":
        return number(ast.literal_eval(arguments[0]))
    if function == "choose":
        return _walk(arguments[1] if _walk(arguments[0], look) else arguments[2], look)
    if function == "coalesce":
        for argument in arguments:
            try:
                return _walk(argument, look)
            except NoValue as state:
                if state.state != "not_applicable":
                    raise
        raise NoValue("not_applicable")
    values = _every(arguments, look)
    if function == "mean":
        return sum(values, Fraction(0)) / len(values)
    if function == "clamp":
        return max(values[1], min(values[2], values[0]))
    if function == "round":
        return rounded(values[0], int(values[1]))
    return {"min": min, "max": max}[function](values)


def _every(parts: list[ast.expr], look: Callable[[str], Any]) -> list[Any]:
    values, unknown = [], []
    for part in parts:
        try:
            values.append(_walk(part, look))
        except NoValue as state:
            unknown.append(state)
    if unknown:
        raise _strongest(unknown)
    return values


def _strongest(unknown: list[NoValue]) -> NoValue:
    return next((state for state in unknown if state.state != "not_applicable"), unknown[0])
