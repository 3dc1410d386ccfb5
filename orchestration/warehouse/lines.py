"""SQL that reads landed lines: each line as text, its number, its natural key, its columns.

DuckDB reads the compressed parts itself; Python touches no record.
"""

from collections.abc import Sequence

from connectors.landing import LARGEST_LINE
from connectors.stream import LandedLoad, StreamSpec
from orchestration.warehouse.literals import literal

SNAPSHOT_FIELD = "snapshot_on"
"""A key that holds the day of its snapshot is never deleted by the snapshot of another day."""
_NEVER, _NEITHER = "\x01", "\x02"
"""Control characters: JSON writes them as escapes, so no line holds them."""


def lines(loads: Sequence[LandedLoad]) -> str:
    """A query with the columns `line` (text) and `_row` (its number, from 0, over all the loads), in landed order."""
    paths = [str(part) for load in loads for part in load.parts]
    if not paths:
        return "select null::varchar as line, 0::bigint as _row where false"
    # One column of plain text: half the memory of DuckDB's JSON reader, at the same cost.
    return (
        f"select line, row_number() over () - 1 as _row from read_csv([{', '.join(map(literal, paths))}], "
        "columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, "
        f"delim = '{_NEVER}', quote = '', escape = '', comment = '', nullstr = '{_NEITHER}', new_line = '\\n', "
        f"compression = 'zstd', strict_mode = true, max_line_size = {LARGEST_LINE}, buffer_size = {2 * LARGEST_LINE})"
    )


def texts(spec: StreamSpec) -> str:
    """The fields that `key`, `snapshot` and `body` look at, over `line`: to be selected as `texts`."""
    return f"json_extract_string(line, [{', '.join(map(_path, _fields(spec)))}])"


def key(spec: StreamSpec) -> str:
    """The natural key, over `line` and `texts`.

    A line that lacks a part of it gets a key of its own ("no key: <hash>"), so that it is kept and shows up among the
    rejects of its staging model instead of stopping the stream.
    """
    position = {name: index for index, name in enumerate(_fields(spec), start=1)}
    joined = " || '|' || ".join(f"nullif(texts[{position[name]}], '')" for name in spec.key)
    return f"coalesce({joined}, 'no key: ' || md5(line))"


def snapshot(spec: StreamSpec) -> str:
    """The day of the snapshot that a line belongs to, over `texts`; null where the key holds none."""
    fields = _fields(spec)
    return f"texts[{fields.index(SNAPSHOT_FIELD) + 1}]" if SNAPSHOT_FIELD in spec.key else "null"


def body(spec: StreamSpec) -> str:
    """The typed columns and the payload, over `line` and `texts`."""
    if not spec.columns:
        return "cast(line as json)"
    nothing = "{" + ", ".join(f'"{name}":null' for name in spec.columns) + "}"
    typed = [f"cast(texts[{index}] as {kind})" for index, kind in enumerate(spec.columns.values(), start=1)]
    return ", ".join([*typed, f"json_merge_patch(cast(line as json), {literal(nothing)})"])


def payload_field(name: str, *, of: str = "payload") -> str:
    """A top-level field of a stored payload, as text."""
    return f"json_extract_string({of}, {_path(name)})"


def _fields(spec: StreamSpec) -> list[str]:
    """What is read out of a line: the typed columns, then the rest of the key."""
    return [*spec.columns, *(name for name in spec.key if name not in spec.columns)]


def _path(name: str) -> str:
    return literal(f'$."{name}"')
