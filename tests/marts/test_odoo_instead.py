"""The same company with Odoo for its CRM and ERP: the same figures, behind the same models."""

from datetime import date
from decimal import Decimal

import pytest

from connectors.sandbox import planted
from tests.marts.conftest import BuiltMarts, dbt
from tests.warehouse.sample import ODOO_STREAMS, build_sample

ANSWERS = planted.load().answers
FUNNEL = {
    "follow_up": ("CMP-P-FOLLOW", date(2026, 7, 1)),
    "zhihu_thirty": ("ZH90001", date(2026, 8, 1)),
    "wechat_ten": ("CMP-P-WXAUG", date(2026, 8, 1)),
    "hundred_thousand": ("CMP-P-100K", date(2026, 9, 1)),
    "wechat_10k": ("CMP-P-WX10K", date(2026, 10, 1)),
}
SAME = (
    *("sales_revenue_attainment", "new_customer_count", "average_order_value", "repeat_purchase_rate", "renewal_rate"),
    *("won_amount", "opportunity_win_rate", "mql_count", "sql_count", "cost_per_mql", "customer_acquisition_cost"),
    *("roas", "roi_net"),
)
MEASURED = (
    "select metric_id, grain, subject_id, period_id, numerator, denominator, state from marts.fct_kpi_measurements "
    "where list_contains(?::varchar[], metric_id) order by all"
)


@pytest.fixture(scope="module")
def odoo(marts: BuiltMarts, tmp_path_factory: pytest.TempPathFactory) -> BuiltMarts:
    """Zoho and Kingdee are switched off and their tables are empty."""
    home = tmp_path_factory.mktemp("odoo")
    sample = build_sample(home, world=marts.sample.world, streams=ODOO_STREAMS)
    result = dbt(home, sample.as_of, "build", "--exclude-resource-type", "unit_test")
    return BuiltMarts(sample, result)


def test_everything_builds_and_every_check_of_dbt_passes(odoo: BuiltMarts) -> None:
    assert odoo.result.raise_for_failure().failures == ()
    assert odoo.ask("select count(*) from staging.stg_zoho_crm__leads") == [(0,)]
    assert odoo.ask("select count(*) from staging.stg_kingdee__sales_orders") == [(0,)]


@pytest.mark.parametrize("fact", sorted(FUNNEL))
def test_the_planted_funnels_are_the_planted_answers(odoo: BuiltMarts, fact: str) -> None:
    campaign, month = FUNNEL[fact]
    (row,) = odoo.ask(
        "select lead_count, followed_up_count, won_count, spend_amount, won_amount "
        "from marts.fct_channel_performance where campaign_id = ? and month_start = ?",
        campaign,
        month,
    )
    answer = ANSWERS[fact]
    known = {"leads": row[0], "followed_up": row[1], "won": row[2], "customers": row[2], "deals": row[2]}
    known |= {"cost": f"{row[3]:.2f}", "revenue": f"{row[4]:.2f}"}
    asked = answer.keys() & known.keys()
    assert "leads" in asked
    assert {name: known[name] for name in asked} == {name: answer[name] for name in asked}


@pytest.mark.parametrize(("fact", "employee"), [("attainment_exact", "E9005"), ("attainment_above", "E9006")])
def test_planted_attainment_is_exact_to_the_fen(odoo: BuiltMarts, fact: str, employee: str) -> None:
    answer = ANSWERS[fact]
    assert odoo.ask(
        "select numerator, denominator, state from marts.fct_kpi_measurements "
        "where metric_id = 'sales_revenue_attainment' and subject_id = ? and period_id = '2026-10'",
        employee,
    ) == [(Decimal(answer["revenue"]), Decimal(answer["target"]), "ok")]


def test_sales_and_funnel_figures_of_everybody_are_those_of_the_other_systems(
    odoo: BuiltMarts, marts: BuiltMarts
) -> None:
    found = odoo.ask(MEASURED, list(SAME))
    assert len(found) > 2000
    assert found == marts.ask(MEASURED, list(SAME))


def test_leads_differ_only_by_the_tags_that_odoo_does_not_tell(odoo: BuiltMarts, marts: BuiltMarts) -> None:
    leads = "select count(*) from marts.fct_leads where is_countable"
    tagged = marts.ask("select count(*) from marts.fct_leads where not_countable_reason = 'test'")
    assert tagged == [(ANSWERS["fake_leads"]["tagged"],)]
    assert odoo.ask(leads)[0][0] == marts.ask(leads)[0][0] + tagged[0][0]


def test_money_given_back_comes_from_credit_notes(odoo: BuiltMarts, marts: BuiltMarts) -> None:
    returned = "select count(*), sum(amount) from marts.fct_orders where entry_type = 'return'"
    assert odoo.ask(returned) == marts.ask(returned)
    assert odoo.ask("select distinct source_stream from marts.fct_orders where entry_type = 'return'") == [
        ("credit_notes",)
    ]


def test_an_owner_nobody_can_be_mapped_to_is_listed_under_odoo(odoo: BuiltMarts) -> None:
    answer = ANSWERS["unmapped_owner"]
    assert odoo.ask("select first_seen_on, records from marts.unmapped_identities where source_system = 'odoo'") == [
        (answer["first_seen_on"], answer["leads"])
    ]


def test_what_odoo_does_not_hold_is_missing_and_not_zero(odoo: BuiltMarts) -> None:
    assert odoo.ask(
        "select distinct state, state_reason from marts.fct_kpi_measurements "
        "where metric_id = 'customer_file_coverage' and period_id = '2026-10'"
    ) == [("missing", "not complete through the period: zoho_crm.accounts")]
