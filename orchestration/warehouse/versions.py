"""SQL of one load: landed lines -> new versions and tombstones in a raw table.

What a raw table holds is a history of versions per natural key and account, where the greatest `_load_seq` is the
latest. Inside one load a key may come more than once (rows move between pages while they are read): its last line is
the version, the earlier ones count as unchanged.

The first load of an account goes straight into the table. Later ones are read for their keys and hashes alone, and once
more for the bodies of what is new, so that a night that brings little new writes little, and memory holds no body.
"""

from dataclasses import dataclass

import duckdb

from connectors.stream import LandedLoad, StreamSpec
from orchestration.warehouse.lines import SNAPSHOT_FIELD, body, key, lines, payload_field, snapshot, texts
from orchestration.warehouse.literals import literal
from orchestration.warehouse.schema import COMMON_COLUMNS, raw_table

_STAGED = "temp.landed_keys"


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
    def account(self) -> str:
        return literal(self.landed.account)

    def columns(self, *, row: str, is_deleted: bool = False) -> str:
        """The common columns behind `_payload_hash`, as SQL."""
        landed = self.landed
        return ", ".join(
            [
                *(literal(landed.load_id), literal(self.load_seq), row),
                *map(literal, (landed.extracted_at, landed.window.start, landed.window.end)),
                *(self.account, "true" if is_deleted else "false"),
            ]
        )


def is_first(con: duckdb.DuckDBPyConnection, placed: Placed) -> bool:
    """Whether nothing is known yet of this load's account."""
    found = con.execute(f"select 1 from {placed.table} where _account = {placed.account} limit 1").fetchone()
    return found is None


def insert_all(con: duckdb.DuckDBPyConnection, placed: Placed) -> tuple[int, int]:
    """Insert the lines of an account's first load; returns how many lines there were and how many stayed."""
    spec = placed.spec
    count = count_of(
        con,
        f"""insert into {placed.table}
        select {body(spec)}, {key(spec)}, md5(line), {placed.columns(row="_row")}
        from (select line, _row, {texts(spec)} as texts from ({lines([placed.landed])}))""",
    )
    own = f"from {placed.table} where _load_seq = {placed.load_seq}"
    if count_of(con, f"select count(*) - count(distinct _key) {own}") == 0:
        return count, count
    last = f"select max(_row) {own} group by _key"
    return count, count - count_of(con, f"delete {own} and _row not in ({last})")


def stage_keys(con: duckdb.DuckDBPyConnection, placed: Placed) -> int:
    """Read key and hash of every line into a temporary table; returns how many lines there were."""
    spec = placed.spec
    return count_of(
        con,
        f"""create or replace temp table landed_keys as
        select {key(spec)} as _key, md5(line) as _payload_hash, _row, {snapshot(spec)} as {SNAPSHOT_FIELD}
        from (select line, _row, {texts(spec)} as texts from ({lines([placed.landed])}))""",
    )


def insert_versions(con: duckdb.DuckDBPyConnection, placed: Placed) -> int:
    """Insert the staged lines that differ from the latest version of their key; returns how many."""
    # In steps: each holds one table of keys in memory, where one statement would hold all of them at once.
    con.execute(
        f"""create or replace temp table newest_lines as
        select _key, max(_row) as _row, arg_max(_payload_hash, _row) as _payload_hash from {_STAGED} group by _key"""
    )
    con.execute(
        f"""create or replace temp table known_versions as
        select _key, arg_max(_payload_hash, _load_seq) as _payload_hash
        from {placed.table}
        where _account = {placed.account} and _key in (select _key from temp.newest_lines) {_near(placed)}
        group by _key"""
    )
    fresh = count_of(
        con,
        """create or replace temp table fresh_lines as
        select newest._row, newest._key, newest._payload_hash
        from temp.newest_lines as newest left join temp.known_versions as known using (_key)
        where known._payload_hash is distinct from newest._payload_hash""",
    )
    if not fresh:
        return 0
    return count_of(
        con,
        f"""insert into {placed.table}
        select {body(placed.spec)}, _key, _payload_hash, {placed.columns(row="_row")}
        from (
            select line, _row, _key, _payload_hash, {texts(placed.spec)} as texts
            from ({lines([placed.landed])}) inner join temp.fresh_lines using (_row)
        )""",
    )


