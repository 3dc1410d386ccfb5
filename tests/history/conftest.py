"""The example run once as a person runs it, and the export read a second time with nothing but the csv module."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.history.home import FEEDS, USUAL_PLACE
from orchestration.settings import Settings


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: its data folder and what it said."""

    home: Path
    stdout: str
    stderr: str

    @property
    def settings(self) -> Settings:
        return Settings(self.home, None, None)

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as con:
            return con.execute(query, list(values)).fetchall()


@dataclass(slots=True)
class Tally:
    """Counts of one subject and quarter."""

    engaged: int = 0
    won: int = 0
    lost: int = 0
    amount: Decimal = Decimal(0)
    days: int = 0

    @property
    def row(self) -> tuple[int, int, int, Decimal, int]:
        return self.engaged, self.won, self.lost, self.amount, self.days


@dataclass(slots=True)
class Export:
    """The export as the csv module reads it. Employee numbers follow from the lines of the team file."""

    opportunities: list[dict[str, str]]
    agents: dict[str, str]
    managers: dict[str, str]
    by_agent: dict[tuple[str, str], Tally] = field(default_factory=dict)
    by_manager: dict[tuple[str, str], Tally] = field(default_factory=dict)


@pytest.fixture(scope="session")
def data() -> Path:
    if not all((USUAL_PLACE / name).is_file() for name in FEEDS.values()):
        pytest.skip("needs ../shared/data/crm_sales_opportunities, the public data set beside the checkout")
    return USUAL_PLACE


@pytest.fixture(scope="session")
def export(data: Path) -> Export:
    opportunities = _read(data / "sales_pipeline.csv")
    team = _read(data / "sales_teams.csv")
    found = Export(
        opportunities,
        {row["sales_agent"]: f"A{line:03}" for line, row in enumerate(team, start=2)},
        {row["sales_agent"]: row["manager"] for row in team},
    )
    for row in opportunities:
        agent, engaged, closed = row["sales_agent"], day(row["engage_date"]), day(row["close_date"])
        for table, subject in ((found.by_agent, agent), (found.by_manager, found.managers[agent])):
            table.setdefault((subject, quarter(engaged)), Tally()).engaged += 1
            tally = table.setdefault((subject, quarter(closed)), Tally())
            if row["deal_stage"] == "Won":
                assert engaged is not None
                assert closed is not None
                tally.won += 1
                tally.amount += Decimal(row["close_value"])
                tally.days += (closed - engaged).days
            elif row["deal_stage"] == "Lost":
                tally.lost += 1
    return found


@pytest.fixture(scope="session")
def first(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return history_example(tmp_path_factory.mktemp("history"), data)


def history_example(folder: Path, data: Path) -> Run:
    """Run the command in a process of its own, as Dagster's definitions are loaded for one data folder a process."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("INCENTIVES_", "DAGSTER_"))
    }
    command = [str(Path(sys.executable).with_name("incentives")), "history-example", "--data", str(data)]
    done = subprocess.run(
        command,
        env={**environment, "INCENTIVES_HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return Run(folder / "history-example", done.stdout, done.stderr)


def day(text: str) -> date | None:
    """A US date."""
    return datetime.strptime(text, "%m/%d/%Y").date() if text else None  # noqa: DTZ007 - a day has no zone


def quarter(on: date | None) -> str:
    """The quarter of a day as the marts spell it."""
    return f"{on.year}-Q{(on.month + 2) // 3}" if on else "undated"


def _read(path: Path) -> list[dict[str, str]]:
    def rows() -> Iterator[dict[str, str]]:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)

    return list(rows())
