"""What these tests share with those of the payout room: its close room and steps."""

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.payout.ledger import open_ledger
from orchestration.payout.room import CloseRoom

sys.path.insert(0, str(Path(__file__).parent.parent / "payout"))

from close_steps import make_room
from small_warehouse import fill_small_warehouse


@pytest.fixture
def room(tmp_path: Path) -> Iterator[CloseRoom]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield make_room(tmp_path, ledger)
    ledger.close()


@pytest.fixture
def close_warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """October of two sales representatives, apart from the data folder."""
    with duckdb.connect() as con:
        fill_small_warehouse(con)
        yield con
