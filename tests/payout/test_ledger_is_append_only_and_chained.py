import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from orchestration.payout.audit import verify_audit
from orchestration.payout.gate import GateFinding, GateResult, store_gate_result
from orchestration.payout.ledger import Ledger, append, audit_head, open_ledger
from orchestration.payout.schema import APPEND_ONLY, gate_results, manual_adjustments


def adjustment(number: int, fen: int = 100) -> dict[str, object]:
    return {
        "adjustment_id": f"m{number}",
        "period": "2026-10",
        "origin_period": "2026-10",
        "employee_no": "E0001",
        "pay_item_code": "B900",
        "component": "manual",
        "amount_fen": fen,
        "currency": "CNY",
        "author": "hr.payroll",
        "reason": "corrected by hand",
        "evidence": "minutes 7",
        "at": "2026-11-03T09:00:00+08:00",
    }


def write(ledger: Ledger, number: int) -> None:
    with ledger.write() as connection:
        append(
            connection, "manual", {"n": number}, {manual_adjustments: [adjustment(number), adjustment(number + 1000)]}
        )


def allow_changes(connection, table: str) -> None:
    """What somebody with the database password can do: take the triggers away."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    else:
        for verb in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{verb}")


@pytest.mark.parametrize("table", ["manual_adjustments", "gate_results", "audit_log", "ledger_schema"])
def test_every_table_refuses_update_and_delete(ledger: Ledger, table: str):
    write(ledger, 1)
    store_gate_result(ledger, GateResult("2026-10", "a" * 64, "t", "r", ()))
    column = next(item.primary_key.columns.keys()[0] for item in APPEND_ONLY if item.name == table)
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), ledger.write() as connection:
            connection.execute(text(statement))


def test_an_insert_or_replace_does_not_get_around_the_triggers(sqlite_ledger: Ledger):
    write(sqlite_ledger, 1)
    with pytest.raises(DatabaseError, match="append-only"), sqlite_ledger.write() as connection:
        connection.execute(
            text("INSERT OR REPLACE INTO ledger_schema (version, name) VALUES (1, 'other')"),
        )


def test_every_table_of_the_ledger_has_its_triggers(ledger: Ledger):
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    kinds = {"sqlite": ("no_update", "no_delete", "no_replace"), "postgresql": ("append_only", "no_truncate")}
    dialect = ledger.engine.dialect.name
    with ledger.read() as connection:
        found = set(connection.execute(text(catalogue[dialect])).scalars())
    assert found == {f"{table.name}_{kind}" for table in APPEND_ONLY for kind in kinds[dialect]}


def test_truncate_is_refused(postgresql_ledger: Ledger):
    with pytest.raises(DatabaseError, match="append-only"), postgresql_ledger.write() as connection:
        connection.execute(text("TRUNCATE manual_adjustments"))


def test_an_untouched_ledger_verifies(ledger: Ledger):
    for number in range(5):
        write(ledger, number)
    with ledger.read() as connection:
        report = verify_audit(connection)
        assert report.ok
        assert (report.events, report.rows) == (5, 10)
        assert report.head == audit_head(connection).hash


def test_a_changed_amount_is_named_with_its_row(ledger: Ledger):
    for number in range(5):
        write(ledger, number)
    with ledger.write() as connection:
        allow_changes(connection, "manual_adjustments")
        connection.execute(text("UPDATE manual_adjustments SET amount_fen = 999 WHERE adjustment_id IN ('m3', 'm4')"))
    with ledger.read() as connection:
        report = verify_audit(connection)
    assert not report.ok
    assert report.broken == "manual_adjustments: row adjustment_id=m3 was changed"


def test_a_deleted_row_is_named_with_the_event_that_wrote_it(ledger: Ledger):
    for number in range(3):
        write(ledger, number)
    with ledger.write() as connection:
        allow_changes(connection, "manual_adjustments")
        connection.execute(text("DELETE FROM manual_adjustments WHERE adjustment_id = 'm1'"))
    with ledger.read() as connection:
        assert "audit event 2 are not those it recorded (2 written, 1 found)" in verify_audit(connection).broken


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("UPDATE audit_log SET event = '{}' WHERE seq = 2", "event 2 was changed"),
        ("DELETE FROM audit_log WHERE seq = 2", "event 2 is missing"),
        ("DELETE FROM audit_log WHERE seq = 3", "which the chain does not hold"),
    ],
)
def test_a_touched_chain_names_its_first_broken_event(ledger: Ledger, statement: str, complaint: str):
    for number in range(3):
        write(ledger, number)
    with ledger.write() as connection:
        allow_changes(connection, "audit_log")
        connection.execute(text(statement))
    with ledger.read() as connection:
        assert complaint in verify_audit(connection).broken


def test_writers_at_the_same_moment_never_fork_the_chain(ledger: Ledger):
    threads = [threading.Thread(target=write, args=(ledger, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.read() as connection:
        report = verify_audit(connection)
    assert report.ok
    assert report.events == 8


def test_a_transaction_that_fails_leaves_nothing(ledger: Ledger):
    write(ledger, 1)
    with pytest.raises(RuntimeError, match="stop"):
        _write_and_fail(ledger)
    with ledger.read() as connection:
        assert verify_audit(connection).events == 1


def _write_and_fail(ledger: Ledger) -> None:
    with ledger.write() as connection:
        append(connection, "test", {}, {manual_adjustments: [adjustment(2)]})
        raise RuntimeError("stop")


def test_the_sqlite_file_is_readable_to_its_owner_only(tmp_path: Path, sqlite_ledger: Ledger):
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600


def test_a_killed_writer_leaves_the_old_state(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger = open_ledger(url)
    write(ledger, 1)
    script = (
        "import os, signal, sys; sys.path[:0] = sys.argv[2:]\n"
        "from orchestration.payout.ledger import open_ledger, append\n"
        "from orchestration.payout.schema import gate_results\n"
        "row = dict(period='p', measurement_hash='h', attempt=1, verdict='green')\n"
        "row |= dict(as_of='', rules_hash='', findings='[]')\n"
        "with open_ledger(sys.argv[1]).write() as connection:\n"
        "    append(connection, 'gate', {}, {gate_results: [row]})\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, url], check=False, cwd=Path.cwd())
    assert killed.returncode == -9
    with ledger.read() as connection:
        report = verify_audit(connection)
        assert (report.ok, report.events) == (True, 1)
        assert connection.execute(select(gate_results)).first() is None
    ledger.close()


def test_findings_survive_storage(ledger: Ledger):
    finding = GateFinding("error", "completeness", "zoho_crm/leads", "known until 2026-10-30 only")
    stored = store_gate_result(ledger, GateResult("2026-10", "a" * 64, "2026-11-03T01:00:00+00:00", "r", (finding,)))
    assert stored.attempt == 1
    assert stored.findings == (finding,)
    assert not stored.is_green
