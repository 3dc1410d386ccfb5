"""From the draft to the file that payroll gets, by the commands of the README."""

import csv
from pathlib import Path

from beancount import loader

from tests.e2e.homes import incentives, night

MAKER, CHECKER = "payroll.specialist", "finance.controller"


def _payout(home: Path, *arguments: str) -> str:
    done = incentives(home, "payout", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_month_is_reviewed_approved_exported_and_verified(home: Path) -> None:
    run = home / "out" / "payouts" / "2026-10" / "MONTHLY-1"
    too_early = incentives(home, "payout", "export", "2026-10", "--as", MAKER)
    assert too_early.returncode == 1
    assert not (run / "payout.csv").exists()

    _payout(home, "review", "2026-10", "--as", MAKER, "--note", "OA-2026-1103")
    alone = incentives(home, "payout", "approve", "2026-10", "--as", MAKER)
    assert alone.returncode == 1
    assert "refused" in alone.stderr
    _payout(home, "approve", "2026-10", "--as", CHECKER)
    _payout(home, "export", "2026-10", "--as", MAKER)
    assert (run / "payout.csv").read_bytes() == (run / "payout.draft.csv").read_bytes()
    said = _payout(home, "verify", str(run / "payout.csv"))
    assert "FAILED" not in said
    assert "exported by" in _payout(home, "status", "2026-10")
    assert incentives(home, "audit", "verify").stdout.startswith("whole: ")

    with (run / "payout.csv").open("a", encoding="utf-8") as file:
        file.write("one more line\n")
    assert incentives(home, "payout", "verify", str(run / "payout.csv")).returncode == 1


def test_payroll_gets_its_files_the_books_balance_and_its_answer_comes_back(home: Path, tmp_path: Path) -> None:
    _payout(home, "review", "2026-10", "--as", MAKER)
    _payout(home, "approve", "2026-10", "--as", CHECKER)
    _payout(home, "export", "2026-10", "--as", MAKER)
    run = home / "out" / "payouts" / "2026-10" / "MONTHLY-1"
    files = sorted(path for path in run.rglob("*") if path.is_file())
    assert {path.suffix for path in files} == {".csv", ".json", ".xlsx", ".txt"}
    for path in files:
        assert "FAILED" not in _payout(home, "verify", str(path))
    assert _payout(home, "gl", "2026-10") == (run / "gl_posting.csv").read_text(encoding="utf-8")

    rows = list(csv.DictReader((run / "payout.csv").read_text(encoding="utf-8").splitlines()))
    answer = tmp_path / "answer.csv"
    words = [f"{row['line_id']},paid," for row in rows[:-1]] + [f"{rows[-1]['line_id']},rejected,account closed"]
    answer.write_text("line_id,status,reason\n" + "\n".join(words) + "\n", encoding="utf-8")
    for prefix in ("", "nothing new: "):
        said = _payout(home, "acknowledge", "2026-10", str(answer), "--as", MAKER)
        assert said.startswith(f"{prefix}{len(rows) - 1} lines paid, 0 accepted, 1 rejected, 0 not answered")
    status = _payout(home, "status", "2026-10")
    assert f"rejected {rows[-1]['employee_no']}" in status
    assert "hold" in status

    books = incentives(home, "ledger", "export", "--format", "beancount")
    assert books.returncode == 0, books.stderr
    _, errors, _ = loader.load_string(books.stdout)
    assert not errors


def test_an_approved_month_is_left_alone_by_the_next_night(home: Path) -> None:
    _payout(home, "review", "2026-10", "--as", MAKER)
    _payout(home, "approve", "2026-10", "--as", CHECKER)
    run = home / "out" / "payouts" / "2026-10" / "MONTHLY-1"
    before = (run / "payout.draft.csv").read_bytes()
    assert incentives(home, "sandbox", "advance", "2d").returncode == 0
    night(home)
    assert (run / "payout.draft.csv").read_bytes() == before
    assert "locked" in _payout(home, "status", "2026-10")


def test_every_amount_is_explained_down_to_a_record_in_both_languages(home: Path) -> None:
    run = home / "out" / "payouts" / "2026-10" / "MONTHLY-1"
    rows = list(csv.DictReader((run / "payout.draft.csv").read_text(encoding="utf-8").splitlines()))
    row = rows[-1]
    for language, word in (("zh", "数据来源"), ("en", "Where the numbers come from")):
        said = incentives(home, "explain", "2026-10", row["employee_no"], "--lang", language)
        assert said.returncode == 0, said.stderr
        assert row["amount"] in said.stdout
        assert word in said.stdout
        assert "kingdee/" in said.stdout or "zoho_crm/" in said.stdout or "file_drop/" in said.stdout
    nobody = incentives(home, "explain", "2026-10", "E0000")
    assert nobody.returncode == 1
    assert "E0000" in nobody.stderr
