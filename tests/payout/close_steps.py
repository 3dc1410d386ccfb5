"""Steps of a close that several test files take, and the same as a script that a test can kill (`__main__`)."""

import sys
from datetime import datetime
from pathlib import Path

import duckdb
from simple_scoring import SimplePlans, load_simple_plans, score_simply

from orchestration.payout.close import Calculation, calculate
from orchestration.payout.exports import Outputs
from orchestration.payout.gate_checks import run_gate
from orchestration.payout.ledger import Ledger, open_ledger
from orchestration.payout.room import CloseRoom
from orchestration.payout.rules import CloseRules, load_close_rules
from orchestration.periods import Period

AS_OF = datetime.fromisoformat("2026-11-03T09:00:00+08:00")
OCTOBER = Period.parse("2026-10")
NOVEMBER = Period.parse("2026-11")


def make_room(home: Path, ledger: Ledger, rules: CloseRules | None = None, outputs: Outputs | None = None) -> CloseRoom:
    return CloseRoom(
        ledger=ledger,
        closed=home / "closed",
        payouts=home / "out" / "payouts",
        rules=rules or load_close_rules(),
        timezone="Asia/Shanghai",
        score=score_simply,
        load_plans=load_simple_plans,
        outputs=outputs or Outputs(),
    )


def close_period(
    room: CloseRoom,
    con: duckdb.DuckDBPyConnection,
    period: Period = OCTOBER,
    *,
    as_of: datetime = AS_OF,
    plans: SimplePlans | None = None,
    **options,
) -> Calculation:
    """Gate and calculation of one period."""
    run_gate(room, con, period, as_of=as_of)
    return calculate(
        room, con, period, plans=plans or SimplePlans(), pay_month=str(period.shift(1)), as_of=as_of, **options
    )


if __name__ == "__main__":
    home_of_test = Path(sys.argv[1])
    with duckdb.connect(str(home_of_test / "warehouse.duckdb")) as warehouse:
        warehouse.execute("set timezone = 'Asia/Shanghai'")
        close_period(make_room(home_of_test, open_ledger(sys.argv[2])), warehouse)
