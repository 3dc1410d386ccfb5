"""Recovery shares and limits of deductions: what is not taken now is carried, and nothing is lost or invented."""

from dataclasses import replace
from fractions import Fraction

import pytest
from close_steps import NOVEMBER, OCTOBER, close_period
from hypothesis import given
from hypothesis import strategies as st
from test_four_eyes_before_a_payout import ACTORS, AT
from test_late_facts_become_adjustments import (
    BASE,
    DECEMBER,
    DECEMBER_4,
    JANUARY_5,
    _open_month,
    lines,
    open_november,
    set_october,
    settle,
)

from orchestration.payout.deductions import supply_limit
from orchestration.payout.errors import ApprovalRefused, PayoutRefused, RulesInvalid
from orchestration.payout.lines import PayoutLine, RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.rules import SAMPLE_RULES, load_close_rules
from orchestration.payout.runs import locked_runs
from orchestration.payout.settle import outstanding, settle_negatives

SAMPLE = load_close_rules()
LIMIT = {"employee_no": "E0001", "payer_entity": "PE01", "currency": "CNY", "evidence": "payroll letter 7", "at": AT}


def ruled(room: CloseRoom, **rules) -> CloseRoom:
    return replace(room, rules=replace(room.rules, **rules))


def test_a_fifth_of_what_is_earned_is_taken_and_the_rest_waits(room: CloseRoom, warehouse):
    room = ruled(room, recovery_share=Fraction(1, 5))
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    set_october(warehouse, "E0001", "70654.32")  # 17,000 of October came back: 1,133.33; November earned 3,000.00
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert lines(room, NOVEMBER)[:3] == [
        ("E0001", "adjustment", "score_bonus", "2026-10", -113333),
        ("E0001", "carry_out", "carry_forward", "2026-11", 53333),
        ("E0001", "regular", "score_bonus", "2026-11", 300000),
    ]
    _open_month(warehouse, DECEMBER)
    settle(room, warehouse, DECEMBER, JANUARY_5)
    assert lines(room, DECEMBER)[:2] == [
        ("E0001", "carry_in", "carried_balance", "2026-12", -53333),
        ("E0001", "regular", "score_bonus", "2026-12", 300000),
    ]
    with room.ledger.read() as connection:
        assert outstanding(line for run in locked_runs(connection) for line in run.lines) == {}


def test_payroll_deducts_no_more_than_it_said_it_can(room: CloseRoom, warehouse):
    room = ruled(room, negative_net="deduct_line", deduction_limit="supplied")
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    set_october(warehouse, "E0001", "0")  # -5,843.62 against 3,000.00
    supply_limit(room, ACTORS, period=NOVEMBER, limit_yuan="1000.00", actor="maker", **LIMIT)
    supply_limit(room, ACTORS, period=NOVEMBER, limit_yuan="1500.00", actor="maker", **LIMIT)
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    mine = {component: fen for person, _, component, _, fen in lines(room, NOVEMBER) if person == "E0001"}
    assert mine["deduction"] == -150000
    assert mine["carry_forward"] == 284362 - 150000
    assert sum(fen for person, *_, fen in lines(room, NOVEMBER) if person == "E0001") == -150000


def test_without_a_figure_of_payroll_nothing_is_deducted(sqlite_room: CloseRoom, warehouse):
    room = ruled(sqlite_room, negative_net="deduct_line", deduction_limit="supplied")
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    set_october(warehouse, "E0001", "0")
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert [kind for person, kind, *_ in lines(room, NOVEMBER) if person == "E0001"] == [
        "adjustment",
        "carry_out",
        "regular",
    ]


def test_who_supplies_a_limit_and_how_it_is_spelled(sqlite_room: CloseRoom, warehouse):
    close_period(sqlite_room, warehouse)
    with pytest.raises(ApprovalRefused, match="may not confirm"):
        supply_limit(sqlite_room, ACTORS, period=OCTOBER, limit_yuan="1.00", actor="checker", **LIMIT)
    for amount, complaint in (("1", "is no amount"), ("-1.00", "is negative")):
        with pytest.raises(PayoutRefused, match=complaint):
            supply_limit(sqlite_room, ACTORS, period=OCTOBER, limit_yuan=amount, actor="maker", **LIMIT)
    with pytest.raises(PayoutRefused, match="where payroll's figure is kept"):
        supply_limit(
            sqlite_room, ACTORS, period=OCTOBER, limit_yuan="1.00", actor="maker", **(LIMIT | {"evidence": " "})
        )


@pytest.mark.parametrize(
    ("written", "complaint"),
    [("recovery_share: 120%", "0% to 100%"), ("deduction_limit: some", "cannot be 'some'")],
)
def test_the_rules_of_recovery_are_checked(tmp_path, written: str, complaint: str):
    path = tmp_path / "close.yaml"
    text = SAMPLE_RULES.read_text(encoding="utf-8")
    path.write_text(text.replace("  carry_pay_item_code:", f"  {written}\n  carry_pay_item_code:"), encoding="utf-8")
    with pytest.raises(RulesInvalid, match=complaint):
        load_close_rules(path)


months = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(-(10**6), 0), st.integers(0, 10**5)), min_size=1, max_size=8
)


@given(months, st.fractions(0, 1, max_denominator=40), st.booleans())
def test_shares_and_limits_lose_and_invent_nothing(told: list, share: Fraction, is_deducted: bool):
    rules = replace(
        SAMPLE,
        recovery_share=share,
        negative_net="deduct_line" if is_deducted else "carry_forward",
        deduction_limit="supplied",
    )
    paid: list[PayoutLine] = []
    for number, (earned, taken, limit) in enumerate(told):
        run = RunKey(f"2027-{number + 1:02d}", "CN01", 1)
        own = [replace(BASE, run=run, amount_fen=earned)]
        own.append(replace(BASE, run=run, kind="adjustment", component="other", amount_fen=taken))
        settled = settle_negatives(own, paid, rules, {("E0001", "PE01", "CNY"): limit})
        net = sum(line.amount_fen for line in settled)
        deducted = -sum(line.amount_fen for line in settled if line.component == "deduction")
        assert 0 <= deducted <= (limit if is_deducted else 0)
        # What is left of the bonus is never less than the share that may not be taken.
        assert net + deducted >= earned - earned * share
        paid += settled
    owed = sum(outstanding(paid).values())
    assert owed >= 0
    assert sum(line.amount_fen for line in paid) - owed == sum(earned + taken for earned, taken, _ in told)
