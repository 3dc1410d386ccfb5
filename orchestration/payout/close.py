"""Calculate a period: gate, score, round, settle with earlier runs, keep the evidence, record, write the draft files.

The ledger decides; files follow from it. A calculation whose content is already recorded changes nothing, also when
it was killed half way: it only completes what is missing. Approved runs are left as they are.
"""

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
from sqlalchemy import Connection

from connectors.failpoints import failpoint
from orchestration.payout.atomic import only_one
from orchestration.payout.canonical import sha256_json
from orchestration.payout.close_folder import (
    CloseContents,
    Evidence,
    Plans,
    close_folder,
    evidence_sha256,
    place_close_folder,
    verify_close_folder,
    write_close_folder,
)
from orchestration.payout.errors import PayoutRefused, RunLocked, VerificationFailed
from orchestration.payout.files import write_run_files
from orchestration.payout.gate import require_green_gate
from orchestration.payout.lines import HeldLine, PayoutLine, RunKey, numbered
from orchestration.payout.measurements import measurement_hash
from orchestration.payout.period_inputs import read_period, score_period
from orchestration.payout.propose import Proposal, propose
from orchestration.payout.room import CloseRoom, settlement_of
from orchestration.payout.runs import (
    CalculationRecord,
    append_calculation,
    latest_calculation,
    locked_runs,
    read_calculation,
    read_run,
    require_run,
    run_keys,
)
from orchestration.payout.settled import settled_runs_of
from orchestration.periods import Period
from orchestration.scoring.engine import ENGINE_VERSION
from orchestration.scoring.inputs import ScoringInputs

RULES_VERSION = f"{version('incentives')}/{ENGINE_VERSION}"
"""Package and scoring engine: what a close folder names as the code that gave its amounts."""


@dataclass(frozen=True, slots=True)
class Calculation:
    """What a call of `calculate` left behind. `is_new` is false when everything was already recorded."""

    period: str
    revision: int
    is_new: bool
    runs: tuple[RunKey, ...]
    locked: tuple[RunKey, ...]
    manifests: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def calculate(
    room: CloseRoom,
    con: duckdb.DuckDBPyConnection,
    period: Period,
    *,
    plans: Plans,
    pay_month: str,
    as_of: datetime,
    actor: str = "close",
    run_no: int = 1,
    employees: Collection[str] | None = None,
) -> Calculation:
    """Calculate every pay group of a period that is not approved yet, and write its draft files.

    `pay_month` (`2026-11`) is when payroll pays; `employees` restricts an off-cycle run to some people (F049, §1.10).
    Raises `GateNotGreen`, `MeasurementsUnusable`, `RunLocked` (the plans of an approved period were changed), and
    leaves ledger and files as they were then.
    """
    with only_one(room.closed / ".calculating"):
        inputs = read_period(room, con, period)
        _require_known(employees, inputs, period)
        inputs_hash = measurement_hash(inputs)
        with room.ledger.read() as connection:
            keys = [key for key in run_keys(connection, str(period)) if key.run_no == run_no]
            locked = tuple(key for key in keys if require_run(connection, key).is_locked)
            if keys and len(locked) == len(keys):
                return _nothing_to_do(room, connection, period, plans, locked)
            gate = require_green_gate(connection, str(period), inputs_hash)
            earlier = locked_runs(connection, besides=(str(period), run_no))
        evidence = score_period(room, con, plans, period, inputs)
        proposal = propose(room, con, evidence, earlier, run_no=run_no, pay_month=pay_month, employees=employees)
        contents = CloseContents(
            evidence,
            plans,
            RULES_VERSION,
            proposal.lines,
            proposal.held,
            proposal.origins,
            settlement_of(room),
        )
        temporary, folder_sha256 = write_close_folder(room.closed, contents)
        failpoint("after_close_folder_written")
        settled = settled_runs_of(earlier, {line.employee_no for line in proposal.lines})
        record = CalculationRecord(
            period=str(period),
            revision=0,
            content_hash=_content_hash(temporary, run_no, pay_month, employees, settled),
            measurement_hash=inputs_hash,
            plan_hash=plans.content_hash,
            engine_version=RULES_VERSION,
            as_of=as_of.isoformat(),
            gate_attempt=gate.attempt,
            facts={**_facts(evidence, proposal, employees), "settled_runs": settled},
            close_folder_sha256=folder_sha256,
        )
        groups = proposal.groups | {key.pay_group for key in keys}
        open_keys = sorted(RunKey(str(period), group, run_no) for group in groups - {key.pay_group for key in locked})
        revision, is_new = _record(room, record, open_keys, proposal, pay_month, actor)
        with room.ledger.read() as connection:
            recorded = read_calculation(connection, str(period), revision)
        if recorded.close_folder_sha256 == folder_sha256:
            place_close_folder(temporary, room.closed, str(period), revision)
        else:  # the same content from later loads: the revision keeps its own evidence
            shutil.rmtree(temporary)
        with room.ledger.read() as connection:
            manifests = tuple(
                write_run_files(connection, room.payouts, require_run(connection, key)) for key in open_keys
            )
        return Calculation(
            str(period), revision, is_new, tuple(open_keys), locked, manifests, proposal.notes, recorded.facts
        )


