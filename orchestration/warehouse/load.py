"""Take landed loads into the warehouse: all of a call in one transaction, or nothing.

The rows, the entries in `etl.loads` and the cursor become visible together, so that a run that dies anywhere can simply
be run again: a load that is already recorded is a no-op, one that is not is taken in whole.
"""

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import duckdb

from connectors.failpoints import failpoint
from connectors.landing import LandingError, verify
from connectors.stream import LandedLoad, StreamSpec
from orchestration.warehouse.batch import entangled, forget_group, groups, insert_group, line_counts
from orchestration.warehouse.connect import MEMORY_LIMIT
from orchestration.warehouse.errors import LoadError
from orchestration.warehouse.recorded import LoadResult, next_number, record, recorded
from orchestration.warehouse.versions import (
    Placed,
    delete_missing,
    delete_reported,
    forget_staged,
    insert_all,
    insert_versions,
    is_first,
    missing_keys,
    stage_keys,
)

__all__ = ["MAX_DELETED_SHARE", "LoadResult", "load", "load_all"]

MAX_DELETED_SHARE = 0.5
"""A complete scan that lacks more than this share of the keys known so far is taken for a vendor's fault."""
_SHARE_COUNTS_FROM = 20

_one_at_a_time = threading.Lock()


def load(
    con: duckdb.DuckDBPyConnection,
    landed: LandedLoad,
    spec: StreamSpec,
    *,
    max_deleted_share: float = MAX_DELETED_SHARE,
) -> LoadResult:
    """Load one landed folder into the raw table of its stream: `load_all` of one."""
    return load_all(con, [landed], spec, max_deleted_share=max_deleted_share)[0]


def load_all(
    con: duckdb.DuckDBPyConnection,
    landed: Sequence[LandedLoad],
    spec: StreamSpec,
    *,
    max_deleted_share: float = MAX_DELETED_SHARE,
) -> list[LoadResult]:
    """Load landed folders of one stream, in order, into its raw table, which `ensure_tables` has made.

    The outcome is that of loading one after another, each with its own entry in `etl.loads`; one result each.

    `con` must have no open transaction; threads pass a cursor each and are served one after another. Deletions are
    taken from a complete full scan, from the scope that a load replaces, and for streams with `tombstones_of`. A scan
    that the vendor's own total contradicts deletes nothing.

    Raises `LoadError` when the parts are not what the manifest says, the counts do not reconcile, or a full scan lost
    more than `max_deleted_share` of the known keys (pass 1.0 once somebody has checked that it is true). The loads
    before the one that is refused stay.
    """
    for it in landed:
        if (it.source, it.stream) != (spec.source, spec.name):
            raise LoadError(f"load of {it.source}.{it.stream} given the spec of {spec.source}.{spec.name}")
    with _one_at_a_time:
        results = recorded(con, landed)
        fresh = list({it.load_id: it for it in landed if it.load_id not in results}.values())
        try:
            taken = _with_room(con, fresh, spec, max_deleted_share)
        except LoadError:
            if len(fresh) < 2:
                raise
            taken = {}
            for it in fresh:
                taken |= _with_room(con, [it], spec, max_deleted_share)
        answer = []
        for it in landed:
            done = taken.get(it.load_id) or results[it.load_id]
            answer.append(done if it.load_id not in results else replace(done, repeated=True))
            results[it.load_id] = done
        return answer


def _with_room(
    con: duckdb.DuckDBPyConnection, fresh: Sequence[LandedLoad], spec: StreamSpec, max_deleted_share: float
) -> dict[str, LoadResult]:
    """Under the connection's memory limit; where the keys of a load do not fit, once more with all the memory."""
    _let_go(con)
    try:
        return _in_one_transaction(con, fresh, spec, max_deleted_share)
    except duckdb.OutOfMemoryException:
        con.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    try:
        return _in_one_transaction(con, fresh, spec, max_deleted_share)
    except duckdb.OutOfMemoryException as error:
        raise _explained(fresh, error) from error


def _let_go(con: duckdb.DuckDBPyConnection) -> None:
    """Give back the pages of loads before: nobody reads them again tonight, and they would add to this load's own."""
    ((told,),) = con.execute("select current_setting('memory_limit')").fetchall()
    number, unit = told.split()
    with contextlib.suppress(duckdb.OutOfMemoryException):
        con.execute("set memory_limit = '1MB'")
    # It is told cut off after one decimal; given back like that, it would shrink a little with every load.
    con.execute(f"set memory_limit = '{Decimal(number) + Decimal('0.04')} {unit}'")


