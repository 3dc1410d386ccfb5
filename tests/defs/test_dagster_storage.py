"""Runs are stored in SQLite below the data folder, or in PostgreSQL by one setting."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.instance import prepare_dagster_home
from orchestration.settings import Settings


@pytest.fixture
def clean_environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@dg.op
def nothing() -> None:
    """An op that does nothing: what is tested is where its run is kept."""


@dg.job
def empty() -> None:
    """The smallest run there is."""
    nothing()


def _store_a_run(settings: Settings) -> str:
    prepare_dagster_home(settings)
    with dg.DagsterInstance.get() as instance:
        run_id = empty.execute_in_process(instance=instance).run_id
    with dg.DagsterInstance.get() as again:
        run = again.get_run_by_id(run_id)
        assert run
        assert run.status is dg.DagsterRunStatus.SUCCESS
        return type(again.run_storage).__name__


def test_a_run_is_kept_in_sqlite_by_default(home: Path, clean_environment: None) -> None:
    assert _store_a_run(Settings(home, None, None)) == "SqliteRunStorage"
    assert (home / "dagster" / "history").is_dir()


def test_a_run_is_kept_in_a_real_postgresql_by_one_setting(
    home: Path, clean_environment: None, postgresql_uri: str
) -> None:
    assert _store_a_run(Settings(home, None, postgresql_uri)) == "PostgresRunStorage"
    assert postgresql_uri not in (home / "dagster" / "dagster.yaml").read_text(encoding="utf-8")
    assert not (home / "dagster" / "history").exists()
