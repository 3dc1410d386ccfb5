"""CSV files read line by line and cell by cell; a wrong cell is told with file, line and column.

UTF-8 (a byte order mark is allowed), header in the first line, ISO dates, empty = absent. Numbers are read as decimals
and never pass through floats.
"""

import csv
import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

from orchestration.scoring.errors import InputError

T = TypeVar("T")


def read_rows(
    path: Path, columns: Collection[str], convert: Callable[["Row"], T], *, optional: bool = False
) -> list[T]:
    """Every line of a file, converted. `columns` have to be in the header; an optional file may be absent."""
    if not path.is_file():
        if optional:
            return []
        raise InputError(f"{path.name}: the file does not exist; docs/scoring.md lists the files of a run")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        absent = set(columns) - set(reader.fieldnames or ())
        if absent:
            raise InputError(
                f"{path.name}:1: the columns {', '.join(sorted(absent))} are missing; add them to the header"
            )
        return [convert(Row(path.name, reader.line_num, cells)) for cells in reader]


@dataclass(slots=True)
class Row:
    """One line of a file, read column by column."""

    file: str
    line: int
    cells: dict[str, str]

    def problem(self, what: str) -> InputError:
        return InputError(f"{self.file}:{self.line}: {what}")

    def text(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            raise self.problem(f"{name} is empty; fill it in")
        return value

    def optional(self, name: str) -> str | None:
        value = (self.cells.get(name) or "").strip()
        return value or None

    def one_of(self, name: str, words: tuple[str, ...], default: str | None = None) -> Any:
        value = self.optional(name) or default
        if value not in words:
            raise self.problem(f"{name} cannot be {value!r}; write {' or '.join(words)}")
        return value

    def date(self, name: str) -> dt.date:
        return self._read(name, self.text(name), dt.date.fromisoformat, "a date such as 2026-10-31")

    def optional_date(self, name: str) -> dt.date | None:
        return self.date(name) if self.optional(name) else None

    def decimal(self, name: str) -> Decimal | None:
        text = self.optional(name)
        if text is None:
            return None
        value = self._read(name, text, Decimal, "a decimal such as 1234.5")
        if not value.is_finite():
            raise self.problem(f"{name} is {text!r}; write a decimal such as 1234.5")
        return value

    def _read(self, name: str, text: str, convert: Callable[[str], T], wanted: str) -> T:
        try:
            return convert(text)
        except (ValueError, InvalidOperation):
            raise self.problem(f"{name} is {text!r}; write {wanted}") from None