def delete_reported(con: duckdb.DuckDBPyConnection, placed: Placed, parent: str) -> int:
    """Tombstones in the parent stream for the deletions that this load reported for the first time."""
    keys = f"select _key, _row from {placed.table} where _load_seq = {placed.load_seq} and not _is_deleted"
    return _insert_tombstones(con, placed, raw_table(placed.landed.source, parent), keys)


def missing_keys(con: duckdb.DuckDBPyConnection, placed: Placed) -> tuple[int, int]:
    """Find live keys within the reach of this load that it lacks; returns (how many lack, how many were live)."""
    live = count_of(
        con,
        f"""create or replace temp table missing_keys as
        with latest as (
            select _key, arg_max(_is_deleted, _load_seq) as was_deleted
            from {placed.table}
            where _account = {placed.account} and _load_seq < {placed.load_seq} {_reach(placed)}
            group by _key
        )
        select latest._key, landed._key is null as is_missing,
            {placed.landed.rows}::bigint + row_number() over (order by landed._key is not null, latest._key) - 1 as _row
        from latest
        left join (select distinct _key from {_STAGED}) as landed using (_key)
        where not was_deleted""",
    )
    return count_of(con, "select count(*) from temp.missing_keys where is_missing"), live


def delete_missing(con: duckdb.DuckDBPyConnection, placed: Placed) -> int:
    """Tombstones for what `missing_keys` found."""
    return _insert_tombstones(con, placed, placed.table, "select _key, _row from temp.missing_keys where is_missing")


def forget_staged(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what the functions above have staged."""
    for name in ("landed_keys", "newest_lines", "known_versions", "fresh_lines", "missing_keys"):
        con.execute(f"drop table if exists temp.{name}")


def count_of(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The number that a statement gives: of a count, or of the rows that it wrote."""
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _insert_tombstones(con: duckdb.DuckDBPyConnection, placed: Placed, table: str, keys: str) -> int:
    # A tombstone repeats the last known body, so that what was deleted stays readable; its hash differs from every
    # live version's, so that a record that comes back is a new version.
    return count_of(
        con,
        f"""insert into {table}
        with gone as ({keys}),
        latest as (
            select _key, max(_load_seq) as _load_seq
            from {table} where _account = {placed.account} and _key in (select _key from gone) group by _key
        )
        select version.* exclude ({", ".join(name for name in COMMON_COLUMNS if name != "payload")}),
            version._key, md5('deleted ' || version._payload_hash), {placed.columns(row="gone._row", is_deleted=True)}
        from {table} as version
        inner join latest on version._key = latest._key and version._load_seq = latest._load_seq
        inner join gone on version._key = gone._key
        where version._account = {placed.account} and not version._is_deleted
        order by gone._row""",
    )


def _reach(placed: Placed) -> str:
    """Which earlier records a load speaks about, as a condition."""
    landed, spec = placed.landed, placed.spec
    rules = [_near(placed)] if landed.scope else []
    for name, rule in landed.scope.items():
        column = f'"{name}"' if name in spec.columns else payload_field(name)
        if isinstance(rule, str):
            rules.append(f"and {column} = {literal(rule)}")
        else:
            rules.append(f"and {column} >= {literal(rule[0])} and {column} < {literal(rule[1])}")
    if SNAPSHOT_FIELD in spec.key and SNAPSHOT_FIELD not in landed.scope:
        rules.append(f"and {payload_field(SNAPSHOT_FIELD)} in (select {SNAPSHOT_FIELD} from {_STAGED})")
    return " ".join(rules)


def _near(placed: Placed) -> str:
    """Leave the history before unread: a window's record belongs to a day inside the window, so its versions sit in
    loads of overlapping windows."""
    if placed.landed.mode != "window":
        return ""
    window = placed.landed.window
    return f"and _window_end > {literal(window.start)} and _window_start < {literal(window.end)}"
