"""A ledger written by an earlier version is opened, migrated, verified, and written on.

`ledgers/version_3.sql` is what the program wrote when its schema was at step 3: October of two people, reviewed,
approved and exported, with a waiver, a manual adjustment and a refused attempt. It is never made anew.
"""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, inspect, select, text

from orchestration.payout.audit import verify_audit
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.gate import GateResult, store_gate_result
from orchestration.payout.ledger import Ledger, open_ledger
from orchestration.payout.lines import RunKey
from orchestration.payout.migrations import current_version, is_current, migrate
from orchestration.payout.runs import require_run
from orchestration.payout.schema import APPEND_ONLY, ledger_schema, metadata

VERSION_3 = Path(__file__).parent / "ledgers" / "version_3.sql"


def rows_of_version_3(folder: Path) -> dict[str, list[dict[str, object]]]:
    with sqlite3.connect(folder / "old.db") as old:
        old.executescript(VERSION_3.read_text(encoding="utf-8"))
        old.row_factory = sqlite3.Row
        tables = [name for (name,) in old.execute("select name from sqlite_master where type = 'table'")]
        return {name: [dict(row) for row in old.execute(f"select * from {name}")] for name in tables}


@pytest.fixture
def ledger_of_version_3(ledger_url: str, tmp_path: Path) -> str:
    """A ledger at step 3 with its rows, on either database; gives its URL."""
    if ledger_url.startswith("sqlite"):
        with sqlite3.connect(tmp_path / "ledger.db") as old:
            old.executescript(VERSION_3.read_text(encoding="utf-8"))
        return ledger_url
    rows = rows_of_version_3(tmp_path)
    with _unmigrated(ledger_url).write() as connection:
        migrate(connection, until=3)
        for table in metadata.sorted_tables:
            if table.name != ledger_schema.name and rows.get(table.name):
                connection.execute(insert(table), rows[table.name])
    return ledger_url


def _unmigrated(url: str) -> Ledger:
    return Ledger(create_engine(url))


def test_migrations_run_once(ledger_url: str):
    for _ in range(2):
        ledger = open_ledger(ledger_url)
        with ledger.read() as connection:
            versions = [row.version for row in connection.execute(select(ledger_schema))]
        ledger.close()
        assert versions == list(range(1, current_version() + 1))


def test_what_version_3_wrote_verifies_and_reads_after_the_migration(ledger_of_version_3: str):
    ledger = open_ledger(ledger_of_version_3)
    with ledger.read() as connection:
        assert is_current(connection)
        report = verify_audit(connection)
        assert (report.broken, report.events) == ("", 10)
        run = require_run(connection, RunKey("2026-10", "CN01", 1))
        assert (run.state, run.total_fen, len(run.held)) == ("exported", 849362, 1)
        tables = set(inspect(connection).get_table_names())
    assert {table.name for table in APPEND_ONLY} <= tables
    store_gate_result(ledger, GateResult("2026-11", "a" * 64, "2026-12-03T09:00:00+08:00", "r", ()))
    with ledger.read() as connection:
        assert verify_audit(connection).events == 11
    ledger.close()


def test_released_steps_still_give_the_tables_they_gave(tmp_path: Path):
    ledger = _unmigrated(f"sqlite:///{tmp_path / 'now.db'}")
    with ledger.write() as connection:
        migrate(connection, until=3)
    ledger.close()
    with sqlite3.connect(tmp_path / "then.db") as then, sqlite3.connect(tmp_path / "now.db") as now:
        then.executescript(VERSION_3.read_text(encoding="utf-8"))
        query = "select name, sql from sqlite_master where sql is not null order by name"
        assert now.execute(query).fetchall() == then.execute(query).fetchall()


def test_every_table_belongs_to_a_step_and_has_its_triggers(ledger: Ledger):
    with ledger.read() as connection:
        assert set(inspect(connection).get_table_names()) == {table.name for table in APPEND_ONLY}
        assert set(metadata.tables) == {table.name for table in APPEND_ONLY}


def test_a_ledger_of_a_newer_program_is_refused(ledger_url: str):
    ledger = open_ledger(ledger_url)
    with ledger.write() as connection:
        connection.execute(text(f"insert into ledger_schema values ({current_version() + 1}, 'of tomorrow')"))
    ledger.close()
    with pytest.raises(PayoutRefused, match="install the program that wrote it"):
        open_ledger(ledger_url)
