"""Analysts' copy of the marts, swapped in whole after the models were built and tested."""

import dagster as dg

from orchestration.company import read_company
from orchestration.defs.run_time import as_of_of
from orchestration.defs.transformation import dbt_build
from orchestration.night import end_night
from orchestration.progress import say
from orchestration.settings import Settings
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.publish import publish

MARTS = sorted(key for key in dbt_build.keys if key.path[0] == "marts")


@dg.asset(
    key=["published", "marts"],
    deps=MARTS,
    group_name="published",
    kinds={"parquet", "duckdb"},
    pool="warehouse",
)
def published_marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Parquet per mart and month, and marts.duckdb, under `published/current`."""
    settings = Settings.from_env()
    as_of = as_of_of(context)
    with open_warehouse(settings.home, holder="publish", wait_seconds=60) as con:
        state = end_night(con, read_company(settings), as_of)
    published = publish(settings.home, as_of=as_of, wait_seconds=60)
    say(
        f"published {published.version}: {published.written} files written, {published.kept} kept; the night is {state}"
    )
    return dg.MaterializeResult(
        metadata={
            "night": dg.MetadataValue.text(state),
            "files_written": dg.MetadataValue.int(published.written),
            "files_kept": dg.MetadataValue.int(published.kept),
            "version": dg.MetadataValue.text(published.version),
        }
    )
