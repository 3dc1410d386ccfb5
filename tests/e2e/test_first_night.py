"""What a new user gets from the first command."""

import csv
import hashlib
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from connectors.sandbox import planted
from tests.e2e.conftest import FirstNight
from tests.e2e.homes import bytes_that_count, night

COLUMNS = [
    *("payer_entity", "pay_group", "run_no", "work_period", "pay_month", "employee_no", "pay_item_code"),
    *("component", "amount", "currency", "cost_centre", "origin_period", "line_id", "revision"),
]


@pytest.fixture
def run(first_night: FirstNight) -> Path:
    return first_night.home / "out" / "payouts" / "2026-10" / "MONTHLY-1"


def test_the_summary_tells_sources_state_checks_kpis_people_and_paths(first_night: FirstNight) -> None:
    said = first_night.done.stdout
    assert "Night of business date 2026-11-02: complete" in said
    for word in ("zoho_crm", "oceanengine", "kingdee", "ihr360", "file_drop", "lead_count", "线索数量", "0 failed"):
        assert word in said
    assert "Payout 2026-10 MONTHLY run 1 (calculated" in said
    assert "out/payouts/2026-10/MONTHLY-1" in said


def test_the_draft_has_the_agreed_columns_and_adds_up_to_its_manifest(run: Path) -> None:
    text = (run / "payout.draft.csv").read_bytes()
    assert b"\r" not in text
    rows = list(csv.DictReader(text.decode("utf-8").splitlines()))
    assert list(rows[0]) == COLUMNS
    manifest = json.loads((run / "payout.manifest.json").read_bytes())
    assert manifest["status"] == "calculated"
    assert manifest["file"]["sha256"] == hashlib.sha256(text).hexdigest()
    total = sum(Decimal(row["amount"]) for row in rows)
    assert total * 100 == manifest["totals"]["by_currency"]["CNY"]["sum_fen"]
    for key, column in (("by_component", "component"), ("by_payer", "payer_entity")):
        for name, control in manifest["totals"][key].items():
            own = [Decimal(row["amount"]) for row in rows if f"{row[column]} {row['currency']}" == name]
            assert (len(own), sum(own) * 100) == (control["lines"], control["sum_fen"])
    assert len({row["line_id"] for row in rows}) == len(rows)


def test_a_person_has_one_line_per_component_and_one_more_for_a_change_of_plan(run: Path) -> None:
    rows = list(csv.DictReader((run / "payout.draft.csv").read_text(encoding="utf-8").splitlines()))
    counts = Counter((row["employee_no"], row["component"]) for row in rows)
    moved = planted.load().answers["transfer"]["where"].split()[-1]
    assert {key for key, count in counts.items() if count > 1} == {(moved, "score_bonus")}
    assert counts[moved, "score_bonus"] == 2


def test_nothing_but_an_approval_writes_the_final_file(run: Path) -> None:
    assert not (run / "payout.csv").exists()


def test_analysts_open_the_published_copy_without_the_warehouse(first_night: FirstNight) -> None:
    current = first_night.home / "published" / "current"
    with duckdb.connect(str(current / "marts.duckdb"), read_only=True) as con:
        row = con.execute("select count(*) from fct_kpi_measurements where cadence = 'month'").fetchone()
    parquet = duckdb.sql(f"select count(*) from read_parquet('{current}/fct_kpi_measurements/*.parquet')").fetchone()
    assert row
    assert parquet
    assert row[0] > 100
    assert parquet[0] >= row[0]


def test_no_name_phone_or_address_of_a_person_is_in_landing_or_logs(first_night: FirstNight) -> None:
    with duckdb.connect(str(first_night.home / "warehouse.duckdb"), read_only=True) as con:
        names = {
            row[0]
            for row in con.execute("select payload ->> '$.staffName' from restricted_ihr360.staff__names").fetchall()
        }
        landed = con.execute("select string_agg(payload::varchar) from raw_ihr360.staff").fetchone()
    assert len(names) > 5
    assert landed
    said = first_night.done.stdout + first_night.done.stderr
    assert not [name for name in names if name in landed[0] or name in said]


def test_the_same_night_again_finds_nothing_new_and_leaves_the_same_bytes(home: Path) -> None:
    before = bytes_that_count(home)
    said = night(home).stdout
    assert "complete" in said
    assert bytes_that_count(home) == before
