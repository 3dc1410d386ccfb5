"""Extraction and load of one night: vendors -> landing -> raw tables, with every stream's outcome recorded.

A vendor's fault never stops the night: its streams keep their old data and cursor, the others finish, and the night is
*partial*. Loads that an earlier, killed run landed but did not load are taken in first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Literal

import duckdb

from connectors.config_models import CompanyConfig
from connectors.landing import MANIFEST, read_manifest, sweep
from connectors.registry import build_sources, known_specs, source_specs
from connectors.run import extract_all
from connectors.stream import LandedLoad, Source, StreamOutcome, StreamSpec, names_spec
from orchestration.clock import business_date
from orchestration.settings import Settings
from orchestration.warehouse.connect import open_for_loading
from orchestration.warehouse.freshness import Stale, stale_streams
from orchestration.warehouse.load import LoadResult, load_all
from orchestration.warehouse.outcomes import begin_night, finish_night, read_cursors, record_outcomes
from orchestration.warehouse.reference import replace_metric_catalogue, replace_periods
from orchestration.warehouse.schema import ensure_tables

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class StreamReport:
    """One stream and account of one night: how it ended and what it added to the warehouse."""

    outcome: StreamOutcome
    rows_landed: int
    rows_inserted: int


@dataclass(frozen=True, slots=True)
class NightReport:
    """What a night brought. `state` is `partial` when any stream failed or is known to be incomplete."""

    as_of: datetime
    business_date: date
    streams: tuple[StreamReport, ...]
    healed_loads: int
    stale: tuple[Stale, ...] = ()

    @property
    def state(self) -> Literal["complete", "partial"]:
        whole = all(report.outcome.state in {"complete", "unchanged"} for report in self.streams)
        return "complete" if whole else "partial"


def run_night(settings: Settings, config: CompanyConfig, as_of: datetime, progress: Progress) -> NightReport:
    """Bring every configured stream up to `as_of` and record how each went. Safe to repeat."""
    sources = build_sources(config, settings.home)
    specs = {(spec.source, spec.name): spec for source in sources for spec in _all_specs(source)}
    settings.landing.mkdir(parents=True, exist_ok=True)
    for name in sweep(settings.landing):
        progress(f"removed what a killed run left unfinished: {name}")
    with open_for_loading(settings.home, holder="nightly load", wait_seconds=60) as con:
        ensure_tables(con, [*specs.values(), *known_specs()])
        healed = _load_left_behind(con, settings, specs)
        begin_night(con, as_of, business_date(as_of, config.zone))
        replace_metric_catalogue(con, streams={f"{source}.{stream}" for source, stream in specs})
        replace_periods(con, history_start=config.history_start, as_of=as_of, zone=config.zone)
        results: dict[str, LoadResult] = {}

        def on_landed(landed: Sequence[LandedLoad], spec: StreamSpec) -> None:
            taken = load_all(con.cursor(), landed, spec)
            results.update({it.load_id: result for it, result in zip(landed, taken, strict=True)})

        outcomes = extract_all(
            sources,
            as_of=as_of,
            cursors=read_cursors(con),
            landing=settings.landing,
            on_landed=on_landed,
            progress=lambda outcome: progress(_told(outcome)),
        )
        record_outcomes(con, as_of, outcomes, results)
        allowed = timedelta(hours=config.freshness_hours)
        stale = stale_streams(con, source_specs(config), as_of=as_of, allowed=allowed)
    streams = tuple(_report(outcome, results) for outcome in outcomes)
    return NightReport(as_of, business_date(as_of, config.zone), streams, healed, tuple(stale))


def end_night(con: duckdb.DuckDBPyConnection, config: CompanyConfig, as_of: datetime) -> str:
    """Call the night finished, once the models are built on what it brought. Gives `complete` or `partial`."""
    return finish_night(con, as_of, business_date(as_of, config.zone))


def _all_specs(source: Source) -> list[StreamSpec]:
    specs = list(source.specs.values())
    return specs + [companion for spec in specs if (companion := names_spec(spec))]


def _load_left_behind(
    con: duckdb.DuckDBPyConnection, settings: Settings, specs: dict[tuple[str, str], StreamSpec]
) -> int:
    """Load what is landed but not recorded, in the order it was landed. Looks at folder names only, not at history."""
    recorded = {row[0] for row in con.execute("select load_id from etl.loads").fetchall()}
    folders = [it for it in settings.landing.glob("*/*/*") if it.name not in recorded and (it / MANIFEST).exists()]
    left = sorted((read_manifest(it) for it in folders), key=lambda it: it.order)
    known = [it for it in left if (it.source, it.stream) in specs]
    # Deletions mark records that are there already, so within a night they come last.
    known.sort(key=lambda it: (it.extracted_at, specs[it.source, it.stream].tombstones_of is not None))
    for place, loads in groupby(known, key=lambda it: (it.source, it.stream)):
        load_all(con, list(loads), specs[place])
    return len(known)


def _told(outcome: StreamOutcome) -> str:
    name = outcome.stream if outcome.stream == outcome.account else f"{outcome.stream} ({outcome.account})"
    rows = sum(load.rows for load in outcome.loads if load.stream == outcome.stream)
    trouble = f": {outcome.error_class}: {outcome.message}" if outcome.state in {"partial", "failed"} else ""
    return f"{outcome.source:<12} {name}: {rows:,} rows, {outcome.state}{trouble}"


def _report(outcome: StreamOutcome, results: dict[str, LoadResult]) -> StreamReport:
    own = [results[it.load_id] for it in outcome.loads if it.load_id in results]
    return StreamReport(
        outcome,
        rows_landed=sum(it.rows for it in outcome.loads),
        rows_inserted=sum(it.inserted for it in own if not it.repeated),
    )
