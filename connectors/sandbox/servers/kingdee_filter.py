"""The part of Kingdee's FilterString and OrderString that clients use: comparisons joined by and/or, with brackets.

FModifyDate >= '2026-11-01 00:00:00' and (FID > 12 or FDocumentStatus in ('C', 'D'))
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Test = Callable[[Mapping[str, Any]], bool]
_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|(<=|>=|<>|!=|=|<|>)|([(),])|([\w.]+))")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


class FilterError(ValueError):
    """The filter cannot be read or names an unknown field."""


def parse_filter(text: str, fields: Sequence[str]) -> Test:
    """A predicate over records. Dates compare as moments, whether written with `T`, a blank or a day alone."""
    if not text.strip():
        return lambda _: True
    return _Parser(text, set(fields)).whole()


def sort_rows(rows: list[dict[str, Any]], order: str, fields: Sequence[str]) -> list[dict[str, Any]]:
    """Rows in the order of `FID ASC, FModifyDate DESC`."""
    keys = []
    for part in order.split(","):
        words = part.split()
        if not words or words[0] not in fields or (words[1:] and words[1].upper() not in {"ASC", "DESC"}):
            raise FilterError(f"OrderString 中字段不存在: {part.strip()}")
        keys.append((words[0], len(words) > 1 and words[1].upper() == "DESC"))
    for name, descending in reversed(keys):
        rows = sorted(rows, key=lambda row: row[name], reverse=descending)
    return rows


class _Parser:
    def __init__(self, text: str, fields: set[str]) -> None:
        self._fields = fields
        self._tokens: list[str] = []
        at = 0
        text = text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise FilterError(f"语法错误: {text[at : at + 20]}")
            self._tokens.append(found[0].strip())
            at = found.end()
        self._at = 0

    def whole(self) -> Test:
        test = self._either()
        if self._at != len(self._tokens):
            raise FilterError(f"语法错误: {self._tokens[self._at]}")
        return test

    def _either(self) -> Test:
        tests = [self._both()]
        while self._word("or"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._word("and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._word("("):
            test = self._either()
            self._expect(")")
            return test
        field = self._next()
        if field not in self._fields:
            raise FilterError(f"字段不存在: {field}")
        if self._word("in"):
            self._expect("(")
            values = [_literal(self._next())]
            while self._word(","):
                values.append(_literal(self._next()))
            self._expect(")")
            return lambda row: any(_compare("=", row[field], value) for value in values)
        operator = self._next()
        if operator not in _COMPARE:
            raise FilterError(f"语法错误: {operator}")
        value = _literal(self._next())
        return lambda row: _compare(operator, row[field], value)

    def _next(self) -> str:
        if self._at >= len(self._tokens):
            raise FilterError("语法错误: 表达式不完整")
        self._at += 1
        return self._tokens[self._at - 1]

    def _word(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at].lower() == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._word(word):
            raise FilterError(f"语法错误: 缺少 {word}")


def _literal(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    try:
        return int(token)
    except ValueError:
        raise FilterError(f"语法错误: {token}") from None


def _compare(operator: str, value: Any, literal: Any) -> bool:
    if isinstance(value, str) and isinstance(literal, str) and len(value) == 19 and value[10] == "T":
        moment = literal.replace(" ", "T")[:19]
        literal = moment if len(moment) == 19 else f"{moment[:10]}T00:00:00"
    elif isinstance(value, bool) or isinstance(value, int) != isinstance(literal, int):
        value, literal = str(value), str(literal)
    return _COMPARE[operator](value, literal)
