from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from close_steps import NOVEMBER, OCTOBER, close_period
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from test_four_eyes_before_a_payout import ACTORS, AT

from orchestration.payout.approval import approve, review
from orchestration.payout.audit import verify_audit
from orchestration.payout.close_folder import read_rows
from orchestration.payout.errors import ApprovalRefused, PayoutRefused
from orchestration.payout.export import export
from orchestration.payout.lines import PayoutLine, RunKey
from orchestration.payout.manual import adjust_manually
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import round_fen
from orchestration.payout.rules import load_close_rules
from orchestration.payout.runs import locked_runs, read_run
from orchestration.payout.schema import payout_lines
from orchestration.payout.settle import Recomputed, outstanding, settle_negatives, still_owed
from orchestration.periods import Period

DECEMBER_4 = datetime.fromisoformat("2026-12-04T09:00:00+08:00")
JANUARY_5 = datetime.fromisoformat("2027-01-05T09:00:00+08:00")
DECEMBER = Period.parse("2026-12")


def open_november(warehouse) -> None:
    """November's facts: everybody reaches exactly half of the target."""
    _open_month(warehouse, NOVEMBER)


def _open_month(warehouse, period: Period) -> None:
    warehouse.execute(
        "insert into marts.fct_kpi_measurements select * replace (45000 as numerator, ? as period_id, "
        "?::date as period_start, ?::date as period_end) from marts.fct_kpi_measurements where period_id = '2026-10'",
        [str(period), period.start, period.end],
    )
    warehouse.execute(
        "update etl.stream_outcomes set as_of = ?::date + interval 3 day, complete_through = ?::date", [period.end] * 2
    )
    warehouse.execute(
        "insert into staging.stg_oceanengine__report select day::date from "
        "generate_series(?::date, ?::date, interval 1 day) as days(day), generate_series(1, 10)",
        [period.start, period.last_day],
    )


def settle(room: CloseRoom, warehouse, period: Period, as_of: datetime, run_no: int = 1, **options) -> None:
    """Close, review, approve and export everything open of a period."""
    calculation = close_period(room, warehouse, period, as_of=as_of, run_no=run_no, **options)
    for key in calculation.runs:
        review(room, ACTORS, key, actor="maker", at=AT)
        approve(room, ACTORS, key, actor="checker", at=AT)
        export(room, ACTORS, key, actor="maker", at=AT)


def lines(room: CloseRoom, period: Period, run_no: int = 1) -> list[tuple[str, str, str, str, int]]:
    with room.ledger.read() as connection:
        run = read_run(connection, RunKey(str(period), "CN01", run_no))
    assert run is not None
    return [(line.employee_no, line.kind, line.component, line.origin_period, line.amount_fen) for line in run.lines]


def set_october(warehouse, employee: str, numerator: str) -> None:
    warehouse.execute(
        "update marts.fct_kpi_measurements set numerator = ? where subject_id = ? and period_id = '2026-10'",
        [numerator, employee],
    )


