from dataclasses import replace
from fractions import Fraction

import pytest

from orchestration.payout.errors import LineConflict
from orchestration.payout.lines import build_lines, content_digest, numbered
from orchestration.scoring.results import PayComponent

BONUS = PayComponent(
    employee_no="E0001",
    plan_id="sales_2026",
    plan_version=3,
    component="score_bonus",
    pay_item_code="B100",
    amount=Fraction(1, 3),
    currency="CNY",
    payer_entity="PE01",
    pay_group="CN01",
    cost_centre="CC10",
    trace_node="total",
)


def lines_of(*components: PayComponent):
    return build_lines(components, period="2026-10", run_no=1, pay_month="2026-11", departments={"E0001": "D-SAL"})


def test_parts_of_one_line_are_added_before_they_are_rounded():
    lines, held = lines_of(*[replace(BONUS, amount=Fraction(1, 300))] * 2)
    assert [line.amount_fen for line in lines] == [1]  # 0.67 fen; rounded one by one it would be 0
    assert held == ()


def test_each_line_goes_to_the_run_of_its_pay_group():
    lines, _ = lines_of(BONUS, replace(BONUS, employee_no="E0002", pay_group="CN02"))
    assert [(line.employee_no, str(line.run)) for line in lines] == [
        ("E0001", "2026-10 CN01-1"),
        ("E0002", "2026-10 CN02-1"),
    ]


def test_lines_that_share_a_pool_keep_its_total():
    shares = [
        replace(BONUS, employee_no=f"E000{n}", amount=Fraction(100, 3), allocation_group="pool") for n in (1, 2, 3)
    ]
    assert [line.amount_fen for line in lines_of(*shares)[0]] == [3334, 3333, 3333]
    assert [line.amount_fen for line in lines_of(*(replace(each, allocation_group="") for each in shares))[0]] == [
        3333
    ] * 3


def test_a_held_component_gives_no_line_and_keeps_its_reason():
    lines, held = lines_of(BONUS, replace(BONUS, component="excess", amount=None, held_reason="no target"))
    assert [line.component for line in lines] == ["score_bonus"]
    assert [(row.component, row.reason) for row in held] == [("excess", "no target")]


def test_a_line_of_which_one_part_is_held_is_held_whole():
    lines, held = lines_of(BONUS, replace(BONUS, amount=None, held_reason="no target"))
    assert lines == ()
    assert len(held) == 1


def test_a_component_without_amount_and_reason_is_a_fault():
    with pytest.raises(LineConflict, match="E0001 score_bonus"):
        lines_of(replace(BONUS, amount=None))


def test_ids_name_what_a_line_is_and_not_its_amount():
    first, _ = lines_of(BONUS)
    second, _ = lines_of(replace(BONUS, amount=Fraction(2)))
    assert numbered(first, 1)[0].line_id == numbered(second, 1)[0].line_id
    assert numbered(first, 1)[0].line_id != numbered(first, 2)[0].line_id
    assert content_digest(first, ()) != content_digest(second, ())


def test_the_order_of_components_changes_nothing():
    parts = [replace(BONUS, employee_no=f"E{number:04d}") for number in range(9)]
    forward, backward = lines_of(*parts)[0], lines_of(*reversed(parts))[0]
    assert numbered(forward, 1) == numbered(backward, 1)
