"""Record payroll's answer: paid lines are done, rejected ones are held and owed again, the whole file or nothing.

The same file again changes nothing. An answer that contradicts itself or an earlier one is refused: money that was paid
is taken back by an adjustment, and a rejected line is paid by a new one, never by saying the opposite later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from orchestration.payout.acknowledgement.answers import CONTRACT, Answer, read_answers, refuse
from orchestration.payout.acknowledgement.states import LineState, Status, line_states
from orchestration.payout.actors import Actor, Actors, require_actor
from orchestration.payout.atomic import only_one
from orchestration.payout.contents import payout_csv, sha256_bytes
from orchestration.payout.errors import AcknowledgementRefused
from orchestration.payout.exported import record_files
from orchestration.payout.exports import gl_source, reversal_file
from orchestration.payout.files import write_run_files
from orchestration.payout.holds import hold_line
from orchestration.payout.layouts.model import Acknowledgement
from orchestration.payout.ledger import append
from orchestration.payout.lines import PayoutLine, RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import Run, RunEvent, append_event, require_run, run_keys
from orchestration.payout.schema import acknowledged_lines, acknowledgements

_FINAL: tuple[Status, ...] = ("paid", "rejected")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far payroll's answers about a run are, in lines; `open` has none yet. `is_new`: this call recorded some."""

    accepted: int
    paid: int
    rejected: int
    open: int
    is_new: bool = False


def acknowledge(
    room: CloseRoom,
    actors: Actors,
    key: RunKey,
    content: bytes,
    *,
    name: str,
    actor: str,
    at: datetime,
    form: Acknowledgement = CONTRACT,
) -> Progress:
    """Record an answer about an exported run. Raises `AcknowledgementRefused` listing every fault with file and line;
    then nothing was recorded."""
    person = require_actor(actors, actor, "confirm")
    with only_one(room.closed / ".calculating"):
        with room.ledger.read() as connection:
            run = require_run(connection, key)
            states = line_states(connection)
            known = _known_file(connection, sha256_bytes(content))
        if known == key:
            return progress(run, states)
        if known is not None:
            raise AcknowledgementRefused(f"{name} was recorded before as an answer about {known}, this is {key}")
        if run.state not in {"exported", "paid"}:
            raise AcknowledgementRefused(f"{key} is {run.state}; payroll answers about a file that was exported")
        said = _said_of_lines(room, run, read_answers(content, name, form), states)
        fresh = {line: answer for line, answer in said.items() if _is_news(run, line, answer, states)}
        with room.ledger.write() as connection:
            _record(connection, room, run, fresh, sha256=sha256_bytes(content), name=name, person=person, at=at)
        with room.ledger.read() as connection:
            run = require_run(connection, key)
            write_run_files(connection, room.payouts, run)
            return progress(run, line_states(connection), is_new=bool(fresh))


def progress(run: Run, states: Mapping[str, LineState], *, is_new: bool = False) -> Progress:
    """Where the lines of a run stand. A run that was confirmed as a whole has no open line."""
    told = [_status(run, line, states) for line in run.lines]
    return Progress(told.count("accepted"), told.count("paid"), told.count("rejected"), told.count(None), is_new)


def _status(run: Run, line: PayoutLine, states: Mapping[str, LineState]) -> Status | None:
    state = states.get(line.line_id)
    if run.state == "paid" and (state is None or state.status == "accepted"):
        return "paid"
    return state.status if state else None


def _known_file(connection: Connection, sha256: str) -> RunKey | None:
    table = acknowledgements.c
    query = select(table.period, table.pay_group, table.run_no).where(table.sha256 == sha256)
    row = connection.execute(query).first()
    return RunKey(*row) if row else None


