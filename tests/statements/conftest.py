"""October 2026 of a small sales department in the sample company's own plans, closed by the real engine."""

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

PAYOUT_TESTS = Path(__file__).parents[1] / "payout"
sys.path[:0] = [str(Path(__file__).parent), str(PAYOUT_TESTS)]

from close_steps import make_room  # noqa: E402
from small_company import fill_october  # noqa: E402
from small_warehouse import TABLES  # noqa: E402

from orchestration.payout.ledger import open_ledger  # noqa: E402
from orchestration.payout.room import CloseRoom  # noqa: E402
from orchestration.plans.bundle import load_bundle  # noqa: E402
from orchestration.scoring.engine import score  # noqa: E402


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("set timezone = 'Asia/Shanghai'")
        con.execute(TABLES)
        fill_october(con)
        yield con


@pytest.fixture
def room(tmp_path: Path) -> Iterator[CloseRoom]:
    """A close room with the real engine and plans on a SQLite ledger."""
    from dataclasses import replace  # noqa: PLC0415

    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield replace(make_room(tmp_path, ledger), score=score, load_plans=load_bundle)
    ledger.close()
