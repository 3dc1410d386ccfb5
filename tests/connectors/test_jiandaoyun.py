"""Jiandaoyun: whole scans of forms, a widget map that is checked, HTTP 400 that is no error, UTC at a month's edge."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from night import Nights, rows

from connectors.config import load_company
from connectors.config_models import CompanyConfig
from connectors.errors import ErrorClass
from connectors.forms.jiandaoyun.config import JiandaoyunConfig
from connectors.forms.jiandaoyun.source import inspect
from connectors.forms.jiandaoyun.streams import FORMS
from connectors.http import Patience, Reply
from connectors.landing import list_landed
from connectors.registry import build_sources, source_specs
from connectors.sandbox import serve, state
from connectors.stream import ExtractRequest, StreamOutcome
from connectors.window import plan_window

CONFIG = Path(__file__).with_name("more_sources.yaml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
DATA, WIDGETS = "entry/data/list", "entry/widget/list"
RATE = {"code": 8303, "msg": "请求过于频繁，超出请求频率限制"}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    home = tmp_path_factory.mktemp("company")
    state.ensure(home, scale=0.02)
    with serve.serve(home) as running:
        yield Nights(running, home, load_company(CONFIG))


@pytest.fixture(autouse=True)
def _calm(company: Nights) -> Iterator[None]:
    yield
    company.calm()


def run(company: Nights, name: str, landing: Path, **more: Any) -> StreamOutcome:
    return company.run(f"jiandaoyun.{name}", landing=landing, move=False, **more)[f"jiandaoyun.{name}"]


def changed(**settings: Any):
    def change(config: CompanyConfig) -> CompanyConfig:
        assert config.sources.jiandaoyun
        other = JiandaoyunConfig.model_validate(config.sources.jiandaoyun.model_dump() | settings)
        return config.model_copy(update={"sources": config.sources.model_copy(update={"jiandaoyun": other})})

    return change


def remapped(stream: str, **widgets: str | None):
    """The company's map of one form with other widgets; None takes a column out."""

    def change(config: CompanyConfig) -> CompanyConfig:
        assert config.sources.jiandaoyun
        forms = {name: form.model_dump() for name, form in config.sources.jiandaoyun.forms.items()}
        mapped = forms[stream]["widgets"] | widgets
        forms[stream]["widgets"] = {column: widget for column, widget in mapped.items() if widget}
        return changed(forms=forms)(config)

    return change


@pytest.fixture(scope="module")
def first(company: Nights) -> dict[str, StreamOutcome]:
    return company.run(*(f"jiandaoyun.{name}" for name in FORMS))


def test_every_form_is_read_whole_under_our_column_names(first: dict[str, StreamOutcome]) -> None:
    assert {name: (o.state, o.message) for name, o in first.items()} == {
        f"jiandaoyun.{name}": ("complete", "") for name in FORMS
    }
    for name, form in FORMS.items():
        outcome = first[f"jiandaoyun.{name}"]
        assert outcome.loads[0].full_scan
        landed = rows(outcome)
        assert len({row["_id"] for row in landed}) == len(landed) > 0
        for row in landed:
            assert set(form.columns) <= row.keys()
            assert not any(key.startswith("_widget") for key in row)


def test_planted_inputs_and_breaches_are_there(first: dict[str, StreamOutcome]) -> None:
    inputs = [r for r in rows(first["jiandaoyun.product_inputs"]) if r["employee"]["username"] == "E9002"]
    assert (len(inputs), sum(r["decision"] == "采纳" for r in inputs)) == (10, 6)
    breaches = [r for r in rows(first["jiandaoyun.policy_breaches"]) if r["employee"]["username"] == "E9008"]
    assert [(r["breach_id"], r["status"]) for r in breaches] == [(f"PB-P-{n}", "成立") for n in (1, 2, 3)]


def test_no_name_of_a_member_lands(first: dict[str, StreamOutcome]) -> None:
    for outcome in first.values():
        for row in rows(outcome):
            for member in (row["creator"], row["updater"], row.get("employee")):
                assert member is None or set(member) <= {"username", "integrate_id", "status"}


