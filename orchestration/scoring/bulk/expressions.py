"""Expressions of plans over columns, with the three-valued logic of the plain engine: yes, no, does not apply."""

from dataclasses import dataclass
from functools import reduce

import numpy as np

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
from orchestration.scoring.bulk.sheet import NotForBulk, Sheet
from orchestration.scoring.bulk.vector import (
    Column,
    add,
    both,
    choose,
    compare,
    divide,
    everywhere,
    greatest_of,
    least_of,
    multiply,
    negate,
    subtract,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a condition holds and where it does not; neither: it does not apply."""

    yes: np.ndarray
    no: np.ndarray


def numbers(sheet: Sheet, expression: Expression) -> Column:  # noqa: PLR0911 - one case per node
    """An expression that gives numbers."""
    match expression:
        case Constant(value=value) if not isinstance(value, str | bool):
            return sheet.constant(value)
        case Name(text):
            return sheet.column(text)
        case Negation(operand=operand):
            return negate(numbers(sheet, operand))
        case Arithmetic():
            return _arithmetic(sheet, expression)
        case Call(function="coalesce", arguments=arguments):
            return _coalesce([numbers(sheet, part) for part in arguments])
        case Call(function="if", arguments=(condition, yes, no)):
            verdict = verdicts(sheet, condition)
            chosen = choose(verdict.yes, numbers(sheet, yes), numbers(sheet, no))
            decided = verdict.yes | verdict.no
            return _with_known(chosen, chosen.known if decided.all() else both(chosen.known, decided))
        case Call(function=function, arguments=arguments):
            return _call(sheet, function, [numbers(sheet, part) for part in arguments])
        case _:
            raise NotForBulk(f"{expression.text!r}")


def verdicts(sheet: Sheet, expression: Expression) -> Verdict:
    """An expression that is a condition."""
    match expression:
        case Comparison():
            return _compare(sheet, expression)
        case Not(operand=operand):
            inner = verdicts(sheet, operand)
            return Verdict(inner.no, inner.yes)
        case Logic(op=op, operands=operands):
            parts = [verdicts(sheet, part) for part in operands]
            yes, no = [part.yes for part in parts], [part.no for part in parts]
            if op == "and":
                return Verdict(reduce(np.logical_and, yes), reduce(np.logical_or, no))
            return Verdict(reduce(np.logical_or, yes), reduce(np.logical_and, no))
        case Constant(value=bool() as value):
            return Verdict(np.full(sheet.size, value), np.full(sheet.size, not value))
        case _:
            raise NotForBulk(f"{expression.text!r}")


def compared(sheet: Sheet, left: Column, op: str, right: Column) -> np.ndarray:
    """Where a comparison holds; elements that are not decided are put in doubt."""
    signs, doubt = compare(left, right)
    known = both(left.known, right.known)
    sheet.doubt |= doubt if known is None else doubt & known
    match op:
        case "<":
            return signs < 0
        case "<=":
            return signs <= 0
        case ">":
            return signs > 0
        case ">=":
            return signs >= 0
        case "==" | "=":
            return signs == 0
        case _:
            return signs != 0


def quotient(sheet: Sheet, left: Column, right: Column) -> Column:
    """left / right; a divisor that may be zero is put in doubt."""
    result, doubt = divide(left, right)
    known = both(left.known, right.known)
    sheet.doubt |= doubt if known is None else doubt & known
    return result


def _compare(sheet: Sheet, expression: Comparison) -> Verdict:
    left, right = numbers(sheet, expression.left), numbers(sheet, expression.right)
    passed = compared(sheet, left, expression.op, right)
    known = everywhere(both(left.known, right.known), sheet.size)
    return Verdict(passed & known, ~passed & known)


def _arithmetic(sheet: Sheet, expression: Arithmetic) -> Column:
    left, right = numbers(sheet, expression.left), numbers(sheet, expression.right)
    match expression.op:
        case "+":
            return add(left, right)
        case "-":
            return subtract(left, right)
        case "*":
            return multiply(left, right)
        case "/":
            return quotient(sheet, left, right)


def _call(sheet: Sheet, function: str, columns: list[Column]) -> Column:
    match function:
        case "min":
            return reduce(least_of, columns)
        case "max":
            return reduce(greatest_of, columns)
        case "mean":
            return quotient(sheet, reduce(add, columns), sheet.constant(len(columns)))
        case "clamp":
            value, low, high = columns
            return greatest_of(low, least_of(high, value))
        case _:
            raise NotForBulk(f"the function {function}")


def _coalesce(columns: list[Column]) -> Column:
    result = columns[0]
    for other in columns[1:]:
        if result.known is None:
            return result
        merged = choose(result.known, result, other)
        result = _with_known(merged, merged.known)
    return result


def _with_known(column: Column, known: np.ndarray | None) -> Column:
    return Column(column.values, column.slack, column.relative, known)
