"""The pages of a period in their folder, readable to their owner only; a page is written again only when it changes.

out/statements/<period>/<employee>.<lang>.html     one person
out/statements/<period>/managers/<manager>.<lang>.html   a manager's people, linked to their pages
out/statements/<period>/manifest.json              the key and sha256 of every page, and the managers' numbers
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.payout.atomic import make_private, write_file
from orchestration.payout.canonical import canonical_json, sha256_file
from orchestration.payout.errors import VerificationFailed
from orchestration.statements.build import build_statement
from orchestration.statements.model import Statement
from orchestration.statements.organisation import organisation_of
from orchestration.statements.period import PeriodPeople
from orchestration.statements.render import render_statement
from orchestration.statements.team import Summary, read_summary, render_team, summary_of
from orchestration.statements.words import Language

MANIFEST = "manifest.json"
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Written:
    """What a call left behind: pages written, and pages that stayed as they were."""

    folder: Path
    written: int
    kept: int


def write_pages(folder: Path, people: PeriodPeople, languages: Sequence[Language] = LANGUAGES) -> Written:
    """Bring every page of a period up to date: everybody's, and one for each manager.

    Raises `VerificationFailed` when the statements of a calculated period do not add up to its runs.
    """
    make_private(folder)
    known = _read_manifest(folder)
    entries: dict[str, Any] = {}
    files: dict[str, str] = {}
    written = 0
    for employee_no in people.employees:
        key = people.key_of(employee_no)
        names: dict[Language, str] = {language: f"{employee_no}.{language}.html" for language in languages}
        before = known["people"].get(employee_no)
        if before and before["key"] == key and all(_is_there(folder, name, known) for name in names.values()):
            entries[employee_no] = before
            files |= {name: known["files"][name] for name in names.values()}
            continue
        evidence = people.evidence_of(employee_no)
        if evidence is None:
            continue
        statement = build_statement(evidence)
        entries[employee_no] = {"key": key, "summary": summary_of(statement).as_json(), "runs": _by_run(statement)}
        for language, name in names.items():
            files[name] = _write(folder / name, render_statement(statement, language))
            written += 1
    _require_totals(people, entries.values())
    summaries = {no: read_summary(entry["summary"]) for no, entry in entries.items()}
    made, managers = _write_managers(folder, people, summaries, languages, known)
    files |= managers
    for name in known["files"].keys() - files.keys():
        (folder / name).unlink(missing_ok=True)  # somebody who is no longer part of the period
    manifest = {"period": str(people.period), "people": entries, "files": files}
    write_file(folder / MANIFEST, (canonical_json(manifest) + "\n").encode())
    return Written(folder, written + made, len(files) - written - made)


def write_page(path: Path, content: str | bytes) -> Path:
    """One page, 0600 in a folder of 0700."""
    write_file(path, content.encode() if isinstance(content, str) else content)
    return path


def _write_managers(
    folder: Path,
    people: PeriodPeople,
    summaries: dict[str, Summary],
    languages: Sequence[Language],
    known: dict[str, Any],
) -> tuple[int, dict[str, str]]:
    organisation = organisation_of(people.assignments, people.period)
    files: dict[str, str] = {}
    written = 0
    for manager in organisation.managers():
        mine = [summaries[no] for no in organisation.below(manager) if no in summaries]
        if not mine:
            continue
        for language in languages:
            name = f"managers/{manager}.{language}.html"
            links = {one.employee_no: f"../{one.employee_no}.{language}.html" for one in mine}
            page = render_team(mine, period=str(people.period), heading=manager, language=language, links=links)
            written += 1
            files[name] = _write(folder / name, page)
            if known["files"].get(name) == files[name]:
                written -= 1
    return written, files


def _by_run(statement: Statement) -> dict[str, int]:
    totals: dict[str, int] = {}
    for part in statement.lines:
        totals[str(part.line.run)] = totals.get(str(part.line.run), 0) + part.line.amount_fen
    return totals


def _require_totals(people: PeriodPeople, entries: Iterable[dict[str, Any]]) -> None:
    """Sum of statements = what the ledger says each run pays."""
    totals = dict.fromkeys(people.run_totals, 0)
    for entry in entries:
        for run, fen in entry["runs"].items():
            totals[run] = totals.get(run, 0) + fen
    if people.run_totals and totals != dict(people.run_totals):
        wrong = next(run for run in totals if totals[run] != people.run_totals.get(run))
        raise VerificationFailed(
            f"{wrong}: the statements add up to {totals[wrong]} fen, the ledger says {people.run_totals.get(wrong)}; "
            "verify the close folder and the ledger (incentives audit)"
        )


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        return {"people": {}, "files": {}}
    return json.loads(path.read_text(encoding="utf-8"))


def _is_there(folder: Path, name: str, known: dict[str, Any]) -> bool:
    return name in known["files"] and (folder / name).is_file() and sha256_file(folder / name) == known["files"][name]


def _write(path: Path, page: str) -> str:
    write_page(path, page)
    return sha256_file(path)
