"""Staging holds the latest readable version of every key, reads only what is new, and keeps rejects beside it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.warehouse.connect import open_warehouse, read_warehouse
from orchestration.warehouse.dbt import DbtResult, run_dbt
from orchestration.warehouse.load import load
from orchestration.warehouse.schema import ensure_tables
from tests.warehouse.land import NIGHT, land
from tests.warehouse.streams import STREAMS, stream

LEADS = stream("zoho_crm", "leads")
CLUES = stream("oceanengine", "clues")


class Company:
    """A data folder whose nights a test tells one by one."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.night = 0
        with open_warehouse(home, holder="a test") as con:
            ensure_tables(con, STREAMS)

    def land(self, spec: Any, records: list[dict[str, Any]], **facts: Any) -> None:
        self.night += 1
        landed = land(self.home / "landing", spec, records, as_of=NIGHT + timedelta(days=self.night), **facts)
        with open_warehouse(self.home, holder="a test") as con:
            load(con, landed, spec)

    def stage(self, *models: str, **variables: object) -> DbtResult:
        result = run_dbt(
            ["build", "--select", *models, "staging_rejects", "--exclude-resource-type", "unit_test"],
            home=self.home,
            as_of=NIGHT,
            vars=variables,
        )
        return result.raise_for_failure()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with read_warehouse(self.home) as con:
            return con.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        with open_warehouse(self.home, holder="a test") as con:
            con.execute(sql)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path / "home")


def _lead(number: int, employees: object = 10, **more: object) -> dict[str, Any]:
    return {"id": str(number), "Created_Time": "2026-10-01T00:00:00+08:00", "No_of_Employees": employees, **more}


def _leads(company: Company) -> list[tuple[Any, ...]]:
    return company.rows("select lead_id, employees_count, is_deleted from staging.stg_zoho_crm__leads order by 1")


def test_a_bad_version_takes_the_record_out_and_a_good_one_brings_it_back(company: Company) -> None:
    company.land(LEADS, [_lead(1), _lead(2, "many"), _lead(3)])
    company.stage("stg_zoho_crm__leads")
    assert _leads(company) == [("1", 10, False), ("3", 10, False)]
    rejects = "select source_system, source_stream, source_key, column_name, reason from staging.staging_rejects"
    assert company.rows(rejects) == [("zoho_crm", "leads", "2", "employees_count", "not a integer")]
    assert company.rows("select payload->>'No_of_Employees' from staging.staging_rejects") == [("many",)]

    company.land(LEADS, [_lead(2, 20), _lead(3, "few")])
    company.stage("stg_zoho_crm__leads")
    assert _leads(company) == [("1", 10, False), ("2", 20, False)]
    assert company.rows(rejects) == [("zoho_crm", "leads", "3", "employees_count", "not a integer")]

    deleted = stream("zoho_crm", "deleted_leads")
    company.land(deleted, [{"id": "1"}, {"id": "3"}])
    company.stage("stg_zoho_crm__leads")
    assert _leads(company) == [("1", 10, True), ("2", 20, False)]
    assert company.rows(rejects) == []


def test_a_night_reads_only_what_was_loaded_since(company: Company) -> None:
    company.land(LEADS, [_lead(1), _lead(2)])
    company.stage("stg_zoho_crm__leads")
    company.change("update staging.stg_zoho_crm__leads set industry = 'left alone'")
    company.stage("stg_zoho_crm__leads")
    company.land(LEADS, [_lead(2, 11)])
    company.stage("stg_zoho_crm__leads")
    found = company.rows("select lead_id, employees_count, industry from staging.stg_zoho_crm__leads order by 1")
    assert found == [("1", 10, "left alone"), ("2", 11, None)]


def test_a_changed_definition_builds_the_model_from_all_history(company: Company) -> None:
    record = {"clue_id": "a", "advertiser_id": "1", "clue_source": 1, "create_time_detail": "2026-10-01 00:00:00"}
    company.land(CLUES, [record])
    company.stage("stg_oceanengine__clues")
    countable = "select is_countable from staging.stg_oceanengine__clues"
    assert company.rows(countable) == [(True,)]
    company.stage("stg_oceanengine__clues", uncountable_clue_sources=[1])
    assert company.rows(countable) == [(False,)]


def test_a_restated_day_replaces_its_row_and_leaves_the_other_days(company: Company) -> None:
    report = stream("oceanengine", "report")

    def row(day: str, cost: str) -> dict[str, str]:
        return dict.fromkeys(report.columns, "1") | {"stat_time_day": day, "stat_cost": cost}

    company.land(report, [row(f"2026-10-{day:02d}", "10") for day in range(1, 31)])
    company.stage("stg_oceanengine__report")
    company.land(report, [row("2026-10-29", "12.5"), row("2026-10-30", "-"), row("2026-10-31", "7")])
    company.stage("stg_oceanengine__report")
    summary = company.rows(
        "select count(*), count(distinct stat_on), sum(cost_amount), count(cost_amount) "
        "from staging.stg_oceanengine__report"
    )
    assert [tuple(map(float, row)) for row in summary] == [(31.0, 31.0, 299.5, 30.0)]


def test_records_without_a_key_and_null_amounts_are_listed_not_counted_as_zero(company: Company) -> None:
    deals = stream("zoho_crm", "deals")
    orders = stream("kingdee", "sales_orders")
    company.land(deals, [{"id": None, "Stage": "x", "Created_Time": "2026-10-01T00:00:00Z"}])
    order = {"FID": 1, "FSaleOrderEntry_FEntryID": 1, "FBillNo": "A", "FDate": "2026-10-01", "FDocumentStatus": "C"}
    company.land(orders, [order | {"FAllAmount_LC": None}, order | {"FID": 2, "FAllAmount_LC": "1,200.00"}])
    company.stage("stg_zoho_crm__deals", "stg_kingdee__sales_orders")
    assert company.rows("select count(*) from staging.stg_kingdee__sales_orders") == [(0,)]
    assert company.rows("select count(*) from staging.stg_zoho_crm__deals") == [(0,)]
    assert company.rows("select source_stream, column_name, reason from staging.staging_rejects order by all") == [
        ("deals", "_key", "a part of the natural key is missing"),
        ("deals", "deal_id", "missing"),
        ("sales_orders", "amount", "missing"),
        ("sales_orders", "amount", "not a decimal(18, 2)"),
    ]
