"""The lines a run would have: the period's own, corrections of closed periods, manual ones, and balances.

Nothing is written here. Approved runs of the same run number are not looked at, so that a pay group that is still
open gets the same proposal before and after another one was approved.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
from sqlalchemy import select

from orchestration.payout.acknowledgement.states import rejected_ids, taken_lines
from orchestration.payout.close_folder import Evidence
from orchestration.payout.deductions import read_limits
from orchestration.payout.errors import GateNotGreen
from orchestration.payout.gate import require_green_gate
from orchestration.payout.holds import read_holds, reason_held
from orchestration.payout.ledger import as_of_event
from orchestration.payout.lines import HeldLine, PayoutLine, RunKey, build_lines
from orchestration.payout.machine_text import unsafe_for_machines
from orchestration.payout.origins import Origin, changed_origins
from orchestration.payout.period_inputs import closed_plans, score_period
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import Run
from orchestration.payout.schema import manual_adjustments
from orchestration.payout.settle import Recomputed, outstanding, settle_negatives, still_owed
from orchestration.periods import Period
from orchestration.scoring.inputs import BonusBase, ScoringInputs

RunOf = Callable[[PayoutLine], RunKey]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Lines without revision, what is held, the recomputed origins, and notes for the manifest. `carried`: what each
    (person, payer, currency) owes after this run, in fen."""

    lines: tuple[PayoutLine, ...]
    held: tuple[HeldLine, ...]
    groups: frozenset[str]
    origins: tuple[Evidence, ...]
    notes: tuple[str, ...]
    carried: Mapping[tuple[str, str, str], int]


def propose(
    room: CloseRoom,
    con: duckdb.DuckDBPyConnection,
    evidence: Evidence,
    approved: Sequence[Run],
    *,
    run_no: int,
    pay_month: str,
    employees: Collection[str] | None,
) -> Proposal:
    """Everything the period's run number `run_no` would pay and hold, given the approved runs of other run
    numbers."""
    notes = [f"{employee_no} has a seat that no plan is assigned to" for employee_no in evidence.result.without_plan]
    recomputed = [
        again
        for origin in changed_origins(room, con, evidence.period, approved)
        if (again := _recompute(room, con, origin, notes))
    ]
    return assemble(
        room,
        evidence,
        approved,
        recomputed,
        run_no=run_no,
        pay_month=pay_month,
        employees=employees,
        notes=notes,
    )


def assemble(
    room: CloseRoom,
    evidence: Evidence,
    approved: Sequence[Run],
    recomputed: Sequence[Evidence],
    *,
    run_no: int,
    pay_month: str,
    employees: Collection[str] | None,
    notes: Sequence[str] = (),
    known_until: int | None = None,
) -> Proposal:
    """The lines that follow from scored evidence, recomputed closed periods and the ledger alone: no warehouse.

    `known_until` looks at the ledger as it was at that audit event (manual lines, holds, limits of deductions).
    """
    period = str(evidence.period)
    own = _rounded(evidence, run_no, pay_month)
    bases = _last_bases(evidence.inputs)

    def run_of(line: PayoutLine) -> RunKey:
        base = bases.get(line.employee_no)
        return RunKey(period, base.pay_group if base else line.run.pay_group, run_no)

    with room.ledger.read() as connection:
        rejected = rejected_ids(connection, known_until=known_until)
    # What payroll gave back was not paid: it is owed again, and held until somebody releases it.
    paid = [line for run in approved for line in taken_lines(run, rejected)]
    returned = [line for run in approved for line in run.lines if line.line_id in rejected]
    lines = _own_lines(own, paid, run_of, pay_month)
    origins: list[Evidence] = []
    notes = list(notes)
    for origin in recomputed:
        groups = {run.key.pay_group for run in approved if run.key.period == str(origin.period)}
        now = _rounded(origin, run_no, pay_month)
        owed = still_owed(now, paid, settled_groups=groups, run_of=run_of, pay_month=pay_month, returned=returned)
        if owed:
            origins.append(origin)
            lines.extend(owed)
    lines.extend(_manual_lines(room, evidence, paid, bases, run_no, pay_month, notes, known_until))
    held = set(own.held)
    if employees is not None:
        lines = [line for line in lines if line.employee_no in employees]
        held = {row for row in held if row.employee_no in employees}
    with room.ledger.read() as connection:
        holds = read_holds(connection, known_until=known_until)
        limits = read_limits(connection, period, known_until=known_until)
    reasons = {line: _fault(line) or room.outputs.line_fault(line) or reason_held(line, holds) for line in lines}
    held |= {_held(line, reason) for line, reason in reasons.items() if reason}
    balanced = settle_negatives([line for line, reason in reasons.items() if not reason], paid, room.rules, limits)
    return Proposal(
        lines=tuple(sorted(balanced, key=lambda line: (line.run, line.sort_key))),
        held=tuple(sorted(held)),
        groups=frozenset({line.run.pay_group for line in balanced} | {row.pay_group for row in held}),
        origins=tuple(origins),
        notes=tuple(notes),
        carried=outstanding([*paid, *balanced]),
    )


