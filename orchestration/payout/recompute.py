"""A closed period computed again: as it was known then, to the byte; and as it is known now, with each difference told.

"Then" needs nothing but the close folder and the ledger: inputs, plans, recomputed origins, and what the ledger held at
the calculation. The folder written from that has to have the recorded sha256. "Now" scores what the warehouse holds
today by the plans of the time and compares every line with all that was given for it so far.
"""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from sqlalchemy import Connection, func, select

from orchestration.payout.acknowledgement.states import rejected_ids, taken_lines
from orchestration.payout.close_folder import (
    MANIFEST,
    SETTLEMENT,
    CloseContents,
    Evidence,
    close_folder,
    read_closed_inputs,
    read_trace_rows,
    verify_close_folder,
    write_close_folder,
)
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.exports import Outputs
from orchestration.payout.lines import PayoutLine, build_lines
from orchestration.payout.period_inputs import closed_plans, read_period, score_period
from orchestration.payout.propose import assemble
from orchestration.payout.room import CloseRoom, settlement_of
from orchestration.payout.runs import CalculationRecord, Run, locked_runs, read_calculation, read_run, run_keys
from orchestration.payout.schema import run_events
from orchestration.periods import Period
from orchestration.scoring.explain import Difference, first_difference


@dataclass(frozen=True, slots=True)
class Replayed:
    """One calculation done again from its evidence. `differing` names the files of the folder that came out otherwise:
    none means equal to the byte. `engine` is the version that calculated it then."""

    period: str
    revision: int
    runs: tuple[str, ...]
    recorded_sha256: str
    sha256: str
    engine: str
    differing: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return self.sha256 == self.recorded_sha256


@dataclass(frozen=True, slots=True, order=True)
class LineNow:
    """One person's component of a closed period, in fen: `then` by the period's own runs, `since` by corrections in
    later ones, `now` as computed today (None: held today). `why` is the first step where then and now part."""

    employee_no: str
    component: str
    pay_item_code: str
    currency: str
    then_fen: int
    since_fen: int
    now_fen: int | None
    held_reason: str = ""
    why: Difference | None = None

    @property
    def open_fen(self) -> int | None:
        """What a correction would still give or take."""
        return None if self.now_fen is None else self.now_fen - self.then_fen - self.since_fen


def as_known_then(room: CloseRoom, period: Period) -> list[Replayed]:
    """Every calculation that a run of the period stands at, done again; raises `VerificationFailed` when the evidence
    was changed and `PayoutRefused` when the period was never calculated."""
    by_revision: dict[int, list[Run]] = {}
    for run in _runs(room, period):
        by_revision.setdefault(run.revision, []).append(run)
    return [_replay(room, period, revision, runs) for revision, runs in sorted(by_revision.items())]


def as_known_now(room: CloseRoom, con: duckdb.DuckDBPyConnection, period: Period) -> list[LineNow]:
    """Every component that was paid or is due for a closed period, as today's data have it, sorted.

    Nothing is written and no gate is asked: whether a difference becomes a correction is decided by the next close.
    """
    runs = [run for run in _runs(room, period) if run.is_locked]
    if not runs:
        raise PayoutRefused(f"{period} has no approved run; an open period is calculated, not compared")
    revision = max(run.revision for run in runs)
    evidence = score_period(room, con, closed_plans(room, period, revision), period, read_period(room, con, period))
    lines, held = build_lines(evidence.result.components, period=str(period), run_no=1, pay_month="", departments={})
    with room.ledger.read() as connection:
        rejected = rejected_ids(connection)
        given = [line for run in locked_runs(connection) for line in taken_lines(run, rejected)]
    then = _sums(line for line in given if line.kind == "regular" and line.origin_period == str(period))
    since = _sums(line for line in given if line.kind == "adjustment" and line.origin_period == str(period))
    now = _sums(lines)
    reasons = {(row.employee_no, row.component): row.reason for row in held}
    folders = {run.revision: close_folder(room.closed, str(period), run.revision) for run in runs}
    found = []
    for key in sorted(then | since | now):
        held_reason = reasons.get(key[:2], "")
        is_known = key in now or not held_reason
        row = LineNow(*key, then.get(key, 0), since.get(key, 0), now.get(key, 0) if is_known else None, held_reason)
        found.append(replace(row, why=_why(folders, runs, evidence, row)) if row.now_fen != row.then_fen else row)
    return found