def test_a_refund_of_a_closed_month_becomes_a_line_of_the_open_one(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    set_october(warehouse, "E0001", "81654.32")  # 6,000 of October's orders came back: 400.00 of bonus
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert lines(room, NOVEMBER) == [
        ("E0001", "adjustment", "score_bonus", "2026-10", -40000),
        ("E0001", "regular", "score_bonus", "2026-11", 300000),
        ("E0002", "regular", "score_bonus", "2026-11", 250000),
    ]
    with room.ledger.read() as connection:
        rows = connection.execute(select(payout_lines).where(payout_lines.c.kind == "adjustment")).all()
        origin = connection.execute(select(payout_lines).where(payout_lines.c.line_id == rows[0].origin_line)).one()
    assert (origin.period, origin.amount_fen, rows[0].reason) == ("2026-10", 584362, "data_change")


def test_the_origins_recomputation_is_kept_as_evidence(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    set_october(warehouse, "E0001", "81654.32")
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    folder = room.closed / "2026-11" / "1" / "origins" / "2026-10"
    amounts = {row["employee_no"]: Fraction(row["amount"]) for row in read_rows(folder, "components")}
    assert round_fen(amounts["E0001"]) == 584362 - 40000


def test_three_corrections_in_a_row_net_exactly(sqlite_room: CloseRoom, warehouse):
    room = sqlite_room
    settle(room, warehouse, OCTOBER, AT)
    values = ["81654.32", "99999.99", "87654.32"]
    period, as_of = NOVEMBER, DECEMBER_4
    for value in values:
        _open_month(warehouse, period)
        set_october(warehouse, "E0001", value)
        settle(room, warehouse, period, as_of)
        with room.ledger.read() as connection:
            paid = [line for run in locked_runs(connection) for line in run.lines]
        total = sum(line.amount_fen for line in paid if line.employee_no == "E0001" and line.origin_period == "2026-10")
        assert total == round_fen(Fraction(6000) * Fraction(value) / 90000)
        period, as_of = period.shift(1), datetime.combine(period.shift(1).end + timedelta(days=4), AT.timetz())


def test_without_a_green_gate_of_its_own_a_closed_month_is_not_corrected(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    set_october(warehouse, "E0001", "81654.32")
    warehouse.execute("insert into marts.unmapped_identities values ('zoho_crm', '888', '2026-10-02', '2026-10-03', 7)")
    calculation = close_period(room, warehouse, NOVEMBER, as_of=DECEMBER_4)
    assert [kind for _, kind, *_ in lines(room, NOVEMBER)] == ["regular", "regular"]
    assert "2026-10 changed and is not corrected in this run" in calculation.notes[0]
    assert "zoho_crm/888" in calculation.notes[0]


def test_missing_data_never_take_money_back(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    warehouse.execute(
        "update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001' and period_id = '2026-10'"
    )
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert [kind for _, kind, *_ in lines(room, NOVEMBER)] == ["regular", "regular"]


def test_somebody_held_is_paid_when_the_data_arrive(room: CloseRoom, warehouse):
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001'")
    settle(room, warehouse, OCTOBER, AT)
    assert [person for person, *_ in lines(room, OCTOBER)] == ["E0002"]
    warehouse.execute("update marts.fct_kpi_measurements set state = 'ok'")
    open_november(warehouse)
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert ("E0001", "adjustment", "score_bonus", "2026-10", 584362) in lines(room, NOVEMBER)


def test_a_second_run_of_the_month_pays_only_what_the_first_did_not(room: CloseRoom, warehouse):
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001'")
    settle(room, warehouse, OCTOBER, AT)
    warehouse.execute("update marts.fct_kpi_measurements set state = 'ok'")
    settle(room, warehouse, OCTOBER, AT, run_no=2)
    assert lines(room, OCTOBER, run_no=2) == [("E0001", "regular", "score_bonus", "2026-10", 584362)]


def test_a_leaver_paid_off_cycle_is_not_paid_again(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT, run_no=2, employees={"E0001"})
    assert lines(room, OCTOBER, run_no=2) == [("E0001", "regular", "score_bonus", "2026-10", 584362)]
    settle(room, warehouse, OCTOBER, AT)
    assert lines(room, OCTOBER) == [("E0002", "regular", "score_bonus", "2026-10", 250000)]


def test_an_off_cycle_run_names_people_who_are_there(sqlite_room: CloseRoom, warehouse):
    with pytest.raises(PayoutRefused, match="E0009: no bonus base in 2026-10"):
        close_period(sqlite_room, warehouse, run_no=2, employees={"E0001", "E0009"})


def test_a_draft_that_a_later_approval_overtook_is_not_approved(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    settle(room, warehouse, OCTOBER, AT, run_no=2, employees={"E0001"})
    key = RunKey("2026-10", "CN01", 1)
    review(room, ACTORS, key, actor="maker", at=AT)
    with pytest.raises(ApprovalRefused, match=r"CN01-2 revision \d was approved after .* calculate it again"):
        approve(room, ACTORS, key, actor="checker", at=AT)
    settle(room, warehouse, OCTOBER, AT)
    assert [person for person, *_ in lines(room, OCTOBER)] == ["E0002"]


def test_a_negative_net_is_carried_to_the_next_run_and_never_exported(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    set_october(warehouse, "E0001", "0")  # all of October came back: -5,843.62, November earned 3,000.00
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert lines(room, NOVEMBER)[:3] == [
        ("E0001", "adjustment", "score_bonus", "2026-10", -584362),
        ("E0001", "carry_out", "carry_forward", "2026-11", 284362),
        ("E0001", "regular", "score_bonus", "2026-11", 300000),
    ]
    _open_month(warehouse, DECEMBER)
    settle(room, warehouse, DECEMBER, JANUARY_5)
    assert lines(room, DECEMBER)[:2] == [
        ("E0001", "carry_in", "carried_balance", "2026-12", -284362),
        ("E0001", "regular", "score_bonus", "2026-12", 300000),
    ]
    with room.ledger.read() as connection:
        assert outstanding(line for run in locked_runs(connection) for line in run.lines) == {}


def test_beyond_the_retro_limit_nothing_is_corrected(sqlite_room: CloseRoom, warehouse):
    room = replace(sqlite_room, rules=replace(sqlite_room.rules, retro_limit_periods=1))
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    _open_month(warehouse, DECEMBER)
    set_october(warehouse, "E0001", "0")
    settle(room, warehouse, DECEMBER, JANUARY_5)
    assert [kind for _, kind, *_ in lines(room, DECEMBER)] == ["regular", "regular"]


def test_a_manual_adjustment_is_a_line_of_its_own_and_survives_recalculation(room: CloseRoom, warehouse):
    adjust_manually(
        room,
        ACTORS | {"maker": replace(ACTORS["maker"], may=frozenset({"review", "adjust", "export"}))},
        period=OCTOBER,
        employee_no="E0001",
        component="goodwill",
        pay_item_code="B900",
        amount_yuan="150.00",
        currency="CNY",
        reason="agreed in the review of 5 November",
        evidence="minutes 2026-11-05",
        actor="maker",
        at=AT,
    )
    for _ in range(2):
        close_period(room, warehouse)
        warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000 where subject_id = 'E0001'")
    assert ("E0001", "manual", "goodwill", "2026-10", 15000) in lines(room, OCTOBER)
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert not [line for line in lines(room, NOVEMBER) if line[1] != "regular"]
    with room.ledger.read() as connection:
        assert verify_audit(connection).ok


BASE = PayoutLine(
    run=RunKey("2026-10", "CN01", 1),
    kind="regular",
    payer_entity="PE01",
    pay_month="2026-11",
    employee_no="E0001",
    department_id="D-SAL",
    plan_id="simple",
    plan_version=1,
    component="score_bonus",
    pay_item_code="B100",
    amount_fen=0,
    currency="CNY",
    cost_centre="CC10",
    origin_period="2026-10",
)
amounts = st.lists(st.fractions(-(10**6), 10**6, max_denominator=10**4), min_size=2, max_size=6)


@given(amounts)
def test_any_number_of_corrections_adds_up_to_the_last_recomputation(values: list[Fraction]):
    paid: list[PayoutLine] = []
    for number, value in enumerate(values):
        now = Recomputed("2026-10", (replace(BASE, amount_fen=round_fen(value)),), ())
        run = RunKey(f"2027-{number + 1:02d}", "CN01", 1)
        paid += still_owed(now, paid, settled_groups={"CN01"}, run_of=lambda _, run=run: run, pay_month="2027-01")
        assert sum(line.amount_fen for line in paid) == round_fen(value)


@given(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=8))
def test_carried_balances_lose_and_invent_nothing(nets: list[int]):
    rules = load_close_rules()
    paid: list[PayoutLine] = []
    for number, net in enumerate(nets):
        line = replace(BASE, run=RunKey(f"2027-{number + 1:02d}", "CN01", 1), amount_fen=net)
        run_lines = settle_negatives([line], paid, rules)
        assert sum(each.amount_fen for each in run_lines) >= 0
        paid += run_lines
    owed = sum(outstanding(paid).values())
    assert sum(line.amount_fen for line in paid) - owed == sum(nets)
    assert owed >= 0


@given(st.integers(-(10**7), -1))
def test_a_deduction_is_shown_to_payroll_where_the_rules_say_so(net: int):
    rules = replace(load_close_rules(), negative_net="deduct_line")
    run_lines = settle_negatives([replace(BASE, amount_fen=net)], [], rules)
    assert sum(line.amount_fen for line in run_lines) == net
    assert [line.amount_fen for line in run_lines if line.kind == "deduction" and line.amount_fen < 0] == [net]
