"""One value of a machine file: its text, and every reason why it may not stand there.

Nothing is altered to make it fit: a value that is too long, that the encoding does not know or that a spreadsheet would
run as a formula is refused with the employee, the line and the column (F177 and the injection rules).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from orchestration.payout.layouts.model import RUN_DATES, Cell, Layout
from orchestration.payout.lines import PayoutLine
from orchestration.payout.machine_text import unsafe_for_machines
from orchestration.payout.rounding import yuan_text
from orchestration.periods import Period


class CellFault(Exception):  # noqa: N818 - a value's fault, told on by whoever knows the row
    """Why a value cannot be written; whoever knows the row says where."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What one file adds up to. `part` counts the files of one split from 1."""

    rows: int
    people: int
    amount_fen: int
    part: int
    parts: int


def row_text(
    cell: Cell, layout: Layout, lines: Sequence[PayoutLine], dates: Mapping[str, date | None], number: int
) -> str:
    """The cell of a row that stands for one or more lines, checked and padded."""
    if cell.sequence:
        text = str(number)
    elif cell.amount is not None:
        items = None if cell.amount == "all" else set(cell.amount)
        fen = sum(line.amount_fen for line in lines if items is None or line.pay_item_code in items)
        text = _money(cell, fen)
    else:
        text = _field_text(cell, lines[0], dates)
    return finished(cell, layout, text)


def record_text(cell: Cell, layout: Layout, line: PayoutLine, dates: Mapping[str, date | None], totals: Totals) -> str:
    """The cell of a header or trailer; `line` is any line of the file, for what all of them share."""
    if cell.total == "amount":
        return finished(cell, layout, _money(cell, totals.amount_fen))
    if cell.total is not None:
        return finished(cell, layout, str(getattr(totals, cell.total)))
    return finished(cell, layout, _field_text(cell, line, dates))


def line_field(line: PayoutLine, name: str) -> str:
    """A field of a line or its run as the text that files and file names hold."""
    of_run = {"pay_group": line.run.pay_group, "run_no": str(line.run.run_no), "work_period": line.run.period}
    return of_run[name] if name in of_run else str(getattr(line, name))


def finished(cell: Cell, layout: Layout, text: str) -> str:
    """The text as it stands in the file; raises `CellFault`."""
    encoding = layout.encoding.removesuffix("-sig")
    if cell.required and not text:
        raise CellFault("the value is empty and the layout requires one")
    if not (cell.is_money or cell.constant is not None) and (fault := unsafe_for_machines(text)):
        raise CellFault(fault)
    try:
        encoded = text.encode(encoding)
    except UnicodeEncodeError as error:
        raise CellFault(f"{text[error.start]!r} does not exist in {layout.encoding}") from None
    if encoded.decode(encoding) != text:
        raise CellFault(f"it does not come back the same from {layout.encoding}")
    if layout.format == "delimited" and layout.quote == "none" and {layout.delimiter, '"'} & set(text):
        raise CellFault("it holds the delimiter or a quote and the layout quotes nothing")
    return text if cell.width is None else _fit(cell, layout, text, encoded)


def _fit(cell: Cell, layout: Layout, text: str, encoded: bytes) -> str:
    length = len(encoded) if layout.width_unit == "bytes" else len(text)
    width = cell.width or 0
    if length > width:
        raise CellFault(f"it is {length} {layout.width_unit} long, the layout takes {width}")
    if layout.format == "delimited" and cell.pad is None:
        return text
    pad = cell.pad or " "
    right = cell.align == "right" or (cell.align is None and cell.is_money)
    fill = pad * (width - length)
    if right and pad == "0" and text.startswith("-"):
        return f"-{fill}{text[1:]}"
    return fill + text if right else text + fill


def _money(cell: Cell, fen: int) -> str:
    if fen < 0 and cell.negative == "refuse":
        raise CellFault("the amount is negative and the layout has no place for that")
    digits = yuan_text(abs(fen)) if cell.unit == "yuan" else str(abs(fen))
    if fen >= 0:
        return digits
    return f"-{digits}" if cell.negative == "leading" else f"{digits}-"


def _field_text(cell: Cell, line: PayoutLine, dates: Mapping[str, date | None]) -> str:
    if cell.constant is not None:
        return cell.constant
    name = cell.field or ""
    if name in RUN_DATES:
        day = dates[name]
        if day is None:
            raise CellFault(f"{name} is not known yet")
        return _spelled(cell.date or "YYYY-MM-DD", day)
    text = line_field(line, name)
    if cell.date is not None:
        return _month(cell.date, text)
    if cell.values is None:
        return text
    if text not in cell.values:
        raise CellFault(f"values has no entry for {text!r}")
    return cell.values[text]


def _month(spelling: str, period_id: str) -> str:
    period = Period.parse(period_id)
    if period.cadence != "month":
        raise CellFault(f"{period_id} is no month and cannot be spelled {spelling}")
    return _spelled(spelling, period.start)


def _spelled(spelling: str, day: date) -> str:
    words = {"YYYY": f"{day:%Y}", "YY": f"{day:%y}", "MM": f"{day:%m}", "DD": f"{day:%d}"}
    for word, text in words.items():
        spelling = spelling.replace(word, text)
    return spelling
