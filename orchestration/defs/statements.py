"""Statements: the open months' every night, a closed month's with its draft. Only pages whose numbers changed are made.

A page that cannot be made never fails a night or a close: the check says why, and the pages of before stay.
"""

from collections.abc import Iterable
from datetime import datetime

import dagster as dg

from orchestration.company import plans_folder, read_company
from orchestration.defs.close import DRAFT, QUARTER_DRAFT
from orchestration.defs.partitions import MONTHLY, QUARTERLY
from orchestration.defs.run_time import as_of_of
from orchestration.payout.errors import PayoutRefused
from orchestration.periods import Cadence, Period
from orchestration.plans import load_bundle
from orchestration.plans.calendar import load_calendar
from orchestration.plans.errors import PlanErrors
from orchestration.progress import say
from orchestration.scoring.errors import InputError
from orchestration.settings import Settings
from orchestration.statement_pages import refresh
from orchestration.statements.due import open_periods
from orchestration.statements.walk import StatementError

OPEN = dg.AssetKey(["statements", "open"])
CLOSED = dg.AssetKey(["statements", "closed"])
QUARTER_CLOSED = dg.AssetKey(["statements", "quarter_closed"])
_CHECK = "pages_are_current"
# OSError: a killed close has its revision in the ledger before its folder stands; the next close puts it there.
_EXPECTED = (PayoutRefused, PlanErrors, InputError, StatementError, LookupError, OSError)


@dg.asset(
    key=OPEN,
    deps=[dg.AssetKey(["published", "marts"])],
    check_specs=[dg.AssetCheckSpec(_CHECK, asset=OPEN)],
    group_name="statements",
    kinds={"python", "html"},
    pool="warehouse",
)
def open_statements(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Provisional statements of the periods that run, for their people and managers (F044, F092)."""
    settings = Settings.from_env()
    config, plans = read_company(settings), plans_folder(settings)
    calendar = load_calendar(plans / "payroll_calendar.yaml")
    periods = open_periods(load_bundle(plans), calendar, as_of_of(context), config.zone, config.history_start)
    return _refreshed(OPEN, settings, periods)


def closed_statements(
    key: dg.AssetKey, draft: dg.AssetKey, cadence: Cadence, partitions: dg.PartitionsDefinition
) -> dg.AssetsDefinition:
    """The statements of a close."""

    @dg.asset(
        key=key,
        partitions_def=partitions,
        deps=[draft],
        check_specs=[dg.AssetCheckSpec(_CHECK, asset=key)],
        group_name="statements",
        kinds={"python", "html"},
        description=f"Statements of the calculated {cadence}, out of its close folder.",
    )
    def statements(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        day = datetime.fromisoformat(context.partition_key).date()
        return _refreshed(key, Settings.from_env(), [Period.containing(day, cadence)])

    return statements


month_statements = closed_statements(CLOSED, DRAFT, "month", MONTHLY)
quarter_statements = closed_statements(QUARTER_CLOSED, QUARTER_DRAFT, "quarter", QUARTERLY)


def _refreshed(key: dg.AssetKey, settings: Settings, periods: Iterable[Period]) -> dg.MaterializeResult:
    written = kept = 0
    faults = []
    for period in periods:
        try:
            done = refresh(settings, period)
        except _EXPECTED as error:
            faults.append(f"{period}: {error}")
            continue
        written, kept = written + done.written, kept + done.kept
    say(f"statements: {written} pages written, {kept} unchanged{f', {len(faults)} periods without' if faults else ''}")
    return dg.MaterializeResult(
        metadata={"pages_written": dg.MetadataValue.int(written), "pages_kept": dg.MetadataValue.int(kept)},
        check_results=[
            dg.AssetCheckResult(
                asset_key=key,
                passed=not faults,
                check_name=_CHECK,
                severity=dg.AssetCheckSeverity.WARN,
                description="; ".join(faults),
            )
        ],
    )