def _require_known(employees: Collection[str] | None, inputs: ScoringInputs, period: Period) -> None:
    unknown = sorted(set(employees or ()) - {base.employee_no for base in inputs.bases})
    if unknown:
        raise PayoutRefused(f"{', '.join(unknown)}: no bonus base in {period}; check the employee number")


def _record(
    room: CloseRoom, record: CalculationRecord, keys: list[RunKey], proposal: Proposal, pay_month: str, actor: str
) -> tuple[int, bool]:
    """Append the calculation unless the ledger has it; gives its revision and whether it is new."""
    with room.ledger.write() as connection:
        known = {key: read_run(connection, key) for key in keys}
        revisions = {run.revision for run in known.values() if run}
        if len(revisions) == 1 and all(known.values()):
            revision = revisions.pop()
            stands = read_calculation(connection, record.period, revision)
            if stands.content_hash == record.content_hash and _is_kept(room, record, stands):
                return revision, False
        latest = latest_calculation(connection, record.period)
        revision = latest.revision + 1 if latest else 1
        calculated = [
            (key, pay_month, numbered(_of_group(proposal.lines, key), revision), _held_of_group(proposal.held, key))
            for key in keys
        ]
        append_calculation(connection, replace(record, revision=revision), calculated, actor=actor)
        failpoint("before_ledger_commit")
    failpoint("after_ledger_insert")
    return revision, True


def _nothing_to_do(
    room: CloseRoom, connection: Connection, period: Period, plans: Plans, locked: tuple[RunKey, ...]
) -> Calculation:
    """All runs are approved: their files are completed if need be, and nothing else happens."""
    runs = [require_run(connection, key) for key in locked]
    record = read_calculation(connection, str(period), max(run.revision for run in runs))
    if record.plan_hash != plans.content_hash:
        raise RunLocked(
            f"{period} is approved with plans {record.plan_hash[:16]}, now they are {plans.content_hash[:16]}; "
            "an approved period is never calculated again: a change takes effect from the next open period"
        )
    manifests = tuple(write_run_files(connection, room.payouts, run) for run in runs)
    note = f"{period} is approved; later facts become adjustment lines of the next open period"
    return Calculation(
        period=str(period),
        revision=record.revision,
        is_new=False,
        runs=(),
        locked=locked,
        manifests=manifests,
        notes=(note,),
        facts=record.facts,
    )


def _content_hash(
    folder: Path, run_no: int, pay_month: str, employees: Collection[str] | None, settled: list[str]
) -> str:
    """What makes a calculation another one. Everything it was computed by is in the folder: inputs, plans, settlement
    rules, engine, lines."""
    return sha256_json(
        {
            "evidence": evidence_sha256(folder),
            "run_no": run_no,
            "pay_month": pay_month,
            "settled_runs": settled,
            "employees": None if employees is None else sorted(employees),
        }
    )


def _is_kept(room: CloseRoom, record: CalculationRecord, known: CalculationRecord) -> bool:
    """Whether the revision's own evidence is there, or is what was just computed (a killed call left none)."""
    if known.close_folder_sha256 == record.close_folder_sha256:
        return True
    try:
        verify_close_folder(close_folder(room.closed, known.period, known.revision), known.close_folder_sha256)
    except VerificationFailed:
        return False
    return True


def _facts(evidence: Evidence, proposal: Proposal, employees: Collection[str] | None) -> dict[str, Any]:
    """What the manifest tells beside the lines: which loads the numbers came from, and what was recomputed.

    Only loads that a number came from: how many others there are depends on how often a night was interrupted.
    """
    used = pc.unique(evidence.contributions["load_id"]).to_pylist()  # pyright: ignore[reportAttributeAccessIssue]
    limited = {} if employees is None else {"employees": sorted(employees)}
    return {
        **limited,
        "loads": {"used": sorted(load for load in used if load is not None)},
        "recomputed_origins": [str(origin.period) for origin in proposal.origins],
        "notes": list(proposal.notes),
        "carried": [
            {"employee_no": person, "payer_entity": payer, "currency": currency, "fen": fen}
            for (person, payer, currency), fen in proposal.carried.items()
        ],
    }


def _of_group(lines: tuple[PayoutLine, ...], key: RunKey) -> tuple[PayoutLine, ...]:
    return tuple(line for line in lines if line.run == key)


def _held_of_group(held: tuple[HeldLine, ...], key: RunKey) -> tuple[HeldLine, ...]:
    return tuple(row for row in held if row.pay_group == key.pay_group)
