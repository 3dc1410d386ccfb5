from datetime import datetime

import pytest
from close_steps import NOVEMBER, OCTOBER, close_period
from sqlalchemy import select
from test_four_eyes_before_a_payout import ACTORS, AT
from test_late_facts_become_adjustments import DECEMBER_4, lines, open_november, settle

from orchestration.payout.actors import Actor
from orchestration.payout.audit import verify_audit
from orchestration.payout.disputes import answer_dispute, raise_dispute, read_disputes
from orchestration.payout.errors import ApprovalRefused, PayoutRefused
from orchestration.payout.explain import explain
from orchestration.payout.explain_text import as_json, as_text
from orchestration.payout.holds import hold, read_holds, release
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import read_run
from orchestration.payout.schema import payout_lines

PEOPLE = ACTORS | {
    actor.id: actor
    for actor in (
        Actor("hr", "", frozenset({"hold", "dispute", "answer", "adjust"}), None),
        Actor("hr.two", "E0001", frozenset({"answer", "dispute"}), None),
    )
}
LATER = datetime.fromisoformat("2026-11-20T10:00:00+08:00")


def held(room: CloseRoom, period=OCTOBER, run_no: int = 1) -> list[tuple[str, str, str]]:
    with room.ledger.read() as connection:
        run = read_run(connection, RunKey(str(period), "CN01", run_no))
    assert run is not None
    return [(row.employee_no, row.component, row.reason) for row in run.held]


def hold_october(room: CloseRoom, employee: str = "E0001") -> str:
    return hold(room, PEOPLE, period=OCTOBER, employee_no=employee, reason="notice of a transfer", actor="hr", at=AT)


def contest(room: CloseRoom, **options) -> str:
    told = {"period": OCTOBER, "employee_no": "E0001", "component": "score_bonus", "reason": "order 1003 is mine"}
    return raise_dispute(room, PEOPLE, **(told | {"raised_by": "E0001", "at": LATER} | options))


def test_a_held_line_gets_no_place_in_the_file_and_is_paid_when_released(room: CloseRoom, warehouse):
    hold_id = hold_october(room)
    assert hold_october(room) == hold_id
    settle(room, warehouse, OCTOBER, AT)
    assert [person for person, *_ in lines(room, OCTOBER)] == ["E0002"]
    assert held(room) == [("E0001", "score_bonus", "held by hr: notice of a transfer")]
    release(room, PEOPLE, hold_id, reason="signed", actor="hr", at=LATER)
    open_november(warehouse)
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert ("E0001", "adjustment", "score_bonus", "2026-10", 584362) in lines(room, NOVEMBER)
    with room.ledger.read() as connection:
        assert verify_audit(connection).ok
        assert [each.is_active for each in read_holds(connection)] == [False]


