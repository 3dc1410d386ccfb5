"""The example's data folder: refused without the export, made the same twice, checked before anything runs."""

import stat
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.config import load_company
from connectors.files.feeds import load_feeds
from connectors.registry import build_sources
from orchestration.cli import app
from orchestration.history.home import FEEDS, find_export, prepare_home
from orchestration.payout.rules import load_close_rules
from orchestration.plans.bundle import load_bundle
from orchestration.plans.calendar import load_calendar


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    for name in set(FEEDS.values()):
        (folder / name).write_text("header\n", encoding="utf-8")
    return folder


def test_without_the_export_the_command_says_what_it_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCENTIVES_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "400")
    result = CliRunner().invoke(app, ["history-example", "--data", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    for part in ("nowhere", "accounts.csv, products.csv, sales_pipeline.csv, sales_teams.csv", "--data"):
        assert part in result.stderr
    assert not (tmp_path / "home").exists()


def test_one_missing_file_is_named(export: Path) -> None:
    (export / "products.csv").unlink()
    with pytest.raises(FileNotFoundError, match=r"for products\.csv and found nothing"):
        find_export(export)


def test_the_folder_is_a_company_that_every_room_can_read(tmp_path: Path, export: Path) -> None:
    home = tmp_path / "home"
    prepare_home(home, export, date(2018, 1, 2))
    config = load_company(home / "company.yaml")
    assert config.currency == "USD"
    (drop,) = build_sources(config, home)
    assert set(drop.specs) == set(FEEDS)
    assert set(FEEDS) <= set(load_feeds(home / "maps"))
    plans = load_bundle(home / "plans")
    assert {plan.currency for plan in plans.plans} == {config.currency}
    assert load_close_rules(home / "plans" / "close.yaml").gate.warn_only_streams == ()
    assert [str(it.period) for it in load_calendar(home / "plans" / "payroll_calendar.yaml").months] == [
        f"2017-Q{number}" for number in (1, 2, 3, 4)
    ]


def test_preparing_again_changes_nothing_and_the_key_stays_secret(tmp_path: Path, export: Path) -> None:
    home = tmp_path / "home"
    prepare_home(home, export, date(2018, 1, 2))
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in home.rglob("*") if path.is_file()}
    prepare_home(home, export, date(2018, 1, 2))
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in home.rglob("*") if path.is_file()} == before
    key = home / "secrets" / "privacy.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
