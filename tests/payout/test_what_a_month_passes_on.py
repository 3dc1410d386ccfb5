"""Accumulations, draws and remainders over closed months: corrected, held, and paused (plan language 1.10)."""

from dataclasses import replace
from fractions import Fraction

import pytest
from accumulating_scoring import commission, score_with_memory
from close_steps import NOVEMBER, OCTOBER
from test_late_facts_become_adjustments import (
    AT,
    DECEMBER,
    DECEMBER_4,
    JANUARY_5,
    _open_month,
    lines,
    open_november,
    set_october,
    settle,
)

from orchestration.payout.audit import verify_audit
from orchestration.payout.recompute import as_known_then
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import round_fen
from orchestration.payout.runs import locked_runs


@pytest.fixture
def memory(sqlite_room: CloseRoom) -> CloseRoom:
    return replace(sqlite_room, score=score_with_memory)


def given(room: CloseRoom, employee: str) -> int:
    with room.ledger.read() as connection:
        assert verify_audit(connection).ok
        paid = [line for run in locked_runs(connection) for line in run.lines]
    return sum(line.amount_fen for line in paid if line.employee_no == employee)


def test_a_correction_of_october_moves_the_tiers_of_november_too(memory: CloseRoom, warehouse):
    settle(memory, warehouse, OCTOBER, AT)  # 87,654.32: all at 10 %
    open_november(warehouse)
    settle(memory, warehouse, NOVEMBER, DECEMBER_4)  # 45,000: 12,345.68 at 10 %, 32,654.32 at 20 %
    assert given(memory, "E0001") == round_fen(commission(Fraction("132654.32")))
    set_october(warehouse, "E0001", "20000")  # the year is 65,000 now: nothing at 20 %
    _open_month(warehouse, DECEMBER)
    settle(memory, warehouse, DECEMBER, JANUARY_5)
    told = [line for line in lines(memory, DECEMBER) if line[0] == "E0001"]
    assert ("E0001", "adjustment", "score_bonus", "2026-10", 200000 - 876543) in told
    assert ("E0001", "adjustment", "score_bonus", "2026-11", 450000 - 776543) in told
    assert ("E0001", "regular", "score_bonus", "2026-12", 550000) in told  # 35,000 at 10 %, 10,000 at 20 %
    owed = sum(fen for _, kind, *_, fen in told if kind == "carry_out")
    assert given(memory, "E0001") - owed == round_fen(commission(Fraction(110000)))
    again = [each for period in (OCTOBER, NOVEMBER, DECEMBER) for each in as_known_then(memory, period)]
    assert [each.differing for each in again] == [(), (), ()]


def test_somebody_held_in_october_does_not_stay_held_for_ever(memory: CloseRoom, warehouse):
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001'")
    settle(memory, warehouse, OCTOBER, AT)
    warehouse.execute("update marts.fct_kpi_measurements set state = 'ok'")
    open_november(warehouse)
    settle(memory, warehouse, NOVEMBER, DECEMBER_4)
    assert given(memory, "E0001") == round_fen(commission(Fraction("132654.32")))


def test_a_month_without_a_line_loses_nothing(memory: CloseRoom, warehouse):
    settle(memory, warehouse, OCTOBER, AT)
    warehouse.execute("update marts.dim_bonus_bases set valid_to = '2026-11-01' where employee_no = 'E0001'")
    open_november(warehouse)
    settle(memory, warehouse, NOVEMBER, DECEMBER_4)
    assert [person for person, *_ in lines(memory, NOVEMBER)] == ["E0002"]
    warehouse.execute(
        "insert into marts.dim_bonus_bases values ('E0001', '2026-12-01', null, 6000.00, 'CNY', 'PE01', 'CN01', 'CC10')"
    )
    _open_month(warehouse, DECEMBER)
    settle(memory, warehouse, DECEMBER, JANUARY_5)
    assert given(memory, "E0001") == round_fen(commission(Fraction("132654.32")))


def test_a_correction_that_its_gate_refuses_moves_no_later_month(memory: CloseRoom, warehouse):
    settle(memory, warehouse, OCTOBER, AT)
    open_november(warehouse)
    set_october(warehouse, "E0001", "20000")
    warehouse.execute("insert into marts.unmapped_identities values ('zoho_crm', '888', '2026-10-02', '2026-10-03', 7)")
    settle(memory, warehouse, NOVEMBER, DECEMBER_4)
    assert given(memory, "E0001") == round_fen(commission(Fraction("132654.32")))
