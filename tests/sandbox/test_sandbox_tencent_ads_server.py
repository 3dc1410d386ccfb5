"""Tencent Ads over real HTTP: clock, nonce, rotation, JSON texts, fen, restatement, deep pages (sources.md §4)."""

import json
import time
import uuid
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
import requests

from connectors.sandbox import credentials, serve
from connectors.sandbox.company import World
from connectors.sandbox.company.channels import WECHAT
from connectors.sandbox.company.clock import DAY, DEFAULT_CLOCK, day_start, instant
from connectors.sandbox.company.figures import incurred_costs, promotion_costs
from connectors.sandbox.records import records
from connectors.sandbox.records.tencent_ads import report_rows

FIELDS = ["date", "adgroup_id", "adgroup_name", "view_count", "valid_click_count", "cost", "conversions_count"]
NOW = int(DEFAULT_CLOCK.timestamp())


def ask(found: serve.Running, path: str, token: str = "", **params: object) -> dict:
    signed = {"access_token": token, "timestamp": int(time.time()), "nonce": uuid.uuid4().hex, **params}
    reply = requests.get(f"{found.endpoints['tencent_ads']}{path}", signed, timeout=30)
    assert reply.status_code == 200
    return reply.json()


def renew(found: serve.Running, refresh_token: str, path: str = "/oauth/token", **changes: str) -> dict:
    app = {"client_id": credentials.TENCENT_CLIENT_ID, "client_secret": credentials.TENCENT_CLIENT_SECRET}
    return ask(found, path, grant_type="refresh_token", refresh_token=refresh_token, **(app | changes))


def report(found: serve.Running, token: str, **changes: object) -> dict:
    params = {
        "account_id": "28000001",
        "level": "REPORT_LEVEL_ADGROUP",
        "date_range": json.dumps({"start_date": "2026-10-01", "end_date": "2026-10-30"}),
        "group_by": '["date","adgroup_id"]',
        "fields": json.dumps(FIELDS),
        "time_line": "REQUEST_TIME",
        "page_size": 2000,
    }
    return ask(found, "/v3.0/daily_reports/get", token, **(params | changes))


def leads(found: serve.Running, token: str, **changes: object) -> dict:
    span = {"start_time": day_start(date(2026, 10, 1)), "end_time": NOW, "time_type": "TIME_TYPE_CREATED_TIME"}
    params = {"account_id": "28000001", "time_range": json.dumps(span), "page_size": 50}
    return ask(found, "/v3.0/leads_list/get", token, **(params | changes))


@pytest.fixture
def token(running: serve.Running) -> str:
    requests.post(f"{running.endpoints['tencent_ads']}/__sandbox__/tokens/reset", timeout=10)
    return renew(running, credentials.TENCENT_REFRESH_TOKEN)["data"]["access_token"]


def test_a_refresh_replaces_the_pair_and_only_one_of_the_two_calls_prolongs_it(
    running: serve.Running, token: str, plan_faults
) -> None:
    assert renew(running, credentials.TENCENT_REFRESH_TOKEN)["code"] == 11012
    requests.post(f"{running.endpoints['tencent_ads']}/__sandbox__/tokens/reset", timeout=10)
    plan_faults("tencent_ads", {"match": "/oauth/token", "kind": "age", "seconds": 20 * DAY})
    first = renew(running, credentials.TENCENT_REFRESH_TOKEN)["data"]
    assert first["refresh_token_expires_in"] < 11 * DAY
    second = renew(running, first["refresh_token"], "/oauth/refresh_token")["data"]
    assert second["refresh_token_expires_in"] > 29 * DAY
    assert report(running, first["access_token"])["code"] == 11000
    assert report(running, second["access_token"])["code"] == 0
    assert renew(running, second["refresh_token"], client_secret="wrong")["code"] == 11013


def test_the_clock_may_be_three_hundred_seconds_off_and_a_nonce_counts_once(running: serve.Running, token: str) -> None:
    now = int(time.time())
    assert report(running, token, timestamp=now - 250)["code"] == 0
    assert report(running, token, timestamp=now - 400)["code"] == 11008
    assert report(running, token, timestamp=now + 400)["code"] == 11008
    assert [report(running, token, nonce="once")["code"] for _ in range(2)] == [0, 11019]
    assert report(running, token, nonce="x" * 33)["code"] == 11019
    assert report(running, token, nonce="")["code"] == 12000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"date_range": "2026-10-01,2026-10-30"}, 12001),
        ({"date_range": json.dumps({"start_date": "2026-09-30", "end_date": "2026-10-30"})}, 12001),
        ({"date_range": json.dumps({"start_date": "2025-10-01", "end_date": "2025-10-05"})}, 12001),
        ({"fields": '["date","invented"]'}, 12001),
        ({"time_line": "ANY"}, 12001),
        ({"page_size": 2001}, 133416),
        ({"account_id": "1"}, 11005),
    ],
)
def test_wrong_questions_are_refused(running: serve.Running, token: str, changes: dict, code: int) -> None:
    assert report(running, token, **changes)["code"] == code


