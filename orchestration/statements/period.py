"""A period's people and their evidence: out of the close folders once it is calculated, out of the warehouse before.

Each person's evidence has a key; a page is made again only when its key changed.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import duckdb

from orchestration.payout.canonical import sha256_json
from orchestration.payout.close_folder import verify_close_folder
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.lines import RunKey, build_lines
from orchestration.payout.measurements import measurement_hash
from orchestration.payout.period_inputs import read_period
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import read_calculation
from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.scoring.inputs import Assignment, ScoringInputs
from orchestration.scoring.results import ScoringResult
from orchestration.statements.evidence import PersonEvidence, closed_person
from orchestration.statements.folder_rows import Folders
from orchestration.statements.organisation import organisation_of
from orchestration.statements.own_inputs import OwnInputs, compares_people, group_metrics
from orchestration.statements.past import trend_of
from orchestration.statements.runs import earlier_runs, run_heads


@dataclass(frozen=True, slots=True)
class PeriodPeople:
    """One period. `key_of` names what a person's page is made of; `evidence_of` is None where there is nothing to
    state."""

    period: Period
    employees: tuple[str, ...]
    assignments: tuple[Assignment, ...]
    key_of: Callable[[str], str]
    evidence_of: Callable[[str], PersonEvidence | None]
    run_totals: Mapping[str, int]
    """Fen of each run by the ledger, where there are runs: what all statements have to add up to."""


def calculated_period(room: CloseRoom, period: Period, *, employee_no: str = "") -> PeriodPeople | None:
    """A period that has runs; None otherwise. With `employee_no` only that person's rows are read.

    Raises `VerificationFailed` when a close folder is not what the ledger recorded.
    """
    with room.ledger.read() as connection:
        heads = run_heads(connection, str(period))
        if not heads:
            return None
        earlier = earlier_runs(connection, period, heads)
        revisions = sorted({head.revision for head in heads})
        hashes = {it: read_calculation(connection, str(period), it).close_folder_sha256 for it in revisions}
    folders = Folders(room.closed, whole=not employee_no)
    for revision, sha256 in hashes.items():
        verify_close_folder(folders.at(str(period), revision).path, sha256)
    state = {str(head.key): [head.revision, head.is_final] for head in heads}
    is_final = all(head.is_final for head in heads)
    # A final page stays as it is whatever later versions of the program would draw.
    key = sha256_json(
        {
            "folders": [hashes[revision] for revision in revisions],
            "runs": state,
            "earlier": [[str(run), revision] for run, revision in earlier],
            "layout": "" if is_final else layout_version(),
        }
    )
    employees = [employee_no]
    if not employee_no:
        rows = [row for it in revisions for name in ("lines", "held") for row in folders.at(str(period), it).rows(name)]
        employees = sorted({row["employee_no"] for row in rows})
    return PeriodPeople(
        period=period,
        employees=tuple(employees),
        assignments=folders.at(str(period), revisions[-1]).inputs(employee_no).assignments
        if employee_no
        else folders.at(str(period), revisions[-1]).everything.assignments,
        key_of=lambda _: key,
        evidence_of=lambda no: closed_person(folders, period, no, heads, earlier),
        run_totals={str(head.key): head.total_fen for head in heads},
    )


def open_period(
    room: CloseRoom, con: duckdb.DuckDBPyConnection, plans: PlanBundle, period: Period, measured_on: date
) -> PeriodPeople:
    """A period that nobody calculated yet, as the warehouse measures it now; `measured_on` is the business date.

    Only people who are asked for are scored, unless a rule compares them.
    """
    inputs = read_period(room, con, period)
    own, groups, everybody = OwnInputs(inputs), group_metrics(plans), compares_people(plans)
    with room.ledger.read() as connection:
        earlier = earlier_runs(connection, period, [])
    folders = Folders(room.closed, whole=True)
    common = {
        "layout": layout_version(),
        "plans": plans.content_hash,
        "earlier": [[str(run), revision] for run, revision in earlier],
        "everybody": measurement_hash(inputs) if everybody else "",
    }

    def key_of(employee_no: str) -> str:
        return sha256_json({**common, "own": measurement_hash(own.of(employee_no, groups))})

    @cache
    def whole() -> ScoringResult:
        return room.score(plans, period, inputs)

    def evidence_of(employee_no: str) -> PersonEvidence | None:
        mine = inputs if everybody else own.of(employee_no)
        result = whole() if everybody else room.score(plans, period, mine)
        return _open_person(folders, period, employee_no, plans, mine, result, earlier, measured_on, is_all=everybody)

    return PeriodPeople(
        period=period,
        employees=tuple(sorted(organisation_of(inputs.assignments, period).seats)),
        assignments=inputs.assignments,
        key_of=key_of,
        evidence_of=evidence_of,
        run_totals={},
    )


def require_evidence(people: PeriodPeople, employee_no: str) -> PersonEvidence:
    """One person's evidence, or `PayoutRefused` saying what there is."""
    evidence = people.evidence_of(employee_no)
    if evidence is None:
        raise PayoutRefused(
            f"{people.period} has nothing of {employee_no}: nobody of that number is paid, held or scored in it; look "
            "the number up in the personnel data, or calculate the period"
        )
    return evidence


@cache
def layout_version() -> str:
    """What the pages look like, as a hash over this package: a page of an open period is made again when it changes."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in {".py", ".j2", ".css"}:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _open_person(
    folders: Folders,
    period: Period,
    employee_no: str,
    plans: PlanBundle,
    inputs: ScoringInputs,
    result: ScoringResult,
    earlier: list[tuple[RunKey, int]],
    measured_on: date,
    *,
    is_all: bool,
) -> PersonEvidence | None:
    def mine(rows: Iterable) -> tuple:
        return tuple(row for row in rows if row.employee_no == employee_no)

    components = mine(result.components)
    if not components and not mine(result.scores):
        return None
    lines, held = build_lines(components, period=str(period), run_no=1, pay_month="", departments={})
    return PersonEvidence(
        period=period,
        employee_no=employee_no,
        stand="open",
        bundle=plans,
        inputs=inputs,
        is_everybody=is_all,
        trace=mine(result.trace),
        scores=mine(result.scores),
        components=components,
        lines=lines,
        held=held,
        past=trend_of(folders, period, earlier, employee_no),
        measured_on=measured_on.isoformat(),
    )
