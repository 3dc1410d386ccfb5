"""Adjust against its sandbox: rows against totals, empty answers, days that are too many, cost that comes late."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from fake_server import Answer, Asked, FakeVendor
from night import IMPATIENT, Nights, rows
from online import changed, online

from connectors.config_models import CompanyConfig
from connectors.errors import ErrorClass
from connectors.landing import list_landed
from connectors.registry import build_sources
from connectors.run import extract_all
from connectors.sandbox import credentials
from connectors.sandbox.company.world import World
from connectors.sandbox.records import records
from connectors.stream import StreamOutcome

REPORT = "adjust.report"
REQUEST = "/reports-service/report"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with online(tmp_path_factory.mktemp("adjust"), "adjust") as running:
        yield running


@pytest.fixture(autouse=True)
def _calm(company: Nights) -> Iterator[None]:
    yield
    company.calm()


@pytest.fixture(scope="module")
def first(company: Nights) -> StreamOutcome:
    (outcome,) = company.run().values()
    return outcome


def _run(company: Nights, landing: Path, **more: Any) -> StreamOutcome:
    (outcome,) = company.run(REPORT, landing=landing, move=False, **more).values()
    return outcome


def _slices(days: int) -> Any:
    def change(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "adjust", slice_days=days)

    return change


def _costs(outcome: StreamOutcome) -> dict[tuple[str, str], Decimal]:
    return {(row["day"], row["campaign_id_network"]): Decimal(row["cost"]) for row in rows(outcome)}


def test_what_lands_is_what_the_vendor_shows_in_texts_with_its_currency(company: Nights, first: StreamOutcome) -> None:
    shown = [
        {name: value for name, value in row.items() if name != "trial_events"}
        for row in records("adjust", "report", World(7, 0.05), company.now)
        if "2026-09-01" <= row["day"] <= "2026-11-02"
    ]
    assert (first.state, first.message) == ("complete", "")
    assert len(shown) > 100
    assert rows(first) == shown
    assert {row["currency"] for row in rows(first)} == {"CNY"}
    assert all(isinstance(row["installs"], str) for row in rows(first))


def test_each_day_is_asked_for_by_itself_with_the_plus_encoded(company: Nights, tmp_path: Path) -> None:
    asked: list[str] = []
    addresses: list[Asked] = []

    def vendor(request: Asked) -> Answer:
        addresses.append(request)
        asked.append(request.query["date_period"])
        return Answer(status=204)

    with FakeVendor(vendor).running() as server:
        env = {**company.running.env, "SANDBOX_ADJUST_URL": server.url}
        sources = build_sources(company.config, tmp_path, environment=env, patience=IMPATIENT)
        cursors = {("adjust", "report", "7000001"): "2026-11-01"}
        (outcome,) = extract_all(sources, as_of=company.now, cursors=cursors, landing=tmp_path / "landing")
    assert outcome.state == "unchanged"
    assert asked == [f"{day}:{day}" for day in (f"2026-10-{n}" for n in range(26, 32))] + [
        "2026-11-01:2026-11-01", "2026-11-02:2026-11-02"]  # fmt: skip
    assert all(request.query["utc_offset"] == "+08:00" for request in addresses)  # decoded: it was %2B on the wire
    assert all(request.headers["x-account-id"] == "7000001" for request in addresses)
    assert all(request.query["currency"] == "CNY" for request in addresses)


def test_a_plus_that_is_not_encoded_is_refused_by_the_vendor(company: Nights) -> None:
    period = "dimensions=day&metrics=installs&date_period=2026-11-01:2026-11-01"
    url = f"{company.running.endpoints['adjust']}{REQUEST}?{period}"
    headers = {"Authorization": f"Bearer {credentials.ADJUST_API_TOKEN}", "X-Account-ID": "7000001"}
    assert requests.get(f"{url}&utc_offset=%2B08:00", headers=headers, timeout=10).status_code == 200
    assert requests.get(f"{url}&utc_offset=+08:00", headers=headers, timeout=10).status_code == 400


def test_days_that_are_too_many_for_one_answer_are_halved_until_they_are_not(
    company: Nights, first: StreamOutcome, tmp_path: Path
) -> None:
    company.cursors.clear()
    before = _statuses(company)
    outcome = _run(company, tmp_path, change=_slices(31))
    after = _statuses(company)
    assert outcome.state == "complete"
    assert rows(outcome) == rows(first)
    # 31 days, then 16, are too many; everything after is asked for in eights, without trying the large size again.
    assert after.get("status 504", 0) - before.get("status 504", 0) == 2
    assert outcome.loads[0].pages == 8  # 63 days in eights


def _statuses(company: Nights) -> dict[str, int]:
    address = f"{company.running.endpoints['adjust']}/__sandbox__/stats"
    return requests.get(address, timeout=10).json()["counts"]


def test_a_single_day_that_is_too_big_is_told_with_what_to_do(company: Nights, tmp_path: Path) -> None:
    company.fault("adjust", match=REQUEST, kind="status", status=504, times=0, body={"error": "timeout"})
    outcome = _run(company, tmp_path, change=_slices(8))
    assert outcome.error_class is ErrorClass.TOO_BIG
    assert "one day is too much for one answer; narrow the report with filters" in outcome.message
    assert list_landed(tmp_path).loads == ()


def test_cost_of_a_day_arrives_five_days_later_and_is_read_again(
    company: Nights, first: StreamOutcome, tmp_path: Path
) -> None:
    company.advance(days=3)
    company.cursors[("adjust", "report", "7000001")] = "2026-11-02"
    again = _run(company, tmp_path)
    before, after = _costs(first), _costs(again)
    assert min(day for day, _ in after) == "2026-10-27"  # the missed nights are caught up with their own look-back
    arrived = {key for key, cost in after.items() if key in before and cost != before[key]}
    assert arrived
    assert all("2026-10-30" <= day <= "2026-11-01" and before[day, name] == 0 for day, name in arrived)
    assert again.loads[0].scope == {"day": ("2026-10-27", "2026-11-06")}


def _body(**changes: Any) -> dict[str, Any]:
    row = {
        "attr_dependency": {}, "day": "2026-11-05", "app_token": "a", "app": "A", "partner_name": "P", "channel": "C",
        "campaign_id_network": "", "campaign": "K", "installs": "5", "clicks": "6", "impressions": "7", "sessions": "8",
        "cost": "1.10",
    }  # fmt: skip
    totals = {"installs": 5.0, "clicks": 6.0, "impressions": 7.0, "sessions": 8.0, "cost": 1.1}
    return {"rows": [row | changes.pop("row", {})], "totals": totals, "warnings": [], "pagination": None} | changes


def _answered(company: Nights, landing: Path, body: Any) -> StreamOutcome:
    company.fault("adjust", match="date_period=2026-11-05", kind="body", times=0, body=body)
    return _run(company, landing)


def test_an_empty_dimension_is_called_unknown_as_the_vendor_calls_it(company: Nights, tmp_path: Path) -> None:
    outcome = _answered(company, tmp_path, _body())
    (row,) = [row for row in rows(outcome) if row["day"] == "2026-11-05"]
    assert (row["campaign_id_network"], row["cost"], "attr_dependency" in row) == ("unknown", "1.10", False)
    assert outcome.message == ""


def test_warnings_of_the_vendor_stand_in_the_manifest(company: Nights, tmp_path: Path) -> None:
    outcome = _answered(company, tmp_path, _body(warnings=["cost is\nnot final"]))
    assert (outcome.state, outcome.message) == ("complete", "the vendor warns: cost is not final")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (_body(row={"installs": "6"}), "rows have installs 6, the vendor's total says 5"),
        (_body(row={"cost": "1.13"}), "rows have cost 1.13, the vendor's total says 1.1"),
        (_body(row={"clicks": "many"}), "clicks is no number"),
        (_body(row={"day": "2026-11-04"}), "another day came"),
        (_body(pagination={"next": 2}), "has pages"),
        (_body(rows="none"), "has no rows"),
        (_body(rows=[{"day": "2026-11-05"}], totals={}), "lacks the field"),
    ],
)
def test_an_answer_that_contradicts_itself_lands_nothing(
    company: Nights, tmp_path: Path, body: dict[str, Any], said: str
) -> None:
    outcome = _answered(company, tmp_path, body)
    assert outcome.error_class is ErrorClass.CONTRACT
    assert said in outcome.message
    assert list_landed(tmp_path).loads == ()


def test_an_empty_answer_with_200_is_not_the_vendors_word_for_nothing(company: Nights, tmp_path: Path) -> None:
    assert _answered(company, tmp_path, "").error_class is ErrorClass.CONTRACT


def test_a_day_without_rows_on_a_living_account_makes_the_night_partial(company: Nights, tmp_path: Path) -> None:
    company.fault("adjust", match="date_period=2026-11-04", kind="status", status=204, times=0)
    outcome = _run(company, tmp_path)
    assert (outcome.state, outcome.message) == ("partial", "no rows for 2026-11-04")
    assert outcome.loads[0].scope == {}


@pytest.mark.parametrize(("status", "times"), [(429, 3), (503, 2), (500, 2)])
def test_a_passing_refusal_is_waited_out(company: Nights, tmp_path: Path, status: int, times: int) -> None:
    company.fault("adjust", match=REQUEST, kind="status", status=status, times=times, body={"error": "later"})
    assert _run(company, tmp_path).state == "complete"


@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (400, ErrorClass.BAD_REQUEST),
        (401, ErrorClass.AUTH_FATAL),
        (403, ErrorClass.AUTH_FATAL),
        (429, ErrorClass.RATE_SECOND),
    ],
)
def test_a_lasting_refusal_fails_by_its_class(
    company: Nights, tmp_path: Path, status: int, error_class: ErrorClass
) -> None:
    body = {"error": f"refused Bearer {credentials.ADJUST_API_TOKEN}"}
    company.fault("adjust", match=REQUEST, kind="status", status=status, times=0, body=body)
    outcome = _run(company, tmp_path)
    assert (outcome.state, outcome.error_class) == ("failed", error_class)
    assert credentials.ADJUST_API_TOKEN not in outcome.message


def test_a_wrong_token_is_refused_by_the_vendor_and_told_what_to_do(company: Nights, tmp_path: Path) -> None:
    env = {**company.running.env, "SANDBOX_ADJUST_TOKEN": "another-token"}
    sources = build_sources(company.config, tmp_path, environment=env, patience=IMPATIENT)
    (outcome,) = extract_all(sources, as_of=company.now, cursors={}, landing=tmp_path / "landing")
    assert outcome.error_class is ErrorClass.AUTH_FATAL
    assert "401" in outcome.message


@pytest.mark.parametrize("kind", ["drop", "truncate"])
def test_a_torn_answer_changes_nothing_of_what_lands(company: Nights, tmp_path: Path, kind: str) -> None:
    calm = _run(company, tmp_path / "calm")
    company.fault("adjust", match=REQUEST, kind=kind, times=2)
    assert _run(company, tmp_path / "struck").loads[0].load_id == calm.loads[0].load_id


def test_the_answer_of_the_day_before_is_not_taken_for_this_days(company: Nights, tmp_path: Path) -> None:
    company.fault("adjust", match=REQUEST, kind="repeat", times=0, after=2)
    outcome = _run(company, tmp_path)
    assert outcome.error_class is ErrorClass.CONTRACT
    assert "another day came" in outcome.message


def test_a_web_page_with_200_is_a_matter_of_access(company: Nights, tmp_path: Path) -> None:
    company.fault("adjust", match=REQUEST, kind="html", times=0)
    assert _run(company, tmp_path).error_class is ErrorClass.AUTH_FATAL


def test_extra_metrics_land_beside_the_others(company: Nights, tmp_path: Path) -> None:
    def trials(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "adjust", extra_metrics=["trial_events"])

    assert all("trial_events" in row for row in rows(_run(company, tmp_path, change=trials)))


def test_more_than_fifty_requests_at_once_are_refused_by_the_vendor(company: Nights) -> None:
    company.fault("adjust", match=REQUEST, kind="hold", seconds=2.0, times=0)
    params = {"dimensions": "day", "metrics": "installs", "date_period": "2026-11-01:2026-11-01"}
    headers = {"Authorization": f"Bearer {credentials.ADJUST_API_TOKEN}", "X-Account-ID": "7000001"}

    def ask(_: int) -> int:
        url = f"{company.running.endpoints['adjust']}{REQUEST}"
        return requests.get(url, params, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(56) as pool:
        statuses = list(pool.map(ask, range(56)))
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 50
