"""The ledger: open it, read it, and append to it under one lock with one audit event per change.

Every write is one transaction that appends rows and the audit event naming them. Writers are serialised (SQLite:
`BEGIN IMMEDIATE`, PostgreSQL: an advisory lock), so the hash chain never forks. What the rows mean is the business of
the modules beside this one; verification of the chain is `audit.py`.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, func, select, text
from sqlalchemy.engine import make_url

from orchestration.payout.audit import GENESIS, chain_hash, rows_digest
from orchestration.payout.canonical import canonical_json, sha256_json
from orchestration.payout.migrations import is_current, migrate
from orchestration.payout.schema import audit_log

_ADVISORY_LOCK = 4_937_201_154  # any constant; all writers of one database take the same one
_WRITE_OPTION = "ledger_write"


class Ledger:
    """One ledger database. Cheap to create; connections are opened per transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent read of the ledger."""
        options = {"isolation_level": "REPEATABLE READ"} if self.engine.dialect.name == "postgresql" else {}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one writer. Commits when the block ends, keeps nothing when it raises."""
        with self.engine.connect().execution_options(**{_WRITE_OPTION: True}) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Where an appended event stands in the chain."""

    seq: int
    hash: str


def open_ledger(url: str) -> Ledger:
    """Open (and create or migrate) the ledger at a SQLAlchemy URL. A SQLite file is made readable to its owner
    only."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    engine = create_engine(parsed)
    if engine.dialect.name == "sqlite":
        _take_over_sqlite_transactions(engine)
    ledger = Ledger(engine)
    with ledger.read() as connection:
        current = is_current(connection)
    if not current:
        with ledger.write() as connection:
            migrate(connection)
    return ledger


def append(
    connection: Connection, action: str, details: Mapping[str, Any], rows: Mapping[Table, Sequence[Mapping[str, Any]]]
) -> AuditEntry:
    """Append rows and the audit event that names them, inside `Ledger.write()`.

    `details` say who did what to what, in JSON values without names or amounts of persons.
    """
    last = audit_head(connection)
    seq, previous = last.seq + 1, last.hash
    digests: dict[str, Any] = {}
    for table, records in rows.items():
        if not records:
            continue
        hashed = [_hashed(table, record, seq) for record in records]
        connection.execute(table.insert(), hashed)
        digests[table.name] = rows_digest(row["row_hash"] for row in hashed)
    body = canonical_json({"action": action, "details": dict(details), "rows": digests})
    entry = AuditEntry(seq, chain_hash(previous, seq, body))
    connection.execute(audit_log.insert().values(seq=seq, event=body, previous_hash=previous, hash=entry.hash))
    return entry


def audit_head(connection: Connection) -> AuditEntry:
    """The newest entry of the chain; (0, zeros) for an empty ledger."""
    last = connection.execute(
        select(audit_log.c.seq, audit_log.c.hash).order_by(audit_log.c.seq.desc()).limit(1)
    ).first()
    return AuditEntry(last.seq, last.hash) if last else AuditEntry(0, GENESIS)


def audit_entry(connection: Connection, seq: int) -> AuditEntry:
    """The chain's entry of that number."""
    row = connection.execute(select(audit_log.c.hash).where(audit_log.c.seq == seq)).one()
    return AuditEntry(seq, row.hash)


def as_of_event(query: Any, table: Table, seq: int | None) -> Any:
    """The query over a table's rows as they were before that audit event; None: as they are now."""
    return query if seq is None else query.where(table.c.audit_seq < seq)


def next_number(connection: Connection, column: Any, *where: Any) -> int:
    """One more than the greatest value of a numbering column among the rows that match."""
    return (connection.execute(select(func.max(column)).where(*where)).scalar() or 0) + 1


def _hashed(table: Table, record: Mapping[str, Any], seq: int) -> dict[str, Any]:
    columns = {column.name for column in table.columns} - {"audit_seq", "row_hash"}
    if columns != set(record):
        raise ValueError(f"{table.name} takes {sorted(columns)}, got {sorted(record)}")
    return {**record, "audit_seq": seq, "row_hash": sha256_json(dict(record))}


def _take_over_sqlite_transactions(engine: Engine) -> None:
    """The driver begins transactions late and never IMMEDIATE; both are decided here instead."""

    @event.listens_for(engine, "connect")
    def _configure(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in ("busy_timeout = 60000", "foreign_keys = ON", "recursive_triggers = ON", "synchronous = FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        is_write = connection.get_execution_options().get(_WRITE_OPTION)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")
