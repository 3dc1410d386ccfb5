"""A run in a payroll system's form: rows, headers, trailers, split into files. From the ledger's lines alone."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from orchestration.payout.errors import ExportRefused
from orchestration.payout.layouts.cells import CellFault, Totals, line_field, record_text, row_text
from orchestration.payout.layouts.model import Cell, Layout
from orchestration.payout.lines import PayoutLine
from orchestration.payout.runs import Run
from orchestration.periods import Period

_QUOTING: dict[str, Literal[0, 1, 3]] = {"minimal": csv.QUOTE_MINIMAL, "all": csv.QUOTE_ALL, "none": csv.QUOTE_NONE}
_Row = tuple[PayoutLine, ...]


@dataclass(frozen=True, slots=True)
class LayoutOutput:
    """One file of a layout: name, bytes and what it adds up to (`sum_fen` in `currency`)."""

    name: str
    content: bytes
    rows: int
    lines: int
    people: int
    sum_fen: int
    currency: str


def render_layout(layout: Layout, run: Run, timezone: str) -> tuple[LayoutOutput, ...]:
    """Every file of a layout for a run, in order; none for a run without lines.

    The amounts of all files together are those of the run. Raises `ExportRefused` naming employee, row and column for
    a value that may not stand there, a pay item without a column, or two currencies in one file.
    """
    _require_columns_for_all(layout, run)
    dates = _run_dates(run, timezone)
    outputs = [
        _file(layout, rows, part, parts, dates)
        for group in _grouped(run.lines, lambda line: tuple(line_field(line, name) for name in layout.one_file_per))
        for part, parts, rows in _parts(layout, _rows(layout, group))
    ]
    names = [output.name for output in outputs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ExportRefused(f"layout {layout.layout}: two files would be called {twice[0]}; name them apart")
    if sum(output.sum_fen for output in outputs) != run.total_fen or sum(o.lines for o in outputs) != len(run.lines):
        raise ExportRefused(f"layout {layout.layout}: its files do not add up to the run; this is a defect, report it")
    return tuple(outputs)


def line_fault(layout: Layout, line: PayoutLine) -> str:
    """Why a line's texts could not stand in the layout's files, or an empty text: asked before anything is approved,
    so that one name nobody can encode holds one line and not a whole run."""
    for cell in layout.columns:
        if (
            cell.field is None
            or cell.field in {"line_id", "revision"}
            or cell.field.endswith(("_on", "_start", "_end"))
        ):
            continue
        try:
            row_text(cell, layout, (line,), {}, 1)
        except CellFault as fault:
            return f"layout {layout.layout}, {cell.label}: {fault}"
    return ""


def _file(
    layout: Layout, rows: Sequence[_Row], part: int, parts: int, dates: Mapping[str, date | None]
) -> LayoutOutput:
    lines = [line for row in rows for line in row]
    currencies = sorted({line.currency for line in lines})
    if len(currencies) > 1:
        raise ExportRefused(
            f"layout {layout.layout}: one file would hold {' and '.join(currencies)}, which are never added; "
            "write one_file_per: [currency]"
        )
    total = sum(line.amount_fen for line in lines)
    people = len({line.employee_no for line in lines})
    totals = Totals(len(rows), people, total, part, parts)
    records = [
        *_shared(layout, layout.header, "header", lines[0], dates, totals),
        *([[cell.name for cell in layout.columns]] if layout.column_names else []),
        *(_row_cells(layout, row, dates, number) for number, row in enumerate(rows, start=1)),
        *_shared(layout, layout.trailer, "trailer", lines[0], dates, totals),
    ]
    name = _name(layout, lines[0], part, parts)
    return LayoutOutput(name, _encoded(layout, records), len(rows), len(lines), people, total, currencies[0])


def _row_cells(layout: Layout, row: _Row, dates: Mapping[str, date | None], number: int) -> list[str]:
    cells = []
    for cell in layout.columns:
        try:
            cells.append(row_text(cell, layout, row, dates, number))
        except CellFault as fault:
            raise ExportRefused(
                f"layout {layout.layout}: {row[0].employee_no}, row {number} (line {row[0].line_id}), {cell.label}: "
                f"{fault}; correct it at its source, or the layout"
            ) from None
    return cells


def _shared(
    layout: Layout,
    records: Sequence[Sequence[Cell]],
    where: str,
    line: PayoutLine,
    dates: Mapping[str, date | None],
    totals: Totals,
) -> Iterator[list[str]]:
    for record in records:
        cells = []
        for cell in record:
            try:
                cells.append(record_text(cell, layout, line, dates, totals))
            except CellFault as fault:
                raise ExportRefused(
                    f"layout {layout.layout}: {where}, {cell.label}: {fault}; correct the layout"
                ) from None
        yield cells


def _rows(layout: Layout, lines: Sequence[PayoutLine]) -> list[_Row]:
    if layout.row_per == "line":
        return [(line,) for line in lines]
    wanted = [*layout.row_per, "currency"]
    return _grouped(lines, lambda line: tuple(line_field(line, name) for name in wanted))


def _parts(layout: Layout, rows: list[_Row]) -> Iterator[tuple[int, int, list[_Row]]]:
    limit = layout.row_limit or len(rows)
    parts = -(-len(rows) // limit)
    for part in range(parts):
        yield part + 1, parts, rows[part * limit : (part + 1) * limit]


def _grouped(lines: Sequence[PayoutLine], key: Callable[[PayoutLine], tuple[str, ...]]) -> list[_Row]:
    groups: dict[tuple[str, ...], list[PayoutLine]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return [tuple(group) for group in groups.values()]


def _require_columns_for_all(layout: Layout, run: Run) -> None:
    given = [cell.amount for cell in layout.columns if cell.amount is not None]
    if "all" in given:
        return
    known = {item for items in given for item in items}
    if lacking := sorted({line.pay_item_code for line in run.lines} - known):
        raise ExportRefused(
            f"layout {layout.layout}: no amount column takes pay item {lacking[0]}; add it to one: "
            "money is never left out"
        )


def _run_dates(run: Run, timezone: str) -> dict[str, date | None]:
    period = Period.parse(run.key.period)
    zone = ZoneInfo(timezone)

    def day_of(kind: str) -> date | None:
        event = next((event for event in run.events if event.event == kind), None)
        return datetime.fromisoformat(event.at).astimezone(zone).date() if event else None

    return {
        "work_period_start": period.start,
        "work_period_end": period.end - timedelta(days=1),
        "approved_on": day_of("approved"),
        "exported_on": day_of("exported"),
    }


def _name(layout: Layout, line: PayoutLine, part: int, parts: int) -> str:
    known = {name: line_field(line, name) for name in ("pay_group", "work_period", "pay_month", *layout.one_file_per)}
    try:
        name = layout.file_name.format(**known, run_no=line.run.run_no, revision=line.revision, part=part, parts=parts)
    except ValueError as error:
        raise ExportRefused(f"layout {layout.layout}: file_name {layout.file_name!r}: {error}") from None
    if not re.fullmatch(r"\w[\w.()-]*", name):
        raise ExportRefused(f"layout {layout.layout}: {name!r} cannot name a file; use letters, digits, _ . ( ) and -")
    return name


def _encoded(layout: Layout, records: Sequence[Sequence[str]]) -> bytes:
    end = "\n" if layout.line_end == "lf" else "\r\n"
    if layout.format == "fixed":
        text = "".join("".join(record) + end for record in records)
    else:
        written = io.StringIO(newline="")
        quoting = _QUOTING[layout.quote]
        csv.writer(written, delimiter=layout.delimiter, lineterminator=end, quoting=quoting).writerows(records)
        text = written.getvalue()
    return (text if layout.ends_with_line_end else text.removesuffix(end)).encode(layout.encoding)
