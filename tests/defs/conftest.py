"""Definitions are loaded once: Dagster, dbt's manifest and our modules take several seconds."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest


@pytest.fixture(scope="session")
def defs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.Definitions]:
    before = dict(os.environ)
    os.environ["INCENTIVES_HOME"] = str(tmp_path_factory.mktemp("defs") / "var")
    os.environ.pop("INCENTIVES_AS_OF", None)
    try:
        from orchestration.definitions import definitions  # noqa: PLC0415 - reads the environment set above

        yield definitions()
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "var"