def test_a_form_of_exactly_full_pages_asks_for_one_more(company: Nights, tmp_path: Path) -> None:
    def asked() -> int:
        stats = requests.get(f"{company.running.endpoints['jiandaoyun']}/__sandbox__/stats", timeout=10).json()
        return stats["counts"]["POST /api/v5/app/entry/data/list"]

    before = asked()
    load = run(company, "brand_survey", tmp_path).loads[0]
    assert (load.rows, load.pages, asked() - before) == (600, 6, 7)


def test_times_stay_utc_so_that_a_months_first_half_hour_is_not_lost(first: dict[str, StreamOutcome]) -> None:
    answers = [r for r in rows(first["jiandaoyun.brand_survey"]) if r["wave"] == "2026-09"]
    earliest = min(answers, key=lambda row: row["createTime"])
    assert earliest["createTime"] == "2026-08-31T16:30:00.000Z"
    local = datetime.fromisoformat(earliest["createTime"]).astimezone(SHANGHAI)
    assert (local.month, local.day, local.hour, local.minute) == (9, 1, 0, 30)
    dated = {r["input_id"]: r["submitted_on"] for r in rows(first["jiandaoyun.product_inputs"])}
    assert dated["PI-P-01"] == "2026-10-04T16:00:00.000Z"  # 5 October in Shanghai


def test_several_choices_stay_a_list_and_an_open_number_stays_null(first: dict[str, StreamOutcome]) -> None:
    reports = rows(first["jiandaoyun.competitor_reports"])
    assert all(isinstance(row["covers"], list) for row in reports)
    assert {item for row in reports for item in row["covers"]} == {"功能", "用户", "影响", "建议"}
    scores = [row["score"] for row in rows(first["jiandaoyun.sales_satisfaction"])]
    assert None in scores
    assert {score for score in scores if score is not None} <= {1, 2, 3, 4, 5}


def test_requisitions_carry_the_number_of_the_erps_issue(first: dict[str, StreamOutcome]) -> None:
    landed = rows(first["jiandaoyun.material_requisitions"])
    assert all(row["requisition_no"].startswith(("QTCK", "SQ-P")) for row in landed)
    assert all(row["approved_at"] is None or row["requested_at"] < row["approved_at"] for row in landed)


@pytest.mark.parametrize("path", [WIDGETS, DATA])
def test_http_400_with_code_8303_is_waited_out(company: Nights, tmp_path: Path, path: str) -> None:
    calm = run(company, "complaints", tmp_path / "calm")
    company.fault("jiandaoyun", match=path, kind="status", status=400, body=RATE, times=4)
    struck = run(company, "complaints", tmp_path / "struck")
    assert struck.loads[0].load_id == calm.loads[0].load_id


def test_a_burst_beyond_the_vendors_rate_is_slowed_down_and_comes_whole(company: Nights, tmp_path: Path) -> None:
    hasty = changed(page_size=4, requests_per_second=5000)(company.config)
    patient = Patience(jitter=lambda _: 0.0)
    company.fault("jiandaoyun", match=DATA, kind="status", status=400, body=RATE, after=5)
    (source,) = (s for s in build_sources(hasty, company.home, environment=company.running.env, patience=patient)
                 if s.name == "jiandaoyun")  # fmt: skip
    spec = source.specs["complaints"]
    window = plan_window(spec, source.calendar, cursor=None, as_of=company.now, overlap=source.overlap)
    (load,) = source.extract(ExtractRequest(spec, "company", window, None, company.now), tmp_path)
    assert load.pages > 30
    stats = requests.get(f"{company.running.endpoints['jiandaoyun']}/__sandbox__/stats", timeout=10).json()
    assert stats["counts"]["status 400"] >= 1
    assert load.load_id == run(company, "complaints", tmp_path / "calm").loads[0].load_id


