"""A WeChat official account against its sandbox: late numbers, cumulative articles, a shared token, codes in 200."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from night import Nights, rows
from online import changed, online

from connectors.config_models import CompanyConfig
from connectors.errors import ErrorClass
from connectors.landing import list_landed, read_lines
from connectors.sandbox import credentials
from connectors.sandbox.company.world import World
from connectors.sandbox.records import records
from connectors.stream import StreamOutcome
from connectors.web.wechat_oa.config import WechatOaConfig

APPID = credentials.WECHAT_APPID
SUMMARY, CUMULATE, BIZ, ARTICLES = (
    f"wechat_oa.{name}" for name in ("user_summary", "user_cumulate", "biz_summary", "article_totals")
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with online(tmp_path_factory.mktemp("wechat"), "wechat_oa") as running:
        yield running


@pytest.fixture(autouse=True)
def _calm(company: Nights) -> Iterator[None]:
    yield
    company.calm()


@pytest.fixture(scope="module")
def first(company: Nights) -> dict[str, StreamOutcome]:
    return {name.removesuffix(f".{APPID}"): outcome for name, outcome in company.run().items()}


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, 0.05)


def _run(company: Nights, stream: str, landing: Path, **more: Any) -> StreamOutcome:
    (outcome,) = company.run(stream, landing=landing, move=False, **more).values()
    return outcome


def _refusal(code: int, times: int = 1) -> dict[str, Any]:
    return {"kind": "body", "times": times, "body": {"errcode": code, "errmsg": "refused rid: 1"}}


def test_a_calm_night_is_whole_in_every_stream(first: dict[str, StreamOutcome]) -> None:
    assert set(first) == {SUMMARY, CUMULATE, BIZ, ARTICLES}
    assert {name: (o.state, o.message) for name, o in first.items() if o.state != "complete" or o.message} == {}


@pytest.mark.parametrize("stream", [SUMMARY, CUMULATE, BIZ, ARTICLES])
def test_what_lands_is_what_the_vendor_shows(
    company: Nights, first: dict[str, StreamOutcome], world: World, stream: str
) -> None:
    shown = [
        row
        for row in records("wechat_oa", stream.split(".")[1], world, company.now)
        if "2026-09-01" <= row["ref_date"] <= "2026-11-02"
    ]
    assert len(shown) > 15
    assert rows(first[stream]) == shown


def test_fans_of_a_day_are_those_of_the_day_before_and_who_came_and_went(first: dict[str, StreamOutcome]) -> None:
    fans = {row["ref_date"]: row["cumulate_user"] for row in rows(first[CUMULATE])}
    change: dict[str, int] = {}
    for row in rows(first[SUMMARY]):
        change[row["ref_date"]] = change.get(row["ref_date"], 0) + row["new_user"] - row["cancel_user"]
    for before, day in pairwise(sorted(fans)):
        assert fans[day] == fans[before] + change.get(day, 0)


def test_an_article_is_cumulative_for_thirty_days_and_the_days_between_make_the_accounts_day(
    first: dict[str, StreamOutcome],
) -> None:
    lives: dict[str, list[dict[str, Any]]] = {}
    for row in rows(first[ARTICLES]):
        assert "detail_list" not in row
        lives.setdefault(row["msgid"], []).append(row)
    oldest = min(lives.values(), key=lambda life: life[0]["ref_date"])
    assert len(oldest) == 30
    assert all(one["read_user"] <= other["read_user"] for life in lives.values() for one, other in pairwise(life))
    gained: dict[str, int] = {}
    for life in lives.values():
        for before, row in pairwise([{"read_user": 0}, *life]):
            gained[row["stat_date"]] = gained.get(row["stat_date"], 0) + row["read_user"] - before["read_user"]
    days = {row["ref_date"]: row["detail"]["read_user"] for row in rows(first[BIZ])}
    assert {day: gained[day] for day in days if day >= "2026-10-05"} == {
        day: count for day, count in days.items() if day >= "2026-10-05"
    }


def test_a_second_night_reads_three_days_of_fans_and_thirty_of_articles(
    company: Nights, first: dict[str, StreamOutcome], tmp_path: Path
) -> None:
    company.advance(days=1)
    summary, articles = (_run(company, stream, tmp_path) for stream in (CUMULATE, ARTICLES))
    assert [row["ref_date"] for row in rows(summary)] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert min(row["ref_date"] for row in rows(articles)) >= "2026-10-05"
    assert summary.loads[0].scope == {"ref_date": ("2026-11-01", "2026-11-04")}
    assert articles.loads[0].scope == {}


def test_late_numbers_land_and_make_the_night_partial_until_they_are_final(company: Nights, tmp_path: Path) -> None:
    company.fault("wechat_oa", match='"begin_date":"2026-11-02","end_date":"2026-11-02"', kind="late")
    late = _run(company, BIZ, tmp_path)
    assert late.state == "partial"
    assert late.message == "not final at the vendor: 2026-11-02"
    assert len(rows(late)) == 3
    assert late.loads[0].cursor == "2026-11-01"
    assert late.loads[0].scope == {}
    assert late.complete_through is not None
    assert late.complete_through.isoformat() == "2026-11-01T16:00:00+00:00"
    key = ("wechat_oa", "biz_summary", APPID)
    before = company.cursors[key]
    company.cursors[key] = late.loads[0].cursor
    again = _run(company, BIZ, tmp_path)
    company.cursors[key] = before
    assert again.state == "complete"
    assert again.loads[0].cursor == "2026-11-03"
    assert min(row["ref_date"] for row in rows(again)) == "2026-10-31"


def test_a_night_before_eight_knows_that_yesterday_is_partial(tmp_path: Path) -> None:
    with online(tmp_path, "wechat_oa") as company:
        company.advance(hours=22)
        early = company.run(ARTICLES, CUMULATE, move=False)
        company.advance(hours=2)
        late = company.run(ARTICLES, CUMULATE, move=False)
    assert {o.state for o in early.values()} == {"partial"}
    assert {o.state for o in late.values()} == {"complete"}
    counts = [
        sum(row["read_user"] for row in rows(night[f"{ARTICLES}.{APPID}"]) if row["stat_date"] == "2026-11-03")
        for night in (early, late)
    ]
    assert 0 < counts[0] < counts[1]


def test_a_day_without_fans_gained_is_a_valid_answer_and_one_without_a_count_is_not(
    company: Nights, tmp_path: Path
) -> None:
    empty = {"kind": "body", "times": 0, "body": {"list": [], "is_delay": False}}
    company.fault("wechat_oa", match="getusersummary", **empty)
    assert _run(company, SUMMARY, tmp_path).state == "unchanged"
    one = {"list": [{"ref_date": "2026-11-03", "user_source": 0, "cumulate_user": 9}]}
    company.fault("wechat_oa", match="getusercumulate", kind="body", body=one)
    outcome = _run(company, CUMULATE, tmp_path)
    assert (outcome.state, outcome.message) == ("partial", "no rows for 2026-11-01, 2026-11-02")


def test_a_token_that_another_program_forced_is_taken_over_and_not_forced_back(company: Nights, tmp_path: Path) -> None:
    url = company.running.endpoints["wechat_oa"]
    _run(company, CUMULATE, tmp_path / "before")
    asked = {"grant_type": "client_credential", "appid": APPID, "secret": credentials.WECHAT_SECRET}
    theirs = requests.post(f"{url}/cgi-bin/stable_token", json=asked | {"force_refresh": True}, timeout=10).json()
    assert _run(company, CUMULATE, tmp_path / "after").state == "complete"
    now = requests.post(f"{url}/cgi-bin/stable_token", json=asked, timeout=10).json()
    assert now["access_token"] == theirs["access_token"]


def test_a_token_that_dies_between_two_slices_is_replaced(company: Nights, tmp_path: Path) -> None:
    company.cursors.clear()
    calm = _run(company, SUMMARY, tmp_path / "calm")
    company.fault("wechat_oa", match="getusersummary", kind="expire_tokens", after=4)
    struck = _run(company, SUMMARY, tmp_path / "struck")
    assert struck.loads[0].load_id == calm.loads[0].load_id


@pytest.mark.parametrize("code", [-1, 45011, 42001, 40014])
def test_a_passing_refusal_in_http_200_is_overcome(company: Nights, tmp_path: Path, code: int) -> None:
    company.fault("wechat_oa", match="getusercumulate", **_refusal(code))
    assert _run(company, CUMULATE, tmp_path).state == "complete"


@pytest.mark.parametrize(
    ("match", "code", "error_class"),
    [
        ("getusercumulate", 45009, ErrorClass.QUOTA_DAY),
        ("getusercumulate", 48001, ErrorClass.PERMISSION),
        ("getusercumulate", 61501, ErrorClass.BAD_REQUEST),
        ("getusercumulate", 40164, ErrorClass.AUTH_FATAL),
        ("getusercumulate", 40001, ErrorClass.AUTH_FATAL),
        ("stable_token", 40164, ErrorClass.AUTH_FATAL),
        ("stable_token", 40125, ErrorClass.AUTH_FATAL),
    ],
)
def test_a_lasting_refusal_fails_by_its_class_and_lands_nothing(
    company: Nights, tmp_path: Path, match: str, code: int, error_class: ErrorClass
) -> None:
    company.fault("wechat_oa", match=match, **_refusal(code, times=0))
    if match == "stable_token":
        company.fault("wechat_oa", match="getusercumulate", kind="expire_tokens", times=0)
    outcome = _run(company, CUMULATE, tmp_path)
    assert (outcome.state, outcome.error_class) == ("failed", error_class)
    assert list_landed(tmp_path).loads == ()


@pytest.mark.parametrize("kind", ["drop", "truncate"])
def test_a_torn_answer_changes_nothing_of_what_lands(company: Nights, tmp_path: Path, kind: str) -> None:
    calm = _run(company, BIZ, tmp_path / "calm")
    company.fault("wechat_oa", match="getbizsummary", kind=kind, times=2)
    assert _run(company, BIZ, tmp_path / "struck").loads[0].load_id == calm.loads[0].load_id


def test_a_web_page_with_200_is_a_matter_of_access(company: Nights, tmp_path: Path) -> None:
    company.fault("wechat_oa", match="getbizsummary", kind="html", times=0)
    assert _run(company, BIZ, tmp_path).error_class is ErrorClass.AUTH_FATAL


def test_the_answer_for_other_days_is_no_answer(company: Nights, tmp_path: Path) -> None:
    company.fault("wechat_oa", match="getbizsummary", kind="repeat", times=0, after=1)
    outcome = _run(company, BIZ, tmp_path)
    assert outcome.error_class is ErrorClass.CONTRACT
    assert "another day came" in outcome.message


def test_an_article_without_its_figures_fails_before_anything_lands(company: Nights, tmp_path: Path) -> None:
    article = {"ref_date": "2026-11-03", "msgid": "1_1", "detail_list": [{"stat_date": "2026-11-03", "read": 5}]}
    body = {"list": [article], "is_delay": False}
    company.fault("wechat_oa", match='"begin_date":"2026-11-03"', kind="body", times=0, body=body)
    outcome = _run(company, ARTICLES, tmp_path)
    assert outcome.error_class is ErrorClass.CONTRACT
    assert "lacks the field" in outcome.message
    assert list_landed(tmp_path).loads == ()


def test_article_figures_begin_where_the_vendors_do(company: Nights, tmp_path: Path) -> None:
    def older(config: CompanyConfig) -> CompanyConfig:
        return config.model_copy(update={"history_start": date(2025, 10, 1)})

    def longer(config: CompanyConfig) -> CompanyConfig:
        return changed(older(config), "wechat_oa", biz_summary_days=30)

    outcome = _run(company, BIZ, tmp_path, change=longer)
    assert (outcome.state, outcome.message) == ("complete", "the vendor offers nothing before 2025-11-01")
    assert min(row["ref_date"] for row in rows(outcome)) >= "2025-11-01"
    assert outcome.loads[0].pages < 14


def test_an_account_without_a_secret_is_told_before_the_night(company: Nights) -> None:
    config = changed(company.config, "wechat_oa", accounts=[APPID, "wxother"])
    assert config.sources.wechat_oa
    with pytest.raises(ValueError, match=r"accounts\.1\n.*credentials\.secrets has no secret for wxother"):
        WechatOaConfig.model_validate(config.sources.wechat_oa.model_dump())


def test_nothing_secret_stands_in_anything_that_landed(company: Nights, first: dict[str, StreamOutcome]) -> None:
    store = (company.home / "secrets" / f"wechat_oa-{APPID}.json").read_text()
    assert credentials.WECHAT_SECRET not in store
    for outcome in first.values():
        for load in outcome.loads:
            text = (load.path / "manifest.json").read_text() + b"".join(read_lines(load)).decode()
            assert credentials.WECHAT_SECRET not in text
    assert replace(first[BIZ], message="").state == "complete"
