"""Ocean Engine over real HTTP: rotating tokens, strings everywhere, totals, restatement, fakes (sources.md §5)."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from connectors.sandbox import credentials, serve, state
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
from connectors.sandbox.records import records

DIMENSIONS = ["stat_time_day", "cdp_project_id", "cdp_project_name", "cdp_promotion_id", "cdp_promotion_name"]
METRICS = ["stat_cost", "show_cnt", "click_cnt", "convert_cnt", "form", "attribution_convert_cnt", "dy_like"]
ADVERTISER = "1790000000000002"
ORDER = [{"field": "stat_time_day", "type": "ASC"}, {"field": "cdp_promotion_id", "type": "ASC"}]


def refresh(found: serve.Running, token: str, secret: str = credentials.OCEANENGINE_SECRET) -> dict:
    asked = {
        "app_id": credentials.OCEANENGINE_APP_ID,
        "secret": secret,
        "grant_type": "refresh_token",
        "refresh_token": token,
    }
    reply = requests.post(f"{found.endpoints['oceanengine']}/open_api/oauth2/refresh_token/", json=asked, timeout=10)
    assert reply.status_code == 200
    return reply.json()


def report(found: serve.Running, token: str, **changes: object) -> dict:
    params = {
        "advertiser_id": ADVERTISER,
        "dimensions": json.dumps(DIMENSIONS),
        "metrics": json.dumps(METRICS),
        "filters": "[]",
        "order_by": json.dumps(ORDER),
        "start_time": "2026-10-01",
        "end_time": "2026-10-30",
        "page": 1,
        "page_size": 1000,
        **changes,
    }
    url = f"{found.endpoints['oceanengine']}/open_api/v3.0/report/custom/get/"
    reply = requests.get(url, params, headers={"Access-Token": token} if token else {}, timeout=30)
    assert reply.status_code == 200
    return reply.json()


@pytest.fixture(scope="module")
def token(running: serve.Running) -> str:
    requests.post(f"{running.endpoints['oceanengine']}/__sandbox__/tokens/reset", timeout=10)
    return refresh(running, credentials.OCEANENGINE_REFRESH_TOKEN)["data"]["access_token"]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[serve.Running]:
    state.ensure(tmp_path, scale=0.02)
    with serve.serve(tmp_path) as found:
        yield found


def test_a_refresh_kills_both_old_tokens_even_across_a_restart(own: serve.Running) -> None:
    first = refresh(own, credentials.OCEANENGINE_REFRESH_TOKEN)["data"]
    second = refresh(own, first["refresh_token"])["data"]
    assert second["refresh_token"] != first["refresh_token"]
    assert refresh(own, first["refresh_token"])["code"] == 40103
    assert report(own, first["access_token"])["code"] == 40105
    assert report(own, second["access_token"])["code"] == 0
    with serve.serve(own.home) as again:
        assert report(again, second["access_token"])["code"] == 0
        assert refresh(again, credentials.OCEANENGINE_REFRESH_TOKEN)["code"] == 40103
        assert refresh(again, second["refresh_token"])["code"] == 0


def test_tokens_and_secrets_are_checked_inside_http_200(running: serve.Running, token: str) -> None:
    assert report(running, "")["code"] == 40104
    assert report(running, "invented")["code"] == 40102
    assert refresh(running, "x", secret="wrong")["code"] == 40103
    assert report(running, token)["code"] == 0


def test_values_are_strings_and_the_total_is_the_sum_of_the_rows(
    running: serve.Running, token: str, world: World
) -> None:
    data = report(running, token)["data"]
    rows = data["rows"]
    assert all(isinstance(v, str) for row in rows for part in row.values() for v in part.values())
    total = sum(Decimal(row["metrics"]["stat_cost"]) for row in rows)
    assert Decimal(data["total_metrics"]["stat_cost"]) == total
    assert data["page_info"]["total_number"] == len(rows)
    expected = {
        (r["stat_time_day"], r["cdp_promotion_id"]): r["stat_cost"]
        for r in records("oceanengine", "report", world, DEFAULT_CLOCK)
        if r["advertiser_id"] == ADVERTISER and "2026-10-01" <= r["stat_time_day"] <= "2026-10-30"
    }
    assert {
        (r["dimensions"]["stat_time_day"], r["dimensions"]["cdp_promotion_id"]): r["metrics"]["stat_cost"] for r in rows
    } == expected


def test_pages_of_ordered_rows_make_up_the_whole(running: serve.Running, token: str) -> None:
    whole = report(running, token)["data"]["rows"]
    pages = [report(running, token, page=n, page_size=40)["data"] for n in range(1, 4)]
    assert pages[0]["page_info"]["total_page"] == -(-len(whole) // 40)
    assert [row for page in pages for row in page["rows"]] == whole


def test_a_total_larger_than_the_rows_betrays_rows_that_moved_between_pages(
    running: serve.Running, token: str, plan_faults
) -> None:
    plan_faults("oceanengine", {"match": "page=2", "kind": "shift", "rows": 3})
    pages = [report(running, token, page=n, page_size=40)["data"] for n in range(1, 4)]
    keys = {json.dumps(row["dimensions"]) for page in pages for row in page["rows"]}
    assert len(keys) == pages[0]["page_info"]["total_number"] - 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"end_time": "2026-10-31", "start_time": "2026-10-01"}, 40001),
        ({"metrics": '["stat_cost","invented"]'}, 40001),
        ({"dimensions": "stat_time_day"}, 40001),
        ({"page_size": 1001}, 40001),
        ({"advertiser_id": "1"}, 40002),
    ],
)
def test_wrong_questions_are_refused(running: serve.Running, token: str, changes: dict, code: int) -> None:
    assert report(running, token, **changes)["code"] == code


def test_the_configuration_names_all_dimensions_and_metrics(running: serve.Running, token: str) -> None:
    url = f"{running.endpoints['oceanengine']}/open_api/v3.0/report/custom/config/get/"
    params = {"advertiser_id": ADVERTISER, "data_topics": '["BASIC_DATA"]'}
    body = requests.get(url, params, headers={"Access-Token": token}, timeout=10).json()
    topic = body["data"]["list"][0]
    assert set(DIMENSIONS) <= {d["field"] for d in topic["dimensions"]}
    assert set(METRICS) <= {m["field"] for m in topic["metrics"]}


def test_clues_come_with_their_sources_real_and_fake(running: serve.Running, token: str, world: World) -> None:
    url = f"{running.endpoints['oceanengine']}/open_api/2/tools/clue/get/"
    found: list[dict] = []
    page = 1
    while True:
        span = {"start_time": "2026-10-01", "end_time": "2026-10-31"}
        params = {"advertiser_ids": f"[{ADVERTISER}]", **span, "page": page, "page_size": 50}
        data = requests.get(url, params, headers={"Access-Token": token}, timeout=10).json()["data"]
        found += data["list"]
        if page >= data["page_info"]["total_page"]:
            break
        page += 1
    expected = {
        r["clue_id"]
        for r in records("oceanengine", "clues", world, DEFAULT_CLOCK)
        if r["create_time_detail"][:7] == "2026-10" and r["advertiser_id"] == ADVERTISER
    }
    assert {row["clue_id"] for row in found} == expected
    assert {1, 2, 3, 4} <= {row["clue_source"] for row in found}


def test_too_many_requests_in_a_second_are_told_by_code_40100(running: serve.Running, token: str, plan_faults) -> None:
    body = {"code": 40100, "message": "request too frequent", "request_id": "1", "data": {}}
    plan_faults("oceanengine", {"match": "report/custom/get", "kind": "body", "body": body, "times": 2})
    assert [report(running, token)["code"] for _ in range(3)] == [40100, 40100, 0]
