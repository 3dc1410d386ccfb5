"""Findings of the gate that a person accepts: exactly one finding of one period, with a reason, in the ledger (F184).

Only checks that the rules name may be waived. Another day, another count or another period is another finding.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from orchestration.payout.actors import Actors, require_actor
from orchestration.payout.canonical import sha256_json
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.gate import GateFinding, GateResult, read_gate_result
from orchestration.payout.ledger import append
from orchestration.payout.room import CloseRoom
from orchestration.payout.schema import gate_results, gate_waivers
from orchestration.periods import Period


def waive(
    room: CloseRoom, actors: Actors, period: Period, *, check: str, subject: str, reason: str, actor: str, at: datetime
) -> list[GateFinding]:
    """Accept the errors of one check and subject as the latest verdict has them; gives them. Evaluate the gate
    afterwards.

    Raises `PayoutRefused` when the rules do not let the check be waived, there is no such error, or no reason is
    given.
    """
    person = require_actor(actors, actor, "waive")
    if check not in room.rules.gate.waivable:
        able = ", ".join(room.rules.gate.waivable) or "none"
        raise PayoutRefused(f"findings of {check} cannot be accepted (only of: {able}); repair the data instead")
    if not reason.strip():
        raise PayoutRefused(f"{period}: say why {check} of {subject} is acceptable")
    with room.ledger.write() as connection:
        latest = _latest(connection, str(period))
        found = [
            finding
            for finding in (latest.errors if latest else ())
            if (finding.check, finding.subject) == (check, subject)
        ]
        if not found:
            raise PayoutRefused(
                f"{period}: the latest verdict has no error of {check} for {subject}; evaluate the gate"
            )
        known = {row.waiver_id for row in connection.execute(select(gate_waivers.c.waiver_id))}
        rows = []
        for finding in found:
            key = {"period": str(period), "check_id": check, "subject": subject, "message": finding.message}
            if (waiver_id := sha256_json(key)[:32]) not in known:
                told = {"actor": person.id, "reason": reason, "at": at.isoformat()}
                rows.append({**key, **told, "waiver_id": waiver_id})
        if rows:
            details = {
                "period": str(period),
                "check": check,
                "subject": subject,
                "actor": person.id,
                "at": at.isoformat(),
            }
            append(connection, "waive", details, {gate_waivers: rows})
    return found


def accept_waived(room: CloseRoom, result: GateResult) -> GateResult:
    """The verdict with accepted errors turned into warnings that say who accepted them and why."""
    with room.ledger.read() as connection:
        rows = connection.execute(select(gate_waivers).where(gate_waivers.c.period == result.period)).all()
    waived = {(row.check_id, row.subject, row.message): f"accepted by {row.actor}: {row.reason}" for row in rows}
    findings = tuple(_accepted(finding, waived, room.rules.gate.waivable) for finding in result.findings)
    return replace(result, findings=tuple(sorted(findings)))


def _accepted(finding: GateFinding, waived: dict[tuple[str, str, str], str], waivable: Sequence[str]) -> GateFinding:
    told = waived.get((finding.check, finding.subject, finding.message))
    if told is None or finding.check not in waivable or finding.severity != "error":
        return finding
    return replace(finding, severity="warning", message=f"{finding.message} ({told})")


def _latest(connection: Connection, period: str) -> GateResult | None:
    """The verdict recorded last for a period, whatever its measurements."""
    query = (
        select(gate_results.c.measurement_hash)
        .where(gate_results.c.period == period)
        .order_by(gate_results.c.audit_seq.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return read_gate_result(connection, period, row.measurement_hash) if row else None
