"""Disputes, holds, backup, recomputation and erasure by the commands of docs/ledger.md, on a whole first night."""

import csv
import shutil
from pathlib import Path

import pytest

from connectors.landing import list_landed, read_lines
from orchestration.warehouse.connect import read_warehouse
from tests.e2e.homes import incentives

MAKER, CHECKER, HR = "payroll.specialist", "finance.controller", "hr.business.partner"


def said(home: Path, *arguments: str) -> str:
    done = incentives(home, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(home: Path) -> list[dict[str, str]]:
    file = home / "out" / "payouts" / "2026-10" / "MONTHLY-1" / "payout.draft.csv"
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_a_month_is_held_contested_approved_recomputed_and_backed_up(home: Path, tmp_path: Path) -> None:
    first, second = (row["employee_no"] for row in rows(home)[:2])
    component = rows(home)[0]["component"]
    hold_id = said(home, "payout", "hold", "2026-10", second, "--as", HR, "--reason", "notice of a transfer").strip()
    assert f"{hold_id} 2026-10 {second} everything: held by {HR}" in said(home, "payout", "holds")
    said(home, "payout", "calculate", "2026-10")
    assert second not in {row["employee_no"] for row in rows(home)}
    said(home, "payout", "review", "2026-10", "--as", MAKER)
    statement = said(home, "payout", "to-sign", "2026-10", "--as", CHECKER, "--ticket", "OA-1107")
    assert "run: 2026-10 MONTHLY-1" in statement
    said(home, "payout", "approve", "2026-10", "--as", CHECKER, "--ticket", "OA-1107")
    said(home, "payout", "release", hold_id, "--as", HR, "--reason", "signed")
    dispute = said(home, "payout", "dispute", "raise", "2026-10", first, component, "--reason", "one order is missing")
    answer = ("payout", "dispute", "answer", dispute.strip(), "accepted", "--as", HR, "--reason", "it is yours")
    assert "accepted, adjustment" in said(home, *answer, "--amount", "10.00", "--in", "2026-11")
    status = said(home, "payout", "status", "2026-10")
    assert "ticket OA-1107" in status
    assert f"dispute {dispute.strip()} of {first} over {component}: accepted" in status
    assert "it is yours" in said(home, "explain", "2026-10", first, "--lang", "en")
    assert "the same bytes" in said(home, "ledger", "recompute", "2026-10", "--known", "then")
    now = said(home, "ledger", "recompute", "2026-10", "--known", "now", "--lang", "en")
    waiting = next(line for line in now.splitlines() if line.startswith(second))
    assert "then 0.00, corrected since 0.00, now " in waiting
    assert "still open 0.00" in next(line for line in now.splitlines() if line.startswith(first))

    said(home, "payout", "calculate", "2026-10", "--run", "2", "--employee", second)
    assert "MONTHLY-2: calculated" in said(home, "payout", "status", "2026-10")

    said(home, "ledger", "backup", str(tmp_path / "ledger.zip"))
    refused = incentives(home, "ledger", "restore", str(tmp_path / "ledger.zip"))
    assert "into an empty one only" in refused.stderr
    head = said(home, "audit", "verify")
    (home / "ledger.db").unlink()
    shutil.move(home / "closed", tmp_path / "closed")
    said(home, "ledger", "restore", str(tmp_path / "ledger.zip"))
    assert said(home, "audit", "verify") == head
    assert "the same bytes" in said(home, "ledger", "recompute", "2026-10", "--known", "then")


def test_a_persons_names_are_erased_and_amounts_stay(home: Path) -> None:
    person = rows(home)[0]["employee_no"]
    with read_warehouse(home) as con:
        [(key,)] = con.execute(
            "select distinct _key from raw_ihr360.staff where payload ->> 'staffNo' = ?", [person]
        ).fetchall()
        [(name,)] = con.execute(
            "select distinct payload ->> 'staffName' from restricted_ihr360.staff__names where _key = ?", [key]
        ).fetchall()
    assert name
    before = rows(home)
    erase = ("retention", "erase-person", "--employee", person, "--as", HR, "--reason", "asked in writing")
    assert "without names now" in said(home, *erase)
    said(home, "payout", "calculate", "2026-10")
    assert rows(home) == before
    with read_warehouse(home) as con:
        query = (
            "select count(*) from restricted_ihr360.staff__names where payload ->> 'staffName' is not null and _key = ?"
        )
        assert con.execute(query, [key]).fetchall() == [(0,)]
    landed = b"".join(
        line for load in list_landed(home / "landing", stream="staff__names").loads for line in read_lines(load)
    )
    assert name.encode() not in landed
    assert said(home, "audit", "verify").startswith("whole: ")


@pytest.mark.parametrize("apply", [False, True])
def test_a_purge_reports_before_it_acts(home: Path, *, apply: bool) -> None:
    old = home / "quarantine" / "targets" / "targets_202001.csv"
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_text("x", encoding="utf-8")
    told = said(home, "retention", "purge", *(("--apply", "--as", HR) if apply else ()))
    assert "quarantine: 1 files, 1 bytes" in told
    assert old.exists() is not apply
