"""One file of one feed: is it fit to land, and which rows are not.

A bad row goes to quarantine with its reason; a bad file (unknown header, missing column, unreadable, too many bad
rows) fails its stream before anything of it lands.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.errors import ErrorClass, SourceError
from connectors.files.feeds import Column, Feed
from connectors.files.tables import BadFileError, Line, read_table
from connectors.files.values import BadCellError, land_cell

Record = dict[str, str | int | dict[str, str] | None]
Repair = tuple[str, str, str]
"""Column, what was sent, what it was read as."""
REPAIRED = "_repaired"
"""Field of a landed record: column -> what was sent, where a repair of the map was applied."""


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
    repaired: Counter[Repair] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    values: dict[str, str | None]
    repaired: dict[str, str]


def check_file(path: Path, feed: Feed) -> Checked:
    """Read the file once; raises `SourceError` (CONTRACT) where it is unfit as a whole."""
    seen: dict[tuple[str | None, ...], tuple[int, int]] = {}
    ambiguous: dict[tuple[str | None, ...], int] = {}
    repaired: Counter[Repair] = Counter()
    good = bad = repeated = 0
    for entry in _rows(path, feed):
        if isinstance(entry, BadRow):
            bad += 1
            continue
        repaired.update((name, sent, entry.values[name] or "") for name, sent in entry.repaired.items())
        key, content = _key(entry.values, feed), hash(tuple(entry.values.values()))
        first = seen.setdefault(key, (entry.line, content))
        if first[0] != entry.line:
            if first[1] == content:
                repeated += 1
            else:
                ambiguous[key] = first[0]
        good += 1
    refused = bad + len(ambiguous)
    if refused and refused > feed.max_bad_share * (good + bad):
        text = f"{bad} of {good + bad} rows are bad, {len(ambiguous)} keys ambiguous; ask {feed.owner} for a new file"
        raise _bad_file(path, text)
    return Checked(good, bad, repeated, ambiguous, repaired)


def read_file(path: Path, feed: Feed, checked: Checked) -> Iterator[Record | BadRow]:
    """Read the file again, now into records and bad rows; a row that repeats an earlier one is left out."""
    landed: set[tuple[str | None, ...]] = set()
    for entry in _rows(path, feed):
        if isinstance(entry, BadRow):
            yield entry
            continue
        key = _key(entry.values, feed)
        if key in checked.ambiguous:
            reason = f"{', '.join(feed.key)}: several different rows, the first in line {checked.ambiguous[key]}"
            shown = {name: value or "" for name, value in entry.values.items() if not feed.columns[name].personal}
            yield BadRow(entry.line, reason, shown)
        elif key not in landed:
            landed.add(key)
            record: Record = {**entry.values, "_file": path.name, "_line": entry.line}
            yield {**record, REPAIRED: entry.repaired} if entry.repaired else record


def _rows(path: Path, feed: Feed) -> Iterator[_Row | BadRow]:
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
        name
        for name, column in feed.columns.items()
        if column.headers and name not in columns and (column.required or name in feed.key)
    ]
    if missing:
        expected = ", ".join("/".join(feed.columns[name].headers) for name in missing)
        raise _bad_file(path, f"line {header.number}: header missing: {expected}")
    return columns


def _row(line: Line, feed: Feed, columns: list[str | None]) -> _Row | BadRow:
    shown = {
        name: str(cell)
        for name, cell in zip(columns, line.cells, strict=False)
        if name and isinstance(cell, str) and not feed.columns[name].personal
    }
    if len(line.cells) > len(columns):
        return BadRow(line.number, f"has {len(line.cells)} cells under {len(columns)} headers", shown)
    cells = [*line.cells, *[""] * (len(columns) - len(line.cells))]
    sent = {name: cell for name, cell in zip(columns, cells, strict=True) if name is not None}
    row = _Row(line.number, dict.fromkeys(feed.columns), {})
    for name, column in feed.columns.items():
        if column.headers and name not in sent:
            continue
        try:
            cell = _translated(name, column, _cell(name, column, sent, line.number), row.repaired)
            row.values[name] = land_cell(cell, column, required=name in feed.key)
        except BadCellError as error:
            return BadRow(line.number, f"{name} {error}", shown)
    return row


def _cell(name: str, column: Column, sent: dict[str, str | BadCellError], line: int) -> str | BadCellError:
    if column.constant is not None:
        return column.constant
    if column.line_number:
        return column.line_number.format(line)
    return sent.get(column.copy_of or name, "")


def _translated(name: str, column: Column, cell: str | BadCellError, repaired: dict[str, str]) -> str | BadCellError:
    if isinstance(cell, BadCellError):
        return cell
    text = cell.strip()
    if text in column.repairs:
        repaired[name] = text
        text = column.repairs[text]
    return column.values.get(text, text) if column.values or name in repaired else cell


def _key(record: dict[str, str | None], feed: Feed) -> tuple[str | None, ...]:
    return tuple(record[name] for name in feed.key)


def _bad_file(path: Path, text: str) -> SourceError:
    return SourceError(ErrorClass.CONTRACT, f"{path.name}: {text}")