def test_a_limit_that_never_ends_fails_the_stream_and_says_how_often_it_tried(company: Nights, tmp_path: Path) -> None:
    company.fault("jiandaoyun", match=DATA, kind="status", status=400, body=RATE, times=0)
    outcome = run(company, "complaints", tmp_path)
    assert (outcome.state, outcome.error_class) == ("failed", ErrorClass.RATE_SECOND)
    assert "8303" in outcome.message
    assert "gave up after 10 tries" in outcome.message
    assert list_landed(tmp_path).loads == ()


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 502}, {"kind": "truncate"}, {"kind": "drop"}])
def test_a_passing_fault_changes_nothing_of_what_lands(company: Nights, tmp_path: Path, fault: dict[str, Any]) -> None:
    calm = run(company, "service_scores", tmp_path / "calm")
    company.fault("jiandaoyun", match=DATA, times=2, after=3, **fault)
    struck = run(company, "service_scores", tmp_path / "struck")
    assert struck.loads[0].load_id == calm.loads[0].load_id


def test_a_log_in_page_with_200_stops_the_source(company: Nights, tmp_path: Path) -> None:
    company.fault("jiandaoyun", match="/api/v5/", kind="html", times=0)
    outcomes = company.run("jiandaoyun.complaints", "jiandaoyun.service_scores", landing=tmp_path, move=False)
    assert {o.error_class for o in outcomes.values()} == {ErrorClass.AUTH_FATAL}
    assert any("not asked: the source stopped" in o.message for o in outcomes.values())


def test_a_wrong_key_is_told_without_showing_it(company: Nights, tmp_path: Path) -> None:
    environment = company.running.env
    environment["SANDBOX_JIANDAOYUN_API_KEY"], right = (
        "another-key-of-somebody",
        environment["SANDBOX_JIANDAOYUN_API_KEY"],
    )
    try:
        outcome = run(company, "complaints", tmp_path)
    finally:
        environment["SANDBOX_JIANDAOYUN_API_KEY"] = right
    assert outcome.error_class is ErrorClass.AUTH_FATAL
    assert "401" in outcome.message
    assert "another-key" not in outcome.message


def test_a_page_that_comes_twice_stops_the_form(company: Nights, tmp_path: Path) -> None:
    company.fault("jiandaoyun", match=DATA, kind="repeat", times=0, after=2)
    outcome = run(company, "service_scores", tmp_path)
    assert (outcome.state, outcome.error_class) == ("failed", ErrorClass.CONTRACT)
    assert "came before" in outcome.message
    assert list_landed(tmp_path).loads == ()


def test_records_out_of_order_fail_the_form(company: Nights, tmp_path: Path) -> None:
    record = {"createTime": "2026-10-01T00:00:00.000Z", "updateTime": "2026-10-01T00:00:00.000Z"}
    body = {"data": [{"_id": one, **record} for one in ("b", "a")]}
    company.fault("jiandaoyun", match=DATA, kind="body", body=body)
    outcome = run(company, "complaints", tmp_path)
    assert outcome.error_class is ErrorClass.CONTRACT
    assert "do not rise by _id" in outcome.message


def test_a_mapped_widget_that_disappeared_fails_the_form_and_offers_what_is_there(
    company: Nights, tmp_path: Path
) -> None:
    company.fault("jiandaoyun", match=WIDGETS, kind="rename_widget")
    outcome = run(company, "complaints", tmp_path)
    assert (outcome.state, outcome.error_class) == ("failed", ErrorClass.CONTRACT)
    assert "has no widget _widget_1730400400001 (complaint_id) any more" in outcome.message
    assert "forms.complaints.widgets" in outcome.message
    assert "_widget_1799999999999" in outcome.message
    assert list_landed(tmp_path).loads == ()


def test_a_widget_of_the_wrong_type_is_told_apart(company: Nights, tmp_path: Path) -> None:
    swapped = remapped("complaints", due_at="_widget_1730400400002", employee="_widget_1730400400005")
    outcome = run(company, "complaints", tmp_path, change=swapped)
    assert outcome.error_class is ErrorClass.CONTRACT
    assert "(employee) is a widget of type 'datetime'" in outcome.message
    unchecked = lambda config: changed(check_widget_types=False)(swapped(config))  # noqa: E731
    outcome = run(company, "complaints", tmp_path, change=unchecked)
    assert "complaints.due_at: a value that is no time (dict)" in outcome.message


