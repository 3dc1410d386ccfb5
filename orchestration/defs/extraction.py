"""One step extracts and loads everything: `etl/nights` (partitioned by business date) and one asset per raw table.

One step instead of one per stream, because sources run in threads of one process and a vendor's fault must not stop the
others; each stream's fate is a check of its own table instead.
"""

from collections.abc import Iterator
from itertools import groupby

import dagster as dg

from connectors.registry import source_specs
from orchestration.company import read_company
from orchestration.defs.partitions import DAILY
from orchestration.defs.run_time import as_of_of
from orchestration.night import NightReport, StreamReport, run_night
from orchestration.progress import say
from orchestration.settings import Settings

NIGHTS = dg.AssetKey(["etl", "nights"])
_ETL_TABLES = ("etl/loads", "etl/stream_outcomes", "reference/metric_catalogue", "reference/periods")
_RAW = {
    dg.AssetKey([f"raw_{spec.source}", spec.name]): (spec.source, spec.name)
    for spec in source_specs(read_company(Settings.from_env()))
}
OUTCOME_CHECK = "stream_outcome"
FRESH_CHECK = "streams_are_fresh"
LOADS = dg.AssetKey(["etl", "loads"])


@dg.multi_asset(
    name="extract",
    specs=[
        dg.AssetSpec(
            NIGHTS, partitions_def=DAILY, group_name="raw", kinds={"python"}, description="One row per night."
        ),
        *(dg.AssetSpec(dg.AssetKey(name.split("/")), group_name="raw", kinds={"duckdb"}) for name in _ETL_TABLES),
        *(
            dg.AssetSpec(
                key, group_name="raw", kinds={"duckdb"}, description=f"Versions of {source} {stream} as landed."
            )
            for key, (source, stream) in _RAW.items()
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec(FRESH_CHECK, asset=LOADS),
        *(dg.AssetCheckSpec(OUTCOME_CHECK, asset=key) for key in _RAW),
    ],
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool="warehouse",
)
def extract(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Bring every configured stream up to the run's instant."""
    settings = Settings.from_env()
    report = run_night(settings, read_company(settings), as_of_of(context), say)
    yield dg.MaterializeResult(asset_key=NIGHTS, metadata=_night_metadata(report))
    for name in _ETL_TABLES:
        yield dg.MaterializeResult(asset_key=dg.AssetKey(name.split("/")))
    yield dg.AssetCheckResult(
        passed=not report.stale,
        asset_key=LOADS,
        check_name=FRESH_CHECK,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(map(str, report.stale)),
    )
    by_stream = groupby(
        sorted(report.streams, key=lambda it: (it.outcome.source, it.outcome.stream)),
        key=lambda it: (it.outcome.source, it.outcome.stream),
    )
    reports = {stream: list(group) for stream, group in by_stream}
    for key, stream in _RAW.items():
        own = reports.get(stream, [])
        yield dg.MaterializeResult(asset_key=key, metadata=_stream_metadata(own))
        yield _outcome_check(key, own)


def _night_metadata(report: NightReport) -> dict[str, dg.MetadataValue]:
    lines = ["| source | streams | landed | new | state |", "|---|---|---|---|---|"]
    for source, group in groupby(report.streams, key=lambda it: it.outcome.source):
        own = list(group)
        states = ", ".join(sorted({it.outcome.state for it in own}))
        landed, new = sum(it.rows_landed for it in own), sum(it.rows_inserted for it in own)
        lines.append(f"| {source} | {len(own)} | {landed} | {new} | {states} |")
    return {
        "state": dg.MetadataValue.text(report.state),
        "as_of": dg.MetadataValue.text(report.as_of.isoformat()),
        "healed_loads": dg.MetadataValue.int(report.healed_loads),
        "sources": dg.MetadataValue.md("\n".join(lines)),
    }


def _stream_metadata(reports: list[StreamReport]) -> dict[str, dg.MetadataValue]:
    windows = [load.window for it in reports for load in it.outcome.loads]
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(sum(it.rows_landed for it in reports)),
        "rows_inserted": dg.MetadataValue.int(sum(it.rows_inserted for it in reports)),
    }
    if windows:
        metadata["window"] = dg.MetadataValue.text(
            f"{min(it.start for it in windows).isoformat()} .. {max(it.end for it in windows).isoformat()}"
        )
    return metadata


def _outcome_check(key: dg.AssetKey, reports: list[StreamReport]) -> dg.AssetCheckResult:
    """Non-blocking: dbt runs on what there is, and the gate stops the money."""
    bad = [it.outcome for it in reports if it.outcome.state in {"partial", "failed"}]
    return dg.AssetCheckResult(
        passed=bool(reports) and not bad,
        asset_key=key,
        check_name=OUTCOME_CHECK,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(f"{it.account}: {it.error_class or it.state}: {it.message}" for it in bad)
        or ("" if reports else "the stream did not run"),
    )
