"""The dictionary as a workbook: tables, columns and metrics, both languages side by side, to filter and to search."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from orchestration.dictionary.model import Dictionary

_FIXED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""A workbook names its time of creation; the same dictionary is the same file whenever it is written."""


def write_workbook(dictionary: Dictionary, path: Path) -> None:
    """Write the workbook. No cell is a formula or a link, whatever a text looks like."""
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"title": "数据字典 Data dictionary", "created": _FIXED})
    _sheet(
        book,
        "表 Tables",
        ["表 Table", "主题 Subject", "负责 Owner", "说明", "Meaning", "来源 Built from"],
        [
            [it.name, it.subject, it.owner, it.meaning.zh, it.meaning.en, ", ".join(it.built_from)]
            for it in dictionary.tables
        ],
    )
    _sheet(
        book,
        "字段 Columns",
        ["表 Table", "字段 Column", "类型 Type", "主键 Key", "必填 Required", "关联 Refers to", "含义", "Meaning"],
        [
            [
                table.name, it.name, it.data_type, _mark(it.is_key), _mark(it.is_required), it.refers_to,
                it.meaning.zh, it.meaning.en,
            ]
            for table in dictionary.tables
            for it in table.columns
        ],
    )  # fmt: skip
    names = list(dict.fromkeys(name for it in dictionary.measures for name, _ in it.attributes))
    _sheet(
        book,
        "指标 Metrics",
        ["metric_id", "名称", "Name", "定义", "Definition", *names],
        [
            [
                it.metric_id, it.name.zh, it.name.en, it.meaning.zh, it.meaning.en,
                *(dict(it.attributes).get(name, "") for name in names),
            ]
            for it in dictionary.measures
        ],
    )  # fmt: skip
    book.close()


def _sheet(book: xlsxwriter.Workbook, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bg_color": "#EEF3F7", "border": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    rows = list(rows)
    for column, title in enumerate(header):
        longest = max((len(row[column]) for row in rows), default=0)
        sheet.set_column(column, column, min(max(len(title) + 4, longest + 2), 60))
        sheet.write_string(0, column, title, bold)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            sheet.write_string(line, column, value, wrap)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(rows), len(header) - 1)


def _mark(value: bool) -> str:  # noqa: FBT001 (one cell)
    return "是 yes" if value else ""
