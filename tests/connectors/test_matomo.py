"""Matomo against its sandbox: empty days, errors in 200, months that are no sum, forms that are leads of 官网."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fake_server import Answer, Asked, FakeVendor
from night import IMPATIENT, Nights, rows
from online import changed, online

from connectors.config_models import CompanyConfig
from connectors.errors import ErrorClass
from connectors.landing import list_landed
from connectors.registry import build_sources
from connectors.run import extract_all
from connectors.sandbox import credentials
from connectors.sandbox.company.clock import day_of
from connectors.sandbox.company.world import World
from connectors.sandbox.records import records
from connectors.stream import StreamOutcome

DAYS, MONTHS, GOALS = (f"matomo.{name}" for name in ("visits_by_day", "visits_by_month", "goals_by_day"))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with online(tmp_path_factory.mktemp("matomo"), "matomo") as running:
        yield running


@pytest.fixture(autouse=True)
def _calm(company: Nights) -> Iterator[None]:
    yield
    company.calm()


@pytest.fixture(scope="module")
def first(company: Nights) -> dict[str, StreamOutcome]:
    return {name.removesuffix(".1"): outcome for name, outcome in company.run().items()}


@pytest.fixture(scope="module")
def world() -> World:
    return World(7, 0.05)


def _run(company: Nights, stream: str, landing: Path, **more: Any) -> StreamOutcome:
    (outcome,) = company.run(stream, landing=landing, move=False, **more).values()
    return outcome


def _refusal(message: str, times: int = 1) -> dict[str, Any]:
    return {"kind": "body", "times": times, "body": {"result": "error", "message": message}}


def test_a_calm_night_is_whole_in_every_stream(first: dict[str, StreamOutcome]) -> None:
    assert set(first) == {DAYS, MONTHS, GOALS}
    assert {name: (o.state, o.message) for name, o in first.items() if o.state != "complete" or o.message} == {}


@pytest.mark.parametrize("stream", [DAYS, MONTHS, GOALS])
def test_what_lands_is_what_the_site_counted(
    company: Nights, first: dict[str, StreamOutcome], world: World, stream: str
) -> None:
    def key(row: dict[str, Any]) -> tuple[str, str]:
        return row["date"], row.get("idGoal", "")

    counted = records("matomo", stream.split(".")[1], world, company.now)
    shown = [row for row in counted if row["date"] >= "2026-09" and row["idSite"] == "1"]
    assert len(shown) >= 3
    assert sorted(rows(first[stream]), key=key) == sorted(shown, key=key)


def test_visitors_of_a_month_are_fewer_than_those_of_its_days_and_visits_are_their_sum(
    first: dict[str, StreamOutcome],
) -> None:
    days = rows(first[DAYS])
    for month in rows(first[MONTHS]):
        within = [day for day in days if day["date"][:7] == month["date"]]
        assert month["nb_visits"] == sum(day["nb_visits"] for day in within)
        assert max(day["nb_uniq_visitors"] for day in within) <= month["nb_uniq_visitors"]
        assert month["nb_uniq_visitors"] < sum(day["nb_uniq_visitors"] for day in within)


def test_forms_of_a_day_are_the_leads_of_the_website(
    company: Nights, first: dict[str, StreamOutcome], world: World
) -> None:
    world.extend_to(int(company.now.timestamp()))
    leads = Counter(f"{day_of(lead.created)}" for lead in world.leads if lead.channel == "官网")
    forms = {row["date"]: row["nb_conversions"] for row in rows(first[GOALS]) if row["goal_name"] == "表单提交"}
    assert sum(forms.values()) > 20
    assert forms == {day: leads[day] for day in forms}
    assert sum(forms.values()) == sum(n for day, n in leads.items() if "2026-09-01" <= day <= "2026-11-02")


def test_an_empty_day_is_a_list_and_gives_no_row(company: Nights, tmp_path: Path) -> None:
    def older(config: CompanyConfig) -> CompanyConfig:
        return config.model_copy(update={"history_start": date(2024, 11, 1)})

    company.cursors.clear()
    outcome = _run(company, DAYS, tmp_path, change=older)
    assert outcome.state == "complete"
    assert min(row["date"] for row in rows(outcome)) >= "2024-12-01"
    assert len(rows(outcome)) > 600


def test_an_empty_yesterday_on_a_living_site_is_not_taken_for_a_day_without_visits(
    company: Nights, tmp_path: Path
) -> None:
    company.cursors[("matomo", "visits_by_day", "1")] = "2026-11-01"
    days = {"2026-11-01": {"nb_visits": 9, "nb_uniq_visitors": 8}, "2026-11-02": []}
    company.fault("matomo", match="period=day", kind="body", body=days)
    outcome = _run(company, DAYS, tmp_path)
    assert (outcome.state, outcome.message) == ("partial", "no rows for 2026-11-02")
    assert outcome.loads[0].scope == {}
    assert _run(company, DAYS, tmp_path).state == "complete"


def test_yesterday_is_read_again_and_the_open_month_with_it(tmp_path: Path) -> None:
    with online(tmp_path, "matomo") as company:
        company.run()
        company.advance(hours=20)  # 05:00: yesterday is not archived yet
        early = company.run()
        company.advance(hours=3)
        late = company.run()
    assert {o.state for o in early.values()} == {"partial"}
    assert all("not final at the vendor: 2026-11-03" in o.message for o in early.values())
    assert {o.state for o in late.values()} == {"complete"}
    assert [row["date"] for row in rows(late[f"{DAYS}.1"])] == ["2026-11-02", "2026-11-03"]
    assert [row["date"] for row in rows(late[f"{MONTHS}.1"])] == ["2026-11"]
    assert late[f"{DAYS}.1"].loads[0].scope == {"date": ("2026-11-02", "2026-11-04")}
    assert late[f"{MONTHS}.1"].loads[0].scope == {"date": ("2026-11", "2026-12")}
    for stream in (DAYS, MONTHS):
        before, after = (rows(night[f"{stream}.1"])[-1]["nb_visits"] for night in (early, late))
        assert before < after


def test_the_first_of_a_month_still_closes_the_month_before(company: Nights, tmp_path: Path) -> None:
    company.cursors[("matomo", "visits_by_month", "1")] = "2026-10-31"
    outcome = _run(company, MONTHS, tmp_path)
    assert [row["date"] for row in rows(outcome)] == ["2026-10", "2026-11"]
    assert outcome.loads[0].scope == {"date": ("2026-10", "2026-12")}


def test_the_token_travels_in_the_body_and_never_in_the_address(company: Nights, tmp_path: Path) -> None:
    asked: list[Asked] = []

    def site(request: Asked) -> Answer:
        asked.append(request)
        return Answer([])

    with FakeVendor(site).running() as server:
        env = {**company.running.env, "SANDBOX_MATOMO_URL": server.url}
        sources = build_sources(company.config, tmp_path, environment=env, patience=IMPATIENT)
        outcomes = extract_all(sources, as_of=company.now, cursors={}, landing=tmp_path / "landing")
    assert {o.state for o in outcomes} == {"unchanged"}
    assert all(request.method == "POST" and request.query == {} for request in asked)
    assert all(request.form["token_auth"] == credentials.MATOMO_TOKEN for request in asked)


def test_a_segment_is_sent_and_stands_in_the_key(company: Nights, tmp_path: Path) -> None:
    def people(config: CompanyConfig) -> CompanyConfig:
        return changed(config, "matomo", segment="visitDuration>0")

    everybody = {row["date"]: row["nb_visits"] for row in rows(_run(company, MONTHS, tmp_path / "a"))}
    outcome = _run(company, MONTHS, tmp_path / "b", change=people)
    assert {row["segment"] for row in rows(outcome)} == {"visitDuration>0"}
    assert all(row["nb_visits"] < everybody[row["date"]] for row in rows(outcome))


def test_only_the_configured_goals_are_read_and_an_unknown_one_is_an_error(company: Nights, tmp_path: Path) -> None:
    one = _run(company, GOALS, tmp_path / "a", change=lambda config: changed(config, "matomo", goals=["2"]))
    assert {(row["idGoal"], row["goal_name"]) for row in rows(one)} == {("2", "白皮书下载")}
    other = _run(company, GOALS, tmp_path / "b", change=lambda config: changed(config, "matomo", goals=["2", "9"]))
    assert other.error_class is ErrorClass.BAD_REQUEST
    assert other.message == "site 1 has no goal 9; correct goals in company.yaml"


@pytest.mark.parametrize("message", ["Too many requests, try again", "Deadlock found when trying to get lock"])
def test_a_passing_error_in_http_200_is_waited_out(company: Nights, tmp_path: Path, message: str) -> None:
    company.fault("matomo", match="VisitsSummary.get", **_refusal(message, times=2))
    assert _run(company, MONTHS, tmp_path).state == "complete"


@pytest.mark.parametrize(
    ("message", "error_class"),
    [
        ("Unable to authenticate with the provided token. It is either invalid or expired.", ErrorClass.AUTH_FATAL),
        ("You can't access this resource as it requires 'view' access for the website id = 1.", ErrorClass.PERMISSION),
        ("The method 'X' does not exist", ErrorClass.BAD_REQUEST),
    ],
)
def test_a_lasting_error_in_http_200_fails_by_its_class_and_lands_nothing(
    company: Nights, tmp_path: Path, message: str, error_class: ErrorClass
) -> None:
    company.fault("matomo", match="VisitsSummary.get", **_refusal(message, times=0))
    outcome = _run(company, MONTHS, tmp_path)
    assert (outcome.state, outcome.error_class) == ("failed", error_class)
    assert list_landed(tmp_path).loads == ()


def test_a_window_that_exhausts_the_server_is_read_in_halves(company: Nights, tmp_path: Path) -> None:
    company.cursors.clear()
    calm = _run(company, DAYS, tmp_path / "calm")
    company.fault("matomo", match="period=day", **_refusal("Allowed memory size of 134217728 bytes exhausted"))
    struck = _run(company, DAYS, tmp_path / "struck")
    assert struck.loads[0].load_id == calm.loads[0].load_id
    assert struck.loads[0].pages > calm.loads[0].pages


@pytest.mark.parametrize("kind", ["drop", "truncate"])
def test_a_torn_answer_changes_nothing_of_what_lands(company: Nights, tmp_path: Path, kind: str) -> None:
    calm = _run(company, GOALS, tmp_path / "calm")
    company.fault("matomo", match="Goals.get", kind=kind, times=2)
    assert _run(company, GOALS, tmp_path / "struck").loads[0].load_id == calm.loads[0].load_id


def test_a_web_page_with_200_is_a_matter_of_access(company: Nights, tmp_path: Path) -> None:
    company.fault("matomo", match="VisitsSummary.get", kind="html", times=0)
    assert _run(company, MONTHS, tmp_path).error_class is ErrorClass.AUTH_FATAL


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"2026-13-40-1": {}}, "another key came"),
        ({"nb_visits": 3, "nb_uniq_visitors": 2}, "another key came"),
        ({"2026-11": 7}, "neither figures nor empty"),
        ({"2026-11": {"nb_visits": 3}}, "lacks the field nb_uniq_visitors"),
        ([1], "not keyed by month"),
    ],
)
def test_an_answer_of_another_shape_lands_nothing(company: Nights, tmp_path: Path, body: Any, said: str) -> None:
    company.fault("matomo", match="period=month", kind="body", times=0, body=body)
    outcome = _run(company, MONTHS, tmp_path)
    assert outcome.error_class is ErrorClass.CONTRACT
    assert said in outcome.message
    assert list_landed(tmp_path).loads == ()
