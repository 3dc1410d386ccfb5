"""The warehouse again from the landing files: same loads, same order, same contents.

A new file is filled beside the old one and takes its place at the end, so that a rebuild that dies leaves the old
warehouse. Raw tables and `etl` are rebuilt; staging and all behind it follow with the next dbt build, from nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

import duckdb

from connectors.landing import list_landed
from connectors.stream import LandedLoad, StreamSpec, names_spec
from orchestration.warehouse.connect import TIME_ZONE, WAREHOUSE_NAME, configure, create, open_warehouse
from orchestration.warehouse.errors import WarehouseError
from orchestration.warehouse.load import load_all
from orchestration.warehouse.lock import hold_warehouse
from orchestration.warehouse.schema import ensure_tables

_FRESH_NAME = "warehouse.rebuild.duckdb"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did. `ignored` names folders that are no whole load, and loads of streams nobody configured."""

    loads: int
    ignored: tuple[str, ...]


def rebuild(
    home: Path,
    specs: Sequence[StreamSpec],
    *,
    until: datetime | None = None,
    use_records: bool = True,
    wait_seconds: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """Replace the warehouse of a data folder by one loaded anew from `home/landing`.

    Loads come in the order recorded in `etl.loads`; those that were never recorded follow by the instant of their run.
    `until` takes only what had been read by then: the warehouse as known at that moment. `use_records=False` does
    without the old file, for when it cannot be opened; outcomes of nights are then derived from the landed loads.

    Raises `WarehouseError` when a recorded load is no longer in the landing folder, before anything is changed.
    """
    with hold_warehouse(home, holder="rebuilding", wait_seconds=wait_seconds):
        landed = list_landed(home / "landing")
        by_stream = _specs_by_stream(specs)
        known = [it for it in landed.loads if (it.source, it.stream) in by_stream]
        strange = [
            f"{it.source}/{it.stream}/{it.load_id}: no such stream"
            for it in landed.loads
            if (it.source, it.stream) not in by_stream
        ]
        keeps_records = use_records and (home / WAREHOUSE_NAME).exists()
        ordered = _in_order(known, by_stream, _recorded(home) if keeps_records else [])
        chosen = [it for it in ordered if until is None or it.extracted_at <= until]
        fresh = home / _FRESH_NAME
        _remove(fresh)
        create(fresh)
        con = duckdb.connect(str(fresh))
        try:
            configure(con, home)
            ensure_tables(con, specs)
            done = 0
            for place, loads in groupby(chosen, key=lambda it: (it.source, it.stream)):
                done += len(load_all(con, list(loads), by_stream[place], max_deleted_share=1.0))
                if progress:
                    progress(done, len(chosen))
            if keeps_records:
                _carry_over(con, home / WAREHOUSE_NAME, until)
            _derive_outcomes(con)
        finally:
            con.close()
        _remove(home / WAREHOUSE_NAME, only_log=True)
        fresh.replace(home / WAREHOUSE_NAME)
    return Rebuilt(len(chosen), (*landed.ignored, *strange))


def _recorded(home: Path) -> list[str]:
    with open_warehouse(home, holder="rebuilding") as con:
        if not con.execute("select 1 from information_schema.tables where table_schema = 'etl'").fetchone():
            return []
        return [row[0] for row in con.execute("select load_id from etl.loads order by load_seq").fetchall()]


def _in_order(
    loads: Sequence[LandedLoad], specs: Mapping[tuple[str, str], StreamSpec], recorded: Sequence[str]
) -> list[LandedLoad]:
    places = {load_id: place for place, load_id in enumerate(recorded)}
    lost = places.keys() - {it.load_id for it in loads}
    if lost:
        raise WarehouseError(
            f"{len(lost)} recorded loads are not in the landing folder, such as {min(lost)}. Restore them from the "
            "backup; without them the warehouse would not come out the same."
        )

    def place(it: LandedLoad) -> tuple[int, datetime, bool]:
        # Deletions mark records that are there already, so within a night they come last.
        reports_deletions = specs[it.source, it.stream].tombstones_of is not None
        return places.get(it.load_id, len(places)), it.extracted_at, reports_deletions

    return sorted(loads, key=place)


def _specs_by_stream(specs: Sequence[StreamSpec]) -> dict[tuple[str, str], StreamSpec]:
    every = [*specs, *filter(None, map(names_spec, specs))]
    return {(spec.source, spec.name): spec for spec in every}


def _carry_over(con: duckdb.DuckDBPyConnection, old: Path, until: datetime | None) -> None:
    """What the landing files cannot tell: how the nights went."""
    con.execute(f"attach '{str(old).replace(chr(39), chr(39) * 2)}' as old (read_only)")
    try:
        for table in ("stream_outcomes", "nights"):
            rule = "where as_of <= coalesce(cast(? as timestamptz), timestamptz 'infinity')"
            con.execute(f"insert into etl.{table} select * from old.etl.{table} {rule}", [until])
    finally:
        con.execute("detach old")


def _derive_outcomes(con: duckdb.DuckDBPyConnection) -> None:
    """A night of which nothing is known but its loads: each was complete, of the rest it said nothing."""
    con.execute(
        """insert into etl.stream_outcomes
        select extracted_at, source, stream, account, 'complete', null, 'derived from the landed load',
            sum(rows_landed), sum(rows_inserted), max(window_end)
        from etl.loads
        where not ends_with(stream, '__names')
            and extracted_at not in (select as_of from etl.stream_outcomes)
        group by extracted_at, source, stream, account
        order by extracted_at, source, stream, account"""
    )
    con.execute(
        """insert into etl.nights
        select distinct as_of, cast(timezone(?, as_of) as date) - 1, 'partial', true
        from etl.stream_outcomes where as_of not in (select as_of from etl.nights) order by as_of""",
        [TIME_ZONE],
    )


def _remove(path: Path, *, only_log: bool = False) -> None:
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
    if not only_log:
        path.unlink(missing_ok=True)
