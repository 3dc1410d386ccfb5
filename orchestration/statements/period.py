"""A period's people and their evidence. A calculated period is read from its close folders and the ledger alone; an
open one is in `open_period.py`, because reading the warehouse needs far more to be loaded.

Each person's evidence has a key; a page is made again only when its key changed.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from orchestration.payout.canonical import sha256_json
from orchestration.payout.close_folder import verify_close_folder
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.ledger import Ledger
from orchestration.payout.runs import read_calculation
from orchestration.periods import Period
from orchestration.scoring.inputs import Assignment
from orchestration.statements.evidence import PersonEvidence, closed_person
from orchestration.statements.folder_rows import Folders
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


def calculated_period(ledger: Ledger, closed: Path, period: Period, *, employee_no: str = "") -> PeriodPeople | None:
    """A period that has runs; None otherwise. With `employee_no` only that person's rows are read.

    Raises `VerificationFailed` when a close folder is not what the ledger recorded.
    """
    with ledger.read() as connection:
        heads = run_heads(connection, str(period))
        if not heads:
            return None
        earlier = earlier_runs(connection, period, heads)
        revisions = sorted({head.revision for head in heads})
        hashes = {it: read_calculation(connection, str(period), it).close_folder_sha256 for it in revisions}
    folders = Folders(closed, whole=not employee_no)
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