def _said_of_lines(
    room: CloseRoom, run: Run, answers: Sequence[Answer], states: Mapping[str, LineState]
) -> dict[PayoutLine, Answer]:
    """What is said of which line; every fault of the file in one refusal."""
    faults: list[str] = []
    said: dict[PayoutLine, Answer] = {}
    for answer in answers:
        lines = [line for line in run.lines if answer.means(line)]
        if not lines:
            faults.append(f"{answer.where}: {run.key} has no line of {answer.said}{_elsewhere(room, run, answer)}")
            continue
        total = sum(line.amount_fen for line in lines)
        if answer.amount_fen not in {None, total}:
            told = yuan_text(answer.amount_fen or 0)
            faults.append(f"{answer.where}: {answer.said} is {yuan_text(total)} in the ledger, the answer says {told}")
        for line in lines:
            if line in said:
                again = "again" if said[line].status == answer.status else f"{answer.status} after {said[line].status}"
                faults.append(f"{answer.where}: {answer.said} is answered {again} (first in {said[line].where})")
                break
            if fault := _contradiction(_status(run, line, states), answer.status):
                faults.append(f"{answer.where}: {answer.said} {fault}")
                break
            said[line] = answer
    refuse(faults)
    return said


def _elsewhere(room: CloseRoom, run: Run, answer: Answer) -> str:
    with room.ledger.read() as connection:
        for key in run_keys(connection, run.key.period):
            if key != run.key and any(answer.means(line) for line in require_run(connection, key).lines):
                return f" ({key} has one: is the answer about that run?)"
    return ""


def _contradiction(before: Status | None, now: Status) -> str:
    if before == "paid" and now == "rejected":
        return "was paid before; money that came back is a manual adjustment with evidence, not an answer"
    if before == "rejected" and now != "rejected":
        return "was rejected before and is held; once released, a new line in a later run pays it"
    return ""


def _is_news(run: Run, line: PayoutLine, answer: Answer, states: Mapping[str, LineState]) -> bool:
    """Whether an answer says more than what is known; `accepted` after `paid` came late and says nothing."""
    before = _status(run, line, states)
    return before != answer.status and not (before == "paid" and answer.status == "accepted")


def _record(
    connection: Connection,
    room: CloseRoom,
    run: Run,
    fresh: Mapping[PayoutLine, Answer],
    *,
    sha256: str,
    name: str,
    person: Actor,
    at: datetime,
) -> None:
    states = line_states(connection)
    rows = [
        {
            "line_id": line.line_id,
            "step": states[line.line_id].step + 1 if line.line_id in states else 1,
            "status": answer.status,
            "reason": answer.reason,
            "sha256": sha256,
        }
        for line, answer in fresh.items()
    ]
    place = {"period": run.key.period, "pay_group": run.key.pay_group, "run_no": run.key.run_no}
    file = {**place, "sha256": sha256, "revision": run.revision, "name": name, "actor": person.id, "at": at.isoformat()}
    details = {"run": str(run.key), "sha256": sha256, "lines": len(rows), "actor": person.id, "at": at.isoformat()}
    append(connection, "acknowledge", details, {acknowledgements: [file], acknowledged_lines: rows})
    returned = [line for line, answer in fresh.items() if answer.status == "rejected"]
    for line in returned:
        hold_line(connection, line, actor=person.id, reason=f"returned by payroll: {fresh[line].reason}", at=at)
    accounts = gl_source(connection, run)
    if returned and accounts is not None:
        day = at.astimezone(ZoneInfo(room.timezone)).date()
        reversal = reversal_file(accounts, run, returned, day=day, acknowledgement=sha256)
        record_files(connection, run, [reversal], actor=person.id, at=at.isoformat())
    told = [_status(run, line, line_states(connection)) for line in run.lines]
    if run.state == "exported" and all(status in _FINAL for status in told) and "paid" in told:
        content = sha256_bytes(payout_csv(run))
        event = RunEvent("paid", person.id, person.employee_no, content, f"by answer {sha256[:16]}", at.isoformat())
        append_event(connection, run, event)
