"""Take one landed load into the warehouse: all of it in one transaction, or nothing.

The rows, the entry in `etl.loads` and the cursor become visible together, so that a run that dies anywhere can simply
be run again: a load that is already recorded is a no-op, one that is not is taken in whole.
"""

import contextlib
import threading
from dataclasses import dataclass

import duckdb

from connectors.failpoints import failpoint
from connectors.landing import LandingError, verify
from connectors.stream import LandedLoad, StreamSpec
from orchestration.warehouse.errors import LoadError
from orchestration.warehouse.versions import (
    Placed,
    delete_missing,
    delete_reported,
    insert_versions,
    missing_keys,
    stage_lines,
)

MAX_DELETED_SHARE = 0.5
"""A complete scan that lacks more than this share of the keys known so far is taken for a vendor's fault."""
_SHARE_COUNTS_FROM = 20

_one_at_a_time = threading.Lock()


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


def load(
    con: duckdb.DuckDBPyConnection,
    landed: LandedLoad,
    spec: StreamSpec,
    *,
    max_deleted_share: float = MAX_DELETED_SHARE,
) -> LoadResult:
    """Load one landed folder into the raw table of its stream, which `ensure_tables` has made.

    `con` must have no open transaction; threads pass a cursor each and are served one after another. Deletions are
    taken from a complete full scan, from the scope that a load replaces, and for streams with `tombstones_of`. A scan
    that the vendor's own total contradicts deletes nothing.

    Raises `LoadError` when the parts are not what the manifest says, the counts do not reconcile, or a full scan lost
    more than `max_deleted_share` of the known keys (pass 1.0 once somebody has checked that it is true).
    """
    if (landed.source, landed.stream) != (spec.source, spec.name):
        raise LoadError(f"load of {landed.source}.{landed.stream} given the spec of {spec.source}.{spec.name}")
    with _one_at_a_time:
        known = _recorded(con, landed.load_id)
        if known:
            return known
        _check_parts(landed)
        con.begin()
        try:
            result = _take_in(con, landed, spec, max_deleted_share)
            failpoint("load_before_commit")
            con.commit()
        except duckdb.Error as error:
            _roll_back(con)
            raise _explained(landed, error) from error
        except BaseException:
            _roll_back(con)
            raise
        failpoint("load_after_commit")
        return result


def _take_in(
    con: duckdb.DuckDBPyConnection, landed: LandedLoad, spec: StreamSpec, max_deleted_share: float
) -> LoadResult:
    row = con.execute("select coalesce(max(load_seq), 0) + 1 from etl.loads").fetchone()
    placed = Placed(landed, spec, int(row[0]) if row else 1)
    lines = stage_lines(con, placed)
    if lines != landed.rows:
        raise LoadError(f"{_name(landed)}: {lines} lines where the manifest says {landed.rows}; land it again")
    inserted = insert_versions(con, placed)
    failpoint("load_after_rows")
    deleted = delete_reported(con, placed, spec.tombstones_of) if spec.tombstones_of else 0
    if _proves_absence(landed):
        deleted += _delete_absent(con, placed, max_deleted_share)
    con.execute("drop table if exists temp.landed_lines; drop table if exists temp.missing_keys")
    result = LoadResult(lines, inserted, lines - inserted, deleted, placed.load_seq)
    _record(con, landed, result)
    return result


def _proves_absence(landed: LandedLoad) -> bool:
    if not (landed.full_scan or landed.scope) or not landed.complete:
        return False
    return landed.vendor_total is None or landed.rows >= landed.vendor_total


def _delete_absent(con: duckdb.DuckDBPyConnection, placed: Placed, max_deleted_share: float) -> int:
    missing, live = missing_keys(con, placed)
    if placed.landed.full_scan and live >= _SHARE_COUNTS_FROM and missing > live * max_deleted_share:
        raise LoadError(
            f"{_name(placed.landed)}: the full scan lacks {missing} of {live} known keys, more than "
            f"{max_deleted_share:.0%}. Nothing was changed. Check the vendor's answer; if it is right, load again and "
            "accept the loss."
        )
    return delete_missing(con, placed) if missing else 0


def _record(con: duckdb.DuckDBPyConnection, landed: LandedLoad, result: LoadResult) -> None:
    if result.landed != result.inserted + result.unchanged or result.unchanged < 0:
        raise LoadError(f"{_name(landed)}: {result.landed} landed are not {result.inserted} + {result.unchanged}")
    con.execute(
        "insert into etl.loads values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(result.load_seq, landed.load_id, landed.source, landed.stream, landed.account, landed.mode),
            *(landed.window.start, landed.window.end),
            *(result.landed, result.inserted, result.unchanged, result.deleted),
            *(landed.vendor_total, landed.pages, landed.extracted_at, landed.manifest_sha256),
        ],
    )
    if landed.cursor is None:
        return
    place = [landed.source, landed.stream, landed.account]
    later = con.execute(
        "select 1 from etl.cursors where source = ? and stream = ? and account = ? and updated_as_of > ?",
        [*place, landed.extracted_at],
    ).fetchone()
    if later:  # an older window landed again must not set the cursor back
        return
    con.execute("delete from etl.cursors where source = ? and stream = ? and account = ?", place)
    con.execute(
        "insert into etl.cursors values (?, ?, ?, ?, ?, ?)",
        [*place, landed.cursor, landed.load_id, landed.extracted_at],
    )


def _recorded(con: duckdb.DuckDBPyConnection, load_id: str) -> LoadResult | None:
    row = con.execute(
        "select rows_landed, rows_inserted, rows_unchanged, rows_deleted, load_seq from etl.loads where load_id = ?",
        [load_id],
    ).fetchone()
    return LoadResult(*(int(value) for value in row), repeated=True) if row else None


def _check_parts(landed: LandedLoad) -> None:
    try:
        verify(landed)
    except (LandingError, OSError) as error:
        raise LoadError(f"{_name(landed)}: {error}") from error


def _explained(landed: LandedLoad, error: duckdb.Error) -> LoadError:
    if isinstance(error, duckdb.ConversionException):  # its text quotes the record
        return LoadError(f"{_name(landed)}: a typed column holds a value of another type; correct the stream's columns")
    return LoadError(f"{_name(landed)}: {str(error).splitlines()[0]}")


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    with contextlib.suppress(duckdb.TransactionException):  # a failed commit has ended the transaction already
        con.rollback()


def _name(landed: LandedLoad) -> str:
    return f"{landed.source}.{landed.stream} load {landed.load_id}"