def _runs(room: CloseRoom, period: Period) -> list[Run]:
    with room.ledger.read() as connection:
        runs = [run for key in run_keys(connection, str(period)) if (run := read_run(connection, key))]
    if not runs:
        raise PayoutRefused(f"{period} was never calculated; run incentives close {period}")
    return runs


def _replay(room: CloseRoom, period: Period, revision: int, runs: list[Run]) -> Replayed:
    folder = close_folder(room.closed, str(period), revision)
    with room.ledger.read() as connection:
        record = read_calculation(connection, str(period), revision)
        manifest = verify_close_folder(folder, record.close_folder_sha256)
        approved = _approved_before(connection, record, runs[0].key.run_no)
        origins = {
            path.name: _plans_revision(connection, path.name, record.audit_seq)
            for path in sorted((folder / "origins").glob("*"))
        }
    if (folder / SETTLEMENT).is_file():
        settlement = json.loads((folder / SETTLEMENT).read_text(encoding="utf-8"))
        room = replace(room, rules=room.rules.settled_by(settlement), outputs=Outputs.settled_by(settlement))
    plans = closed_plans(room, period, revision)
    evidence = _rescored(room, folder, period, revision)
    recomputed = [_rescored(room, folder / "origins" / name, Period.parse(name), at) for name, at in origins.items()]
    proposal = assemble(
        room,
        evidence,
        approved,
        recomputed,
        run_no=runs[0].key.run_no,
        pay_month=runs[0].pay_month,
        employees=record.facts.get("employees"),
        known_until=record.audit_seq,
    )
    contents = CloseContents(
        evidence,
        plans,
        record.engine_version,
        proposal.lines,
        proposal.held,
        proposal.origins,
        settlement_of(room) if (folder / SETTLEMENT).is_file() else None,
    )
    with tempfile.TemporaryDirectory() as scratch:
        again, sha256 = write_close_folder(Path(scratch), contents)
        now = {each["name"]: each["sha256"] for each in json.loads((again / MANIFEST).read_text())["files"]}
    was = {each["name"]: each["sha256"] for each in manifest["files"]}
    differing = tuple(sorted(name for name in was | now if was.get(name) != now.get(name)))
    names = tuple(str(run.key) for run in runs)
    return Replayed(str(period), revision, names, record.close_folder_sha256, sha256, record.engine_version, differing)


def _rescored(room: CloseRoom, folder: Path, period: Period, plans_revision: int) -> Evidence:
    inputs = read_closed_inputs(folder)
    contributions = pq.read_table(folder / "contributions.parquet")
    return Evidence(
        period, inputs, contributions, room.score(closed_plans(room, period, plans_revision), period, inputs)
    )


def _approved_before(connection: Connection, record: CalculationRecord, run_no: int) -> list[Run]:
    """The runs that were approved when the calculation was made, without its own run number."""
    seqs = _approval_seqs(connection)
    return [
        run
        for run in locked_runs(connection, besides=(record.period, run_no))
        if seqs[run.key.period, run.key.pay_group, run.key.run_no] < record.audit_seq
    ]


def _approval_seqs(connection: Connection) -> dict[tuple[str, str, int], int]:
    at = run_events.c
    query = select(at.period, at.pay_group, at.run_no, func.min(at.audit_seq).label("seq"))
    grouped = query.where(at.event == "approved").group_by(at.period, at.pay_group, at.run_no)
    return {(row.period, row.pay_group, row.run_no): row.seq for row in connection.execute(grouped)}


def _plans_revision(connection: Connection, period: str, seq: int) -> int:
    at = run_events.c
    query = select(func.max(at.revision)).where(at.period == period, at.event == "approved", at.audit_seq < seq)
    return connection.execute(query).scalar_one()


def _sums(lines: Iterable[PayoutLine]) -> dict[tuple[str, str, str, str], int]:
    sums: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        key = (line.employee_no, line.component, line.pay_item_code, line.currency)
        sums[key] = sums.get(key, 0) + line.amount_fen
    return sums


def _why(folders: dict[int, Path], runs: list[Run], now: Evidence, row: LineNow) -> Difference | None:
    """The first step at which the calculation that paid the person and today's part."""
    mine = [run.revision for run in runs if any(line.employee_no == row.employee_no for line in run.lines)]
    folder = folders[max(mine, default=max(folders))]
    return first_difference(read_trace_rows(folder, row.employee_no), now.result.trace, row.employee_no)
