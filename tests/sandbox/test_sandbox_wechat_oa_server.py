"""A WeChat official account over real HTTP: the stable token, spans of days, late numbers, growing articles (§6)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from connectors.sandbox import credentials, serve, state
from connectors.sandbox.company import World
from connectors.sandbox.company.channels import WECHAT
from connectors.sandbox.company.clock import DAY, DEFAULT_CLOCK, day_of
from connectors.sandbox.records import records

NOW = int(DEFAULT_CLOCK.timestamp())
APP = {
    "grant_type": "client_credential",
    "appid": credentials.WECHAT_APPID,
    "secret": credentials.WECHAT_SECRET,
}


def post(found: serve.Running, path: str, body: dict, **query: str) -> dict:
    reply = requests.post(f"{found.endpoints['wechat_oa']}{path}", params=query, json=body, timeout=30)
    assert reply.status_code == 200
    return reply.json()


def token_of(found: serve.Running, **changes: object) -> dict:
    return post(found, "/cgi-bin/stable_token", APP | {"force_refresh": False} | changes)


def ask(found: serve.Running, name: str, first: str, last: str, token: str | None = None) -> dict:
    token = token_of(found)["access_token"] if token is None else token
    return post(found, f"/datacube/{name}", {"begin_date": first, "end_date": last}, access_token=token)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[serve.Running]:
    state.ensure(tmp_path, scale=0.02)
    with serve.serve(tmp_path) as found:
        yield found


def test_everybody_gets_the_same_token_until_somebody_forces_another(own: serve.Running) -> None:
    first = token_of(own)
    assert token_of(own)["access_token"] == first["access_token"]
    assert first["expires_in"] == 7200
    forced = token_of(own, force_refresh=True)
    assert forced["access_token"] != first["access_token"]
    assert ask(own, "getusercumulate", "2026-11-01", "2026-11-01", first["access_token"])["errcode"] == 40001
    assert "errcode" not in ask(own, "getusercumulate", "2026-11-01", "2026-11-01", forced["access_token"])
    assert token_of(own)["access_token"] == forced["access_token"]
    assert token_of(own, force_refresh=True)["errcode"] == 45011  # within thirty seconds


def test_a_wrong_secret_and_a_missing_token_are_told_inside_http_200(running: serve.Running) -> None:
    assert token_of(running, secret="wrong")["errcode"] == 40125
    assert token_of(running, appid="wxother")["errcode"] == 40013
    assert ask(running, "getusersummary", "2026-11-01", "2026-11-01", "")["errcode"] == 41001
    assert ask(running, "getusersummary", "2026-11-01", "2026-11-01", "invented")["errcode"] == 40001


@pytest.mark.parametrize(
    ("name", "first", "last", "code"),
    [
        ("getusersummary", "2026-10-01", "2026-10-08", 61501),
        ("getarticletotaldetail", "2026-10-01", "2026-10-02", 61501),
        ("getbizsummary", "2026-10-01", "2026-10-31", 61501),
        ("getusercumulate", "2026-11-03", "2026-11-03", 61501),
        ("getusercumulate", "20261101", "2026-11-01", None),
        ("getusercumulate", "1.11.2026", "2026-11-01", 61500),
        ("getarticletotal", "2026-11-01", "2026-11-01", 48001),
    ],
)
def test_spans_and_dates_are_checked_and_retired_calls_refused(
    running: serve.Running, name: str, first: str, last: str, code: int | None
) -> None:
    assert ask(running, name, first, last).get("errcode") == code


def test_fans_come_in_rows_per_source_and_those_of_ads_follow_the_channels_leads(
    running: serve.Running, world: World
) -> None:
    rows = ask(running, "getusersummary", "2026-10-05", "2026-10-11")["list"]
    per_day = Counter(row["ref_date"] for row in rows)
    assert max(per_day.values()) >= 3
    leads = Counter(f"{day_of(lead.created)}" for lead in world.leads if lead.channel == WECHAT)
    assert {row["ref_date"]: row["new_user"] for row in rows if row["user_source"] == 100} == {
        day: 2 * leads[day] for day in per_day if leads[day]
    }


def test_an_article_grows_every_day_for_thirty_days(running: serve.Running) -> None:
    (article, *_) = ask(running, "getarticletotaldetail", "2026-09-01", "2026-09-01")["list"]
    reads = [day["read_user"] for day in article["detail_list"]]
    assert len(reads) == 30
    assert reads == sorted(reads)
    assert reads[0] < reads[5] < reads[29]
    (young, *_) = ask(running, "getarticletotaldetail", "2026-10-27", "2026-10-27")["list"]
    assert [day["stat_date"] for day in young["detail_list"]][-1] == "2026-11-02"


def test_a_day_without_an_article_is_an_empty_list_that_is_final(running: serve.Running) -> None:
    assert ask(running, "getarticletotaldetail", "2026-10-26", "2026-10-26") == {"list": [], "is_delay": False}
    assert ask(running, "getbizsummary", "2025-10-20", "2025-10-25")["list"] == []


def test_a_late_answer_says_so_once(running: serve.Running, plan_faults) -> None:
    plan_faults("wechat_oa", {"match": "getbizsummary", "kind": "late"})
    answers = [ask(running, "getbizsummary", "2026-11-01", "2026-11-01") for _ in range(2)]
    assert [answer["is_delay"] for answer in answers] == [True, False]


def test_yesterday_is_not_final_before_eight(world: World) -> None:
    def yesterday(ts: int) -> int:
        return sum(
            r["read_user"] for r in records("wechat_oa", "article_totals", world, ts) if r["stat_date"] == "2026-10-14"
        )

    morning = NOW - 19 * DAY - 2 * 3600  # 07:00 on the 15th
    assert 0 < yesterday(morning) < yesterday(morning + 3600) == yesterday(NOW)
