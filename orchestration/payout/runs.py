"""Runs in the ledger: their revisions, lines and states. Everything here reads or appends, nothing changes a row.

A calculation has one revision per period; each of its pay groups is a run at that revision. A run's state is its
latest event that is a state: calculated -> reviewed -> approved -> locked -> exported -> paid. From `approved` on the
run never changes.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, and_, select

from orchestration.payout.errors import LineConflict, PayoutRefused
from orchestration.payout.ledger import append, next_number
from orchestration.payout.lines import HeldLine, LineKind, PayoutLine, RunKey
from orchestration.payout.schema import approval_evidence, calculations, held_lines, payout_lines, run_events, runs

RunState = Literal["calculated", "reviewed", "approved", "locked", "exported", "paid"]
EventKind = Literal[RunState, "endorsed"]
"""`endorsed` is the first of two approvals: it moves no state."""
FINAL: tuple[RunState, ...] = ("approved", "locked", "exported", "paid")


@dataclass(frozen=True, slots=True)
class RunEvent:
    """Who did what to a run. `subject_sha256` is the sha256 of the file the actor acted on."""

    event: EventKind
    actor: str
    actor_employee_no: str
    subject_sha256: str
    note: str
    at: str


@dataclass(frozen=True, slots=True)
class ApprovalEvidence:
    """What came with an approval: the company's own reference (OA ticket), the statement, and a signature of it.

    `signer` is the principal of the signature; both are empty where the approval was not signed.
    """

    ticket: str
    statement: str
    signer: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A pay group's run at its latest revision, with its lines and everything that happened to it."""

    key: RunKey
    revision: int
    pay_month: str
    lines: tuple[PayoutLine, ...]
    held: tuple[HeldLine, ...]
    events: tuple[RunEvent, ...]
    audit_seq: int

    @property
    def state(self) -> RunState:
        return next(event.event for event in reversed(self.events) if event.event != "endorsed")

    @property
    def is_locked(self) -> bool:
        return self.state in FINAL

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)

    def event(self, kind: EventKind) -> RunEvent | None:
        """The latest event of a kind, or None."""
        return next((event for event in reversed(self.events) if event.event == kind), None)


@dataclass(frozen=True, slots=True)
class CalculationRecord:
    """One revision of a period: what it was calculated from. `facts` are JSON values for the manifest."""

    period: str
    revision: int
    content_hash: str
    measurement_hash: str
    plan_hash: str
    engine_version: str
    as_of: str
    gate_attempt: int
    facts: dict[str, Any]
    close_folder_sha256: str
    audit_seq: int = 0


def read_run(connection: Connection, key: RunKey) -> Run | None:
    """The run at its latest revision, or None when it was never calculated."""
    where = _run_where(runs, key)
    row = connection.execute(select(runs).where(where).order_by(runs.c.revision.desc()).limit(1)).first()
    return _run(connection, row) if row else None


def require_run(connection: Connection, key: RunKey) -> Run:
    """The run, or `PayoutRefused` saying which runs there are."""
    run = read_run(connection, key)
    if run is None:
        known = ", ".join(str(other) for other in run_keys(connection, key.period)) or "none"
        raise PayoutRefused(f"{key} was never calculated (runs of {key.period}: {known}); calculate {key.period} first")
    return run


def run_keys(connection: Connection, period: str | None = None) -> list[RunKey]:
    """All runs, or those of one period, sorted."""
    query = select(runs.c.period, runs.c.pay_group, runs.c.run_no).distinct()
    if period is not None:
        query = query.where(runs.c.period == period)
    return sorted(RunKey(*row) for row in connection.execute(query))


def locked_runs(connection: Connection, *, besides: tuple[str, int] | None = None) -> list[Run]:
    """Every approved run, oldest period first; `besides` leaves out one (period, run number)."""
    found = (read_run(connection, key) for key in run_keys(connection) if (key.period, key.run_no) != besides)
    return [run for run in found if run and run.is_locked]


def latest_calculation(connection: Connection, period: str) -> CalculationRecord | None:
    """The newest revision of a period."""
    query = select(calculations).where(calculations.c.period == period).order_by(calculations.c.revision.desc())
    row = connection.execute(query.limit(1)).first()
    return _calculation(row) if row else None


def read_calculation(connection: Connection, period: str, revision: int) -> CalculationRecord:
    """The calculation of a revision."""
    where = and_(calculations.c.period == period, calculations.c.revision == revision)
    return _calculation(connection.execute(select(calculations).where(where)).one())


def append_calculation(
    connection: Connection,
    record: CalculationRecord,
    calculated: Sequence[tuple[RunKey, str, tuple[PayoutLine, ...], tuple[HeldLine, ...]]],
    *,
    actor: str,
) -> None:
    """Record a new revision with its runs (key, pay month, numbered lines, held lines) in one audit event.

    Raises `LineConflict` when a line id is already there: an id never stands for two amounts.
    """
    _refuse_known_ids(connection, [line for _, _, lines, _ in calculated for line in lines])
    row = {field.name: getattr(record, field.name) for field in fields(record) if field.name != "audit_seq"}
    row["facts"] = json.dumps(record.facts, sort_keys=True, ensure_ascii=False)
    details = {
        "period": record.period,
        "revision": record.revision,
        "runs": [str(key) for key, _, _, _ in calculated],
        "content_hash": record.content_hash,
    }
    append(
        connection,
        "calculate",
        details,
        {
            calculations: [row],
            runs: [_run_row(key, record.revision, month, lines, record) for key, month, lines, _ in calculated],
            payout_lines: [_line_row(line) for _, _, lines, _ in calculated for line in lines],
            held_lines: [
                _held_row(key, record.revision, held) for key, _, _, held_rows in calculated for held in held_rows
            ],
            run_events: [
                _event_row(key, record.revision, 1, RunEvent("calculated", actor, "", "", "", record.as_of))
                for key, _, _, _ in calculated
            ],
        },
    )


