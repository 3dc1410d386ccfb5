"""Why a person may not approve a run: four eyes, nobody's own pay, limits, a second approver, what was seen."""

from orchestration.payout.actors import Actor
from orchestration.payout.errors import GateNotGreen
from orchestration.payout.gate import require_green_gate
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import Run, RunEvent, locked_runs, read_calculation
from orchestration.payout.settled import settled_runs_of


def why_not(room: CloseRoom, run: Run, person: Actor, sha256: str) -> str:
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
    gross = gross_fen(run)
    if person.limit_fen is not None and gross > person.limit_fen:
        return (
            f"{run.key} moves {yuan_text(gross)}, above the limit of {person.id} ({yuan_text(person.limit_fen)}); "
            "ask an approver with a higher limit"
        )
    return _red_gate(room, run) or _stale(room, run)


def gross_fen(run: Run) -> int:
    """What a run moves: the sum of absolute amounts, so that a refund does not hide a payment."""
    return sum(abs(line.amount_fen) for line in run.lines)


def is_second_needed(room: CloseRoom, run: Run) -> bool:
    """Whether the rules ask for two approvers of this run."""
    above = room.rules.approval.second_above_fen
    return above is not None and gross_fen(run) > above


def first_approval(run: Run, sha256: str) -> RunEvent | None:
    """The endorsement that still counts: of this content, given after the last review."""
    reviewed, endorsed = run.event("reviewed"), run.event("endorsed")
    if reviewed is None or endorsed is None or endorsed.subject_sha256 != sha256:
        return None
    return endorsed if run.events.index(endorsed) > run.events.index(reviewed) else None


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
