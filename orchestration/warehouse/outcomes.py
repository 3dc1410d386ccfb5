"""How a night went: one row per stream and account, and one per night (docs/contracts.md §4)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Literal

import duckdb

from connectors.stream import StreamOutcome
from orchestration.warehouse.load import LoadResult

NightState = Literal["complete", "partial"]


def begin_night(con: duckdb.DuckDBPyConnection, as_of: datetime, business_date: date) -> None:
    """Note that a night runs: partial and unfinished until `finish_night`. The same night again starts over."""
    _replace_night(con, as_of, business_date, "partial", finished=False)


def finish_night(con: duckdb.DuckDBPyConnection, as_of: datetime, business_date: date) -> NightState:
    """Close a night: complete when every stream of it ended complete or unchanged, else partial. Returns which."""
    row = con.execute(
        "select count(*) filter (where state not in ('complete', 'unchanged')), count(*) from etl.stream_outcomes "
        "where as_of = ?",
        [as_of],
    ).fetchone()
    lacking, outcomes = row or (0, 0)
    state: NightState = "complete" if outcomes and not lacking else "partial"
    _replace_night(con, as_of, business_date, state, finished=True)
    return state


def record_outcomes(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    outcomes: Iterable[StreamOutcome],
    results: Mapping[str, LoadResult] | None = None,
) -> None:
    """Write how the streams of a night ended; what the night had said of them before is replaced.

    `results` (load id -> result) tells how many rows were new. A stream that ended complete or unchanged is known
    through what the connector says, else through `as_of`; one that did not stays known through what it was before.
    """
    con.begin()
    try:
        for outcome in outcomes:
            _record(con, as_of, outcome, results or {})
        con.commit()
    except BaseException:
        con.rollback()
        raise


def _record(
    con: duckdb.DuckDBPyConnection, as_of: datetime, outcome: StreamOutcome, results: Mapping[str, LoadResult]
) -> None:
    place = [outcome.source, outcome.stream, outcome.account]
    through = outcome.complete_through
    if through is None and outcome.state in {"complete", "unchanged"}:
        through = as_of
    if through is None:
        row = con.execute(
            "select max(complete_through) from etl.stream_outcomes "
            "where source = ? and stream = ? and account = ? and as_of < ?",
            [*place, as_of],
        ).fetchone()
        through = row[0] if row else None
    con.execute(
        "delete from etl.stream_outcomes where as_of = ? and source = ? and stream = ? and account = ?",
        [as_of, *place],
    )
    con.execute(
        "insert into etl.stream_outcomes values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(as_of, *place, outcome.state),
            outcome.error_class.value if outcome.error_class else None,
            outcome.message,
            sum(load.rows for load in outcome.loads),
            sum(results[load.load_id].inserted for load in outcome.loads if load.load_id in results),
            through,
        ],
    )


def _replace_night(
    con: duckdb.DuckDBPyConnection, as_of: datetime, business_date: date, state: NightState, *, finished: bool
) -> None:
    con.begin()
    try:
        con.execute("delete from etl.nights where as_of = ?", [as_of])
        con.execute("insert into etl.nights values (?, ?, ?, ?)", [as_of, business_date, state, finished])
        con.commit()
    except BaseException:
        con.rollback()
        raise


def read_cursors(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], str]:
    """Where each stream stands: (source, stream, account) -> the vendor's cursor of the last load taken in."""
    rows = con.execute("select source, stream, account, cursor from etl.cursors").fetchall()
    return {(source, stream, account): cursor for source, stream, account, cursor in rows}
