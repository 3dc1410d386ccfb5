"""The gate's verdict for one period and exactly one set of measurements, kept where it cannot be rebuilt: in the
ledger.

Whether the data are good enough is decided in `gate_checks.py`; here the verdict is stored, read, and demanded. The
calculation asks again itself, so launching the payout alone does not walk around a red gate.
"""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Connection, select

from orchestration.payout.canonical import canonical_json
from orchestration.payout.errors import GateNotGreen
from orchestration.payout.ledger import Ledger, append, next_number
from orchestration.payout.schema import gate_results

Severity = Literal["error", "warning"]
_SHOWN = 5


@dataclass(frozen=True, slots=True, order=True)
class GateFinding:
    """One thing the gate saw. An error keeps the period from being paid; a warning is only shown.

    `check` is a stable id, `subject` what it is about (a source and stream, a load, a user id), `message` says what,
    where and what to do, without personal data.
    """

    severity: Severity
    check: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """The verdict for (period, measurement hash); `attempt` counts evaluations of the same key, the last one
    stands."""

    period: str
    measurement_hash: str
    as_of: str
    rules_hash: str
    findings: tuple[GateFinding, ...]
    attempt: int = 0

    @property
    def is_green(self) -> bool:
        return not self.errors

    @property
    def errors(self) -> tuple[GateFinding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def reference(self) -> str:
        """How manifests name this verdict."""
        return f"{self.period}/{self.measurement_hash[:16]}/{self.attempt}"


def store_gate_result(ledger: Ledger, result: GateResult) -> GateResult:
    """Record a verdict; the same verdict again is a no-op. Gives the result with its attempt number."""
    findings = canonical_json([asdict(finding) for finding in sorted(result.findings)])
    with ledger.write() as connection:
        latest = read_gate_result(connection, result.period, result.measurement_hash)
        if latest and (latest.findings, latest.rules_hash) == (tuple(sorted(result.findings)), result.rules_hash):
            return latest
        attempt = latest.attempt + 1 if latest else 1
        row = {
            "period": result.period,
            "measurement_hash": result.measurement_hash,
            "attempt": attempt,
            "verdict": "green" if result.is_green else "red",
            "as_of": result.as_of,
            "rules_hash": result.rules_hash,
            "findings": findings,
        }
        details = {"period": result.period, "verdict": row["verdict"], "attempt": attempt, "as_of": result.as_of}
        append(connection, "gate", details, {gate_results: [row]})
        stored = read_gate_result(connection, result.period, result.measurement_hash)
    assert stored  # noqa: S101 - written three lines above in the same transaction
    return stored


def read_gate_result(connection: Connection, period: str, measurement_hash: str) -> GateResult | None:
    """The verdict that stands for this period and these measurements, or None."""
    query = (
        select(gate_results)
        .where(gate_results.c.period == period, gate_results.c.measurement_hash == measurement_hash)
        .order_by(gate_results.c.attempt.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return GateResult(
        period=row.period,
        measurement_hash=row.measurement_hash,
        as_of=row.as_of,
        rules_hash=row.rules_hash,
        findings=tuple(GateFinding(**finding) for finding in json.loads(row.findings)),
        attempt=row.attempt,
    )


def require_green_gate(connection: Connection, period: str, measurement_hash: str) -> GateResult:
    """The green verdict for exactly these measurements; raises `GateNotGreen` with what to do otherwise."""
    result = read_gate_result(connection, period, measurement_hash)
    if result is None:
        other = connection.execute(
            select(gate_results.c.measurement_hash).where(gate_results.c.period == period).limit(1)
        ).first()
        known = "the measurements changed since the gate was evaluated" if other else "the gate was never evaluated"
        raise GateNotGreen(
            f"{period}: {known} (measurements {measurement_hash[:16]}); evaluate the gate for {period}, then calculate"
        )
    if not result.is_green:
        shown = "; ".join(
            f"[{finding.check}] {finding.subject}: {finding.message}" for finding in result.errors[:_SHOWN]
        )
        more = f"; and {len(result.errors) - _SHOWN} more" if len(result.errors) > _SHOWN else ""
        raise GateNotGreen(
            f"{period}: the gate is red for measurements {measurement_hash[:16]}: {shown}{more}. "
            "Repair the source or the mapping, run the night again, evaluate the gate, then calculate"
        )
    return result


def gate_attempts(connection: Connection, period: str) -> int:
    """How many verdicts were recorded for a period."""
    return next_number(connection, gate_results.c.attempt, gate_results.c.period == period) - 1
