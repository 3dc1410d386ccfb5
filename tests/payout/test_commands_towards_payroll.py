"""The command line's words for files, books and answers, on a company whose October is exported."""

import json
from pathlib import Path

import pytest
from beancount import loader
from exported_month import export_october, full_room
from typer.testing import CliRunner, Result

from orchestration.cli import ledger as ledger_commands
from orchestration.cli import payout_group
from orchestration.payout.ledger import open_ledger

OCTOBER = ["2026-10", "--group", "CN01"]


@pytest.fixture
def home(tmp_path: Path, warehouse, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose October is exported, and the environment that names it."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    export_october(full_room(tmp_path, ledger), warehouse)
    ledger.close()
    monkeypatch.setenv("INCENTIVES_HOME", str(tmp_path))
    monkeypatch.setenv("INCENTIVES_AS_OF", "2026-11-10T10:00:00+08:00")
    for name in ("INCENTIVES_COMPANY", "INCENTIVES_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def payout(*arguments: str) -> Result:
    return CliRunner().invoke(payout_group.app, list(arguments))


def folder_of(home: Path) -> Path:
    return home / "out" / "payouts" / "2026-10" / "CN01-1"


def line_ids(home: Path) -> list[str]:
    return [row.split(",")[12] for row in (folder_of(home) / "payout.csv").read_text().splitlines()[1:]]


def test_postings_are_printed_as_they_were_exported(home: Path):
    done = payout("gl", *OCTOBER)
    assert done.exit_code == 0
    assert done.stdout == (folder_of(home) / "gl_posting.csv").read_text(encoding="utf-8")


def test_an_answer_is_recorded_shown_and_recorded_once(home: Path):
    first, second = line_ids(home)
    answer = home / "answer.csv"
    answer.write_text(f"line_id,status,reason\n{first},paid,\n{second},rejected,account closed\n")
    told = "1 lines paid, 0 accepted, 1 rejected, 0 not answered\n"
    assert payout("acknowledge", OCTOBER[0], str(answer), *OCTOBER[1:], "--as", "payroll.specialist").stdout == told
    again = payout("acknowledge", OCTOBER[0], str(answer), *OCTOBER[1:], "--as", "payroll.specialist")
    assert again.stdout == f"nothing new: {told}"
    status = payout("status", "2026-10").stdout
    assert "2026-10 CN01-1: paid" in status
    assert f"rejected E0002 score_bonus {second}: account closed" in status
    assert "hold " in status


def test_an_answer_in_payrolls_own_words_is_read_by_its_layout(home: Path):
    answer = home / "answer.csv"
    answer.write_bytes("工号,工资项目,成本中心,金额,处理结果,原因\nE0001,B100,CC10,5843.62,已接收,\n".encode("gb18030"))
    arguments = ["acknowledge", OCTOBER[0], str(answer), *OCTOBER[1:], "--as", "payroll.specialist", "--layout"]
    assert "1 accepted, 0 rejected, 1 not answered" in payout(*arguments, "payroll_import_gb18030").stdout
    assert "does not say how an answer is written" in payout(*arguments, "fixed_width_trailer").stderr
    assert "there is no layout 'other'" in payout(*arguments, "other").stderr


def test_a_refused_answer_ends_with_its_faults_and_code_1(home: Path):
    answer = home / "answer.csv"
    answer.write_text("line_id,status,reason\nffff,paid,\n")
    done = payout("acknowledge", OCTOBER[0], str(answer), *OCTOBER[1:], "--as", "payroll.specialist")
    assert done.exit_code == 1
    assert "answer.csv:2: 2026-10 CN01-1 has no line of line_id ffff" in done.stderr


def test_the_ledger_is_written_as_text_that_balances(home: Path):
    runner = CliRunner()
    said = runner.invoke(ledger_commands.ledger, ["export", "--format", "beancount"])
    assert loader.load_string(said.stdout)[1] == []
    path = home / "books.journal"
    assert runner.invoke(ledger_commands.ledger, ["export", "--out", str(path)]).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert "Expenses:SellingBonus:PE01:CC10" in path.read_text(encoding="utf-8")


def test_a_delivery_needs_its_target(home: Path):
    arguments = ["deliver", "2026-10", "payroll", *OCTOBER[1:], "--as", "payroll.specialist"]
    assert "there is no delivery.yaml" in payout(*arguments).stderr
    (home / "plans").mkdir()
    (home / "plans" / "delivery.yaml").write_text(
        "targets:\n  other: {host: h, user: u, known_hosts: k, private_key: p, files: ['*']}\n"
    )
    assert "delivery.yaml has no target 'payroll'; it has other" in payout(*arguments).stderr


def test_layouts_are_checked_and_have_a_schema(home: Path):
    assert "payroll_import_gb18030 version 1: delimited, gb18030, good" in payout("layout", "check").stdout
    bad = home / "bad.yaml"
    bad.write_text("layout: bad\nversion: 1\nformat: csv\n")
    done = payout("layout", "check", str(bad))
    assert done.exit_code == 1
    assert "bad.yaml:3: format" in done.stderr
    for name in ("layout", "accounts", "delivery"):
        assert json.loads(payout("layout", "schema", name).stdout)["$schema"].endswith("2020-12/schema")


def test_a_company_with_plans_of_its_own_has_neither_the_samples_layouts_nor_its_accounts(home: Path):
    (home / "plans").mkdir()
    assert "no layouts: write one into plans/layouts/" in payout("layout", "check").stdout
    assert payout("gl", *OCTOBER).exit_code == 0  # October keeps the accounts it was exported with
