"""The closes: gate, then payout, once per cadence that plans are paid at.

The payout asks for the verdict itself; launching it alone is no way around.
"""

from datetime import datetime

import dagster as dg

from orchestration.closing import judge, pay
from orchestration.company import read_company
from orchestration.defs.partitions import MONTHLY, QUARTERLY
from orchestration.defs.run_time import as_of_of
from orchestration.payout.gate import GateResult
from orchestration.periods import Cadence, Period
from orchestration.progress import say
from orchestration.settings import Settings

GATE = dg.AssetKey(["close", "gate"])
DRAFT = dg.AssetKey(["payout", "draft"])
QUARTER_GATE = dg.AssetKey(["close", "quarter_gate"])
QUARTER_DRAFT = dg.AssetKey(["payout", "quarter_draft"])
_MEASUREMENTS = dg.AssetKey(["marts", "fct_kpi_measurements"])


def gate_asset(key: dg.AssetKey, cadence: Cadence, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The gate of one cadence."""

    @dg.asset(
        key=key,
        partitions_def=partitions,
        deps=[dg.AssetDep(_MEASUREMENTS)],
        check_specs=[dg.AssetCheckSpec("is_green", asset=key, blocking=True)],
        group_name="close",
        kinds={"python"},
        pool="warehouse",
        description=f"Verdict on the {cadence}'s data, recorded in the ledger for exactly these measurements.",
    )
    def gate(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        settings = Settings.from_env()
        period = _period(context, cadence)
        result, *corrected = judge(settings, read_company(settings), period, as_of_of(context))
        say(f"gate {period}: {'green' if result.is_green else 'RED'}, {len(result.findings)} findings")
        changed = ", ".join(it.period for it in corrected) or "none"
        return dg.MaterializeResult(
            metadata={
                "verdict": dg.MetadataValue.text("green" if result.is_green else "red"),
                "measurement_hash": dg.MetadataValue.text(result.measurement_hash),
                "findings": dg.MetadataValue.md(_findings(result)),
                "closed_periods_with_changes": dg.MetadataValue.text(changed),
            },
            check_results=[
                dg.AssetCheckResult(
                    passed=result.is_green,
                    check_name="is_green",
                    severity=dg.AssetCheckSeverity.ERROR,
                    description="; ".join(f"{it.check} {it.subject}: {it.message}" for it in result.errors),
                )
            ],
        )

    return gate


def draft_asset(
    key: dg.AssetKey, gate_key: dg.AssetKey, cadence: Cadence, partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    """The draft payout of one cadence."""

    @dg.asset(
        key=key,
        partitions_def=partitions,
        deps=[gate_key],
        group_name="payout",
        kinds={"python", "csv"},
        pool="warehouse",
        description=f"Scores, ledger lines and draft files of the {cadence}. No amounts of persons in the metadata.",
    )
    def draft(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        period = _period(context, cadence)
        settings = Settings.from_env()
        result = pay(settings, read_company(settings), period, as_of_of(context))
        say(f"payout {period}: revision {result.revision}{'' if result.is_new else ', nothing new'}")
        return dg.MaterializeResult(
            metadata={
                "revision": dg.MetadataValue.int(result.revision),
                "is_new": dg.MetadataValue.bool(result.is_new),
                "runs": dg.MetadataValue.int(len(result.runs)),
                "manifests": dg.MetadataValue.json([str(path) for path in result.manifests]),
            }
        )

    return draft


month_gate = gate_asset(GATE, "month", MONTHLY)
month_draft = draft_asset(DRAFT, GATE, "month", MONTHLY)
quarter_gate = gate_asset(QUARTER_GATE, "quarter", QUARTERLY)
quarter_draft = draft_asset(QUARTER_DRAFT, QUARTER_GATE, "quarter", QUARTERLY)


def _period(context: dg.AssetExecutionContext, cadence: Cadence) -> Period:
    return Period.containing(datetime.fromisoformat(context.partition_key).date(), cadence)


def _findings(result: GateResult) -> str:
    lines = ["| severity | check | subject | message |", "|---|---|---|---|"]
    return "\n".join(
        lines + [f"| {it.severity} | {it.check} | {it.subject} | {it.message} |" for it in result.findings]
    )
