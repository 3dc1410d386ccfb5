"""The files of a run: the draft, the held list, the manifest, and after export those for payroll and books. Format:
docs/payout_file.md.

All are rendered from the ledger alone, so rendering again gives the same bytes. The manifest is written last and
names the sha256 of the others.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from orchestration.payout.atomic import make_private, write_file
from orchestration.payout.contents import control_totals, held_csv, payout_csv, sha256_bytes
from orchestration.payout.errors import ExportRefused
from orchestration.payout.exported import Rendered, files_of
from orchestration.payout.exports import PAYOUT, refuse_other_bytes, render_again
from orchestration.payout.ledger import audit_entry
from orchestration.payout.lines import PayoutLine, RunKey
from orchestration.payout.runs import Run, read_calculation, read_evidence

DRAFT, HELD, RUN_MANIFEST = "payout.draft.csv", "held.csv", "payout.manifest.json"
_CONTRACT_VERSION = 1


def run_folder(payouts: Path, key: RunKey) -> Path:
    """Where the files of a run are; a pay group that cannot be a folder name is refused."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", key.pay_group):
        raise ExportRefused(f"pay group {key.pay_group!r} cannot name a folder; use letters, digits, _ . and -")
    return payouts / key.period / f"{key.pay_group}-{key.run_no}"


def write_run_files(connection: Connection, payouts: Path, run: Run) -> Path:
    """Write the files that the run's state calls for; gives the manifest's path. Repeating it changes no byte."""
    folder = run_folder(payouts, run.key)
    make_private(folder)
    write_file(folder / DRAFT, payout_csv(run), failpoint_name="draft_rename")
    write_file(folder / HELD, held_csv(run))
    if run.event("exported"):
        _write_exported(connection, folder, run)
    manifest = canonical_manifest(connection, run)
    write_file(folder / RUN_MANIFEST, manifest, failpoint_name="manifest_rename")
    return folder / RUN_MANIFEST


def refuse_foreign_files(payouts: Path, run: Run, rendered: Iterable[Rendered]) -> None:
    """Raise `ExportRefused` when a file with other content is where one of this run's belongs."""
    for file in rendered:
        path = run_folder(payouts, run.key) / file.name
        if path.is_file() and path.read_bytes() != file.content:
            raise ExportRefused(
                f"{file.name} of {run.key} is there with other content; a handed-over file is never overwritten: "
                "move it away and find out who changed it"
            )


def _write_exported(connection: Connection, folder: Path, run: Run) -> None:
    rendered = render_again(connection, run)
    recorded = files_of(connection, run.key)
    # Bytes that only an older program can give are missed where they are needed, not where they still lie.
    missing = [file for file in recorded if not (folder / file.name).is_file()]
    refuse_other_bytes(missing, rendered)
    if not recorded:  # exported by a version that kept no list of its files
        rendered = [Rendered(PAYOUT, "payout", payout_csv(run), {}, {})]
    refuse_foreign_files(folder.parent.parent, run, rendered)
    for file in sorted(rendered, key=lambda file: file.name):
        write_file(folder / file.name, file.content, failpoint_name="payout_rename" if file.name == PAYOUT else "")


def canonical_manifest(connection: Connection, run: Run) -> bytes:
    """The manifest: what the file adds up to, what it was made from, who approved it."""
    calculation = read_calculation(connection, run.key.period, run.revision)
    content = payout_csv(run)
    manifest: dict[str, Any] = {
        "contract": _CONTRACT_VERSION,
        "status": "exported" if run.event("exported") else run.state,
        "period": run.key.period,
        "pay_group": run.key.pay_group,
        "run_no": run.key.run_no,
        "revision": run.revision,
        "pay_month": run.pay_month,
        "amounts": "gross (税前应发), in fen",
        "file": {
            "name": PAYOUT if run.event("exported") else DRAFT,
            "sha256": sha256_bytes(content),
            "bytes": len(content),
        },
        "held_file": {"name": HELD, "sha256": sha256_bytes(held_csv(run))},
        "totals": control_totals(run.lines),
        "held": [
            {"employee_no": held.employee_no, "component": held.component, "reason": held.reason} for held in run.held
        ],
        "plans": {"content_hash": calculation.plan_hash, "versions": plan_versions(run.lines)},
        "engine_version": calculation.engine_version,
        "as_of": calculation.as_of,
        "measurement_hash": calculation.measurement_hash,
        "gate": f"{run.key.period}/{calculation.measurement_hash[:16]}/{calculation.gate_attempt}",
        "close_folder_sha256": calculation.close_folder_sha256,
        "audit_head": {"seq": run.audit_seq, "hash": audit_entry(connection, run.audit_seq).hash},
        "approvals": _approvals(connection, run),
        "files": [file.for_manifest for file in files_of(connection, run.key)],
        **calculation.facts,
    }
    return (json.dumps(manifest, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def plan_versions(lines: Iterable[PayoutLine]) -> list[str]:
    """`plan@version` of every plan that gave a line."""
    return sorted({f"{line.plan_id}@{line.plan_version}" for line in lines if line.plan_id})


def _approvals(connection: Connection, run: Run) -> list[dict[str, str]]:
    """Who took which step on what, with the company's own reference and the signature's principal."""
    evidence = {id(event): shown for event, shown in read_evidence(connection, run)}
    entries = []
    for event in run.events:
        if event.event not in {"reviewed", "endorsed", "approved", "exported"}:
            continue
        entry = {"step": event.event, "actor": event.actor, "sha256": event.subject_sha256, "at": event.at}
        shown = evidence.get(id(event))
        if shown and shown.ticket:
            entry["ticket"] = shown.ticket
        if shown and shown.signer:
            entry["signed_by"] = shown.signer
        entries.append(entry)
    return entries