def test_cost_is_whole_fen_and_ids_are_numbers_in_the_report(running: serve.Running, token: str, world: World) -> None:
    data = report(running, token)["data"]
    assert data["page_info"]["total_number"] == len(data["list"]) > 30
    assert all(type(row["cost"]) is int and type(row["adgroup_id"]) is int for row in data["list"])
    shown = {
        (r["date"], r["adgroup_id"]): r["cost"]
        for r in records("tencent_ads", "report_request_time", world, DEFAULT_CLOCK)
        if r["account_id"] == "28000001" and "2026-10-01" <= r["date"] <= "2026-10-30"
    }
    assert {(r["date"], r["adgroup_id"]): r["cost"] for r in data["list"]} == shown


def test_the_platforms_spend_of_a_month_is_what_the_company_paid(world: World) -> None:
    paid = sum(Decimal(r["amount"]) for r in incurred_costs(world, date(2026, 9, 1)) if r["channel"] == WECHAT)
    rows = report_rows(world, NOW, date(2026, 9, 1), date(2026, 9, 30), "REQUEST_TIME")
    assert sum(row["cost"] for row in rows) == paid * 100


def test_finance_books_the_platforms_spend_only_as_far_back_as_the_report_does_not_reach(world: World) -> None:
    def booked(month: date) -> bool:
        return any(row["channel"] == WECHAT for row in promotion_costs(world, month))

    assert [booked(date(2025, 10, 1)), booked(date(2025, 11, 1)), booked(date(2025, 12, 1))] == [True, True, False]


def test_every_lead_of_the_channel_is_a_lead_of_the_platform(world: World) -> None:
    expected = sorted(
        lead.surname + lead.given for lead in world.leads if lead.channel == WECHAT and lead.created <= NOW
    )
    assert sorted(row["leads_name"] for row in records("tencent_ads", "leads", world, NOW)) == expected


def test_a_day_by_exposure_grows_for_three_days_and_by_event_never_changes(world: World) -> None:
    def counts(line: str, days_later: int) -> dict[int, int]:
        found: dict[int, int] = defaultdict(int)
        for month in range(1, 10):
            day = date(2026, month, 20)
            for row in report_rows(world, day_start(day) + days_later * DAY + 9 * 3600, day, day, line):
                found[month] += row["conversions_count"]
        return found

    requested = [sum(counts("REQUEST_TIME", later).values()) for later in (1, 2, 3, 4, 5)]
    assert requested[0] < requested[3] == requested[4]
    assert counts("REPORTING_TIME", 1) == counts("REPORTING_TIME", 4)


def test_yesterday_is_partial_before_eight(world: World) -> None:
    day = date(2026, 9, 15)
    early, late = (
        sum(row["cost"] for row in report_rows(world, day_start(day) + DAY + hour * 3600, day, day, "REPORTING_TIME"))
        for hour in (7, 8)
    )
    assert 0 < early < late


def test_leads_come_newest_first_and_deep_ones_only_by_the_last_row(
    running: serve.Running, token: str, plan_faults
) -> None:
    whole = leads(running, token, page_size=200)["data"]["leads_info"]
    order = [(row["leads_create_time"], row["leads_id"]) for row in whole]
    assert order == sorted(order, reverse=True)
    assert isinstance(whole[0]["adgroup_id"], str)
    plan_faults("tencent_ads", {"match": "leads_list", "kind": "shallow", "rows": 10})
    first = leads(running, token, page_size=10)["data"]["leads_info"]
    assert leads(running, token, page_size=10, page=2)["code"] == 12001
    rest, last = [], first[-1]
    while True:
        place = json.dumps([str(instant(last["leads_create_time"]) * 1000), str(last["leads_id"])])
        page = leads(running, token, page_size=10, last_search_after_values=place)["data"]["leads_info"]
        if not page:
            break
        rest += page
        last = page[-1]
    assert first + rest == whole
    plan_faults("tencent_ads", {"match": "leads_list", "kind": "shallow", "rows": 5000})
    leads(running, token)