def test_a_line_still_held_waits_on(sqlite_room: CloseRoom, warehouse):
    hold_october(sqlite_room)
    settle(sqlite_room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    settle(sqlite_room, warehouse, NOVEMBER, DECEMBER_4)
    assert [kind for _, kind, *_ in lines(sqlite_room, NOVEMBER)] == ["regular", "regular"]
    assert held(sqlite_room, NOVEMBER) == [("E0001", "score_bonus", "held by hr: notice of a transfer")]


def test_a_released_line_can_be_paid_in_a_second_run_of_its_month(sqlite_room: CloseRoom, warehouse):
    hold_id = hold_october(sqlite_room)
    settle(sqlite_room, warehouse, OCTOBER, AT)
    release(sqlite_room, PEOPLE, hold_id, reason="signed", actor="hr", at=LATER)
    settle(sqlite_room, warehouse, OCTOBER, AT, run_no=2)
    assert lines(sqlite_room, OCTOBER, run_no=2) == [("E0001", "regular", "score_bonus", "2026-10", 584362)]


def test_a_hold_on_one_component_leaves_the_others(sqlite_room: CloseRoom, warehouse):
    hold(
        sqlite_room,
        PEOPLE,
        period=OCTOBER,
        employee_no="E0001",
        component="excess",
        reason="checked",
        actor="hr",
        at=AT,
    )
    close_period(sqlite_room, warehouse)
    assert len(lines(sqlite_room, OCTOBER)) == 2


def test_who_and_why_is_demanded_of_a_hold(sqlite_room: CloseRoom):
    with pytest.raises(ApprovalRefused, match="may not hold"):
        hold(sqlite_room, PEOPLE, period=OCTOBER, employee_no="E0001", reason="x", actor="checker", at=AT)
    with pytest.raises(PayoutRefused, match="say why"):
        hold(sqlite_room, PEOPLE, period=OCTOBER, employee_no="E0001", reason=" ", actor="hr", at=AT)
    with pytest.raises(PayoutRefused, match="no active hold"):
        release(sqlite_room, PEOPLE, "nothing", reason="x", actor="hr", at=AT)


def test_an_accepted_dispute_becomes_a_line_of_the_open_month(room: CloseRoom, warehouse):
    settle(room, warehouse, OCTOBER, AT)
    dispute_id = contest(room)
    assert contest(room) == dispute_id
    told = {"answer": "accepted", "reason": "the order is yours", "actor": "hr", "at": LATER}
    done = answer_dispute(room, PEOPLE, dispute_id, **told, amount_yuan="300.00", open_period=NOVEMBER)
    assert (done.state, done.answered_by) == ("accepted", "hr")
    assert answer_dispute(room, PEOPLE, dispute_id, **told) == done
    open_november(warehouse)
    settle(room, warehouse, NOVEMBER, DECEMBER_4)
    assert ("E0001", "manual", "score_bonus", "2026-10", 30000) in lines(room, NOVEMBER)
    with room.ledger.read() as connection:
        row = connection.execute(select(payout_lines).where(payout_lines.c.kind == "manual")).one()
        assert verify_audit(connection).ok
    assert (row.origin_line, row.pay_item_code) == (done.adjustment_id, "B100")
    assert f"dispute {dispute_id}: the order is yours" in row.reason


def test_a_dispute_settled_by_repaired_data_needs_no_amount(sqlite_room: CloseRoom, warehouse):
    settle(sqlite_room, warehouse, OCTOBER, AT)
    dispute_id = contest(sqlite_room)
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000 where subject_id = 'E0001'")
    answer_dispute(sqlite_room, PEOPLE, dispute_id, answer="accepted", reason="owner put right", actor="hr", at=LATER)
    open_november(warehouse)
    settle(sqlite_room, warehouse, NOVEMBER, DECEMBER_4)
    assert ("E0001", "adjustment", "score_bonus", "2026-10", 600000 - 584362) in lines(sqlite_room, NOVEMBER)


def test_a_dispute_is_seen_where_the_line_is_explained(sqlite_room: CloseRoom, warehouse):
    settle(sqlite_room, warehouse, OCTOBER, AT)
    dispute_id = contest(sqlite_room)
    explanation = explain(sqlite_room, OCTOBER, "E0001", lang="en")
    assert explanation.lines[0].dispute == explanation.disputes[0]
    assert f"dispute {dispute_id} (score_bonus, not answered yet): order 1003 is mine" in as_text(explanation)
    assert '"dispute":"open"' in as_json(explanation)
    answer_dispute(sqlite_room, PEOPLE, dispute_id, answer="rejected", reason="E0002 won it", actor="hr", at=LATER)
    assert f"异议 {dispute_id}(score_bonus,未采纳):order 1003 is mine" in as_text(
        explain(sqlite_room, OCTOBER, "E0001")
    )
    assert explain(sqlite_room, OCTOBER, "E0002").disputes == ()


def test_what_waits_can_be_contested_too(sqlite_room: CloseRoom, warehouse):
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001'")
    settle(sqlite_room, warehouse, OCTOBER, AT)
    dispute_id = contest(sqlite_room, raised_by="hr")
    with sqlite_room.ledger.read() as connection:
        [dispute] = read_disputes(connection, employee_no="E0001")
    assert (dispute.dispute_id, dispute.line_id, dispute.state) == (dispute_id, "", "open")


def test_who_may_contest_and_answer(sqlite_room: CloseRoom, warehouse):
    settle(sqlite_room, warehouse, OCTOBER, AT)
    with pytest.raises(ApprovalRefused, match="not in the register"):
        contest(sqlite_room, raised_by="E0002")
    with pytest.raises(PayoutRefused, match="has no line excess of E0001"):
        contest(sqlite_room, component="excess")
    with pytest.raises(PayoutRefused, match="say what is wrong"):
        contest(sqlite_room, reason="")
    dispute_id = contest(sqlite_room)
    rejected = {"answer": "rejected", "reason": "no", "at": LATER}
    with pytest.raises(ApprovalRefused, match="another person answers"):
        answer_dispute(sqlite_room, PEOPLE, dispute_id, actor="hr.two", **rejected)
    with pytest.raises(ApprovalRefused, match="may not answer"):
        answer_dispute(sqlite_room, PEOPLE, dispute_id, actor="checker", **rejected)
    with pytest.raises(ApprovalRefused, match="who alone withdraws"):
        answer_dispute(sqlite_room, PEOPLE, dispute_id, actor="hr", **(rejected | {"answer": "withdrawn"}))
    with pytest.raises(PayoutRefused, match="belongs to an accepted one"):
        answer_dispute(sqlite_room, PEOPLE, dispute_id, actor="hr", amount_yuan="1.00", **rejected)
    with pytest.raises(PayoutRefused, match="name the open period"):
        answer_dispute(
            sqlite_room, PEOPLE, dispute_id, actor="hr", amount_yuan="1.00", **(rejected | {"answer": "accepted"})
        )
    answer_dispute(sqlite_room, PEOPLE, dispute_id, actor="E0001", **(rejected | {"answer": "withdrawn"}))
    with pytest.raises(PayoutRefused, match="was withdrawn by E0001"):
        answer_dispute(sqlite_room, PEOPLE, dispute_id, actor="hr", **rejected)
    with pytest.raises(PayoutRefused, match="is no dispute"):
        answer_dispute(sqlite_room, PEOPLE, "nothing", actor="hr", **rejected)


def test_a_person_of_the_register_does_not_answer_what_they_raised(sqlite_room: CloseRoom, warehouse):
    settle(sqlite_room, warehouse, OCTOBER, AT)
    dispute_id = contest(sqlite_room, raised_by="hr", employee_no="E0002")
    with pytest.raises(ApprovalRefused, match="another person answers"):
        answer_dispute(sqlite_room, PEOPLE, dispute_id, answer="accepted", reason="x", actor="hr", at=LATER)
    done = answer_dispute(sqlite_room, PEOPLE, dispute_id, answer="accepted", reason="x", actor="hr.two", at=LATER)
    assert done.state == "accepted"
