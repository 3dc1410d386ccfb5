"""`incentives statement` on a real data folder, and which periods a night makes pages of."""

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from steps import calculate_october
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.payout.room import CloseRoom
from orchestration.plans.bundle import SAMPLE, load_bundle
from orchestration.plans.calendar import load_calendar
from orchestration.statements.due import open_periods

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEAVY = ("pandas", "dagster", "duckdb", "dbt", "openpyxl")


@pytest.fixture
def home(room: CloseRoom, warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    calculate_october(room, warehouse)
    monkeypatch.setenv("INCENTIVES_HOME", str(tmp_path))
    return tmp_path


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["statement", *arguments], catch_exceptions=False)
    return result.exit_code, result.output


def test_the_command_writes_a_page_a_team_and_everybody(home: Path):
    assert call("2026-10", "E9003", "--lang", "en")[0] == 0
    assert "Performance and pay statement 2026-10" in (home / "out/statements/2026-10/E9003.en.html").read_text()
    assert call("2026-10", "--team", "T-CARE")[0] == 0
    assert "E9004" in (home / "out/statements/2026-10/teams/T-CARE.zh.html").read_text()
    code, said = call("2026-10", "--all")
    assert (code, "16 pages written, 0 unchanged" in said) == (0, True)
    assert "0 pages written, 16 unchanged" in call("2026-10", "--all")[1]
    alone = (home / "out/statements/2026-10/E9003.en.html").read_bytes()
    call("2026-10", "E9003", "--lang", "en")
    assert (home / "out/statements/2026-10/E9003.en.html").read_bytes() == alone


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("2026-10",), "say whose statement"),
        (("2026-10", "E9003", "--all"), "say whose statement"),
        (("2026-10", "E7777"), "2026-10 has nothing of E7777"),
        (("2026-13", "E9003"), "is no period"),
        (("2026-10", "--team", "T-NONE"), "there are E0005, E0006, D-SAL"),
        (("2026-10", "../../ledger"), "is no employee number"),
    ],
)
def test_what_cannot_be_stated_is_refused_with_what_to_do(home: Path, arguments, message, capfd):
    code, said = call(*arguments)
    assert code == 1
    assert message in said + capfd.readouterr().err


def test_a_statement_of_a_closed_period_loads_neither_pandas_nor_dagster_nor_the_warehouse(home: Path):
    script = (
        "import sys; from orchestration.cli import app\n"
        "try: app(['statement', '2026-10', 'E9003'])\n"
        f"except SystemExit as end: print(end.code, [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_a_night_states_the_running_month_and_the_one_before_until_its_close_is_due():
    bundle, calendar = load_bundle(), load_calendar(SAMPLE / "payroll_calendar.yaml")

    def at(text: str) -> list[str]:
        moment = datetime.fromisoformat(f"{text}T08:30:00+08:00")
        return [str(period) for period in open_periods(bundle, calendar, moment, SHANGHAI, date(2024, 11, 1))]

    assert at("2026-10-31") == ["2026-10"]
    assert at("2026-11-01") == ["2026-10"]  # the night of the 1st is still October's
    assert at("2026-11-02") == ["2026-10", "2026-11"]
    assert at("2026-11-03") == ["2026-11"]
