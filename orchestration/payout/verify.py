"""Is this file what was calculated, approved and recorded? Checks any file of a run, beside its manifest or handed
back alone, against everything that vouches for it: the manifest, the ledger's lines and recorded files, the approvals,
the audit chain, the close folder."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from orchestration.payout.audit import verify_audit
from orchestration.payout.close_folder import close_folder, verify_close_folder
from orchestration.payout.contents import COLUMNS, payout_csv, sha256_bytes
from orchestration.payout.delivery.log import sent_as
from orchestration.payout.errors import VerificationFailed
from orchestration.payout.exported import files_of, files_with
from orchestration.payout.exports import PAYOUT
from orchestration.payout.files import DRAFT, HELD, RUN_MANIFEST, canonical_manifest
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import fen_of_text
from orchestration.payout.runs import Run, read_calculation, read_run
from orchestration.payout.schema import audit_log
from orchestration.payout.verify_content import difference, expected_content


@dataclass(frozen=True, slots=True)
class Checked:
    """One check and, where it failed, what is wrong."""

    check: str
    fault: str = ""

    @property
    def ok(self) -> bool:
        return not self.fault


@dataclass(frozen=True, slots=True)
class _Subject:
    """The file in question: its name in the run's folder, its bytes, its run, and the manifest that it is told by."""

    name: str
    content: bytes
    key: RunKey
    run: Run | None
    manifest: dict[str, Any]
    manifest_bytes: bytes


def verify_file(room: CloseRoom, path: Path) -> list[Checked]:
    """Every check of one file, in order, failed ones included.

    A file away from its manifest is known by its content. Raises `VerificationFailed` when there is no manifest and the
    ledger knows no such content.
    """
    if not path.is_file():
        raise VerificationFailed(f"{path.name} is not there")
    with room.ledger.read() as connection:
        subject = _subject(connection, path)
        return [
            Checked("manifest", _against_manifest(subject)),
            Checked("control totals", _totals(subject)),
            Checked("ledger", _against_ledger(connection, subject)),
            Checked("approvals", _approvals(subject)),
            Checked("audit chain", _chain(connection, subject.manifest)),
            Checked("close folder", _evidence(room, connection, subject.run)),
        ]


def require_verified(room: CloseRoom, path: Path) -> None:
    """Raise `VerificationFailed` naming everything that is wrong with a file."""
    faults = [f"{each.check}: {each.fault}" for each in verify_file(room, path) if not each.ok]
    if faults:
        raise VerificationFailed(f"{path.name}: " + "; ".join(faults))


def _subject(connection: Connection, path: Path) -> _Subject:
    content = path.read_bytes()
    for folder in (path.parent, path.parent.parent):
        manifest_path = folder / RUN_MANIFEST
        if manifest_path.is_file():
            told = manifest_path.read_bytes()
            try:
                manifest = json.loads(told)
                key = RunKey(manifest["period"], manifest["pay_group"], manifest["run_no"])
            except (ValueError, KeyError, TypeError):
                raise VerificationFailed(f"{RUN_MANIFEST} beside {path.name} is no manifest of a run") from None
            return _Subject(
                path.relative_to(folder).as_posix(), content, key, read_run(connection, key), manifest, told
            )
    known = files_with(connection, sha256_bytes(content))
    if not known and (sent := sent_as(connection, sha256_bytes(content))):
        # An encrypted copy that was delivered: its bytes stand for the file it was made of.
        known = files_with(connection, sent.sha256)
        run = read_run(connection, sent.run)
        content = (expected_content(connection, run, sent.name) if run else None) or content
    if not known:
        raise VerificationFailed(
            f"{path.name} lies beside no {RUN_MANIFEST}, and no exported file has this content: it was changed, or it "
            "is not ours; compare it with the file in the run's folder"
        )
    run = read_run(connection, known[0].run)
    told = canonical_manifest(connection, run) if run else b"{}"
    return _Subject(known[0].name, content, known[0].run, run, json.loads(told), told)


