"""Is this file what was calculated, approved and recorded? Checks a payout file or draft against everything that
vouches for it: its manifest, the ledger's lines, the approvals, the audit chain, the close folder."""

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
from orchestration.payout.errors import VerificationFailed
from orchestration.payout.files import COLUMNS, RUN_MANIFEST, payout_csv, sha256_bytes
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import fen_of_text
from orchestration.payout.runs import Run, read_calculation, read_run
from orchestration.payout.schema import audit_log


@dataclass(frozen=True, slots=True)
class Checked:
    """One check and, where it failed, what is wrong."""

    check: str
    fault: str = ""

    @property
    def ok(self) -> bool:
        return not self.fault


def verify_file(room: CloseRoom, path: Path) -> list[Checked]:
    """Every check of one file, in order, failed ones included. Raises `VerificationFailed` when it has no
    manifest."""
    manifest_path = path.parent / RUN_MANIFEST
    if not path.is_file() or not manifest_path.is_file():
        missing = path.name if not path.is_file() else RUN_MANIFEST
        raise VerificationFailed(f"{missing} is not there; a payout file is verified beside its manifest")
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    content = path.read_bytes()
    key = RunKey(manifest["period"], manifest["pay_group"], manifest["run_no"])
    with room.ledger.read() as connection:
        run = read_run(connection, key)
        return [
            Checked("manifest", _against_manifest(content, manifest)),
            Checked("control totals", _totals(content, manifest)),
            Checked("ledger", _against_ledger(content, manifest, run)),
            Checked("approvals", _approvals(content, manifest, run)),
            Checked("audit chain", _chain(connection, manifest)),
            Checked("close folder", _evidence(room, connection, run)),
        ]


def require_verified(room: CloseRoom, path: Path) -> None:
    """Raise `VerificationFailed` naming everything that is wrong with a file."""
    faults = [f"{each.check}: {each.fault}" for each in verify_file(room, path) if not each.ok]
    if faults:
        raise VerificationFailed(f"{path.name}: " + "; ".join(faults))


def _against_manifest(content: bytes, manifest: dict[str, Any]) -> str:
    if sha256_bytes(content) != manifest["file"]["sha256"]:
        return "the file is not the one its manifest describes (sha256 differs)"
    return ""


def _totals(content: bytes, manifest: dict[str, Any]) -> str:
    try:
        rows = list(_rows(content))
    except ValueError as error:
        return str(error)
    sums: dict[str, dict[str, int]] = {}
    for row in rows:
        total = sums.setdefault(row["currency"], {"lines": 0, "sum_fen": 0})
        total["lines"] += 1
        total["sum_fen"] += fen_of_text(row["amount"])
    told = manifest["totals"]["by_currency"]
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


def _against_ledger(content: bytes, manifest: dict[str, Any], run: Run | None) -> str:
    if run is None:
        return "the ledger has no such run"
    if run.revision != manifest["revision"]:
        return f"the ledger has revision {run.revision}, the file is of revision {manifest['revision']}"
    if payout_csv(run) != content:
        return "its lines are not the ledger's lines"
    return ""


def _approvals(content: bytes, manifest: dict[str, Any], run: Run | None) -> str:
    if run is None or not run.is_locked:
        return "" if manifest["status"] in {"calculated", "reviewed"} else "the ledger holds no approval of it"
    reviewed, approved = run.event("reviewed"), run.event("approved")
    sha256 = sha256_bytes(content)
    if reviewed is None or approved is None:
        return "it was not reviewed and approved"
    if reviewed.actor.casefold() == approved.actor.casefold():
        return f"{approved.actor} reviewed and approved it"
    if {reviewed.subject_sha256, approved.subject_sha256} != {sha256}:
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
