"""The payout file: written once a run is locked, the same bytes for ever, and confirmed by payroll.

A file that was handed over is never overwritten: what changes later becomes lines of a later run.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from orchestration.payout.acknowledgement.states import rejected_ids, taken_lines
from orchestration.payout.actors import Actors, require_actor
from orchestration.payout.atomic import only_one
from orchestration.payout.close_folder import close_folder, verify_close_folder
from orchestration.payout.contents import payout_csv, sha256_bytes
from orchestration.payout.errors import ExportRefused
from orchestration.payout.exported import record_files
from orchestration.payout.exports import PAYOUT, render_export
from orchestration.payout.files import refuse_foreign_files, run_folder, write_run_files
from orchestration.payout.gate import require_green_gate
from orchestration.payout.lines import PayoutLine, RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import Run, RunEvent, append_event, read_calculation, require_run


def export(room: CloseRoom, actors: Actors, key: RunKey, *, actor: str, at: datetime) -> Path:
    """Write every file of a locked run; gives the path of `payout.csv`. Repeating it gives the same bytes.

    Raises `ExportRefused` when the run is not locked, its content is not what was approved, a person's net is
    negative under carry_forward, or a file of that name with other content is already there; `ApprovalRefused` for
    the actor.
    """
    person = require_actor(actors, actor, "export")
    with only_one(room.closed / ".calculating"):
        with room.ledger.read() as connection:
            run = require_run(connection, key)
            record = read_calculation(connection, key.period, run.revision)
            # An error that turned up after the approval keeps the file from leaving (F184).
            require_green_gate(connection, key.period, record.measurement_hash)
        if run.state not in {"locked", "exported", "paid"}:
            raise ExportRefused(f"{key} is {run.state}; it is exported after it was reviewed and approved")
        content = payout_csv(run)
        _require_approved_content(run, sha256_bytes(content))
        _require_payable(run, carry=room.rules.negative_net == "carry_forward")
        verify_close_folder(close_folder(room.closed, key.period, run.revision), record.close_folder_sha256)
        if not run.event("exported"):
            event = RunEvent("exported", person.id, person.employee_no, sha256_bytes(content), "", at.isoformat())
            exported = replace(run, events=(*run.events, event))
            with room.ledger.read() as connection:
                files = render_export(connection, exported, room.outputs, room.timezone)
            refuse_foreign_files(room.payouts, run, files)
            with room.ledger.write() as connection:
                append_event(connection, run, event)
                record_files(connection, run, files, actor=person.id, at=event.at)
        with room.ledger.read() as connection:
            write_run_files(connection, room.payouts, require_run(connection, key))
        return run_folder(room.payouts, key) / PAYOUT


def confirm_paid(
    room: CloseRoom, actors: Actors, key: RunKey, *, actor: str, lines: int, total_yuan: str, at: datetime
) -> Run:
    """Payroll's confirmation: the count of lines and the total, typed back, have to be the ledger's. Lines that payroll
    gave back before are not among them."""
    person = require_actor(actors, actor, "confirm")
    with room.ledger.read() as connection:
        run = require_run(connection, key)
        taken = taken_lines(run, rejected_ids(connection))
    if run.state == "paid":
        return run
    if run.state != "exported":
        raise ExportRefused(f"{key} is {run.state}; payroll confirms a file that was exported")
    total = yuan_text(sum(line.amount_fen for line in taken))
    if (lines, total_yuan) != (len(taken), total):
        raise ExportRefused(
            f"{key}: payroll read {lines} lines and {total_yuan}, the ledger has {len(taken)} lines and {total}; "
            "check that the right file was read, and do not send it again"
        )
    with room.ledger.write() as connection:
        sha256 = sha256_bytes(payout_csv(run))
        append_event(connection, run, RunEvent("paid", person.id, person.employee_no, sha256, "", at.isoformat()))
    with room.ledger.read() as connection:
        paid = require_run(connection, key)
        write_run_files(connection, room.payouts, paid)
    return paid


def _require_approved_content(run: Run, sha256: str) -> None:
    approved = run.event("approved")
    if approved is None or approved.subject_sha256 != sha256:
        raise ExportRefused(f"{run.key}: the lines are not those that were approved; verify the audit chain")


def _require_payable(run: Run, *, carry: bool) -> None:
    nets: dict[tuple[str, str, str], list[PayoutLine]] = {}
    for line in run.lines:
        nets.setdefault((line.employee_no, line.payer_entity, line.currency), []).append(line)
    for (person, _, _), lines in nets.items():
        net = sum(line.amount_fen for line in lines)
        if carry and net < 0:
            raise ExportRefused(
                f"{run.key}: {person} has a negative net of {yuan_text(net)}, which is carried, not exported: "
                "calculate again"
            )
