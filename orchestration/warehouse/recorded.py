"""What has been loaded and where each stream stands: rows of `etl.loads` and `etl.cursors`, written with the rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from connectors.stream import LandedLoad
from orchestration.warehouse.literals import literal


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one load changed. `landed = inserted + unchanged`; `deleted` tombstones come on top.

    `repeated` tells that the load had been taken in before and nothing was done.
    """

    landed: int
    inserted: int
    unchanged: int
    deleted: int
    load_seq: int
    repeated: bool = False


def recorded(con: duckdb.DuckDBPyConnection, loads: Sequence[LandedLoad]) -> dict[str, LoadResult]:
    """Those of the loads that are in the warehouse already, by load id."""
    if not loads:
        return {}
    rows = con.execute(
        "select load_id, rows_landed, rows_inserted, rows_unchanged, rows_deleted, load_seq from etl.loads "
        f"where load_id in ({', '.join(literal(load.load_id) for load in loads)})"
    ).fetchall()
    return {row[0]: LoadResult(*map(int, row[1:]), repeated=True) for row in rows}


def next_number(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the next load in the order of loading."""
    row = con.execute("select coalesce(max(load_seq), 0) + 1 from etl.loads").fetchone()
    return int(row[0]) if row else 1


def record(con: duckdb.DuckDBPyConnection, taken: Sequence[tuple[LandedLoad, LoadResult]]) -> None:
    """Record loads of one stream, in order, and the cursor that the last of them leaves."""
    rows = [
        (
            *(result.load_seq, load.load_id, load.source, load.stream, load.account, load.mode),
            *(load.window.start, load.window.end),
            *(result.landed, result.inserted, result.unchanged, result.deleted),
            *(load.vendor_total, load.pages, load.extracted_at, load.manifest_sha256),
        )
        for load, result in taken
    ]
    con.execute(f"insert into etl.loads values {', '.join(map(_row, rows))}")
    for account in dict.fromkeys(load.account for load, _ in taken):
        _move_cursor(con, [load for load, _ in taken if load.account == account and load.cursor is not None])


def _move_cursor(con: duckdb.DuckDBPyConnection, loads: Sequence[LandedLoad]) -> None:
    if not loads:
        return
    first = loads[0]
    place = (first.source, first.stream, first.account)
    here = "source = {} and stream = {} and account = {}".format(*map(literal, place))
    # An older window landed again must not set the cursor back.
    newest = max(loads, key=lambda load: load.extracted_at)
    newest = [load for load in loads if load.extracted_at == newest.extracted_at][-1]
    if con.execute(
        f"select 1 from etl.cursors where {here} and updated_as_of > {literal(newest.extracted_at)}"
    ).fetchone():
        return
    con.execute(f"delete from etl.cursors where {here}")
    cursor = _row((*place, newest.cursor, newest.load_id, newest.extracted_at))
    con.execute(f"insert into etl.cursors values {cursor}")


def _row(values: Sequence[object]) -> str:
    return f"({', '.join(map(literal, values))})"  # type: ignore[arg-type]
