"""Text to tree. Hand-written: the grammar is a dozen lines and its error messages are read by plan authors.

or := and ("or" and)*        and := not ("and" not)*       not := "not" not | comparison
comparison := sum [("<"|"<="|">"|">="|"=="|"="|"!=") sum]
sum := product (("+"|"-") product)*     product := factor (("*"|"/") factor)*
factor := "-" factor | number | number "%" | 'text' | true | false | name | name "(" arguments ")" | "(" or ")"
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from orchestration.plans.expression.syntax import (
    Arithmetic,
    ArithmeticOp,
    Call,
    Comparison,
    ComparisonOp,
    Constant,
    Expression,
    Logic,
    Name,
    Negation,
    Not,
)

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\d_]*(?:\.\d+)?%?|\.\d+%?)|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<op><=|>=|==|!=|[-+*/()<>=,]))"
)
_COMPARISONS = {"<", "<=", ">", ">=", "==", "=", "!="}
_MAX_DEPTH = 40


class ExpressionError(ValueError):
    """The text is no expression; the message says at which column and why."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str
    start: int
    end: int


def parse(text: str) -> Expression:
    """Read an expression; raises `ExpressionError` with the column."""
    parser = _Parser(text, _tokens(text))
    tree = parser.disjunction()
    if parser.peek() is not None:
        raise parser.problem("an operator is expected before this")
    return tree


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            column = position + len(text[position:]) - len(text[position:].lstrip()) + 1
            raise ExpressionError(f"column {column}: {text[column - 1]!r} has no meaning here")
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match[kind], match.start(kind), match.end()))
        position = match.end()
    if not tokens:
        raise ExpressionError("the expression is empty")
    return tokens


class _Parser:
    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def problem(self, why: str) -> ExpressionError:
        token = self.peek()
        where = f"column {token.start + 1}, at {token.value!r}" if token else "at the end"
        return ExpressionError(f"{where}: {why}")

    def disjunction(self) -> Expression:
        return self._logic("or", lambda: self._logic("and", self._negated))

    def _logic(self, word: str, part) -> Expression:
        start = self._start()
        operands = [part()]
        while self._take_name(word):
            operands.append(part())
        if len(operands) == 1:
            return operands[0]
        return Logic(self._since(start), "and" if word == "and" else "or", tuple(operands))

    def _negated(self) -> Expression:
        start = self._start()
        if self._take_name("not"):
            operand = self._negated()
            return Not(self._since(start), operand)
        return self._comparison()

    def _comparison(self) -> Expression:
        start = self._start()
        left = self._sum()
        operator = self._take_op(_COMPARISONS)
        if operator is None:
            return left
        right = self._sum()
        spelled = "==" if operator == "=" else operator
        if (following := self.peek()) and following.value in _COMPARISONS:
            raise self.problem("comparisons do not chain; join two of them with and")
        return Comparison(self._since(start), cast("ComparisonOp", spelled), left, right)

    def _sum(self) -> Expression:
        start = self._start()
        left = self._product()
        while operator := self._take_op({"+", "-"}):
            right = self._product()
            left = Arithmetic(self._since(start), cast("ArithmeticOp", operator), left, right)
        return left

    def _product(self) -> Expression:
        start = self._start()
        left = self._factor()
        while operator := self._take_op({"*", "/"}):
            right = self._factor()
            left = Arithmetic(self._since(start), cast("ArithmeticOp", operator), left, right)
        return left

    def _factor(self) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self.problem("the expression is nested too deeply")
        try:
            return self._unnested_factor()
        finally:
            self._depth -= 1

    def _unnested_factor(self) -> Expression:
        token = self.peek()
        if token is None:
            raise self.problem("a value is expected")
        if self._take_op({"-"}):
            operand = self._factor()
            return Negation(self._since(token.start), operand)
        if self._take_op({"("}):
            inside = self.disjunction()
            if not self._take_op({")"}):
                raise self.problem("a closing parenthesis is missing")
            return inside
        if token.kind == "op" or token.value in {"and", "or", "not"}:
            raise self.problem("a value is expected")
        self._at += 1
        if token.kind == "number":
            return _number(token.value)
        if token.kind in {"single", "double"}:
            return Constant(repr(token.value), token.value, "text")
        if token.value in {"true", "false"}:
            return Constant(token.value, token.value == "true", "boolean")
        return self._name_or_call(token)

    def _name_or_call(self, token: _Token) -> Expression:
        if not self._take_op({"("}):
            return Name(token.value)
        arguments: list[Expression] = []
        if not self._take_op({")"}):
            arguments.append(self.disjunction())
            while self._take_op({","}):
                arguments.append(self.disjunction())
            if not self._take_op({")"}):
                raise self.problem("a comma or a closing parenthesis is missing")
        return Call(self._since(token.start), token.value, tuple(arguments))

    def _take_op(self, operators: set[str]) -> str | None:
        token = self.peek()
        if token and token.kind == "op" and token.value in operators:
            self._at += 1
            return token.value
        return None

    def _take_name(self, word: str) -> bool:
        token = self.peek()
        if token and token.kind == "name" and token.value == word:
            self._at += 1
            return True
        return False

    def _start(self) -> int:
        token = self.peek()
        return token.start if token else len(self._text)

    def _since(self, start: int) -> str:
        return self._text[start : self._tokens[self._at - 1].end]


def _number(text: str) -> Constant:
    digits = text.rstrip("%").replace("_", "")
    value = Fraction(digits)
    return Constant(text, value / 100, "ratio") if text.endswith("%") else Constant(text, value, "number")
