"""From the text of a cell to the text that lands: one spelling per type, or a reason why not.

Types are checked here so that a bad cell is told to the file's owner; casting is the warehouse's business. Full-width
characters are folded, thousands separators taken out where they stand right, and nothing is guessed beyond that.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from connectors.files.feeds import Column

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?|[+-]?\.\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))")
_US_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
_TRUE = {"true", "1", "yes", "y", "是", "有", "√"}
_FALSE = {"false", "0", "no", "n", "否", "无", "×"}
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119: a five-digit number in a date column is Excel's day count


class BadCellError(Exception):
    """Why a cell cannot land; the message goes into quarantine, the value does not stand in it."""


def land_cell(cell: str | BadCellError, column: Column, *, required: bool = False) -> str | None:
    """The cell in its landed spelling; None for an empty one. Raises `BadCellError`."""
    if isinstance(cell, BadCellError):
        raise cell
    if "\ufffd" in cell or "\x00" in cell:
        raise BadCellError("holds a replacement character: the text was broken before it came here")
    folded = unicodedata.normalize("NFKC", cell).strip()
    if not folded:
        if column.required or required:
            raise BadCellError("is empty")
        return None
    value = cell.strip() if column.type == "text" else _READERS[column.type](folded, column)
    if column.allowed is not None and value not in column.allowed:
        raise BadCellError(f"is none of {', '.join(column.allowed)}")
    return value


def _number(text: str, column: Column) -> str:
    percent = text.endswith("%")
    if percent:
        if column.unit not in {"percent", "fraction"}:
            raise BadCellError("has a percent sign, but this column is no ratio")
        text = text[:-1].strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise BadCellError("is no number; write 1234.56 (or 1,234.56)")
    try:
        value = Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern admits plain digits only
        raise BadCellError("is no number") from None
    if column.unit == "fen" or (column.unit == "fraction" and percent):
        value = value.scaleb(-2)
    if column.type == "integer":
        if value != value.to_integral_value():
            raise BadCellError("is no whole number")
        value = value.to_integral_value()
    return format(value, "f")


def _date(text: str, column: Column | None = None) -> str:
    day, _, clock = text.partition(" ") if " " in text else text.partition("T")
    if clock and not re.fullmatch(r"0{1,2}:00(:00)?", clock):
        raise BadCellError("has a time of day, but this column is a date")
    if day.isdigit() and len(day) == 5 and int(day) in _EXCEL_DAYS:
        return (_EXCEL_EPOCH + timedelta(days=int(day))).isoformat()
    year, month, dom = _parts_of_date(day, column.date_order if column else "ymd")
    try:
        return date(year, month, dom).isoformat()
    except ValueError:
        raise BadCellError("is a day that does not exist") from None


def _parts_of_date(day: str, order: str) -> tuple[int, int, int]:
    """Year, month and day. A year that stands first is read as such whatever the order: nothing else it can be."""
    if match := _DATE.fullmatch(day):
        year, month, dom = (int(part) for part in match.groups() if part is not None)
        return year, month, dom
    match = _US_DATE.fullmatch(day) if order != "ymd" else None
    if not match:
        example = {"ymd": "2026-10-31", "mdy": "10/31/2026", "dmy": "31/10/2026"}[order]
        raise BadCellError(f"is no date; write {example}")
    first, second, year = (int(part) for part in match.groups())
    return (year, first, second) if order == "mdy" else (year, second, first)


def _datetime(text: str, column: Column) -> str:
    day, _, clock = text.partition(" ") if " " in text else text.partition("T")
    landed = _date(day, column)
    if not clock:
        return f"{landed}T00:00:00"
    match = _CLOCK.fullmatch(clock.strip())
    if not match:
        raise BadCellError("is no time; write 2026-10-31 14:05:00")
    hour, minute, second, offset = match.groups()
    spelled = f"{landed}T{int(hour):02d}:{minute}:{second or '00'}{offset or ''}"
    try:
        datetime.fromisoformat(spelled)
    except ValueError:
        raise BadCellError("is a time that does not exist") from None
    return spelled


def _boolean(text: str, _column: Column) -> str:
    lowered = text.lower()
    if lowered in _TRUE:
        return "true"
    if lowered in _FALSE:
        return "false"
    raise BadCellError("is neither yes nor no; write true or false (是 or 否)")


_READERS: dict[str, Callable[[str, Column], str]] = {
    "integer": _number,
    "decimal": _number,
    "date": _date,
    "datetime": _datetime,
    "boolean": _boolean,
}