def _against_manifest(subject: _Subject) -> str:
    if subject.name == RUN_MANIFEST:
        return ""
    told = {
        subject.manifest["file"]["name"]: subject.manifest["file"]["sha256"],
        DRAFT: subject.manifest["file"]["sha256"],
        HELD: subject.manifest["held_file"]["sha256"],
        **{file["name"]: file["sha256"] for file in subject.manifest.get("files", [])},
    }
    if subject.name not in told:
        return f"the manifest names no {subject.name}"
    if sha256_bytes(subject.content) != told[subject.name]:
        return "the file is not the one its manifest describes (sha256 differs)"
    return ""


def _totals(subject: _Subject) -> str:
    """A payout file is added up again by its own text; of the others the manifest tells what the ledger tells."""
    if subject.name not in {PAYOUT, DRAFT}:
        return ""
    try:
        rows = list(_rows(subject.content))
    except ValueError as error:
        return str(error)
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        total = sums.setdefault(row["currency"], {"lines": 0, "sum_fen": 0})
        total["lines"] += 1
        total["sum_fen"] += fen_of_text(row["amount"])
    told = subject.manifest["totals"]["by_currency"]
    return "" if sums == told else f"the file adds up to {sums}, its manifest says {told}"


def _rows(content: bytes) -> Iterator[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ValueError(f"the columns are {reader.fieldnames}, the contract's are {list(COLUMNS)}")
    for number, row in enumerate(reader, start=2):
        try:
            fen_of_text(row["amount"] or "")
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        yield row


def _against_ledger(connection: Connection, subject: _Subject) -> str:
    run = subject.run
    if run is None:
        return "the ledger has no such run"
    if run.revision != subject.manifest["revision"]:
        return f"the ledger has revision {run.revision}, the file is of revision {subject.manifest['revision']}"
    faults = []
    if subject.manifest_bytes != canonical_manifest(connection, run):
        faults.append("the manifest is not what the ledger tells of this run")
    if subject.name != RUN_MANIFEST:
        faults.append(_content_fault(connection, subject, run))
    return "; ".join(fault for fault in faults if fault)


def _content_fault(connection: Connection, subject: _Subject, run: Run) -> str:
    sha256 = sha256_bytes(subject.content)
    recorded = {file.name: file.sha256 for file in files_of(connection, subject.key)}
    expected = expected_content(connection, run, subject.name)
    if recorded.get(subject.name) == sha256 or expected == subject.content:
        return ""
    if others := files_with(connection, sha256):
        return f"it is {others[0].name} of {others[0].run} revision {others[0].revision}"
    if expected is None:
        known = subject.name in recorded
        return "it is not the file that was exported" if known else f"the ledger knows no {subject.name} of {run.key}"
    return difference(expected, subject.content)


def _approvals(subject: _Subject) -> str:
    run = subject.run
    if run is None or not run.is_locked:
        unapproved = {"calculated", "reviewed"}
        return "" if subject.manifest["status"] in unapproved else "the ledger holds no approval of it"
    reviewed, approved = run.event("reviewed"), run.event("approved")
    if reviewed is None or approved is None:
        return "it was not reviewed and approved"
    if reviewed.actor.casefold() == approved.actor.casefold():
        return f"{approved.actor} reviewed and approved it"
    # What was approved is the content of payout.csv; every other file is rendered from the same lines.
    content = subject.content if subject.name in {PAYOUT, DRAFT} else payout_csv(run)
    if {reviewed.subject_sha256, approved.subject_sha256} != {sha256_bytes(content)}:
        return "what was approved is not this file"
    return ""


def _chain(connection: Connection, manifest: dict[str, Any]) -> str:
    report = verify_audit(connection)
    if not report.ok:
        return report.broken
    head = manifest["audit_head"]
    known = connection.execute(select(audit_log.c.hash).where(audit_log.c.seq == head["seq"])).scalar()
    return "" if known == head["hash"] else f"the chain's event {head['seq']} is not the one the manifest names"


def _evidence(room: CloseRoom, connection: Connection, run: Run | None) -> str:
    if run is None:
        return "the ledger has no such run"
    record = read_calculation(connection, run.key.period, run.revision)
    try:
        verify_close_folder(close_folder(room.closed, run.key.period, run.revision), record.close_folder_sha256)
    except VerificationFailed as error:
        return str(error)
    return ""
