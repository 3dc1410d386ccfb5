"""The workbook for people: a control sheet, the lines, and who is held. Beside payout.csv, never instead of it.

Ids are text cells and no cell is a formula, whatever a text begins with. Amounts are numbers spelled from exact
decimals. The same run gives the same bytes: the workbook's own date is the calculation's.
"""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from orchestration.payout.contents import COLUMNS, HELD_COLUMNS, control_totals, held_row, line_row
from orchestration.payout.machine_text import neutral_for_people
from orchestration.payout.rounding import FEN_PER_YUAN
from orchestration.payout.runs import CalculationRecord, Run

WORKBOOK = "payout.xlsx"
CONTROL, LINES, HELD = "控制 Control", "明细 Lines", "待定 Held"
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_HEADINGS = {
    "payer_entity": "付款主体",
    "pay_group": "薪资组",
    "run_no": "批次",
    "work_period": "归属期间",
    "pay_month": "发薪月份",
    "employee_no": "工号",
    "pay_item_code": "工资项目",
    "component": "组成",
    "amount": "金额",
    "currency": "币种",
    "cost_centre": "成本中心",
    "origin_period": "来源期间",
    "line_id": "行号",
    "revision": "版本",
    "reason": "原因",
}
_WIDTHS = {"line_id": 36, "reason": 60, "component": 22, "pay_item_code": 16}


def payout_workbook(run: Run, record: CalculationRecord, payout_sha256: str) -> bytes:
    """The workbook of a run; `payout_sha256` ties its control sheet to the file that payroll reads."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, _OPTIONS)
    created = datetime.fromisoformat(record.as_of).astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"created": created, "title": str(run.key)})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00;[Red]-#,##0.00"})
    _control(book.add_worksheet(CONTROL), run, record, payout_sha256, bold, money)
    _table(book.add_worksheet(LINES), COLUMNS, (line_row(line) for line in run.lines), bold, money)
    _table(book.add_worksheet(HELD), HELD_COLUMNS, (held_row(run, held) for held in run.held), bold, money)
    book.close()
    return content.getvalue()


def _control(
    sheet: Worksheet, run: Run, record: CalculationRecord, payout_sha256: str, bold: Format, money: Format
) -> None:
    totals = control_totals(run.lines)
    rows: list[tuple[Any, ...]] = [
        ("应发奖金（税前）控制表 Control sheet, gross",),
        ("期间 Period", run.key.period),
        ("薪资组 Pay group", run.key.pay_group),
        ("批次 Run", str(run.key.run_no)),
        ("版本 Revision", str(run.revision)),
        ("发薪月份 Pay month", run.pay_month),
        ("人数 People", totals["people"]),
        ("行数 Lines", totals["lines"]),
        ("待定 Held", len(run.held)),
        ("payout.csv sha256", payout_sha256),
        ("测量哈希 Measurement hash", record.measurement_hash),
        ("方案哈希 Plan hash", record.plan_hash),
        (),
        ("合计 Totals", "行数 Lines", "金额 Amount"),
        *_broken_down("币种 Currency", totals["by_currency"]),
        *_broken_down("付款主体 Payer", totals["by_payer"]),
        *_broken_down("部门 Department", totals["by_department"]),
        *_broken_down("组成 Component", totals["by_component"]),
        (),
        ("步骤 Step", "经办 Who", "时间 When", "sha256"),
        *((event.event, event.actor, event.at, event.subject_sha256) for event in run.events if event.event in _STEPS),
    ]
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            _write(sheet, number, column, value, bold if row[0] == rows[0][0] or value in _BOLD else None, money)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 3, 26)


_STEPS = {"calculated", "reviewed", "endorsed", "approved", "locked", "exported"}
_BOLD = {"合计 Totals", "步骤 Step"}


def _broken_down(what: str, groups: dict[str, dict[str, int]]) -> Iterable[tuple[Any, ...]]:
    for name, group in sorted(groups.items()):
        yield f"{what} {name}", group["lines"], Decimal(group["sum_fen"]) / FEN_PER_YUAN


def _table(
    sheet: Worksheet, columns: Sequence[str], rows: Iterable[Sequence[str]], bold: Format, money: Format
) -> None:
    for column, name in enumerate(columns):
        _write(sheet, 0, column, f"{_HEADINGS[name]} {name}", bold, money)
        sheet.set_column(column, column, _WIDTHS.get(name, 14))
    count = 0
    for count, row in enumerate(rows, start=1):
        for column, (name, value) in enumerate(zip(columns, row, strict=True)):
            _write(sheet, count, column, Decimal(value) if name == "amount" else value, None, money)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, count, len(columns) - 1)


def _write(sheet: Worksheet, row: int, column: int, value: Any, style: Format | None, money: Format) -> None:
    """Numbers are counts and amounts; everything else is a text cell, which no spreadsheet evaluates."""
    if isinstance(value, Decimal):
        sheet.write_number(row, column, value, money)  # pyright: ignore[reportArgumentType] - written by its own digits
    elif isinstance(value, int):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, neutral_for_people(value), style)
