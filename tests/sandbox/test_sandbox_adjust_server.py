"""Adjust over real HTTP: the encoded plus, texts against numbers, 204, 504, cost that arrives days later (§8)."""

from decimal import Decimal

import pytest
import requests

from connectors.sandbox import credentials, serve
from connectors.sandbox.company import World
from connectors.sandbox.company.channels import DOUYIN
from connectors.sandbox.company.clock import DAY, DEFAULT_CLOCK, day_of
from connectors.sandbox.records import records

NOW = int(DEFAULT_CLOCK.timestamp())
DIMENSIONS = "day,app_token,app,partner_name,channel,campaign_id_network,campaign"


def ask(found: serve.Running, headers: dict[str, str] | None = None, **changes: str) -> requests.Response:
    params = {
        "dimensions": DIMENSIONS,
        "metrics": "installs,clicks,impressions,sessions,cost",
        "date_period": "2026-10-01:2026-10-07",
        "utc_offset": "+08:00",
        **changes,
    }
    sent = {"Authorization": f"Bearer {credentials.ADJUST_API_TOKEN}", "X-Account-ID": "7000001", **(headers or {})}
    return requests.get(f"{found.endpoints['adjust']}/reports-service/report", params, headers=sent, timeout=30)


def test_rows_are_texts_and_totals_are_their_sum_as_numbers(running: serve.Running) -> None:
    body = ask(running).json()
    assert body["pagination"] is None
    for name in ("installs", "clicks", "cost"):
        assert all(isinstance(row[name], str) for row in body["rows"])
        assert isinstance(body["totals"][name], int | float)
        assert Decimal(str(body["totals"][name])) == sum(Decimal(row[name]) for row in body["rows"])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"date_period": "2026-10-01:2026-10-10"}, 200),
        ({"date_period": "2026-10-01:2026-10-11"}, 504),
        ({"date_period": "2024-10-01:2024-10-05"}, 204),
        ({"date_period": "yesterday"}, 400),
        ({"metrics": "installs,invented"}, 400),
        ({"utc_offset": " 08:00"}, 400),
        ({"cohort_maturity": "young"}, 400),
    ],
)
def test_the_status_tells_what_is_wrong(running: serve.Running, changes: dict[str, str], status: int) -> None:
    reply = ask(running, **changes)
    assert reply.status_code == status
    assert (reply.content == b"") == (status == 204)


def test_token_and_account_are_checked(running: serve.Running) -> None:
    assert ask(running, {"Authorization": "Bearer wrong"}).status_code == 401
    assert ask(running, {"X-Account-ID": "1"}).status_code == 403


def test_cost_of_a_day_is_nothing_until_five_days_later(world: World) -> None:
    def cost(ts: int) -> Decimal:
        rows = records("adjust", "report", world, ts)
        return sum((Decimal(row["cost"]) for row in rows if row["day"] == "2026-10-10"), Decimal(0))

    start = NOW - 24 * DAY - 9 * 3600  # the first moment of the tenth
    assert cost(start + 5 * DAY - 1) == 0 < cost(start + 5 * DAY) == cost(NOW)


def test_every_lead_of_a_paid_campaign_is_behind_an_install(world: World) -> None:
    ids = {campaign.id for campaign in world.campaigns[DOUYIN]}
    leads = sum(lead.campaign_id in ids and day_of(lead.created) < day_of(NOW) for lead in world.leads)
    installs = sum(
        int(r["installs"]) for r in records("adjust", "report", world, NOW) if r["campaign_id_network"] in ids
    )
    assert installs >= leads > 0
