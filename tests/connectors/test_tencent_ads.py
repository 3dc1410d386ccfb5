"""Tencent Ads against its sandbox: two ways of booking, leads beyond page numbers, clock, nonce, tokens, refusals."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from fake_server import Answer, Asked, FakeVendor
from night import IMPATIENT, Nights, rows
from online import changed, online

from connectors.config_models import CompanyConfig
from connectors.errors import ErrorClass
from connectors.landing import list_landed, read_lines
from connectors.registry import build_sources
from connectors.run import extract_all
from connectors.sandbox.company.world import World
from connectors.sandbox.records import records
from connectors.stream import LandedLoad, StreamOutcome

ACCOUNTS = ("28000001", "28000002")
REQUEST, REPORTING, LEADS = (
    f"tencent_ads.{name}" for name in ("report_request_time", "report_reporting_time", "leads")
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with online(tmp_path_factory.mktemp("tencent"), "tencent_ads") as running:
        yield running


@pytest.fixture(autouse=True)
def _calm(company: Nights) -> Iterator[None]:
    yield
    company.calm()


@pytest.fixture(scope="module")
def first(company: Nights) -> dict[str, StreamOutcome]:
    """The first night: all history of all streams."""
    return company.run()


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, 0.05)


def _all(outcomes: dict[str, StreamOutcome], stream: str) -> list[dict[str, Any]]:
    return [row for name, o in outcomes.items() if name.startswith(stream + ".") for row in rows(o)]


def _codes(code: int, times: int = 1) -> dict[str, Any]:
    return {"kind": "body", "times": times, "body": {"code": code, "message": "refused", "data": {}}}


def test_a_calm_night_is_whole_in_every_stream_and_account(first: dict[str, StreamOutcome]) -> None:
    assert len(first) == 6
    assert {name: (o.state, o.message) for name, o in first.items() if o.state != "complete" or o.message} == {}


def test_the_report_is_what_the_platform_shows_in_whole_fen(
    company: Nights, first: dict[str, StreamOutcome], world: World
) -> None:
    shown = {
        (row["account_id"], row["date"], str(row["adgroup_id"])): row["cost"]
        for row in records("tencent_ads", "report_request_time", world, company.now)
        if "2026-09-01" <= row["date"] <= "2026-11-02"
    }
    landed = _all(first, REQUEST)
    assert {(row["account_id"], row["date"], row["adgroup_id"]): row["cost"] for row in landed} == shown
    assert all(type(row["cost"]) is int and row["time_line"] == "REQUEST_TIME" for row in landed)
    assert sum(row["cost"] for row in landed if row["date"] == "2026-10-05" and row["adgroup_name"][:2] == "埋点") == (
        1_000_000  # ten thousand yuan
    )


def test_both_ways_of_booking_count_the_same_leads_and_place_them_differently(first: dict[str, StreamOutcome]) -> None:
    by_exposure, by_event = (
        {(row["date"], row["adgroup_id"]): row["conversions_count"] for row in _all(first, stream)}
        for stream in (REQUEST, REPORTING)
    )
    assert by_exposure.keys() == by_event.keys()
    assert by_exposure != by_event
    leads = Counter((row["leads_create_time"][:10], row["adgroup_id"]) for row in _all(first, LEADS))
    booked = {key: leads[key] for key in by_event}
    assert booked == by_event


def test_a_restated_day_comes_again_within_the_look_back(company: Nights, first: dict[str, StreamOutcome]) -> None:
    before = {(row["date"], row["adgroup_id"]): row for row in _all(first, REQUEST)}
    cursors = dict(company.cursors)
    company.advance(days=2)
    after = {(row["date"], row["adgroup_id"]): row for row in _all(company.run(REQUEST, move=False), REQUEST)}
    assert min(day for day, _ in after) == "2026-10-05"
    grown = {
        key
        for key, row in after.items()
        if key in before and row["conversions_count"] > before[key]["conversions_count"]
    }
    assert grown
    assert all("2026-10-30" <= day <= "2026-11-02" for day, _ in grown)
    steady = {(row["date"], row["adgroup_id"]): row for row in _all(company.run(REPORTING, move=False), REPORTING)}
    reported = {(row["date"], row["adgroup_id"]): row for row in _all(first, REPORTING)}
    assert all(row == reported[key] for key, row in steady.items() if key in reported)
    assert cursors == company.cursors


def test_names_go_to_the_restricted_stream_and_numbers_are_hashed(first: dict[str, StreamOutcome]) -> None:
    leads = _all(first, LEADS)
    assert len(leads) > 50
    for lead in leads:
        assert "leads_name" not in lead
        assert set(lead["leads_telephone"]) == {"hash", "valid", "masked"}
        assert lead["leads_wechat"] is None or lead["leads_wechat"]["hash"]
        assert isinstance(lead["leads_id"], str)
        assert isinstance(lead["page_id"], str)
        assert "owner_name" not in lead
    names = [row for o in first.values() if o.stream == "leads" for row in rows(o, "leads__names")]
    assert {row["key"] for row in names} == {lead["leads_id"] for lead in leads}


def test_leads_beyond_what_page_numbers_reach_are_read_by_the_last_row(company: Nights, tmp_path: Path) -> None:
    company.cursors.clear()
    calm = company.run(LEADS, landing=tmp_path / "calm", move=False)
    company.fault("tencent_ads", match="leads_list", kind="shallow", rows=14)

    def deep(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "tencent_ads", leads_page_size=7, deep_page_after=14, leads_slice_days=30)

    struck = company.run(LEADS, landing=tmp_path / "deep", move=False, change=deep)
    company.fault("tencent_ads", match="leads_list", kind="shallow", rows=5000)
    company.run(LEADS, landing=tmp_path / "reset", move=False)
    for name, outcome in calm.items():
        assert struck[name].state == "complete", struck[name].message
        assert {row["leads_id"] for row in rows(struck[name])} == {row["leads_id"] for row in rows(outcome)}
        assert len(rows(outcome)) > 14


def test_a_page_number_beyond_the_limit_would_have_been_refused(company: Nights, tmp_path: Path) -> None:
    company.fault("tencent_ads", match="leads_list", kind="shallow", rows=7)

    def blind(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "tencent_ads", leads_page_size=7, leads_slice_days=30)

    outcomes = company.run(LEADS, landing=tmp_path, move=False, change=blind)
    company.fault("tencent_ads", match="leads_list", kind="shallow", rows=5000)
    company.run(LEADS, landing=tmp_path / "reset", move=False)
    assert {o.error_class for o in outcomes.values()} == {ErrorClass.BAD_REQUEST}


def test_small_pages_and_short_slices_land_the_same(company: Nights, tmp_path: Path) -> None:
    def small(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "tencent_ads", page_size=3, slice_days=5)

    one = company.run(REPORTING, landing=tmp_path / "a", move=False)
    other = company.run(REPORTING, landing=tmp_path / "b", move=False, change=small)
    for name in one:
        key = lambda row: (row["date"], row["adgroup_id"])  # noqa: E731
        assert sorted(rows(other[name]), key=key) == sorted(rows(one[name]), key=key)
        assert other[name].loads[0].pages > one[name].loads[0].pages


def test_a_host_whose_clock_is_an_hour_off_asks_in_the_vendors_time(company: Nights, tmp_path: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    late = replace(IMPATIENT, now=lambda: time.time() - 3600)
    sources = build_sources(company.config, company.home, environment=company.running.env, patience=late)
    outcomes = extract_all(sources, as_of=company.now, cursors={}, landing=tmp_path)
    assert {o.state for o in outcomes} == {"complete"}
    assert all("clock is +60 minutes off" in o.message for o in outcomes)


def test_every_attempt_has_a_nonce_of_its_own(company: Nights, tmp_path: Path) -> None:
    company.fault("tencent_ads", match="daily_reports", times=3, kind="status", status=503)
    outcomes = company.run(REPORTING, landing=tmp_path, move=False)
    assert {o.state for o in outcomes.values()} == {"complete"}


@pytest.mark.parametrize("code", [11016, 11017, 30104, 11019, 10000])
def test_a_passing_refusal_in_http_200_is_waited_out(company: Nights, tmp_path: Path, code: int) -> None:
    company.fault("tencent_ads", match="daily_reports", **_codes(code, times=2))
    assert {o.state for o in company.run(REPORTING, landing=tmp_path, move=False).values()} == {"complete"}


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        (11018, ErrorClass.QUOTA_DAY),
        (11005, ErrorClass.AUTH_FATAL),
        (12000, ErrorClass.BAD_REQUEST),
        (11016, ErrorClass.RATE_SECOND),
    ],
)
def test_a_lasting_refusal_fails_by_its_class_and_lands_nothing(
    company: Nights, tmp_path: Path, code: int, error_class: ErrorClass
) -> None:
    company.fault("tencent_ads", match="daily_reports", **_codes(code, times=0))
    outcomes = company.run(REPORTING, landing=tmp_path, move=False)
    assert {(o.state, o.error_class) for o in outcomes.values()} == {("failed", error_class)}
    assert list_landed(tmp_path).loads == ()


def test_a_company_may_give_a_code_another_class(company: Nights, tmp_path: Path) -> None:
    company.fault("tencent_ads", match="daily_reports", **_codes(12000, times=2))

    def other(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "tencent_ads", error_classes={"12000": "retry"})

    outcomes = company.run(REPORTING, landing=tmp_path, move=False, change=other)
    assert {o.state for o in outcomes.values()} == {"complete"}


def test_a_token_that_dies_in_mid_run_is_renewed_once_for_both_workers(company: Nights, tmp_path: Path) -> None:
    stored = company.home / "secrets" / "tencent_ads.json"
    before = orjson.loads(stored.read_bytes())["generation"]
    company.fault("tencent_ads", match="leads_list", kind="expire_tokens", after=20)
    outcomes = company.run(LEADS, landing=tmp_path, move=False)
    assert {o.state for o in outcomes.values()} == {"complete"}
    after = orjson.loads(stored.read_bytes())
    assert after["generation"] == before + 1
    assert after["previous"]["refresh_token"] != after["current"]["refresh_token"]


def test_two_runs_at_once_share_one_rotating_credential(company: Nights, tmp_path: Path) -> None:
    stored = company.home / "secrets" / "tencent_ads.json"
    before = orjson.loads(stored.read_bytes())["generation"]
    company.fault("tencent_ads", match="daily_reports", kind="expire_tokens")

    def night(number: int) -> set[str]:
        sources = build_sources(company.config, company.home, environment=company.running.env, patience=IMPATIENT)
        outcomes = extract_all(sources, as_of=company.now, cursors={}, landing=tmp_path / str(number))
        return {o.state for o in outcomes}

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(night, (1, 2))) == [{"complete"}, {"complete"}]
    assert orjson.loads(stored.read_bytes())["generation"] <= before + 2


def test_a_refresh_token_near_its_end_is_replaced_itself(company: Nights, tmp_path: Path) -> None:
    company.fault("tencent_ads", match="/oauth/token", kind="age", seconds=25 * 86_400)
    company.fault("tencent_ads", match="daily_reports", kind="expire_tokens")
    assert {o.state for o in company.run(REPORTING, landing=tmp_path, move=False).values()} == {"complete"}
    counts = requests.get(f"{company.running.endpoints['tencent_ads']}/__sandbox__/stats", timeout=10).json()["counts"]
    assert counts["GET /oauth/refresh_token"] == 1


def test_a_refresh_token_that_cannot_be_replaced_is_told_while_it_still_lives(company: Nights, tmp_path: Path) -> None:
    company.fault("tencent_ads", match="/oauth/token", kind="age", seconds=25 * 86_400)
    company.fault("tencent_ads", match="/oauth/refresh_token", **_codes(11014))
    company.fault("tencent_ads", match="daily_reports", kind="expire_tokens")
    outcomes = company.run(REPORTING, landing=tmp_path, move=False)
    assert {o.state for o in outcomes.values()} == {"complete"}
    assert any("could not be renewed: authorise again before" in o.message for o in outcomes.values())
    requests.post(f"{company.running.endpoints['tencent_ads']}/__sandbox__/tokens/reset", timeout=10)
    (company.home / "secrets" / "tencent_ads.json").unlink()


@pytest.mark.parametrize("kind", ["drop", "truncate"])
def test_a_torn_answer_changes_nothing_of_what_lands(company: Nights, tmp_path: Path, kind: str) -> None:
    calm = company.run(REPORTING, landing=tmp_path / "calm", move=False)
    company.fault("tencent_ads", match="daily_reports", kind=kind, times=2)
    struck = company.run(REPORTING, landing=tmp_path / "struck", move=False)
    assert {name: o.loads[0].load_id for name, o in struck.items()} == {
        name: o.loads[0].load_id for name, o in calm.items()
    }


def test_a_web_page_with_200_is_a_matter_of_access(company: Nights, tmp_path: Path) -> None:
    company.fault("tencent_ads", match="daily_reports", kind="html", times=0)
    assert {o.error_class for o in company.run(REPORTING, landing=tmp_path, move=False).values()} == {
        ErrorClass.AUTH_FATAL
    }


def test_a_page_that_comes_twice_stops_the_stream(company: Nights, tmp_path: Path) -> None:
    company.fault("tencent_ads", match="daily_reports", kind="repeat", times=0, after=2)

    def small(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "tencent_ads", page_size=3, connections=1)

    outcomes = company.run(REPORTING, landing=tmp_path, move=False, change=small)
    assert {o.error_class for o in outcomes.values()} == {ErrorClass.CONTRACT}


def test_rows_that_move_between_pages_are_read_until_they_add_up(company: Nights, tmp_path: Path) -> None:
    def small(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "tencent_ads", page_size=20)

    calm = company.run(REPORTING, landing=tmp_path / "calm", move=False)
    company.fault("tencent_ads", match="page=2", kind="shift", rows=3)
    struck = company.run(REPORTING, landing=tmp_path / "struck", move=False, change=small)
    assert {name: len(rows(o)) for name, o in struck.items()} == {name: len(rows(o)) for name, o in calm.items()}


def test_a_figure_that_is_no_whole_number_is_refused_before_it_is_taken_for_yuan(
    company: Nights, tmp_path: Path
) -> None:
    row = {"date": "2026-11-01", "adgroup_id": 1, "adgroup_name": "x", "cost": 12.5}
    counts = dict.fromkeys(
        ("view_count", "view_user_count", "valid_click_count", "conversions_count", "deep_conversions_count",
         "page_reservation_count", "valid_leads_uv"), 1)  # fmt: skip
    info = {"page": 1, "page_size": 2000, "total_number": 1, "total_page": 1}
    body = {"code": 0, "data": {"list": [row | counts], "page_info": info}}
    company.fault("tencent_ads", match="daily_reports", kind="body", times=0, body=body)
    outcomes = company.run(REPORTING, landing=tmp_path, move=False)
    assert {o.error_class for o in outcomes.values()} == {ErrorClass.CONTRACT}
    assert all("cost is no whole number; money is expected in fen" in o.message for o in outcomes.values())


def test_a_figure_that_is_not_there_fails_before_anything_lands(company: Nights, tmp_path: Path) -> None:
    info = {"page": 1, "page_size": 2000, "total_number": 1, "total_page": 1}
    body = {"code": 0, "data": {"list": [{"date": "2026-11-01", "adgroup_id": 1}], "page_info": info}}
    company.fault("tencent_ads", match="daily_reports", kind="body", times=0, body=body)
    outcomes = company.run(REPORTING, landing=tmp_path, move=False)
    assert all("lacks the field" in o.message for o in outcomes.values())
    assert list_landed(tmp_path).loads == ()


def test_a_night_before_eight_knows_that_yesterday_is_partial(tmp_path: Path) -> None:
    with online(tmp_path, "tencent_ads", scale=0.02) as company:
        company.advance(hours=22)  # 07:00 of the next day
        early = company.run(REPORTING)
        assert {o.state for o in early.values()} == {"partial"}
        assert all("not final at the vendor: 2026-11-03" in o.message for o in early.values())
        assert all(load.scope == {} for o in early.values() for load in o.loads)
        company.advance(hours=2)
        late = company.run(REPORTING)
        assert {o.state for o in late.values()} == {"complete"}
        before, after = (
            sum(row["cost"] for row in _all(night, REPORTING) if row["date"] == "2026-11-03") for night in (early, late)
        )
        assert 0 < before < after


def test_more_history_than_the_vendor_keeps_is_cut_and_told(company: Nights, tmp_path: Path) -> None:
    def older(config: CompanyConfig) -> CompanyConfig:
        return config.model_copy(update={"history_start": date(2024, 11, 1)})

    outcomes = company.run(REPORTING, landing=tmp_path, move=False, change=older)
    closing = (company.now - timedelta(days=1)).date()
    oldest = closing - timedelta(days=364)
    assert {o.state for o in outcomes.values()} == {"complete"}
    assert all(o.message == f"the vendor offers nothing before {oldest}" for o in outcomes.values())
    assert min(row["date"] for row in _all(outcomes, REPORTING)) == oldest.isoformat()


def test_leads_as_one_object_or_with_epoch_times_are_read_as_well(company: Nights, tmp_path: Path) -> None:
    lead = {
        "account_id": 28000001,
        "leads_id": 7,
        "adgroup_id": 5,
        "leads_type": "X",
        "leads_create_time": 1793500000000,
    }

    def vendor(asked: Asked) -> Answer:
        if asked.path == "/oauth/token":
            data = {"access_token": "a" * 20, "refresh_token": "r" * 20, "refresh_token_expires_in": 2_592_000}
            return Answer({"code": 0, "data": data})
        span = orjson.loads(asked.query["time_range"])
        hit = span["start_time"] <= 1793500000 <= span["end_time"]
        info = {"page": 1, "page_size": 200, "total_number": int(hit), "total_page": int(hit)}
        return Answer({"code": 0, "data": {"leads_info": lead if hit else {}, "page_info": info}})

    with FakeVendor(vendor).running() as server:
        env = {**company.running.env, "SANDBOX_TENCENT_URL": server.url}
        config = changed(company.config, "tencent_ads", streams=["leads"], accounts=["28000001"])
        sources = build_sources(config, tmp_path, environment=env, patience=IMPATIENT)
        (outcome,) = extract_all(sources, as_of=company.now, cursors={}, landing=tmp_path / "landing")
    assert (outcome.state, outcome.message) == ("complete", "")
    (row,) = rows(outcome)
    assert (row["leads_id"], row["adgroup_id"], row["leads_create_time"]) == ("7", "5", "2026-11-01 10:26:40")


def test_nothing_secret_stands_in_anything_that_landed_or_was_said(
    company: Nights, first: dict[str, StreamOutcome], tmp_path: Path
) -> None:
    secrets = [
        value
        for name, value in company.running.env.items()
        if name.startswith("SANDBOX_TENCENT_") and "URL" not in name
    ]
    store = orjson.loads((company.home / "secrets" / "tencent_ads.json").read_bytes())
    secrets += [store["current"]["access_token"], store["current"]["refresh_token"]]
    body = {"code": 12000, "message": f"bad request access_token={secrets[-2]}"}
    company.fault("tencent_ads", match="daily_reports", kind="body", times=0, body=body)
    said = [o.message for o in company.run(REPORTING, landing=tmp_path, move=False).values()]
    assert said
    loads: list[LandedLoad] = [load for o in first.values() for load in o.loads]
    texts = said + [(load.path / "manifest.json").read_text() for load in loads]
    texts += [line.decode() for load in loads for line in read_lines(load)]
    for secret in secrets[1:]:
        assert not any(secret in text for text in texts)
