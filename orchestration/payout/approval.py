"""Four eyes on a run: a maker reviews the draft, another person approves exactly what was reviewed, then it is
locked.

Both steps are bound to the sha256 of the draft; a new calculation is a new revision without them. Approval freezes
the close folder. A refused attempt changes no state and is written to the audit chain.
"""

from datetime import datetime

from connectors.failpoints import failpoint
from orchestration.payout.actors import Actor, Actors, Step, require_actor
from orchestration.payout.atomic import only_one
from orchestration.payout.canonical import sha256_file
from orchestration.payout.close_folder import close_folder, freeze, verify_close_folder
from orchestration.payout.errors import ApprovalRefused, GateNotGreen
from orchestration.payout.files import DRAFT, payout_csv, run_folder, sha256_bytes, write_run_files
from orchestration.payout.gate import require_green_gate
from orchestration.payout.ledger import append
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import (
    Run,
    RunEvent,
    append_event,
    locked_runs,
    read_calculation,
    require_run,
)
from orchestration.payout.settled import settled_runs_of


def review(
    room: CloseRoom, actors: Actors, key: RunKey, *, actor: str, at: datetime, seen_sha256: str = "", note: str = ""
) -> Run:
    """The maker's step: this draft was looked through and is to be approved. Repeating it is a no-op.

    `seen_sha256` is the sha256 of the file the person looked at, where the caller knows it. Raises `ApprovalRefused`.
    """
    with only_one(room.closed / ".calculating"):
        run, person = _prepare(room, actors, key, actor, "review", at)
        if run.is_locked:
            _refuse(room, key, actor, at, f"{key} is already approved; there is nothing left to review")
        sha256 = _draft_sha256(room, run, actor, at, seen_sha256)
        done = run.event("reviewed")
        if done and (done.actor, done.subject_sha256) == (person.id, sha256):
            return run
        with room.ledger.write() as connection:
            append_event(
                connection, run, RunEvent("reviewed", person.id, person.employee_no, sha256, note, at.isoformat())
            )
        return _finish(room, key)


def approve(
    room: CloseRoom, actors: Actors, key: RunKey, *, actor: str, at: datetime, seen_sha256: str = "", note: str = ""
) -> Run:
    """The checker's step: approve and lock what the maker reviewed, and freeze its evidence. Repeating it completes
    it.

    Raises `ApprovalRefused` when maker and checker are one person, the checker is paid by the run, the total is
    above the checker's limit, the content is not what was reviewed, or another run that counts for it was approved
    meanwhile.
    """
    with only_one(room.closed / ".calculating"):
        run, person = _prepare(room, actors, key, actor, "approve", at)
        if not run.is_locked:
            sha256 = _draft_sha256(room, run, actor, at, seen_sha256)
            fault = _why_not(room, run, person, sha256)
            if fault:
                _refuse(room, key, actor, at, fault)
            with room.ledger.read() as connection:
                record = read_calculation(connection, key.period, run.revision)
            # Before anything is recorded: an approval that could not be frozen must not exist.
            verify_close_folder(close_folder(room.closed, key.period, run.revision), record.close_folder_sha256)
            with room.ledger.write() as connection:
                event = RunEvent("approved", person.id, person.employee_no, sha256, note, at.isoformat())
                append_event(connection, run, event)
            failpoint("after_approval")
        else:
            approved = run.event("approved")
            if approved and approved.actor != person.id:
                _refuse(room, key, actor, at, f"{key} was already approved by {approved.actor} at {approved.at}")
        return _lock(room, key)


def _lock(room: CloseRoom, key: RunKey) -> Run:
    """Freeze the evidence of an approved run and record that; also completes a lock that was interrupted."""
    with room.ledger.read() as connection:
        run = require_run(connection, key)
        record = read_calculation(connection, key.period, run.revision)
    failpoint("before_freeze")
    freeze(close_folder(room.closed, key.period, run.revision), record.close_folder_sha256)
    failpoint("after_freeze")
    approved = run.event("approved")
    if approved and run.state == "approved":
        with room.ledger.write() as connection:
            event = RunEvent("locked", approved.actor, "", record.close_folder_sha256, "", approved.at)
            append_event(connection, run, event)
    return _finish(room, key)


