"""Disputes: a person says a line is wrong, somebody else answers, and an accepted one becomes an adjustment.

A dispute names a line of any calculated run, or a component the person waits for (held). It moves no money and holds
nothing by itself: what nobody contests is paid, and `holds.py` is there for the rest. Accepting it either names an
amount, which becomes a manual line of an open period, or says that the data were repaired, and then the recomputation
of the period makes the line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Connection, select

from orchestration.payout.actors import Actors, require_actor
from orchestration.payout.canonical import sha256_json
from orchestration.payout.errors import ApprovalRefused, PayoutRefused
from orchestration.payout.ledger import append, next_number
from orchestration.payout.lines import HeldLine, PayoutLine, RunKey
from orchestration.payout.manual import adjust_manually
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import Run, read_run, run_keys
from orchestration.payout.schema import dispute_answers, disputes
from orchestration.periods import Period

Answer = Literal["accepted", "rejected", "withdrawn"]
DisputeState = Literal["open", "accepted", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True, order=True)
class Dispute:
    """One dispute with its answer. `line_id` is empty where a held component is contested; `adjustment_id` names the
    manual adjustment an accepted one became, empty where the recomputation settles it."""

    period: str
    employee_no: str
    component: str
    dispute_id: str
    run: RunKey
    revision: int
    line_id: str
    raised_by: str
    reason: str
    at: str
    state: DisputeState = "open"
    answered_by: str = ""
    answer: str = ""
    answered_at: str = ""
    adjustment_id: str = ""


def raise_dispute(
    room: CloseRoom,
    actors: Actors,
    *,
    period: Period,
    employee_no: str,
    component: str,
    reason: str,
    raised_by: str,
    at: datetime,
    line_id: str = "",
) -> str:
    """Record that a person contests their line (or the held component) of a period; gives the dispute's id.

    `raised_by` is the employee number of the person itself, or somebody of the register who may `dispute` for others.
    The same open one again is a no-op. Raises `PayoutRefused` when the period has nothing of that kind for the person,
    or several lines have that component and none is named.
    """
    if raised_by != employee_no:
        require_actor(actors, raised_by, "dispute")
    if not reason.strip():
        raise PayoutRefused(f"dispute of {employee_no}: say what is wrong with {component}")
    with room.ledger.write() as connection:
        run, line = _contested(connection, period, employee_no, component, line_id)
        content = {
            "period": str(period),
            "pay_group": run.key.pay_group,
            "run_no": run.key.run_no,
            "revision": run.revision,
            "line_id": line.line_id if isinstance(line, PayoutLine) else "",
            "employee_no": employee_no,
            "component": component,
        }
        same = [each for each in read_disputes(connection, period=str(period)) if each.state == "open"]
        for each in same:
            if (each.employee_no, each.component, each.run) == (employee_no, component, run.key):
                return each.dispute_id
        dispute_id = sha256_json({**content, "reason": reason, "at": at.isoformat()})[:16]
        row = {**content, "dispute_id": dispute_id, "raised_by": raised_by, "reason": reason, "at": at.isoformat()}
        details = {"dispute": dispute_id, "run": str(run.key), "raised_by": raised_by, "at": at.isoformat()}
        append(connection, "dispute", details, {disputes: [row]})
    return dispute_id


def answer_dispute(
    room: CloseRoom,
    actors: Actors,
    dispute_id: str,
    *,
    answer: Answer,
    reason: str,
    actor: str,
    at: datetime,
    amount_yuan: str = "",
    open_period: Period | None = None,
    evidence: str = "",
) -> Dispute:
    """Close a dispute with an answer; gives it as it stands then. The same answer again is a no-op.

    Accepting with `amount_yuan` records a manual adjustment for the next run of `open_period`, of the same component
    and pay item, pointing at the period it was earned in. Only the person who raised it withdraws it. Raises
    `PayoutRefused` for an unknown or already answered dispute, `ApprovalRefused` for somebody who answers their own.
    """
    with room.ledger.read() as connection:
        dispute = require_dispute(connection, dispute_id)
        known = read_run(connection, dispute.run)
    if not reason.strip():
        raise PayoutRefused(f"dispute {dispute_id}: an answer says why")
    if answer == "withdrawn":
        if actor != dispute.raised_by:
            raise ApprovalRefused(f"dispute {dispute_id} was raised by {dispute.raised_by}, who alone withdraws it")
    else:
        person = require_actor(actors, actor, "answer")
        if person.id == dispute.raised_by or person.employee_no == dispute.employee_no:
            raise ApprovalRefused(f"dispute {dispute_id} is {actor}'s own; another person answers it")
    if dispute.state != "open":
        if (dispute.state, dispute.answered_by, dispute.answer) == (answer, actor, reason):
            return dispute
        raise PayoutRefused(f"dispute {dispute_id} was {dispute.state} by {dispute.answered_by}; raise a new one")
    adjustment_id = ""
    if amount_yuan and answer != "accepted":
        raise PayoutRefused(f"dispute {dispute_id}: an amount belongs to an accepted one")
    if amount_yuan:
        adjustment_id = _adjust(room, actors, dispute, known, amount_yuan, open_period, reason, evidence, actor, at)
    with room.ledger.write() as connection:
        row = {
            "dispute_id": dispute_id,
            "step": next_number(connection, dispute_answers.c.step, dispute_answers.c.dispute_id == dispute_id),
            "answer": answer,
            "actor": actor,
            "reason": reason,
            "adjustment_id": adjustment_id,
            "at": at.isoformat(),
        }
        details = {"dispute": dispute_id, "answer": answer, "actor": actor, "at": at.isoformat()}
        append(connection, "answer", details, {dispute_answers: [row]})
        return require_dispute(connection, dispute_id)


def read_disputes(
    connection: Connection, *, period: str | None = None, employee_no: str | None = None
) -> tuple[Dispute, ...]:
    """Disputes in their latest state, sorted by period and person."""
    answers = {
        row.dispute_id: row for row in connection.execute(select(dispute_answers).order_by(dispute_answers.c.step))
    }
    found = []
    for row in connection.execute(select(disputes)):
        if period not in {None, row.period} or employee_no not in {None, row.employee_no}:
            continue
        given = answers.get(row.dispute_id)
        found.append(
            Dispute(
                period=row.period,
                employee_no=row.employee_no,
                component=row.component,
                dispute_id=row.dispute_id,
                run=RunKey(row.period, row.pay_group, row.run_no),
                revision=row.revision,
                line_id=row.line_id,
                raised_by=row.raised_by,
                reason=row.reason,
                at=row.at,
                state=cast("DisputeState", given.answer) if given else "open",
                answered_by=given.actor if given else "",
                answer=given.reason if given else "",
                answered_at=given.at if given else "",
                adjustment_id=given.adjustment_id if given else "",
            )
        )
    return tuple(sorted(found))


def require_dispute(connection: Connection, dispute_id: str) -> Dispute:
    """The dispute of that id; raises `PayoutRefused` naming the open ones."""
    known = read_disputes(connection)
    found = next((each for each in known if each.dispute_id == dispute_id), None)
    if found is None:
        open_ids = ", ".join(each.dispute_id for each in known if each.state == "open") or "none"
        raise PayoutRefused(f"{dispute_id} is no dispute (open: {open_ids}); see incentives payout dispute list")
    return found


def dispute_of(line: PayoutLine, known: Iterable[Dispute]) -> Dispute | None:
    """The latest dispute of what a line pays: same run and component, whatever revision it was raised at."""
    what = (line.run, line.employee_no, line.component)
    mine = [each for each in known if (each.run, each.employee_no, each.component) == what]
    return max(mine, key=lambda each: (each.state == "open", each.at), default=None)


def _contested(
    connection: Connection, period: Period, employee_no: str, component: str, line_id: str
) -> tuple[Run, PayoutLine | HeldLine]:
    runs = [run for key in run_keys(connection, str(period)) if (run := read_run(connection, key))]
    lines = [
        (run, line)
        for run in runs
        for line in run.lines
        if (line.employee_no, line.component) == (employee_no, component) and line_id in {"", line.line_id}
    ]
    if len(lines) > 1:
        ids = ", ".join(line.line_id for _, line in lines)
        raise PayoutRefused(
            f"{period} has {len(lines)} lines of {employee_no} {component}; name one with --line: {ids}"
        )
    held = [
        (run, row) for run in runs for row in run.held if (row.employee_no, row.component) == (employee_no, component)
    ]
    if lines or (held and not line_id):
        return (lines or held)[0]
    there = sorted(
        {line.component for run in runs for line in run.lines if line.employee_no == employee_no}
        | {row.component for run in runs for row in run.held if row.employee_no == employee_no}
    )
    raise PayoutRefused(
        f"{period} has no line {line_id or component} of {employee_no} (there is: {', '.join(there) or 'nothing'}); "
        "see incentives explain"
    )


def _adjust(
    room: CloseRoom,
    actors: Actors,
    dispute: Dispute,
    run: Run | None,
    amount_yuan: str,
    open_period: Period | None,
    reason: str,
    evidence: str,
    actor: str,
    at: datetime,
) -> str:
    if open_period is None:
        raise PayoutRefused(f"dispute {dispute.dispute_id}: name the open period that pays the amount")
    like = [
        (row.pay_item_code, getattr(row, "currency", ""))
        for row in (*(run.lines if run else ()), *(run.held if run else ()))
        if (row.employee_no, row.component) == (dispute.employee_no, dispute.component)
    ]
    currencies = {currency for _, currency in like if currency} or {
        line.currency for line in (run.lines if run else ()) if line.currency
    }
    if not like or len(currencies) != 1:
        raise PayoutRefused(
            f"dispute {dispute.dispute_id}: {dispute.run} no longer has {dispute.component} of {dispute.employee_no}; "
            "accept it without an amount, and record the amount with incentives payout adjust"
        )
    return adjust_manually(
        room,
        actors,
        period=open_period,
        origin_period=Period.parse(dispute.period),
        employee_no=dispute.employee_no,
        component=dispute.component,
        pay_item_code=like[0][0],
        amount_yuan=amount_yuan,
        currency=currencies.pop(),
        reason=f"dispute {dispute.dispute_id}: {reason}",
        evidence=evidence or f"dispute {dispute.dispute_id}",
        actor=actor,
        at=at,
        step="answer",
    )
