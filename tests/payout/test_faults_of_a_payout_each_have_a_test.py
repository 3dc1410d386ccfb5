"""The faults between a person and their pay, by the number they have in the fault matrix, and the test of each.

A fault without a test of that name fails here; the tests that no other file has stand below.
"""

import ast
from pathlib import Path

from close_steps import NOVEMBER, OCTOBER, close_period
from test_calculation_gives_a_repeatable_draft import draft, manifest
from test_four_eyes_before_a_payout import ACTORS, AT, KEY
from test_late_facts_become_adjustments import DECEMBER_4, lines, open_november, settle

from orchestration.payout.approval import approve, review
from orchestration.payout.recompute import as_known_now
from orchestration.payout.room import CloseRoom

TESTS = Path(__file__).parent.parent
FAULTS: dict[int, tuple[str, tuple[str, ...]]] = {
    33: (
        "an employee leaves within the month",
        (
            "test_a_leaver_paid_off_cycle_is_not_paid_again",
            "test_a_transfer_a_leaver_a_joiner_and_a_rehire_have_their_days",
        ),
    ),
    34: (
        "manager or department changes",
        (
            "test_lines_files_and_truth_agree_whatever_the_months_bring",
            "test_nothing_that_happens_later_moves_a_closed_month",
        ),
    ),
    35: ("an employee is there twice", ("test_two_entries_for_one_day_are_a_hard_stop",)),
    36: ("nobody is named who pays a person", ("test_somebody_without_a_payer_waits_and_the_file_goes_on_without",)),
    37: ("a plan is edited after the lock", ("test_a_plan_edited_after_approval_is_refused",)),
    38: (
        "a plan is wrong",
        ("test_the_author_is_told_what_is_wrong_and_where", "test_tiers_have_no_gaps_no_overlaps_and_an_open_end"),
    ),
    39: ("a target is changed afterwards", ("test_a_target_changed_afterwards_is_a_difference_and_then_a_line",)),
    40: (
        "rounding and allocation",
        ("test_an_allocation_adds_up_and_no_part_is_a_whole_fen_off", "test_shares_and_limits_lose_and_invent_nothing"),
    ),
    41: (
        "a payout is made twice",
        ("test_calculating_twice_changes_no_byte_and_no_row", "test_changed_content_is_a_new_revision_with_new_ids"),
    ),
    42: (
        "a payment is rejected",
        ("test_a_rejected_line_is_held_booked_back_and_paid_by_a_new_line_once_released",),
    ),
    43: (
        "a delivery breaks in the middle",
        (
            "test_a_connection_cut_in_the_middle_of_a_file_is_taken_up_where_it_broke",
            "test_a_killed_delivery_repeated_delivers_once",
            "test_a_file_that_may_have_been_taken_waits_for_a_persons_word",
        ),
    ),
    44: ("maker and approver are one, or are paid by it", ("test_who_may_not_approve",)),
    45: ("a recorded row is edited", ("test_a_changed_amount_is_named_with_its_row",)),
    46: (
        "formulas and control characters",
        (
            "test_a_line_no_machine_may_read_is_held_and_not_altered",
            "test_a_machine_file_refuses_what_a_machine_would_misread",
        ),
    ),
    47: (
        "characters lost or not encodable",
        (
            "test_a_text_that_cannot_be_written_is_known_before_anything_is_approved",
            "test_a_text_that_a_layout_cannot_encode_holds_its_line_and_the_file_goes_on",
        ),
    ),
    48: ("currencies in one run", ("test_amounts_of_two_currencies_are_never_added",)),
}


def all_tests() -> set[str]:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in TESTS.rglob("test_*.py"))
    return {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_names_tests_that_exist():
    there = all_tests()
    assert {name for _, names in FAULTS.values() for name in names} - there == set()
    assert set(FAULTS) == set(range(33, 49))


def test_somebody_without_a_payer_waits_and_the_file_goes_on_without(room: CloseRoom, warehouse):
    warehouse.execute("update marts.dim_bonus_bases set payer_entity = '' where employee_no = 'E0001'")
    close_period(room, warehouse)
    assert [row["employee_no"] for row in draft(room)] == ["E0002"]
    [held] = manifest(room)["held"]
    assert (held["employee_no"], held["component"]) == ("E0001", "score_bonus")
    assert "payer" in held["reason"]
    assert manifest(room)["totals"]["by_currency"] == {"CNY": {"lines": 1, "sum_fen": 250000}}


def test_a_target_changed_afterwards_is_a_difference_and_then_a_line(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    warehouse.execute(
        "update marts.fct_kpi_measurements set denominator = 100000, target = 100000 "
        "where subject_id = 'E0002' and period_id = '2026-10'"
    )
    changed = as_known_now(room, warehouse, OCTOBER)[1]
    assert (changed.employee_no, changed.then_fen, changed.now_fen) == ("E0002", 250000, 225000)
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert ("E0002", "adjustment", "score_bonus", "2026-10", -25000) in lines(room, NOVEMBER)


def test_amounts_of_two_currencies_are_never_added(sqlite_room: CloseRoom, warehouse):
    warehouse.execute("update marts.dim_bonus_bases set currency = 'HKD' where employee_no = 'E0002'")
    close_period(sqlite_room, warehouse)
    assert manifest(sqlite_room)["totals"]["by_currency"] == {
        "CNY": {"lines": 1, "sum_fen": 584362},
        "HKD": {"lines": 1, "sum_fen": 250000},
    }
    review(sqlite_room, ACTORS, KEY, actor="maker", at=AT)
    approve(sqlite_room, ACTORS, KEY, actor="checker", at=AT)
    open_november(warehouse)
    warehouse.execute(
        "update marts.fct_kpi_measurements set numerator = 0 where subject_id = 'E0002' and period_id = '2026-10'"
    )
    warehouse.execute("update marts.dim_bonus_bases set valid_to = '2026-11-01' where employee_no = 'E0002'")
    warehouse.execute(
        "insert into marts.dim_bonus_bases values ('E0002', '2026-11-01', null, 5000.00, 'CNY', 'PE01', 'CN01', 'CC10')"
    )
    settle(sqlite_room, warehouse, NOVEMBER, DECEMBER_4)
    mine = [line[1:] for line in lines(sqlite_room, NOVEMBER) if line[0] == "E0002"]
    # What is owed in one currency is not taken out of the other: it waits for pay in its own.
    assert mine == [
        ("adjustment", "score_bonus", "2026-10", -250000),
        ("carry_out", "carry_forward", "2026-11", 250000),
        ("regular", "score_bonus", "2026-11", 250000),
    ]