def _prepare(room: CloseRoom, actors: Actors, key: RunKey, actor: str, step: Step, at: datetime) -> tuple[Run, Actor]:
    with room.ledger.read() as connection:
        run = require_run(connection, key)
    try:
        return run, require_actor(actors, actor, step)
    except ApprovalRefused as refusal:
        _refuse(room, key, actor, at, str(refusal))
        raise


def _why_not(room: CloseRoom, run: Run, person: Actor, sha256: str) -> str:
    """Why this person may not approve this content, or an empty text."""
    reviewed = run.event("reviewed")
    if reviewed is None:
        return f"{run.key} revision {run.revision} was not reviewed; a maker reviews it first"
    if person.is_same_person(reviewed.actor, reviewed.actor_employee_no):
        return f"{run.key} was reviewed by {reviewed.actor}; another person approves it"
    if reviewed.subject_sha256 != sha256:
        return f"{run.key} is not what {reviewed.actor} reviewed; review it again"
    people = {line.employee_no for line in run.lines} | {row.employee_no for row in run.held}
    if person.employee_no and person.employee_no in people:
        return f"{run.key} pays {person.employee_no}; nobody approves their own pay: ask another approver"
    gross = sum(abs(line.amount_fen) for line in run.lines)
    if person.limit_fen is not None and gross > person.limit_fen:
        return (
            f"{run.key} moves {yuan_text(gross)}, above the limit of {person.id} ({yuan_text(person.limit_fen)}); "
            "ask an approver with a higher limit"
        )
    return _red_gate(room, run) or _stale(room, run)


def _red_gate(room: CloseRoom, run: Run) -> str:
    """The gate may have been evaluated again since the calculation; its last word counts."""
    with room.ledger.read() as connection:
        record = read_calculation(connection, run.key.period, run.revision)
        try:
            require_green_gate(connection, run.key.period, record.measurement_hash)
        except GateNotGreen as error:
            return str(error)
    return ""


def _stale(room: CloseRoom, run: Run) -> str:
    with room.ledger.read() as connection:
        known = read_calculation(connection, run.key.period, run.revision).facts.get("settled_runs", [])
        approved = locked_runs(connection, besides=(run.key.period, run.key.run_no))
    new = set(settled_runs_of(approved, {line.employee_no for line in run.lines})) - set(known)
    if new:
        return f"{min(new)} was approved after {run.key} was calculated and pays the same people; calculate it again"
    return ""


def _draft_sha256(room: CloseRoom, run: Run, actor: str, at: datetime, seen_sha256: str) -> str:
    """sha256 of the draft, if ledger, file and what the person saw agree."""
    recorded = sha256_bytes(payout_csv(run))
    path = run_folder(room.payouts, run.key) / DRAFT
    if not path.is_file() or sha256_file(path) != recorded:
        state = "was changed" if path.is_file() else "is missing"
        _refuse(
            room, run.key, actor, at, f"the draft of {run.key} {state}; calculate {run.key.period} again and review it"
        )
    if seen_sha256 and seen_sha256 != recorded:
        _refuse(room, run.key, actor, at, f"{run.key} is not the file that was seen (now {recorded[:16]}); look again")
    return recorded


def _refuse(room: CloseRoom, key: RunKey, actor: str, at: datetime, message: str) -> None:
    """Write the refused attempt to the audit chain, then raise."""
    with room.ledger.write() as connection:
        details = {"run": str(key), "actor": actor, "at": at.isoformat(), "reason": message}
        append(connection, "refused", details, {})
    raise ApprovalRefused(message)


def _finish(room: CloseRoom, key: RunKey) -> Run:
    with room.ledger.read() as connection:
        run = require_run(connection, key)
        write_run_files(connection, room.payouts, run)
    return run
