"""A data folder and an open warehouse per test."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.schema import ensure_tables
from tests.warehouse.streams import STREAMS


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def con(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(home, holder="a test") as connection:
        ensure_tables(connection, STREAMS)
        yield connection
