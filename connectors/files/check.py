"""One file of one feed: is it fit to land, and which rows are not.

A bad row goes to quarantine with its reason; a bad file (unknown header, missing column, unreadable, too many bad
rows) fails its stream before anything of it lands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import ErrorClass, SourceError
from connectors.files.feeds import Feed
from connectors.files.tables import BadFileError, Line, read_table
from connectors.files.values import BadCellError, land_cell

Record = dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that may not land. `cells` is what stood there, by header."""

    line: int
    reason: str
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a first reading found. `ambiguous` are keys with several different rows: none of them can be trusted."""

    good: int
    bad: int
    repeated: int
    ambiguous: dict[tuple[str | None, ...], int]


def check_file(path: Path, feed: Feed) -> Checked:
    """Read the file once; raises `SourceError` (CONTRACT) where it is unfit as a whole."""
    seen: dict[tuple[str | None, ...], tuple[int, int]] = {}
    ambiguous: dict[tuple[str | None, ...], int] = {}
    good = bad = repeated = 0
    for entry in _rows(path, feed):
        if isinstance(entry, BadRow):
            bad += 1
            continue
        line, record = entry
        key, content = _key(record, feed), hash(tuple(record.values()))
        first = seen.setdefault(key, (line, content))
        if first[0] != line:
            if first[1] == content:
                repeated += 1
            else:
                ambiguous[key] = first[0]
        good += 1
    refused = bad + len(ambiguous)
    if refused and refused > feed.max_bad_share * (good + bad):
        text = f"{bad} of {good + bad} rows are bad, {len(ambiguous)} keys ambiguous; ask {feed.owner} for a new file"
        raise _bad_file(path, text)
    return Checked(good, bad, repeated, ambiguous)


def read_file(path: Path, feed: Feed, checked: Checked) -> Iterator[Record | BadRow]:
    """Read the file again, now into records and bad rows; a row that repeats an earlier one is left out."""
    landed: set[tuple[str | None, ...]] = set()
    for entry in _rows(path, feed):
        if isinstance(entry, BadRow):
            yield entry
            continue
        line, record = entry
        key = _key(record, feed)
        if key in checked.ambiguous:
            reason = f"{', '.join(feed.key)}: several different rows, the first in line {checked.ambiguous[key]}"
            yield BadRow(line, reason, {name: value or "" for name, value in record.items()})
        elif key not in landed:
            landed.add(key)
            yield {**record, "_file": path.name, "_line": line}


def _rows(path: Path, feed: Feed) -> Iterator[tuple[int, dict[str, str | None]] | BadRow]:
    try:
        lines = read_table(path, feed.encodings, feed.delimiter)
        header = next(lines, None)
        if header is None:
            raise _bad_file(path, "is empty; at least its header must be there")
        columns = _columns(path, feed, header)
        for line in lines:
            yield _row(line, feed, columns)
    except BadFileError as error:
        raise _bad_file(path, str(error)) from error


def _columns(path: Path, feed: Feed, header: Line) -> list[str | None]:
    """The column under each header (None: ignored)."""
    headers = [str(cell).strip() for cell in header.cells]
    columns: list[str | None] = []
    for name in headers:
        column = feed.column_of(name)
        if column is None and name not in feed.ignored_headers:
            text = f"line {header.number}: unknown header {name!r}; add it to the feed's map ({feed.feed}.yaml)"
            raise _bad_file(path, text)
        if column is not None and column in columns:
            raise _bad_file(path, f"line {header.number}: two headers stand for {column}")
        columns.append(column)
    missing = [
        name for name, column in feed.columns.items() if name not in columns and (column.required or name in feed.key)
    ]
    if missing:
        expected = ", ".join("/".join(feed.columns[name].headers) for name in missing)
        raise _bad_file(path, f"line {header.number}: header missing: {expected}")
    return columns


def _row(line: Line, feed: Feed, columns: list[str | None]) -> tuple[int, dict[str, str | None]] | BadRow:
    shown = {name: str(cell) for name, cell in zip(columns, line.cells, strict=False) if name and isinstance(cell, str)}
    if len(line.cells) > len(columns):
        return BadRow(line.number, f"has {len(line.cells)} cells under {len(columns)} headers", shown)
    record: dict[str, str | None] = dict.fromkeys(feed.columns)
    cells = [*line.cells, *[""] * (len(columns) - len(line.cells))]
    for name, cell in zip(columns, cells, strict=True):
        if name is None:
            continue
        try:
            record[name] = land_cell(cell, feed.columns[name], required=name in feed.key)
        except BadCellError as error:
            return BadRow(line.number, f"{name} {error}", shown)
    return line.number, record


def _key(record: dict[str, str | None], feed: Feed) -> tuple[str | None, ...]:
    return tuple(record[name] for name in feed.key)


def _bad_file(path: Path, text: str) -> SourceError:
    return SourceError(ErrorClass.CONTRACT, f"{path.name}: {text}")
