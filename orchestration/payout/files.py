"""The files of a run: the draft, the held list, the manifest, and after export the payout file. Format:
docs/payout_file.md.

All are rendered from the ledger alone, so rendering again gives the same bytes. The manifest is written last and
names the sha256 of the others.
"""

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from orchestration.payout.atomic import make_private, write_file
from orchestration.payout.errors import ExportRefused
from orchestration.payout.ledger import audit_entry
from orchestration.payout.lines import PayoutLine, RunKey
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import Run, read_calculation

DRAFT, PAYOUT, HELD, RUN_MANIFEST = "payout.draft.csv", "payout.csv", "held.csv", "payout.manifest.json"
CONTRACT_VERSION = 1
COLUMNS = (
    "payer_entity",
    "pay_group",
    "run_no",
    "work_period",
    "pay_month",
    "employee_no",
    "pay_item_code",
    "component",
    "amount",
    "currency",
    "cost_centre",
    "origin_period",
    "line_id",
    "revision",
)
_HELD_COLUMNS = (
    "payer_entity",
    "pay_group",
    "run_no",
    "work_period",
    "employee_no",
    "pay_item_code",
    "component",
    "reason",
)
_FORMULA_STARTS = "=+-@＝＋－＠"


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
        refuse_foreign_file(payouts, run)
        write_file(folder / PAYOUT, payout_csv(run), failpoint_name="payout_rename")
    manifest = canonical_manifest(connection, run)
    write_file(folder / RUN_MANIFEST, manifest, failpoint_name="manifest_rename")
    return folder / RUN_MANIFEST


def refuse_foreign_file(payouts: Path, run: Run) -> None:
    """Raise `ExportRefused` when a payout file with other content is where this run's belongs."""
    path = run_folder(payouts, run.key) / PAYOUT
    if path.is_file() and path.read_bytes() != payout_csv(run):
        raise ExportRefused(
            f"{path.name} of {run.key} is there with other content; a handed-over file is never overwritten: "
            "move it away and find out who changed it"
        )


def payout_csv(run: Run) -> bytes:
    """The payout file: UTF-8, LF, yuan with two decimals, gross (税前应发), sorted by payer and person."""
    return _csv(COLUMNS, (_row(line) for line in run.lines))


def held_csv(run: Run) -> bytes:
    """People and components that get no line in this run, and why. For people; payroll systems do not read it."""
    key = run.key
    rows = (
        (
            held.payer_entity,
            key.pay_group,
            str(key.run_no),
            key.period,
            held.employee_no,
            held.pay_item_code,
            held.component,
            # A spreadsheet must read a reason as text, whatever a plan's author wrote first.
            f"'{held.reason}" if unsafe_for_machines(held.reason) else held.reason,
        )
        for held in run.held
    )
    return _csv(_HELD_COLUMNS, rows)


def canonical_manifest(connection: Connection, run: Run) -> bytes:
    """The manifest: what the file adds up to, what it was made from, who approved it."""
    calculation = read_calculation(connection, run.key.period, run.revision)
    content = payout_csv(run)
    manifest: dict[str, Any] = {
        "contract": CONTRACT_VERSION,
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
        "approvals": [
            {"step": event.event, "actor": event.actor, "sha256": event.subject_sha256, "at": event.at}
            for event in run.events
            if event.event in {"reviewed", "approved", "exported"}
        ],
        **calculation.facts,
    }
    return (json.dumps(manifest, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def control_totals(lines: Sequence[PayoutLine]) -> dict[str, Any]:
    """Counts and sums in fen a payroll officer can type back, per currency and broken down three ways."""

    def broken_down(by: Callable[[PayoutLine], str]) -> dict[str, dict[str, int]]:
        groups: dict[str, list[PayoutLine]] = {}
        for line in lines:
            groups.setdefault(f"{by(line)} {line.currency}".strip(), []).append(line)
        return {
            name: {"lines": len(group), "sum_fen": sum(line.amount_fen for line in group)}
            for name, group in groups.items()
        }

    return {
        "lines": len(lines),
        "people": len({line.employee_no for line in lines}),
        "by_currency": broken_down(lambda _: ""),
        "by_component": broken_down(lambda line: line.component),
        "by_department": broken_down(lambda line: line.department_id or "none"),
        "by_payer": broken_down(lambda line: line.payer_entity),
    }


def plan_versions(lines: Iterable[PayoutLine]) -> list[str]:
    """`plan@version` of every plan that gave a line."""
    return sorted({f"{line.plan_id}@{line.plan_version}" for line in lines if line.plan_id})


def unsafe_for_machines(text: str) -> str:
    """Why a text may not stand in a machine file (F177 and the injection rules), or an empty text if it may."""
    if text != text.strip():
        return "it begins or ends with a blank"
    if text[:1] and text[:1] in _FORMULA_STARTS:
        return "a spreadsheet would read it as a formula"
    if "\ufffd" in text:
        return "a character was lost in a wrong encoding (U+FFFD)"
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text):
        return "it holds a control character"
    return ""


def sha256_bytes(content: bytes) -> str:
    """sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _row(line: PayoutLine) -> tuple[str, ...]:
    texts = (
        line.payer_entity,
        line.run.pay_group,
        str(line.run.run_no),
        line.run.period,
        line.pay_month,
        line.employee_no,
        line.pay_item_code,
        line.component,
        yuan_text(line.amount_fen),
        line.currency,
        line.cost_centre,
        line.origin_period,
        line.line_id,
        str(line.revision),
    )
    for name, text in zip(COLUMNS, texts, strict=True):
        fault = "" if name == "amount" else unsafe_for_machines(text)
        if fault:
            raise ExportRefused(
                f"{line.run}: line {line.line_id} of {line.employee_no}: {name} cannot stand in a machine file: "
                f"{fault}; correct it at its source and calculate again"
            )
    return texts


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
