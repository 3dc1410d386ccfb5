from dataclasses import replace

import pytest
from close_steps import NOVEMBER, OCTOBER, close_period
from test_four_eyes_before_a_payout import ACTORS, AT, approved_run
from test_late_facts_become_adjustments import DECEMBER_4, lines, open_november, set_october, settle

from orchestration.payout.close_folder import LATER_INPUTS
from orchestration.payout.errors import PayoutRefused, VerificationFailed
from orchestration.payout.manual import adjust_manually
from orchestration.payout.recompute import as_known_now, as_known_then
from orchestration.payout.room import CloseRoom
from orchestration.periods import Period


def test_as_known_then_it_is_the_same_to_the_byte_whatever_came_later(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    set_october(warehouse, "E0001", "81654.32")
    open_november(warehouse)
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    warehouse.execute("truncate marts.fct_kpi_measurements")
    room = replace(room, rules=replace(room.rules, negative_net="deduct_line", carry_pay_item_code="OTHER"))
    for period in (OCTOBER, NOVEMBER):
        [again] = as_known_then(room, period)
        assert (again.is_same, again.differing) == (True, ())
        assert again.sha256 == again.recorded_sha256


def test_manual_lines_and_runs_of_later_do_not_leak_into_then(sqlite_room: CloseRoom, warehouse):
    close_period(sqlite_room, warehouse)
    people = ACTORS | {"maker": replace(ACTORS["maker"], may=frozenset({"review", "adjust", "export"}))}
    told = {"component": "goodwill", "pay_item_code": "B900", "currency": "CNY", "reason": "x", "evidence": "y"}
    adjust_manually(
        sqlite_room, people, period=OCTOBER, employee_no="E0001", amount_yuan="1.00", actor="maker", at=AT, **told
    )
    assert [each.is_same for each in as_known_then(sqlite_room, OCTOBER)] == [True]
    close_period(sqlite_room, warehouse)
    assert ("E0001", "manual", "goodwill", "2026-10", 100) in lines(sqlite_room, OCTOBER)
    assert [(each.revision, each.is_same) for each in as_known_then(sqlite_room, OCTOBER)] == [(2, True)]


def test_an_off_cycle_run_is_computed_again_for_its_people_only(sqlite_room: CloseRoom, warehouse):
    settle(sqlite_room, warehouse, OCTOBER, AT, run_no=2, employees={"E0001"})
    settle(sqlite_room, warehouse, OCTOBER, AT)
    assert [each.is_same for each in as_known_then(sqlite_room, OCTOBER)] == [True, True]


def test_another_program_is_told_by_the_files_that_differ(sqlite_room: CloseRoom, warehouse):
    approved_run(sqlite_room, warehouse)

    def other(plans, period, inputs):
        result = sqlite_room.score(plans, period, inputs)
        return replace(result, components=tuple(replace(part, amount=part.amount + 1) for part in result.components))

    [again] = as_known_then(replace(sqlite_room, score=other), OCTOBER)
    assert (again.is_same, again.differing) == (False, ("components.parquet", "lines.parquet"))


def test_a_folder_without_what_later_versions_read_is_the_same_to_the_byte(sqlite_room: CloseRoom, warehouse):
    approved_run(sqlite_room, warehouse)
    there = {path.stem for path in (sqlite_room.closed / "2026-10" / "1").glob("*.parquet")}
    assert there.isdisjoint(LATER_INPUTS)  # October has no absence and no improvement plan
    assert [each.is_same for each in as_known_then(sqlite_room, OCTOBER)] == [True]


def test_changed_evidence_is_named(sqlite_room: CloseRoom, warehouse):
    approved_run(sqlite_room, warehouse)
    path = sqlite_room.closed / "2026-10" / "1" / "measurements.parquet"
    path.chmod(0o600)
    path.write_bytes(b"")
    with pytest.raises(VerificationFailed, match=r"measurements\.parquet"):
        as_known_then(sqlite_room, OCTOBER)


def test_as_known_now_each_difference_is_told_with_its_first_step(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    set_october(warehouse, "E0001", "81654.32")
    changed, same = as_known_now(room, warehouse, OCTOBER)
    assert (changed.then_fen, changed.since_fen, changed.now_fen, changed.open_fen) == (584362, 0, 544362, -40000)
    assert changed.why is not None
    assert changed.why.node == "payout.score_bonus"
    assert "x attainment = 2191358/375" in changed.why.before_en
    assert "x attainment = 2041358/375" in changed.why.after_en
    assert (same.employee_no, same.open_fen, same.why) == ("E0002", 0, None)
    open_november(warehouse)
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    corrected = as_known_now(room, warehouse, OCTOBER)[0]
    assert (corrected.then_fen, corrected.since_fen, corrected.open_fen) == (584362, -40000, 0)


def test_what_is_missing_now_is_told_and_takes_nothing_back(sqlite_room: CloseRoom, warehouse):
    settle(sqlite_room, warehouse, OCTOBER, AT)
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001'")
    first = as_known_now(sqlite_room, warehouse, OCTOBER)[0]
    assert (first.now_fen, first.open_fen) == (None, None)
    assert first.held_reason == "sales_revenue_attainment is missing"


def test_an_open_or_unknown_month_is_refused(sqlite_room: CloseRoom, warehouse):
    close_period(sqlite_room, warehouse)
    with pytest.raises(PayoutRefused, match="no approved run"):
        as_known_now(sqlite_room, warehouse, OCTOBER)
    with pytest.raises(PayoutRefused, match="never calculated"):
        as_known_then(sqlite_room, Period.parse("2026-08"))
