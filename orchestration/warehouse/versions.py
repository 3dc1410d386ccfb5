"""The SQL of one load: landed lines -> new versions and tombstones in a raw table.

DuckDB reads the compressed lines itself; Python touches no record. What a raw table holds is a history of versions per
natural key and account, where the greatest `_load_seq` is the latest. Inside one load a key may come more than once
(rows move between pages while they are read): its last line is the version, the earlier ones count as unchanged.
"""

from dataclasses import dataclass

import duckdb

from connectors.stream import LandedLoad, StreamSpec
from orchestration.warehouse.schema import COMMON_COLUMNS, raw_table

LANDED = "temp.landed_lines"
_LARGEST_LINE = 16 * 1024 * 1024
SNAPSHOT_FIELD = "snapshot_on"
"""A key that holds the day of its snapshot is never deleted by the snapshot of another day."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A load on its way in: what was landed, how it is keyed, and its number in the order of loading."""

    landed: LandedLoad
    spec: StreamSpec
    load_seq: int

    @property
    def table(self) -> str:
        return raw_table(self.landed.source, self.landed.stream)

    @property
    def values(self) -> dict[str, object]:
        landed = self.landed
        return {
            "load_id": landed.load_id,
            "load_seq": self.load_seq,
            "extracted_at": landed.extracted_at,
            "window_start": landed.window.start,
            "window_end": landed.window.end,
            "account": landed.account,
        }


def stage_lines(con: duckdb.DuckDBPyConnection, placed: Placed) -> int:
    """Read the parts into a temporary table, in landed order, and return how many lines there were.

    A line that lacks a part of its natural key gets a key of its own ("no key: <hash>"), so that it is kept and shows
    up among the rejects of its staging model instead of stopping the stream.
    """
    spec = placed.spec
    fields = [*spec.columns, *(name for name in spec.key if name not in spec.columns)]
    paths = ", ".join(_path(name) for name in fields)
    position = {name: f"nullif(texts[{index}], '')" for index, name in enumerate(fields, start=1)}
    body = [f'cast(texts[{index}] as {kind}) as "{name}"' for index, (name, kind) in enumerate(spec.columns.items(), 1)]
    if spec.columns:
        nothing = "{" + ", ".join(f'"{name}":null' for name in spec.columns) + "}"
        body.append(f"json_merge_patch(line, {_text(nothing)}) as payload")
    else:
        body.append("line as payload")
    key = " || '|' || ".join(position[name] for name in spec.key)
    con.execute(
        f"""create or replace temp table landed_lines as
        select {", ".join(body)}, coalesce({key}, 'no key: ' || md5(line)) as _key, md5(line) as _payload_hash,
            row_number() over () - 1 as _row
        from (select line, json_extract_string(line, [{paths}]) as texts from ({_lines(placed.landed)}))"""
    )
    return _count(con, f"select count(*) from {LANDED}")


def insert_versions(con: duckdb.DuckDBPyConnection, placed: Placed) -> int:
    """Insert the staged lines that differ from the latest version of their key; returns how many."""
    body = ", ".join(f'landed."{name}"' for name in [*placed.spec.columns, "payload"])
    return _count(
        con,
        f"""insert into {placed.table}
        with newest as (
            select _key, max(_row) as _row, arg_max(_payload_hash, _row) as _payload_hash from {LANDED} group by _key
        ),
        known as (
            select _key, arg_max(_payload_hash, _load_seq) as _payload_hash
            from {placed.table}
            where _account = $account and _key in (select _key from newest) {_near(placed)}
            group by _key
        ),
        fresh as (
            select newest._row
            from newest left join known using (_key)
            where known._payload_hash is distinct from newest._payload_hash
        )
        select {body}, landed._key, landed._payload_hash, $load_id, $load_seq, landed._row,
            $extracted_at, $window_start, $window_end, $account, false
        from {LANDED} as landed
        where landed._row in (select _row from fresh)""",
        placed.values,
    )


def delete_reported(con: duckdb.DuckDBPyConnection, placed: Placed, parent: str) -> int:
    """Tombstones in the parent stream for the deletions that this load reported for the first time."""
    keys = f"select _key, _row from {placed.table} where _load_seq = $load_seq and not _is_deleted"
    return _insert_tombstones(con, placed, raw_table(placed.landed.source, parent), keys)


