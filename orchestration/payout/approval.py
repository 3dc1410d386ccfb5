"""Four eyes on a run: a maker reviews the draft, another person approves exactly what was reviewed, then it is
locked.

Both steps are bound to the sha256 of the draft; a new calculation is a new revision without them. Approval freezes
the close folder. A refused attempt changes no state and is written to the audit chain.
"""

from datetime import datetime
from pathlib import Path

from connectors.failpoints import failpoint
from orchestration.payout.actors import Actor, Actors, Step, require_actor
from orchestration.payout.approval_rules import first_approval, is_second_needed, why_not
from orchestration.payout.atomic import only_one
from orchestration.payout.canonical import sha256_file
from orchestration.payout.close_folder import close_folder, freeze, verify_close_folder
from orchestration.payout.contents import payout_csv, sha256_bytes
from orchestration.payout.errors import ApprovalRefused
from orchestration.payout.files import DRAFT, run_folder, write_run_files
from orchestration.payout.ledger import append
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import (
    ApprovalEvidence,
    Run,
    RunEvent,
    append_event,
    read_calculation,
    require_run,
)
from orchestration.payout.signatures import NAMESPACE, approval_statement, verify_signature


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
    room: CloseRoom,
    actors: Actors,
    key: RunKey,
    *,
    actor: str,
    at: datetime,
    seen_sha256: str = "",
    note: str = "",
    ticket: str = "",
    signature: str = "",
    allowed_signers: Path | None = None,
) -> Run:
    """The checker's step: approve and lock what the maker reviewed, and freeze its evidence. Repeating it completes
    it. Above the limit of the rules the first approver only endorses it, and a second one approves.

    `ticket` is the reference of the company's own approval; `signature` an SSH signature (armored) of
    `statement_to_sign`, checked against `allowed_signers`. Raises `ApprovalRefused` when maker and checker are one
    person, the checker is paid by the run, the total is above the checker's limit, the content is not what was
    reviewed, a ticket or signature is missing or wrong, or another run that counts for it was approved meanwhile.
    """
    with only_one(room.closed / ".calculating"):
        run, person = _prepare(room, actors, key, actor, "approve", at)
        if run.is_locked:
            given = [event for event in run.events if event.event in {"endorsed", "approved"}]
            approved = run.event("approved")
            if approved and person.id not in {event.actor for event in given}:
                _refuse(room, key, actor, at, f"{key} was already approved by {approved.actor} at {approved.at}")
            return _lock(room, key)
        sha256 = _draft_sha256(room, run, actor, at, seen_sha256)
        first = first_approval(run, sha256) if is_second_needed(room, run) else None
        fault = why_not(room, run, person, sha256)
        if not fault and first and first.actor != person.id and person.is_same_person("", first.actor_employee_no):
            fault = f"{key} was approved by {first.actor}, who is the same person; a second one approves it"
        if fault:
            _refuse(room, key, actor, at, fault)
        if first and first.actor == person.id:
            return run
        try:
            evidence = _evidence(room, run, person, sha256, ticket, signature, allowed_signers, at)
        except ApprovalRefused as refusal:
            _refuse(room, key, actor, at, str(refusal))
            raise
        with room.ledger.read() as connection:
            record = read_calculation(connection, key.period, run.revision)
        # Before anything is recorded: an approval that could not be frozen must not exist.
        verify_close_folder(close_folder(room.closed, key.period, run.revision), record.close_folder_sha256)
        kind = "endorsed" if is_second_needed(room, run) and not first else "approved"
        with room.ledger.write() as connection:
            event = RunEvent(kind, person.id, person.employee_no, sha256, note, at.isoformat())
            append_event(connection, run, event, evidence=evidence)
        failpoint("after_approval")
        return _finish(room, key) if kind == "endorsed" else _lock(room, key)


def statement_to_sign(room: CloseRoom, key: RunKey, *, actor: str, ticket: str = "") -> str:
    """What `actor` signs when approving this run as it is in the ledger now."""
    with room.ledger.read() as connection:
        run = require_run(connection, key)
    return approval_statement(run, actor=actor, sha256=sha256_bytes(payout_csv(run)), ticket=ticket)


def _evidence(
    room: CloseRoom,
    run: Run,
    person: Actor,
    sha256: str,
    ticket: str,
    signature: str,
    allowed_signers: Path | None,
    at: datetime,
) -> ApprovalEvidence:
    demands = room.rules.approval
    if demands.ticket == "required" and not ticket.strip():
        raise ApprovalRefused(f"{run.key}: the rules want the number of the company's own approval; give --ticket")
    statement = approval_statement(run, actor=person.id, sha256=sha256, ticket=ticket)
    if not signature:
        if demands.signature == "required":
            raise ApprovalRefused(
                f"{run.key}: the rules want a signature; take the text of `incentives payout to-sign`, sign it with "
                f"ssh-keygen -Y sign -n {NAMESPACE}, and give --signature"
            )
        return ApprovalEvidence(ticket, statement)
    verify_signature(allowed_signers, signer=person.id, statement=statement, signature=signature, at=at)
    return ApprovalEvidence(ticket, statement, person.id, signature)


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
