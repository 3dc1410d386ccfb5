"""The monthly close: gate, then payout. The payout asks for the verdict itself; launching it alone is no way around."""

from datetime import datetime

import dagster as dg

from orchestration.closing import judge, pay
from orchestration.company import read_company
from orchestration.defs.partitions import MONTHLY
from orchestration.defs.run_time import as_of_of
from orchestration.payout.gate import GateResult
from orchestration.periods import Period
from orchestration.progress import say
from orchestration.settings import Settings

GATE = dg.AssetKey(["close", "gate"])
DRAFT = dg.AssetKey(["payout", "draft"])
_MEASUREMENTS = dg.AssetKey(["marts", "fct_kpi_measurements"])


@dg.asset(
    key=GATE,
    partitions_def=MONTHLY,
    deps=[dg.AssetDep(_MEASUREMENTS)],
    check_specs=[dg.AssetCheckSpec("is_green", asset=GATE, blocking=True)],
    group_name="close",
    kinds={"python"},
    pool="warehouse",
)
def gate(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Verdict on the month's data, recorded in the ledger for exactly these measurements."""
    settings = Settings.from_env()
    period = _period(context)
    result, *corrected = judge(settings, read_company(settings), period, as_of_of(context))
    say(f"gate {period}: {'green' if result.is_green else 'RED'}, {len(result.findings)} findings")
    return dg.MaterializeResult(
        metadata={
            "verdict": dg.MetadataValue.text("green" if result.is_green else "red"),
            "measurement_hash": dg.MetadataValue.text(result.measurement_hash),
            "findings": dg.MetadataValue.md(_findings(result)),
            "closed_periods_with_changes": dg.MetadataValue.text(", ".join(it.period for it in corrected) or "none"),
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


@dg.asset(
    key=DRAFT,
    partitions_def=MONTHLY,
    deps=[GATE],
    group_name="payout",
    kinds={"python", "csv"},
    pool="warehouse",
)
def draft(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Scores, ledger lines and the draft payout files of the month. No amounts of persons in the metadata."""
    period = _period(context)
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


def _period(context: dg.AssetExecutionContext) -> Period:
    return Period.containing(datetime.fromisoformat(context.partition_key).date(), "month")


def _findings(result: GateResult) -> str:
    lines = ["| severity | check | subject | message |", "|---|---|---|---|"]
    return "\n".join(
        lines + [f"| {it.severity} | {it.check} | {it.subject} | {it.message} |" for it in result.findings]
    )