def missing_keys(con: duckdb.DuckDBPyConnection, placed: Placed) -> tuple[int, int]:
    """Find live keys within the reach of this load that it lacks; returns (how many lack, how many were live)."""
    rule, values = _reach(placed)
    con.execute(
        f"""create or replace temp table missing_keys as
        with latest as (
            select _key, arg_max(_is_deleted, _load_seq) as was_deleted
            from {placed.table} where _account = $account and _load_seq < $load_seq {rule} group by _key
        )
        select latest._key, landed._key is null as is_missing,
            $rows::bigint + row_number() over (order by landed._key is not null, latest._key) - 1 as _row
        from latest
        left join (select distinct _key from {LANDED}) as landed using (_key)
        where not was_deleted""",
        {"account": placed.landed.account, "load_seq": placed.load_seq, "rows": placed.landed.rows, **values},
    )
    missing = _count(con, "select count(*) from temp.missing_keys where is_missing")
    return missing, _count(con, "select count(*) from temp.missing_keys")


def delete_missing(con: duckdb.DuckDBPyConnection, placed: Placed) -> int:
    """Tombstones for what `missing_keys` found."""
    return _insert_tombstones(con, placed, placed.table, "select _key, _row from temp.missing_keys where is_missing")


def _insert_tombstones(con: duckdb.DuckDBPyConnection, placed: Placed, table: str, keys: str) -> int:
    # A tombstone repeats the last known body, so that what was deleted stays readable; its hash differs from every
    # live version's, so that a record that comes back is a new version.
    return _count(
        con,
        f"""insert into {table}
        with gone as ({keys}),
        latest as (
            select _key, max(_load_seq) as _load_seq
            from {table} where _account = $account and _key in (select _key from gone) group by _key
        )
        select version.* exclude ({", ".join(name for name in COMMON_COLUMNS if name != "payload")}),
            version._key, md5('deleted ' || version._payload_hash), $load_id, $load_seq, gone._row,
            $extracted_at, $window_start, $window_end, $account, true
        from {table} as version
        inner join latest on version._key = latest._key and version._load_seq = latest._load_seq
        inner join gone on version._key = gone._key
        where version._account = $account and not version._is_deleted
        order by gone._row""",
        placed.values,
    )


def _reach(placed: Placed) -> tuple[str, dict[str, object]]:
    """Which earlier records a load speaks about, as a condition and its bound values."""
    rules: list[str] = []
    values: dict[str, object] = {}
    if placed.landed.scope and placed.landed.mode == "window":
        rules.append(_near(placed))
        values |= {"window_start": placed.landed.window.start, "window_end": placed.landed.window.end}
    for index, (name, rule) in enumerate(placed.landed.scope.items()):
        column = f'"{name}"' if name in placed.spec.columns else _field(name)
        if isinstance(rule, str):
            rules.append(f"and {column} = $scope{index}")
            values[f"scope{index}"] = rule
        else:
            rules.append(f"and {column} >= $from{index} and {column} < $before{index}")
            values[f"from{index}"], values[f"before{index}"] = rule
    if SNAPSHOT_FIELD in placed.spec.key and SNAPSHOT_FIELD not in placed.landed.scope:
        column = _field(SNAPSHOT_FIELD)
        rules.append(f"and {column} in (select {column} from {LANDED})")
    return " ".join(rules), values


def _near(placed: Placed) -> str:
    """Leave the history before unread: a window's record belongs to a day inside the window, so its versions sit in
    loads of overlapping windows."""
    return "and _window_end > $window_start and _window_start < $window_end" if placed.landed.mode == "window" else ""


def _lines(landed: LandedLoad) -> str:
    if not landed.parts:
        return "select cast(null as json) as line where false"
    files = ", ".join(_text(str(part)) for part in landed.parts)
    return (
        f"select json as line from read_json_objects([{files}], format = 'newline_delimited', "
        f"compression = 'zstd', maximum_object_size = {_LARGEST_LINE})"
    )


def _count(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, object] | None = None) -> int:
    row = con.execute(sql, values or {}).fetchone()
    return int(row[0]) if row else 0


def _field(name: str) -> str:
    return f"json_extract_string(payload, {_path(name)})"


def _path(name: str) -> str:
    return _text(f'$."{name}"')


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
