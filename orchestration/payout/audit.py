"""The hash chain over everything the ledger records, and the check that names the first row that was touched.

h_n = sha256(h_(n-1) || n || canonical event). An event carries, per table, a digest of the rows it wrote, so that an
edit behind the triggers shows up even where the chain itself is intact. A chain cut off at its end is found by the
head hash that every payout manifest prints.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from orchestration.payout.canonical import sha256_json
from orchestration.payout.schema import RECORDED, audit_log

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`ok`, or the first broken place: which row of which table, and what is wrong with it."""

    ok: bool
    events: int
    rows: int
    head: str
    broken: str = ""


def chain_hash(previous: str, seq: int, event: str) -> str:
    """The hash of one event of the chain."""
    return hashlib.sha256(f"{previous}\n{seq}\n{event}".encode()).hexdigest()


def rows_digest(row_hashes: Iterable[str]) -> dict[str, Any]:
    """How many rows, and one sha256 over their hashes in any order."""
    hashes = sorted(row_hashes)
    return {"count": len(hashes), "sha256": sha256_json(hashes)}


def verify_audit(connection: Connection) -> AuditReport:
    """Walk the chain and every recorded row; stop at the first that is not as it was written."""
    written, broken_row = _hash_rows(connection)
    previous, seq, rows = GENESIS, 0, 0
    for entry in connection.execute(select(audit_log).order_by(audit_log.c.seq)):
        seq += 1
        broken = _chain_fault(entry, seq, previous) or _rows_fault(entry, written, broken_row)
        if broken:
            return AuditReport(ok=False, events=seq, rows=rows, head=previous, broken=broken)
        rows += sum(len(written.pop((entry.seq, table.name), [])) for table in RECORDED)
        previous = entry.hash
    if written:
        event, table = min(written)
        broken = (
            broken_row.get((event, table)) or f"{table} has rows of audit event {event}, which the chain does not hold"
        )
        return AuditReport(ok=False, events=seq, rows=rows, head=previous, broken=broken)
    return AuditReport(ok=True, events=seq, rows=rows, head=previous)


def _chain_fault(entry: Any, seq: int, previous: str) -> str:
    if entry.seq != seq:
        return f"audit_log: event {seq} is missing (the next one is {entry.seq})"
    if entry.previous_hash != previous or entry.hash != chain_hash(previous, entry.seq, entry.event):
        return f"audit_log: event {seq} was changed after it was written"
    return ""


def _rows_fault(entry: Any, written: dict[tuple[int, str], list[str]], broken_row: dict[tuple[int, str], str]) -> str:
    expected = json.loads(entry.event)["rows"]
    for table in RECORDED:
        key = (entry.seq, table.name)
        if key in broken_row:
            return broken_row[key]
        found = rows_digest(written[key]) if key in written else None
        if found != expected.get(table.name):
            count = expected.get(table.name, {"count": 0})["count"]
            return (
                f"{table.name}: the rows of audit event {entry.seq} are not those it recorded "
                f"({count} written, {found['count'] if found else 0} found)"
            )
    return ""


def _hash_rows(connection: Connection) -> tuple[dict[tuple[int, str], list[str]], dict[tuple[int, str], str]]:
    written: dict[tuple[int, str], list[str]] = {}
    broken: dict[tuple[int, str], str] = {}
    for table in RECORDED:
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings():
            record = dict(row)
            event, row_hash = record.pop("audit_seq"), record.pop("row_hash")
            written.setdefault((event, table.name), []).append(row_hash)
            if row_hash != sha256_json(record):
                broken.setdefault((event, table.name), f"{table.name}: row {_key_text(table, record)} was changed")
    return written, broken


def _key_text(table: Table, record: dict[str, Any]) -> str:
    return " ".join(f"{column.name}={record[column.name]}" for column in table.primary_key.columns)
