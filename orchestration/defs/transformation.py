"""The dbt project as assets: one `dbt build` a night in this process (a dbt process of its own costs five seconds)."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from orchestration.company import dbt_vars, read_company
from orchestration.defs.dbt_manifest import manifest
from orchestration.defs.run_time import as_of_of
from orchestration.progress import say
from orchestration.settings import Settings
from orchestration.warehouse.dbt import DbtResult, NodeResult, run_dbt
from orchestration.warehouse.look import previews, row_counts

_UNIQUE_ID = "dagster_dbt/unique_id"
_NOT_NIGHTLY = ("--exclude-resource-type", "unit_test")


@dbt_assets(
    manifest=manifest(),
    name="dbt_build",
    dagster_dbt_translator=DagsterDbtTranslator(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)),
    pool="warehouse",
)
def dbt_build(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Build and test all models; unit tests belong to CI. Raises what failed after reporting what went well."""
    settings = Settings.from_env()
    names = _unique_ids(context)
    selection = ["--select", *(name.split(".")[-1] for name in names["assets"])] if context.is_subset else []
    say("dbt build")
    result = run_dbt(
        ["build", *_NOT_NIGHTLY, *selection],
        home=settings.home,
        as_of=as_of_of(context),
        vars=dbt_vars(read_company(settings)),
        holder="dbt build",
        wait_seconds=60,
    )
    yield from _events(result, names, row_counts(settings.home), previews(settings.home) if result.success else {})
    result.raise_for_failure()


def _unique_ids(context: dg.AssetExecutionContext) -> dict[str, dict[str, Any]]:
    """dbt's ids of the selected assets and checks, with what they are called here."""
    definition = context.assets_def
    return {
        "assets": {
            spec.metadata[_UNIQUE_ID]: spec.key for spec in definition.specs if spec.key in context.selected_asset_keys
        },
        "checks": {
            spec.metadata[_UNIQUE_ID]: spec.key
            for spec in definition.check_specs
            if spec.key in context.selected_asset_check_keys
        },
    }


def _events(
    result: DbtResult,
    names: Mapping[str, Mapping[str, Any]],
    counts: Mapping[tuple[str, str], int],
    shown: Mapping[str, str],
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    for node in result.nodes:
        if node.unique_id in names["assets"] and node.status in {"success", "no-op"}:
            key: dg.AssetKey = names["assets"][node.unique_id]
            yield dg.MaterializeResult(asset_key=key, metadata=_metadata(node, key, counts, shown))
        elif node.unique_id in names["checks"] and node.status != "skipped":
            check: dg.AssetCheckKey = names["checks"][node.unique_id]
            yield dg.AssetCheckResult(
                passed=node.status == "pass",
                asset_key=check.asset_key,
                check_name=check.name,
                severity=dg.AssetCheckSeverity.WARN if node.status == "warn" else dg.AssetCheckSeverity.ERROR,
                description=node.message,
            )


def _metadata(
    node: NodeResult, key: dg.AssetKey, counts: Mapping[tuple[str, str], int], shown: Mapping[str, str]
) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {"seconds": dg.MetadataValue.float(round(node.seconds, 3))}
    count = counts.get((key.path[0], key.path[-1]))
    if count is not None:
        metadata["dagster/row_count"] = dg.MetadataValue.int(count)
    preview = shown.get(key.to_user_string())
    if preview:
        metadata["preview"] = dg.MetadataValue.md(preview)
    return metadata
