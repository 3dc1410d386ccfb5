"""kill -9 at any named point, then the same command again: the same bytes as an undisturbed run.

A night at every point takes a quarter of an hour, so most of them run in `make test-slow` only.
"""

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import FirstNight
from tests.e2e.homes import bytes_that_count, copy_home, incentives, night

EXTRACTION = (
    "after_land_part",
    "before_manifest",
    "after_manifest",
    "after_land",
    "load_after_rows",
    "load_before_commit",
    "load_after_commit",
)
PUBLICATION = ("publish_before_manifest", "publish_before_swap", "publish_after_swap")
CLOSE = (
    "after_close_folder_written",
    "before_close_folder_rename",
    "after_close_folder_rename",
    "before_ledger_commit",
    "after_ledger_insert",
    "before_draft_rename",
    "after_draft_rename",
    "before_manifest_rename",
    "after_manifest_rename",
)
ALWAYS = {"load_before_commit", "after_ledger_insert"}


def _points(names: tuple[str, ...]) -> list:
    return [pytest.param(name, marks=() if name in ALWAYS else pytest.mark.slow) for name in names]


@pytest.fixture(scope="session")
def next_night(first_night: FirstNight, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A data folder one day later, before that night has run; and what the undisturbed night leaves."""
    before = copy_home(first_night.home, tmp_path_factory.mktemp("next") / "var")
    assert incentives(before, "sandbox", "advance", "1d").returncode == 0
    undisturbed = copy_home(before, tmp_path_factory.mktemp("undisturbed") / "var")
    night(undisturbed)
    return before, bytes_that_count(undisturbed)


def _kill(home: Path, failpoint: str) -> None:
    killed = incentives(home, "nightly", INCENTIVES_FAILPOINT=failpoint)
    assert killed.returncode == -9, f"{failpoint} was never reached:\n{killed.stdout[-1500:]}{killed.stderr[-1500:]}"


@pytest.mark.parametrize("failpoint", _points(EXTRACTION))
def test_a_night_killed_while_extracting_or_loading_ends_as_if_undisturbed(
    failpoint: str, next_night: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    before, expected = next_night
    home = copy_home(before, tmp_path / "var")
    _kill(home, failpoint)
    night(home)
    assert bytes_that_count(home) == expected


@pytest.mark.parametrize("failpoint", _points(PUBLICATION))
def test_a_night_killed_while_publishing_ends_as_if_undisturbed(
    failpoint: str, next_night: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    before, expected = next_night
    home = copy_home(before, tmp_path / "var")
    _kill(home, failpoint)
    night(home)
    assert bytes_that_count(home) == expected


@pytest.mark.parametrize("failpoint", _points(CLOSE))
def test_a_close_killed_anywhere_ends_as_if_undisturbed(
    failpoint: str, first_night: FirstNight, tmp_path: Path
) -> None:
    home = copy_home(first_night.home, tmp_path / "var")
    expected = bytes_that_count(home)
    (home / "ledger.db").unlink()
    for name in ("closed", "out"):
        shutil.rmtree(home / name)
    _kill(home, failpoint)
    night(home)
    assert bytes_that_count(home) == expected


@pytest.mark.slow
def test_a_night_killed_after_its_tokens_were_renewed_ends_as_if_undisturbed(
    next_night: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    before, expected = next_night
    home = copy_home(before, tmp_path / "var")
    _let_token_expire(home, "zoho_crm")  # of this system alone, so that the kill cuts off no other renewal
    _kill(home, "token_after_save")
    night(home)
    assert bytes_that_count(home) == expected


@pytest.mark.slow
def test_a_kill_between_a_rotating_refresh_and_its_save_asks_to_authorise_again(
    next_night: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    home = copy_home(next_night[0], tmp_path / "var")
    _let_token_expire(home, "oceanengine")
    _kill(home, "token_after_refresh_before_save")
    again = incentives(home, "nightly")
    said = again.stdout + again.stderr
    assert "partial" in again.stdout, said[-3000:]
    assert "a person must authorise again" in said


def _let_token_expire(home: Path, source: str) -> None:
    """A night comes a day after the one before: no access token lives that long, whatever the host's clock says."""
    store = home / "secrets" / f"{source}.json"
    state = json.loads(store.read_text(encoding="utf-8"))
    state["current"]["expires_at"] = 0
    store.write_text(json.dumps(state), encoding="utf-8")