def _own_lines(own: Recomputed, paid: Sequence[PayoutLine], run_of: RunOf, pay_month: str) -> list[PayoutLine]:
    """The period's own lines; for people another run of this period already paid, only what is still owed."""
    known = {line.employee_no for line in paid if line.origin_period == own.period and line.kind == "regular"}
    fresh = [line for line in own.lines if line.employee_no not in known]
    rest = replace(own, lines=tuple(line for line in own.lines if line.employee_no in known))
    groups = {line.run.pay_group for line in rest.lines}
    return fresh + still_owed(rest, paid, settled_groups=groups, run_of=run_of, pay_month=pay_month)


def _recompute(room: CloseRoom, con: duckdb.DuckDBPyConnection, origin: Origin, notes: list[str]) -> Evidence | None:
    """Score a closed period again by the plans of its time; None with a note when its data are not fit for it now."""
    if origin.inputs is None:
        notes.append(f"{origin.period} is not corrected in this run: {origin.fault}")
        return None
    try:
        with room.ledger.read() as connection:
            require_green_gate(connection, str(origin.period), origin.measurement_hash)
    except GateNotGreen as error:
        notes.append(f"{origin.period} changed and is not corrected in this run: {error}")
        return None
    plans = closed_plans(room, origin.period, origin.plans_revision)
    return score_period(room, con, plans, origin.period, origin.inputs)


def _rounded(evidence: Evidence, run_no: int, pay_month: str) -> Recomputed:
    """A period's lines and held lines of all pay groups."""
    departments = _departments(evidence.inputs, evidence.period)
    period = str(evidence.period)
    lines, held = build_lines(
        evidence.result.components, period=period, run_no=run_no, pay_month=pay_month, departments=departments
    )
    return Recomputed(period, lines, held)


def _manual_lines(
    room: CloseRoom,
    evidence: Evidence,
    paid: Sequence[PayoutLine],
    bases: Mapping[str, BonusBase],
    run_no: int,
    pay_month: str,
    notes: list[str],
    known_until: int | None,
) -> list[PayoutLine]:
    """Manual adjustments up to this period that no approved run has paid (§1.10); recalculation keeps them."""
    settled = {line.origin_line for line in paid if line.kind == "manual"}
    departments = _departments(evidence.inputs, evidence.period)
    with room.ledger.read() as connection:
        query = as_of_event(select(manual_adjustments), manual_adjustments, known_until)
        rows = connection.execute(query.order_by(manual_adjustments.c.adjustment_id)).all()
    period = str(evidence.period)
    open_rows = [row for row in rows if row.period <= period and row.adjustment_id not in settled]
    notes.extend(
        f"manual adjustment {row.adjustment_id} waits: {row.employee_no} has no bonus base that names a payer"
        for row in open_rows
        if row.employee_no not in bases
    )
    return [
        PayoutLine(
            run=RunKey(period, base.pay_group, run_no),
            kind="manual",
            payer_entity=base.payer_entity,
            pay_month=pay_month,
            employee_no=row.employee_no,
            department_id=departments.get(row.employee_no, ""),
            plan_id="",
            plan_version=0,
            component=row.component,
            pay_item_code=row.pay_item_code,
            amount_fen=row.amount_fen,
            currency=row.currency,
            cost_centre=base.cost_centre,
            origin_period=row.origin_period,
            reason=f"{row.adjustment_id}: {row.reason}",
            origin_line=row.adjustment_id,
        )
        for row in open_rows
        if (base := bases.get(row.employee_no))
    ]


def _departments(inputs: ScoringInputs, period: Period) -> dict[str, str]:
    """Each person's last department of the period."""
    seats = sorted(inputs.assignments, key=lambda seat: seat.valid_from)
    return {seat.employee_no: seat.department_id for seat in seats if seat.valid_from < period.end}


def _last_bases(inputs: ScoringInputs) -> dict[str, BonusBase]:
    """Each person's last known base: who pays them, in which pay group."""
    return {base.employee_no: base for base in sorted(inputs.bases, key=lambda base: base.valid_from)}


def _fault(line: PayoutLine) -> str:
    """Why a line cannot stand in a machine file, or an empty text."""
    for name in ("payer_entity", "employee_no", "pay_item_code", "component", "currency", "cost_centre"):
        text = getattr(line, name)
        is_missing = not text and name != "cost_centre"
        fault = "it is empty" if is_missing else unsafe_for_machines(text)
        if fault:
            return f"{name} cannot stand in a machine file: {fault}; correct it at its source"
    return ""


def _held(line: PayoutLine, reason: str) -> HeldLine:
    return HeldLine(
        employee_no=line.employee_no,
        component=line.component,
        plan_id=line.plan_id,
        plan_version=line.plan_version,
        pay_item_code=line.pay_item_code,
        payer_entity=line.payer_entity,
        pay_group=line.run.pay_group,
        cost_centre=line.cost_centre,
        reason=reason,
    )