def _in_one_transaction(
    con: duckdb.DuckDBPyConnection, fresh: Sequence[LandedLoad], spec: StreamSpec, max_deleted_share: float
) -> dict[str, LoadResult]:
    if not fresh:
        return {}
    for it in fresh:
        _check_parts(it)
    con.begin()
    try:
        taken = _take_in(con, fresh, spec, max_deleted_share)
        failpoint("load_before_commit")
        con.commit()
    except duckdb.OutOfMemoryException:
        _roll_back(con)
        raise
    except duckdb.Error as error:
        _roll_back(con)
        raise _explained(fresh, error) from error
    except BaseException:
        _roll_back(con)
        raise
    failpoint("load_after_commit")
    return taken


def _take_in(
    con: duckdb.DuckDBPyConnection, fresh: Sequence[LandedLoad], spec: StreamSpec, max_deleted_share: float
) -> dict[str, LoadResult]:
    first = next_number(con)
    placed = {it.load_id: Placed(it, spec, number) for number, it in enumerate(fresh, start=first)}
    taken: dict[str, LoadResult] = {}
    for group in groups(fresh, spec):
        together = [placed[it.load_id] for it in group]
        if len(together) > 1 and not entangled(con, together):
            results = _take_group(con, together)
        else:
            results = [_take_one(con, it, max_deleted_share) for it in together]
        taken |= {it.load_id: result for it, result in zip(group, results, strict=True)}
    forget_group(con)
    forget_staged(con)
    for it in fresh:
        _reconcile(it, taken[it.load_id])
    record(con, [(it, taken[it.load_id]) for it in fresh])
    return taken


def _take_group(con: duckdb.DuckDBPyConnection, placed: Sequence[Placed]) -> list[LoadResult]:
    counts = line_counts(con, placed)
    for it, lines in zip(placed, counts, strict=True):
        _check_lines(it.landed, lines)
    inserted = insert_group(con, placed)
    failpoint("load_after_rows")
    return [
        LoadResult(lines, new, lines - new, 0, it.load_seq)
        for it, lines, new in zip(placed, counts, inserted, strict=True)
    ]


def _take_one(con: duckdb.DuckDBPyConnection, placed: Placed, max_deleted_share: float) -> LoadResult:
    landed, spec = placed.landed, placed.spec
    first = is_first(con, placed)
    lines, inserted = insert_all(con, placed) if first else (stage_keys(con, placed), insert_versions(con, placed))
    _check_lines(landed, lines)
    failpoint("load_after_rows")
    deleted = delete_reported(con, placed, spec.tombstones_of) if spec.tombstones_of else 0
    if _proves_absence(landed) and not first:
        deleted += _delete_absent(con, placed, max_deleted_share)
    return LoadResult(lines, inserted, lines - inserted, deleted, placed.load_seq)


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


def _check_lines(landed: LandedLoad, lines: int) -> None:
    if lines != landed.rows:
        raise LoadError(f"{_name(landed)}: {lines} lines where the manifest says {landed.rows}; land it again")


def _reconcile(landed: LandedLoad, result: LoadResult) -> None:
    if result.landed != result.inserted + result.unchanged or result.unchanged < 0:
        raise LoadError(f"{_name(landed)}: {result.landed} landed are not {result.inserted} + {result.unchanged}")


def _check_parts(landed: LandedLoad) -> None:
    try:
        verify(landed)
    except (LandingError, OSError) as error:
        raise LoadError(f"{_name(landed)}: {error}") from error


def _explained(fresh: Sequence[LandedLoad], error: duckdb.Error) -> LoadError:
    names = _name(fresh[0]) + (f" and {len(fresh) - 1} more" if len(fresh) > 1 else "")
    if isinstance(error, duckdb.ConversionException):  # its text quotes the record
        return LoadError(f"{names}: a typed column holds a value of another type; correct the stream's columns")
    if isinstance(error, duckdb.InvalidInputException):  # and so does this one's
        return LoadError(f"{names}: a line is no whole JSON object; restore the load from the backup or land it again")
    return LoadError(f"{names}: {str(error).splitlines()[0]}")


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    with contextlib.suppress(duckdb.TransactionException):  # a failed commit has ended the transaction already
        con.rollback()


def _name(landed: LandedLoad) -> str:
    return f"{landed.source}.{landed.stream} load {landed.load_id}"
