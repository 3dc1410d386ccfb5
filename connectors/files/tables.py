"""Cells of a CSV or XLSX file, row by row, with the line they stand on. What a cell means is decided in `values`."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from connectors.files.values import BadCellError

_CHINESE = re.compile("[\u4e00-\u9fff]")


class BadFileError(Exception):
    """A file cannot be read as a whole; says what and where."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of cells as text. A cell that cannot be read is the error itself, and fails only its row."""

    number: int
    cells: list[str | BadCellError]


def read_table(path: Path, encodings: Sequence[str], delimiter: str) -> Iterator[Line]:
    """All non-empty lines, header first; raises `BadFileError`."""
    if path.suffix.lower() == ".xlsx":
        return _read_xlsx(path)
    return _read_csv(path, encodings, delimiter)


def _read_csv(path: Path, encodings: Sequence[str], delimiter: str) -> Iterator[Line]:
    encoding = _encoding_of(path, encodings)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        start = 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield Line(start, list(cells))
                start = reader.line_num + 1
        except csv.Error as error:
            raise BadFileError(f"line {start}: {error}; check the quotes of this line") from error


def _encoding_of(path: Path, encodings: Sequence[str]) -> str:
    """The first encoding that fits the whole file. UTF-8 and GB18030 lines in one file are refused, not guessed."""
    failed_at = 0
    for encoding in encodings:
        line = _first_undecodable(path, encoding)
        if line is None:
            if encoding != "utf-8-sig" and failed_at and (mixed := _first_utf8(path)):
                raise BadFileError(
                    f"line {mixed} is UTF-8 and line {failed_at} is not: mixed encodings; save the file again as one"
                )
            return encoding
        failed_at = failed_at or line
    raise BadFileError(f"line {failed_at}: is none of {', '.join(encodings)}; save the file as UTF-8")


def _first_undecodable(path: Path, encoding: str) -> int | None:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                raw.decode(encoding)
            except UnicodeDecodeError:
                return number
    return None


def _first_utf8(path: Path) -> int | None:
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                if _CHINESE.search(raw.decode()):
                    return number
            except UnicodeDecodeError:
                continue
    return None


def _read_xlsx(path: Path) -> Iterator[Line]:
    """Two passes side by side: one reads values, the other tells which cells are formulas."""
    # Imported where a workbook comes: it brings numpy along, which a night without workbooks need not pay for.
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        with (
            closing(load_workbook(path, read_only=True, data_only=True)) as values,
            closing(load_workbook(path, read_only=True)) as formulas,
        ):
            if len(values.sheetnames) != 1:
                raise BadFileError(f"has {len(values.sheetnames)} sheets; keep the one with the data")
            pairs = zip(values.worksheets[0].iter_rows(), formulas.worksheets[0].iter_rows(), strict=True)
            for number, (row, written) in enumerate(pairs, 1):
                cells = [_cell(cell.value, source.value) for cell, source in zip(row, written, strict=True)]
                while cells and cells[-1] == "":
                    cells.pop()
                if cells:
                    yield Line(number, cells)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise BadFileError("is no whole XLSX workbook; save it again") from error


def _cell(value: Any, written: Any) -> str | BadCellError:
    if value is None and isinstance(written, str) and written.startswith("="):
        return BadCellError("holds a formula without a saved value; open and save the workbook, or paste the value")
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, float):
        return format(Decimal(f"{value:.15g}"), "f")  # a double as Excel shows it: 15 digits, no exponent
    return str(value)
