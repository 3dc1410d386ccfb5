"""The closes of a configured company: its stores, plans and rules given to the payout room's functions."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from connectors.config_models import CompanyConfig
from orchestration.company import accounts_file, close_rules_file, layouts_folder, plans_folder
from orchestration.payout.accounting.mapping import load_accounts
from orchestration.payout.close import Calculation, calculate
from orchestration.payout.exports import Outputs
from orchestration.payout.gate import GateResult
from orchestration.payout.gate_checks import run_gate
from orchestration.payout.layouts.load import load_layouts
from orchestration.payout.ledger import open_ledger
from orchestration.payout.room import CloseRoom
from orchestration.payout.rules import load_close_rules
from orchestration.periods import Period
from orchestration.plans.bundle import load_bundle
from orchestration.plans.calendar import load_calendar
from orchestration.scoring.engine import score
from orchestration.settings import Settings
from orchestration.warehouse.connect import open_warehouse


@contextmanager
def close_room(settings: Settings, config: CompanyConfig) -> Iterator[CloseRoom]:
    """The company's ledger, folders and rules; the ledger is closed at the end."""
    settings.home.mkdir(parents=True, exist_ok=True)
    accounts = accounts_file(settings)
    outputs = Outputs(load_layouts(layouts_folder(settings)), load_accounts(accounts) if accounts else None)
    ledger = open_ledger(settings.ledger_url)
    try:
        yield CloseRoom(
            ledger=ledger,
            closed=settings.closed,
            payouts=settings.payouts,
            rules=load_close_rules(close_rules_file(settings)),
            timezone=config.timezone,
            score=score,
            load_plans=load_bundle,
            outputs=outputs,
        )
    finally:
        ledger.engine.dispose()


def judge(settings: Settings, config: CompanyConfig, period: Period, as_of: datetime) -> tuple[GateResult, ...]:
    """Verdict on a period as the warehouse is now, and on every closed period whose data changed; all are recorded."""
    with close_room(settings, config) as room, open_warehouse(settings.home, holder="gate", wait_seconds=60) as con:
        return run_gate(room, con, period, as_of=as_of)


def pay(
    settings: Settings,
    config: CompanyConfig,
    period: Period,
    as_of: datetime,
    *,
    run_no: int = 1,
    employees: Collection[str] | None = None,
) -> Calculation:
    """Calculate a period and write its draft files; raises `PayoutRefused` without a green gate for these numbers.

    `run_no` and `employees` make an off-cycle run of some people (leavers, or what was held in the regular run).
    Measured amounts are in the company's currency: a plan in another one raises `ValueError`.
    """
    plans = load_bundle(plans_folder(settings))
    unread = sorted({plan.id for plan in plans.plans for part in plan.payout.components if part.clawback})
    if unread:
        raise ValueError(
            f"{', '.join(unread)}: a close settles reversals by recomputing their period and reads no reversals of its "
            "own; drop clawback:, or pay that component with incentives score"
        )
    foreign = sorted({f"{plan.id} ({plan.currency})" for plan in plans.plans if plan.currency != config.currency})
    if foreign:
        raise ValueError(
            f"plans in another currency than the company's {config.currency}: {', '.join(foreign)}; "
            "correct the plan, or currency: in company.yaml"
        )
    calendar = load_calendar(plans_folder(settings) / "payroll_calendar.yaml")
    with close_room(settings, config) as room, open_warehouse(settings.home, holder="payout", wait_seconds=60) as con:
        pay_month = f"{calendar.of(period).pay_date:%Y-%m}"
        return calculate(
            room, con, period, plans=plans, pay_month=pay_month, as_of=as_of, run_no=run_no, employees=employees
        )
