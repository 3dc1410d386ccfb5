"""The numbers of a statement are the ledger's, and its texts and distances those of planted people."""

import csv
from decimal import Decimal
from fractions import Fraction

import pytest
from close_steps import OCTOBER
from small_company import HELD, PAID
from steps import calculate_october, calculated, open_people, statement_of

from orchestration.payout.errors import PayoutRefused, VerificationFailed
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import require_run, run_keys
from orchestration.statements.model import SegmentPart
from orchestration.statements.pages import write_pages
from orchestration.statements.render import render_statement


def management(segment: SegmentPart):
    return next(category for category in segment.categories if category.id == "management")


def test_the_sum_of_statements_is_the_sum_of_lines_and_of_the_file(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    people = calculated(room)
    assert people.employees == tuple(sorted((*PAID, HELD)))
    statements = [statement_of(people, no) for no in people.employees]
    with room.ledger.read() as connection:
        run = require_run(connection, run_keys(connection, str(OCTOBER))[0])
    assert sum(one.total_fen for one in statements) == run.total_fen > 0
    assert {part.line for one in statements for part in one.lines} == set(run.lines)
    path = next(room.payouts.rglob("payout.draft.csv"))
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    amount = next(name for name in rows[0] if name.startswith("amount"))
    assert sum(Decimal(row[amount]) for row in rows) == Decimal(run.total_fen) / 100


def test_the_walk_adds_up_to_the_lines_to_the_fen(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    people = calculated(room)
    for no in PAID:
        statement = statement_of(people, no)
        changes = [step.fen for step in statement.walk if step.kind not in {"subtotal", "total"}]
        assert sum(changes) == statement.total_fen == statement.walk[-1].fen
        assert statement.walk[0].kind == "base"
    bases = {no: statement_of(people, no).walk[0].fen for no in ("E9003", "E9008")}
    assert bases == {"E9003": 351000, "E9008": 470000}


def test_one_file_below_the_threshold_costs_three_points_and_one_more_file_brings_them_back(room, warehouse):
    calculate_october(room, warehouse)
    people = calculated(room)
    below, exact = statement_of(people, "E9003"), statement_of(people, "E9004")
    assert [rule.points for rule in management(below.segments[0]).rules if rule.points] == [Fraction(3)]
    assert [rule.points for rule in management(exact.segments[0]).rules if rule.points] == []
    step = next(one for one in below.steps if one.name == "customer_file_coverage")
    assert (step.kind, step.numerator, step.numerator_needed, step.denominator) == ("step", 379, 380, 399)
    # 3 points of a category that weighs 40 %, and the file metric itself: (1 - 379/399/0.95) / 2 * 100 * 20/40
    files = (1 - Fraction(379, 399) / Fraction(95, 100)) / 2 * 100 * Fraction(20, 40)
    assert step.gain_points == (3 + files) * Fraction(40, 100)
    before = below.score * 3510 / 100
    after = (below.score + step.gain_points) * 3510 / 100
    assert step.gain_fen == int(after * 100 + Fraction(1, 2)) - int(before * 100 + Fraction(1, 2)) == 4216
    assert next(one for one in exact.steps if one.name == "customer_file_coverage").kind == "highest"


def test_three_breaches_take_thirty_percent_and_name_their_records(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    people = calculated(room)
    category = management(statement_of(people, "E9008").segments[0])
    breach = next(rule for rule in category.rules if rule.records)
    assert breach.points == category.mean * Fraction(30, 100)
    assert breach.records == tuple(f"file_drop/policy_breaches/PB-{n}" for n in (1, 2, 3))
    page = render_statement(statement_of(people, "E9008"), "zh")
    assert "价格政策违规 3 次" in page
    assert "file_drop/policy_breaches/PB-2" in page


def test_the_next_step_of_sales_is_the_target_in_whole_fen(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    step = next(one for one in statement_of(calculated(room), "E9008").steps if one.name == "sales_revenue_attainment")
    assert (step.needed, step.numerator, step.numerator_needed) == (1, 28600, 33000)
    # 30 of the 60 points of a category that weighs 60 %: 0.3 of the total for each point of the metric
    assert step.gain_points == (1 - Fraction(13, 15)) * 100 * Fraction(30, 60) * Fraction(60, 100)
    assert step.gain_fen == 4700 * step.gain_points


def test_somebody_who_moved_on_the_16th_sees_both_seats(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    statement = statement_of(calculated(room), "E9009")
    assert [(part.plan_id, part.start.day, part.end.day) for part in statement.segments] == [
        ("sales_rep_2026", 1, 16),
        ("customer_care_2026", 16, 1),
    ]
    bases = [part.base for part in statement.segments]
    assert bases == [Fraction("4200.07") * 15 / 31, Fraction("4200.07") * 16 / 31]
    assert sum(step.fen for step in statement.walk if step.kind == "base") == 420007
    assert {step.segment for step in statement.steps} == {"seg1", "seg2"}


def test_a_held_line_tells_its_reason_in_the_readers_language(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    statement = statement_of(calculated(room), HELD)
    assert statement.total_fen == 0
    assert statement.held
    assert statement.steps == ()
    chinese, english = render_statement(statement, "zh"), render_statement(statement, "en")
    assert "数据缺失(2026-10 没有测量值)" in chinese
    assert "no measurement" not in chinese
    assert "missing (no measurement for 2026-10)" in english


def test_the_open_month_has_the_same_numbers_as_its_close_marked_provisional(room: CloseRoom, warehouse):
    before = {no: statement_of(open_people(room, warehouse), no) for no in PAID}
    calculate_october(room, warehouse)
    people = calculated(room)
    for no, statement in before.items():
        assert statement.stand == "open"
        assert "暂估" in render_statement(statement, "zh")
        closed = statement_of(people, no)
        assert (statement.score, statement.total_fen, statement.steps) == (closed.score, closed.total_fen, closed.steps)
        assert [step.fen for step in statement.walk] == [step.fen for step in closed.walk]
        assert "暂估" not in render_statement(closed, "zh")


def test_a_person_asked_for_alone_gets_the_page_of_the_whole_period(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    alone = statement_of(calculated(room, employee_no="E9003"), "E9003")
    assert render_statement(alone, "en") == render_statement(statement_of(calculated(room), "E9003"), "en")


def test_an_unknown_number_is_refused(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    with pytest.raises(PayoutRefused, match="2026-10 has nothing of E7777"):
        statement_of(calculated(room, employee_no="E7777"), "E7777")


def test_statements_that_do_not_add_up_to_the_run_are_refused(room: CloseRoom, warehouse, tmp_path):
    calculate_october(room, warehouse)
    people = calculated(room)
    run = next(iter(people.run_totals))
    people.run_totals[run] += 1  # type: ignore[index]
    with pytest.raises(VerificationFailed, match="the statements add up to"):
        write_pages(tmp_path / "pages", people)
    assert not (tmp_path / "pages" / "manifest.json").exists()