def test_a_time_without_a_zone_fails_the_form(company: Nights, tmp_path: Path) -> None:
    record = {
        "_id": "a1",
        "createTime": "2026-10-01T00:00:00.000Z",
        "updateTime": "2026-10-01T00:00:00.000Z",
        "_widget_1730400400004": "2026-10-01 08:00:00",
    }
    company.fault("jiandaoyun", match=DATA, kind="body", body={"data": [record]})
    outcome = run(company, "complaints", tmp_path)
    assert "complaints.received_at: a value that is no time" in outcome.message


def test_an_optional_column_without_a_widget_lands_as_null(company: Nights, tmp_path: Path) -> None:
    landed = rows(run(company, "complaints", tmp_path, change=remapped("complaints", complaint_id=None)))
    assert landed
    assert {row["complaint_id"] for row in landed} == {None}


def test_a_map_that_does_not_fit_is_refused_before_any_request(company: Nights) -> None:
    def faults(**widgets: str | None) -> str:
        with pytest.raises(ValueError, match="forms") as caught:
            remapped("complaints", **widgets)(company.config)
        return str(caught.value)

    assert "no widget for employee" in faults(employee=None)
    assert "no column handled_by" in faults(handled_by="_widget_1")
    assert "_widget_1730400400003 stands for two columns" in faults(complaint_id="_widget_1730400400003")


def test_only_forms_of_the_configuration_are_streams(company: Nights) -> None:
    assert company.config.sources.jiandaoyun
    forms = company.config.sources.jiandaoyun.model_dump()["forms"]
    one = changed(forms={"complaints": forms["complaints"]}, streams=None)(company.config)
    assert [spec.name for spec in source_specs(one) if spec.source == "jiandaoyun"] == ["complaints"]
    with pytest.raises(ValueError, match="stream complaints has no entry under forms"):
        changed(forms={"brand_survey": forms["brand_survey"]}, streams=["complaints"])(company.config)


def test_an_empty_form_deletes_nothing(company: Nights, tmp_path: Path) -> None:
    company.fault("jiandaoyun", match=DATA, kind="body", body={"data": []})
    outcome = run(company, "complaints", tmp_path)
    assert (outcome.state, outcome.loads[0].full_scan) == ("unchanged", False)


def test_what_is_no_json_object_is_a_fault() -> None:
    assert inspect(Reply(200, {}, [])) is not None
    assert inspect(Reply(200, {}, {"code": 5, "msg": "no"})) is not None
    assert inspect(Reply(200, {}, {"data": []})) is None


def test_a_record_edited_after_its_page_was_read_comes_the_next_night(company: Nights, tmp_path: Path) -> None:
    calm = run(company, "product_inputs", tmp_path / "calm").loads[0].rows
    company.fault("jiandaoyun", match=DATA, kind="advance", seconds=3 * 86_400, after=calm // 40)
    struck = run(company, "product_inputs", tmp_path / "a", change=changed(page_size=40))
    during = {row["_id"]: row for row in rows(struck)}
    after = {row["_id"]: row for row in rows(run(company, "product_inputs", tmp_path / "b"))}
    edited = [one for one in during if during[one]["decision"] != after[one]["decision"]]
    assert edited
    assert all(during[one]["decision"] == "待评审" and after[one]["decided_on"] for one in edited)
    assert during.keys() <= after.keys()


def test_a_record_deleted_between_two_nights_is_absent_from_a_complete_scan(company: Nights, tmp_path: Path) -> None:
    now = company.now
    june = datetime(2027, 6, 20, 9, tzinfo=SHANGHAI)
    company.advance(seconds=(june - now).total_seconds())
    before = run(company, "nps_responses", tmp_path / "a")
    company.advance(days=7)
    after = run(company, "nps_responses", tmp_path / "b")
    gone = {row["_id"] for row in rows(before)} - {row["_id"] for row in rows(after)}
    assert gone
    assert before.loads[0].full_scan
    assert after.loads[0].full_scan