def append_event(
    connection: Connection, run: Run, event: RunEvent, *, evidence: ApprovalEvidence | None = None
) -> None:
    """Record the next event of a run, and with an approval what came with it."""
    where = and_(_run_where(run_events, run.key), run_events.c.revision == run.revision)
    step = next_number(connection, run_events.c.step, where)
    details = {
        "run": str(run.key),
        "revision": run.revision,
        "actor": event.actor,
        "subject_sha256": event.subject_sha256,
        "at": event.at,
    }
    rows = {run_events: [_event_row(run.key, run.revision, step, event)]}
    if evidence is not None:
        place = {name: rows[run_events][0][name] for name in ("period", "pay_group", "run_no", "revision", "step")}
        rows[approval_evidence] = [{**place, **asdict(evidence)}]
    append(connection, event.event, details, rows)


def read_evidence(connection: Connection, run: Run) -> list[tuple[RunEvent, ApprovalEvidence]]:
    """The approvals of a run with what came with them, first to last."""
    where = and_(_run_where(approval_evidence, run.key), approval_evidence.c.revision == run.revision)
    rows = connection.execute(select(approval_evidence).where(where).order_by(approval_evidence.c.step)).all()
    return [
        (run.events[row.step - 1], ApprovalEvidence(row.ticket, row.statement, row.signer, row.signature))
        for row in rows
    ]


def _run(connection: Connection, row: Row[Any]) -> Run:
    key = RunKey(row.period, row.pay_group, row.run_no)

    def rows_of(table: Any) -> Iterable[Row[Any]]:
        return connection.execute(select(table).where(_run_where(table, key), table.c.revision == row.revision))

    lines = sorted((_line(line, key) for line in rows_of(payout_lines)), key=lambda line: line.sort_key)
    held = sorted(
        HeldLine(**{field.name: getattr(each, field.name) for field in fields(HeldLine)})
        for each in rows_of(held_lines)
    )
    events = sorted(rows_of(run_events), key=lambda event: event.step)
    return Run(
        key=key,
        revision=row.revision,
        pay_month=row.pay_month,
        lines=tuple(lines),
        held=tuple(held),
        events=tuple(
            RunEvent(
                cast("EventKind", each.event),
                each.actor,
                each.actor_employee_no,
                each.subject_sha256,
                each.note,
                each.at,
            )
            for each in events
        ),
        audit_seq=row.audit_seq,
    )


def _line(row: Row[Any], key: RunKey) -> PayoutLine:
    values = {field.name: getattr(row, field.name) for field in fields(PayoutLine) if field.name not in {"run", "kind"}}
    return PayoutLine(run=key, kind=cast("LineKind", row.kind), **values)


def _calculation(row: Row[Any]) -> CalculationRecord:
    values = {field.name: getattr(row, field.name) for field in fields(CalculationRecord)}
    values["facts"] = json.loads(values["facts"])
    return CalculationRecord(**values)


def _refuse_known_ids(connection: Connection, lines: list[PayoutLine]) -> None:
    for line in lines:
        known = connection.execute(
            select(payout_lines.c.amount_fen).where(payout_lines.c.line_id == line.line_id)
        ).first()
        if known:
            raise LineConflict(
                f"line {line.line_id} of {line.run} ({line.employee_no} {line.component}) is already in the ledger "
                f"with {known.amount_fen} fen, now {line.amount_fen}; a line is never written twice: calculate again"
            )


def _run_where(table: Any, key: RunKey) -> Any:
    return and_(table.c.period == key.period, table.c.pay_group == key.pay_group, table.c.run_no == key.run_no)


def _run_row(
    key: RunKey, revision: int, month: str, lines: tuple[PayoutLine, ...], record: CalculationRecord
) -> dict[str, Any]:
    return {
        "period": key.period,
        "pay_group": key.pay_group,
        "run_no": key.run_no,
        "revision": revision,
        "pay_month": month,
        "line_count": len(lines),
        "total_fen": sum(line.amount_fen for line in lines),
        "content_digest": record.content_hash,
    }


def _line_row(line: PayoutLine) -> dict[str, Any]:
    row = {field.name: getattr(line, field.name) for field in fields(line) if field.name != "run"}
    return {**row, "period": line.run.period, "pay_group": line.run.pay_group, "run_no": line.run.run_no}


def _held_row(key: RunKey, revision: int, held: HeldLine) -> dict[str, Any]:
    row = {field.name: getattr(held, field.name) for field in fields(held)}
    return {**row, "period": key.period, "pay_group": key.pay_group, "run_no": key.run_no, "revision": revision}


def _event_row(key: RunKey, revision: int, step: int, event: RunEvent) -> dict[str, Any]:
    row = {field.name: getattr(event, field.name) for field in fields(event)}
    run = {"period": key.period, "pay_group": key.pay_group, "run_no": key.run_no, "revision": revision, "step": step}
    return {**row, **run}
