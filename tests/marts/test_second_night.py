"""A week later: a refund, a customer that changed hands and a source that stopped, and what they may move."""

import json
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.load import load
from tests.marts.conftest import BuiltMarts, Rows, ask, dbt
from tests.warehouse.land import land
from tests.warehouse.sample import build_sample
from tests.warehouse.streams import stream

MEASUREMENTS = (
    "select * exclude (as_of) from marts.fct_kpi_measurements where period_end <= date '2026-11-01' order by all"
)
GROWING = {
    "fct_ad_performance": "select * from marts.fct_ad_performance order by all",
    "int_crm_owner_versions": "select * from intermediate.int_crm_owner_versions order by all",
    "int_account_versions": "select * from intermediate.int_account_versions order by all",
    "int_contact_versions": "select * from intermediate.int_contact_versions order by all",
}


@dataclass(frozen=True, slots=True)
class SecondNight:
    """The data folder after the night of 10 November, and what October looked like a week before."""

    home: Path
    october_before: Rows
    handed_over: str
    """The account that went from E9003 to E9004 on 5 November."""

    def ask(self, query: str, *values: object) -> Rows:
        return ask(self.home, query, *values)


@pytest.fixture(scope="module")
def later(marts: BuiltMarts, tmp_path_factory: pytest.TempPathFactory) -> SecondNight:
    home = tmp_path_factory.mktemp("second") / "home"
    shutil.copytree(marts.home, home)
    as_of = marts.sample.as_of + timedelta(days=7)
    build_sample(home, nights=[as_of], world=marts.sample.world)
    with open_warehouse(home, holder="a test") as con:
        account = _hand_over(con, home / "landing")
        # the platform stopped on 5 November: every later night stays known through that day
        con.execute(
            "update etl.stream_outcomes set state = 'failed', complete_through = timestamptz '2026-11-05 00:00:00+08' "
            "where source = 'oceanengine' and stream = 'report' and as_of = ?",
            [as_of],
        )
    dbt(home, as_of, "run").raise_for_failure()
    return SecondNight(home, marts.ask(MEASUREMENTS), account)


def _hand_over(con: duckdb.DuckDBPyConnection, landing: Path) -> str:
    """The last load of the night shows an account of E9003 with E9004 as its owner, and without its industry."""
    rows = con.execute(
        "select a.source_key, u.user_id "
        "from intermediate.int_customer_month_ends a, intermediate.int_identities__employees i "
        "inner join staging.stg_zoho_crm__users u on u.user_id = i.source_user_id "
        "where a.owner_employee_no = 'E9003' and i.employee_no = 'E9004' and a.has_file order by 1 limit 1"
    ).fetchall()
    account, user = rows[0]
    (payload,) = con.execute(
        "select payload from raw_zoho_crm.accounts where _key = ? order by _load_seq desc limit 1", [account]
    ).fetchall()[0]
    changed = {"Owner": {"id": user}, "Industry": None, "Modified_Time": "2026-11-05T10:00:00+08:00"}
    record = json.loads(payload) | changed
    spec = stream("zoho_crm", "accounts")
    load(con, land(landing, spec, [record], account="sample"), spec)
    return account


def test_nothing_that_happens_later_moves_a_closed_month(later: SecondNight) -> None:
    assert later.ask(MEASUREMENTS) == later.october_before


def test_a_refund_after_the_close_counts_in_the_month_of_the_return(later: SecondNight) -> None:
    rows = later.ask(
        "select strftime(occurred_on, '%Y-%m'), sum(numerator)::bigint from marts.fct_kpi_contributions "
        "where metric_id = 'sales_revenue_attainment' and employee_no = 'E9007' and numerator <> 0 "
        "group by 1 order by 1"
    )
    assert rows == [("2026-10", 80000), ("2026-11", -30000)]


def test_a_customer_that_changed_hands_counts_for_the_new_owner_from_then_on(later: SecondNight) -> None:
    rows = later.ask(
        "select strftime(month_start, '%Y-%m'), owner_employee_no from marts.fct_customer_files "
        "where customer_id = ? and month_start >= date '2026-10-01' order by 1",
        later.handed_over,
    )
    assert rows == [("2026-10", "E9003"), ("2026-11", "E9004")]


def test_a_file_that_lost_a_field_was_right_in_the_month_before(later: SecondNight) -> None:
    rows = later.ask(
        "select checked_field_count - correct_field_count from marts.fct_customer_files "
        "where customer_id = ? and month_start >= date '2026-10-01' order by month_start",
        later.handed_over,
    )
    assert rows == [(0,), (1,)]


def test_a_source_that_stopped_makes_its_metrics_missing_and_no_others(later: SecondNight) -> None:
    rows = dict(
        later.ask(
            "select metric_id, state || ': ' || state_reason from marts.fct_kpi_measurements "
            "where subject_id = 'E9002' and period_id = '2026-11' "
            "and metric_id in ('ad_ctr', 'cost_per_lead', 'lead_count')"
        )
    )
    reason = "missing: not complete through the period: oceanengine.report"
    assert rows == {"ad_ctr": reason, "cost_per_lead": reason, "lead_count": "ok: "}


def test_values_behind_a_missing_source_are_absent_rather_than_zero(later: SecondNight) -> None:
    assert later.ask(
        "select distinct numerator, denominator from marts.fct_kpi_measurements "
        "where metric_id = 'ad_impressions' and period_id = '2026-11'"
    ) == [(None, None)]


def test_growing_tables_hold_after_nights_what_a_rebuild_gives(later: SecondNight, marts: BuiltMarts) -> None:
    grown = {name: later.ask(query) for name, query in GROWING.items()}
    assert [name for name, query in GROWING.items() if len(grown[name]) <= len(marts.ask(query))] == []
    as_of = marts.sample.as_of + timedelta(days=7)
    dbt(later.home, as_of, "run", "--full-refresh", "--select", *GROWING).raise_for_failure()
    assert {name: later.ask(query) for name, query in GROWING.items()} == grown
