"""The night's asset and the close's on a real data folder."""

from pathlib import Path

import dagster as dg
import pytest
from steps import calculate_october

from orchestration.defs.run_time import AS_OF_TAG
from orchestration.defs.statements import month_statements, open_statements
from orchestration.payout.room import CloseRoom

NIGHT = "2026-10-20T08:30:00+08:00"


@pytest.fixture
def home(warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    warehouse.execute(
        "insert into etl.nights values (timestamptz '2026-10-20 08:30:00+08', '2026-10-19', 'complete', true)"
    )
    monkeypatch.setenv("INCENTIVES_HOME", str(tmp_path))
    return tmp_path


def materialize(asset: dg.AssetsDefinition, partition: str | None = None) -> dg.AssetCheckEvaluation:
    result = dg.materialize([asset], partition_key=partition, tags={AS_OF_TAG: NIGHT})
    assert result.success
    return result.get_asset_check_evaluations()[0]


def test_a_night_makes_the_open_months_pages_and_the_close_its_own(room: CloseRoom, warehouse, home: Path):
    warehouse.execute("checkpoint")
    warehouse.close()
    check = materialize(open_statements)
    assert check.passed, check.description
    page = home / "out" / "statements" / "2026-10" / "E9003.zh.html"
    assert "暂估" in page.read_text(encoding="utf-8")
    assert "2026-10-19" in page.read_text(encoding="utf-8")
    before = page.stat().st_mtime_ns
    assert materialize(open_statements).passed
    assert page.stat().st_mtime_ns == before


def test_a_close_replaces_the_provisional_pages(room: CloseRoom, warehouse, home: Path):
    calculate_october(room, warehouse)
    warehouse.close()
    check = materialize(month_statements, "2026-10-01")
    assert check.passed, check.description
    page = (home / "out" / "statements" / "2026-10" / "E9003.zh.html").read_text(encoding="utf-8")
    assert "暂估" not in page
    assert "待审批" in page


def test_what_cannot_be_stated_shows_as_a_failed_check_and_fails_no_night(room: CloseRoom, warehouse, home: Path):
    warehouse.execute("drop table marts.dim_bonus_bases")
    warehouse.close()
    check = materialize(open_statements)
    assert not check.passed
    assert "the warehouse has not what scoring reads" in (check.description or "")
