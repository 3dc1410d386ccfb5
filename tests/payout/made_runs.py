"""Runs made of single lines, for tests of what files say about them."""

from dataclasses import replace

from orchestration.payout.lines import PayoutLine, RunKey, numbered
from orchestration.payout.runs import Run, RunEvent

KEY = RunKey("2026-10", "CN01", 1)


def made_line(employee_no: str, fen: int, **changes) -> PayoutLine:
    line = PayoutLine(
        run=KEY,
        kind="regular",
        payer_entity="PE01",
        pay_month="2026-11",
        employee_no=employee_no,
        department_id="D-SAL",
        plan_id="simple",
        plan_version=1,
        component="score_bonus",
        pay_item_code="PERF_BONUS",
        amount_fen=fen,
        currency="CNY",
        cost_centre="CC10",
        origin_period="2026-10",
    )
    return replace(line, **changes)


def made_run(*lines: PayoutLine) -> Run:
    events = tuple(
        RunEvent(event, actor, "", "0" * 64, "", at)
        for event, actor, at in (
            ("calculated", "close", "2026-11-03T01:00:00+00:00"),
            ("reviewed", "maker", "2026-11-05T03:00:00+00:00"),
            ("approved", "checker", "2026-11-05T17:00:00+00:00"),  # the 6th in Shanghai
            ("locked", "checker", "2026-11-05T17:00:00+00:00"),
        )
    )
    return Run(KEY, 1, "2026-11", numbered(lines, 1), (), events, 1)
