"""The sample company's marts, built once: landed, loaded, transformed and tested by dbt like a real night."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.warehouse.dbt import DbtResult, run_dbt
from tests.warehouse.sample import SampleWarehouse, build_sample

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class BuiltMarts:
    """A finished night: the data folder, what dbt reported, and a way to ask the warehouse."""

    sample: SampleWarehouse
    result: DbtResult

    @property
    def home(self) -> Path:
        return self.sample.home

    def ask(self, query: str, *values: object) -> Rows:
        return ask(self.home, query, *values)


def ask(home: Path, query: str, *values: object) -> Rows:
    """Rows of a query on the warehouse of a data folder."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(query, list(values)).fetchall()


def dbt(home: Path, as_of: datetime, *args: str) -> DbtResult:
    """Run dbt, and close the log file it would leave to the garbage collector (a ResourceWarning somewhere later)."""
    result = run_dbt(list(args), home=home, as_of=as_of)
    loggers = [logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    for logger in loggers:
        for handler in list(logger.handlers):
            if isinstance(handler, logging.FileHandler) and Path(handler.baseFilename).name == "dbt.log":
                handler.close()
                logger.removeHandler(handler)
    return result


@pytest.fixture(scope="session")
def marts(tmp_path_factory: pytest.TempPathFactory) -> BuiltMarts:
    home = tmp_path_factory.mktemp("marts")
    sample = build_sample(home)
    return BuiltMarts(sample, dbt(home, sample.as_of, "build"))


@pytest.fixture
def measured(marts: BuiltMarts) -> Callable[..., Rows]:
    """`measured(metric, subject, period)` -> (numerator, denominator, state) rows, at any grain the subject has."""

    def find(metric_id: str, subject_id: str, period_id: str = "2026-10") -> Rows:
        return marts.ask(
            "select numerator, denominator, state from marts.fct_kpi_measurements "
            "where metric_id = ? and subject_id = ? and period_id = ?",
            metric_id,
            subject_id,
            period_id,
        )

    return find
