"""A metric waits for the streams a company has: a feed stands in for a system that is switched off, and only then."""

import duckdb
import pytest
from ruamel.yaml import YAML

from connectors.registry import known_specs
from orchestration.warehouse.reference import CATALOGUE, replace_metric_catalogue

CRM, FEED = "zoho_crm.deals", "file_drop.opportunities"


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        (None, [CRM]),
        ({CRM}, [CRM]),
        ({CRM, FEED}, [CRM]),
        ({FEED}, [FEED]),
        (set[str](), [CRM]),
    ],
)
def test_the_feed_stands_in_where_the_system_is_switched_off(streams: set[str] | None, expected: list[str]) -> None:
    with duckdb.connect() as con:
        replace_metric_catalogue(con, streams=streams)
        row = con.execute("select sources from reference.metric_catalogue where metric_id = 'won_amount'").fetchone()
    assert row == (expected,)


def test_two_systems_with_one_stand_in_are_waited_for_once() -> None:
    with duckdb.connect() as con:
        replace_metric_catalogue(con, streams={FEED})
        row = con.execute(
            "select sources from reference.metric_catalogue where metric_id = 'sales_revenue_attainment'"
        ).fetchone()
    assert row == ([FEED],)


def test_every_stand_in_names_streams_that_exist() -> None:
    document = YAML(typ="safe", pure=True).load(CATALOGUE.read_text(encoding="utf-8"))
    known = {f"{spec.source}.{spec.name}" for spec in known_specs()}
    named = {*document["stands_in"], *document["optional"]}
    for given in document["stands_in"].values():
        named |= {it for said in ([given] if isinstance(given, str) else given) for it in said.split(" + ")}
    assert named <= known


def test_another_system_stands_in_before_a_file_and_only_whole() -> None:
    orders = ["odoo.orders", "odoo.order_lines"]
    with duckdb.connect() as con:
        for streams, expected in (
            ({*orders, FEED}, orders),
            ({"odoo.orders", FEED}, [FEED]),
            ({*orders, "kingdee.sales_orders"}, ["kingdee.sales_orders"]),
        ):
            replace_metric_catalogue(con, streams=streams)
            row = con.execute(
                "select sources from reference.metric_catalogue where metric_id = 'new_customer_count'"
            ).fetchone()
            assert row == (expected,)


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ({"oceanengine.report"}, ["oceanengine.report"]),
        ({"oceanengine.report", "file_drop.zhihu_ads"}, ["oceanengine.report", "file_drop.zhihu_ads"]),
        (set[str](), ["oceanengine.report", "tencent_ads.report_reporting_time", "file_drop.zhihu_ads"]),
    ],
)
def test_a_platform_that_is_switched_off_is_not_waited_for(streams: set[str], expected: list[str]) -> None:
    with duckdb.connect() as con:
        replace_metric_catalogue(con, streams=streams)
        row = con.execute("select sources from reference.metric_catalogue where metric_id = 'ad_ctr'").fetchone()
    assert row == (expected,)
