"""One first night for the whole session; tests that change something copy it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.homes import SCALE, copy_home, night


@dataclass(frozen=True)
class FirstNight:
    """The data folder after the first night, and what the command printed."""

    home: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> FirstNight:
    home = tmp_path_factory.mktemp("first") / "var"
    return FirstNight(home, night(home, "--scale", SCALE))


@pytest.fixture
def home(first_night: FirstNight, tmp_path: Path) -> Path:
    """A copy of the data folder after the first night, free to change."""
    return copy_home(first_night.home, tmp_path / "var")
