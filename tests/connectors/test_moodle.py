"""Moodle: errors in HTTP 200, a null that is no empty list, exams not taken, pairs that are not asked for twice."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
import requests
from night import Nights, rows

from connectors.config import load_company
from connectors.config_models import CompanyConfig
from connectors.errors import ErrorClass
from connectors.landing import list_landed
from connectors.sandbox import serve, state
from connectors.sandbox.records.moodle import COURSE_IDS, TRAINER
from connectors.stream import StreamOutcome
from connectors.training.moodle.read import _pairs, _spelled

CONFIG = Path(__file__).with_name("more_sources.yaml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
STATUS = "core_completion_get_course_completion_status"
GRADES, ENROLLED = "gradereport_user_get_grade_items", "core_enrol_get_enrolled_users"
PLAN = ["C-FILE", "C-COMP", "C-POLICY", "C-NEWS"]
WITHOUT_CRITERIA = "course C-SAFE has no completion criteria; set them, or take it out of `courses`"


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


def changed(**settings: Any) -> Callable[[CompanyConfig], CompanyConfig]:
    def change(config: CompanyConfig) -> CompanyConfig:
        assert config.sources.moodle
        other = config.sources.moodle.model_copy(update=settings)
        return config.model_copy(update={"sources": config.sources.model_copy(update={"moodle": other})})

    return change


def run(company: Nights, name: str, landing: Path, *, move: bool = False, **more: Any) -> StreamOutcome:
    more.setdefault("change", changed(courses=PLAN))
    return company.run(f"moodle.{name}", landing=landing, move=move, **more)[f"moodle.{name}"]


def asked(company: Nights) -> int:
    stats = requests.get(f"{company.running.endpoints['moodle']}/__sandbox__/stats", timeout=10).json()
    return stats["counts"].get("POST /webservice/rest/server.php", 0)


def refusal(code: str, message: str = "x") -> dict[str, str]:
    return {"exception": "moodle_exception", "errorcode": code, "message": message}


def test_a_calm_night_reads_all_streams(company: Nights, tmp_path: Path) -> None:
    names = ("courses", "enrolments", "completions", "grades")
    outcomes = company.run(
        *(f"moodle.{name}" for name in names), landing=tmp_path, move=False, change=changed(courses=PLAN)
    )
    assert {o.state for o in outcomes.values()} == {"complete"}
    assert all(o.loads[0].full_scan for o in outcomes.values())
    assert {row["shortname"] for row in rows(outcomes["moodle.courses"])} == set(COURSE_IDS)
    enrolled = {(row["courseid"], row["id"]) for row in rows(outcomes["moodle.enrolments"])}
    completions = {(row["courseid"], row["userid"]) for row in rows(outcomes["moodle.completions"])}
    graded = {(row["courseid"], row["userid"]) for row in rows(outcomes["moodle.grades"])}
    assert completions == enrolled
    assert graded == {pair for pair in enrolled if pair[1] != TRAINER}


def test_courses_outside_the_plan_are_not_looked_into(company: Nights, tmp_path: Path) -> None:
    landed = rows(run(company, "grades", tmp_path))
    assert {row["courseid"] for row in landed} == {COURSE_IDS[name] for name in PLAN}


def test_the_planted_exam_is_there_under_the_employee_number(company: Nights, tmp_path: Path) -> None:
    landed = rows(run(company, "grades", tmp_path))
    (exam,) = [
        row
        for row in landed
        if (row["useridnumber"], row["courseid"], row["itemtype"]) == ("E9004", COURSE_IDS["C-FILE"], "mod")
    ]
    assert (exam["graderaw"], exam["grademin"], exam["grademax"]) == (90, 0, 100)
    when = datetime.fromtimestamp(exam["gradedategraded"], SHANGHAI)
    assert when.date().isoformat() == "2026-09-10"


def test_an_exam_that_was_not_taken_is_null_and_not_zero(company: Nights, tmp_path: Path) -> None:
    landed = rows(run(company, "grades", tmp_path))
    open_exams = [row for row in landed if row["gradedategraded"] is None]
    assert open_exams
    assert {row["graderaw"] for row in open_exams} == {None}
    assert 0 not in {row["graderaw"] for row in landed}


def test_names_and_addresses_do_not_land_in_the_clear(company: Nights, tmp_path: Path) -> None:
    enrolments, grades = run(company, "enrolments", tmp_path), run(company, "grades", tmp_path)
    staff = [row for row in rows(enrolments) if row["idnumber"]]
    assert all(row["email"]["valid"] and "fullname" not in row for row in staff)
    assert all("userfullname" not in row for row in rows(grades))
    assert {row["fullname"] for row in rows(enrolments, "enrolments__names")} > {"培训师"}
    assert rows(grades, "grades__names")


def test_users_without_an_employee_number_are_counted(company: Nights, tmp_path: Path) -> None:
    outcome = run(company, "enrolments", tmp_path)
    assert outcome.message == "1 enrolled users have no idnumber; nobody is credited with their results"
    assert {row["id"] for row in rows(outcome) if row["idnumber"] is None} == {TRAINER}


def test_a_course_without_criteria_is_noted_and_the_others_are_read(company: Nights, tmp_path: Path) -> None:
    outcome = run(company, "completions", tmp_path, change=changed(courses=["C-SAFE", "C-FILE"]))
    assert (outcome.state, outcome.message) == ("complete", WITHOUT_CRITERIA)
    assert {row["courseid"] for row in rows(outcome)} == {COURSE_IDS["C-FILE"]}
    assert not outcome.loads[0].full_scan


def test_completed_pairs_are_not_asked_for_again_until_a_sweep_day(company: Nights, tmp_path: Path) -> None:
    start = asked(company)
    first = run(company, "completions", tmp_path / "a", move=True)
    whole = asked(company) - start
    open_pairs = [row for row in rows(first) if not row["completed"]]
    assert 0 < len(open_pairs) < len(rows(first)) / 2
    start = asked(company)
    second = run(company, "completions", tmp_path / "b")
    assert rows(second) == open_pairs
    assert asked(company) - start == whole - (len(rows(first)) - len(open_pairs))
    assert not second.loads[0].full_scan
    assert second.loads[0].cursor == first.loads[0].cursor
    swept = run(company, "completions", tmp_path / "c", change=changed(courses=PLAN, sweep_days=[2]))
    assert swept.loads[0].full_scan
    assert rows(swept) == rows(first)
    company.cursors.clear()


def test_the_cursor_of_completed_pairs_is_read_as_it_was_written() -> None:
    pairs = {(3, 9), (3, 7), (12, 7)}
    assert _spelled(pairs) == "3:7,9;12:7"
    assert _pairs(_spelled(pairs)) == pairs
    assert _pairs(_spelled(())) == frozenset()
    assert _pairs("2026-11-02") == frozenset()


@pytest.mark.parametrize("code", ["usernotenroled", "notenroled"])
def test_somebody_who_left_the_course_meanwhile_is_left_out(company: Nights, tmp_path: Path, code: str) -> None:
    calm = rows(run(company, "completions", tmp_path / "calm"))
    company.fault("moodle", match=STATUS, kind="body", body=refusal(code), after=3)
    outcome = run(company, "completions", tmp_path / "b")
    assert (outcome.state, outcome.message) == ("complete", "1 people left their course while it was read")
    assert len(rows(outcome)) == len(calm) - 1
    assert not outcome.loads[0].full_scan


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("invalidtoken", ErrorClass.AUTH_FATAL),
        ("accessexception", ErrorClass.PERMISSION),
        ("invalidparameter", ErrorClass.BAD_REQUEST),
        ("sitemaintenance", ErrorClass.RETRY),
    ],
)
def test_an_exception_in_http_200_is_an_error_of_its_class(
    company: Nights, tmp_path: Path, code: str, expected: ErrorClass
) -> None:
    company.fault("moodle", match=GRADES, kind="body", body=refusal(code, "没有权限"), times=0)
    outcome = run(company, "grades", tmp_path)
    assert (outcome.state, outcome.error_class) == ("failed", expected)
    assert outcome.message.startswith(f"{GRADES}: POST /webservice/rest/server.php answered 200: {code} 没有权限")
    assert list_landed(tmp_path).loads == ()


def test_a_wrong_token_is_told_without_showing_it(company: Nights, tmp_path: Path) -> None:
    right = company.running.env["SANDBOX_MOODLE_TOKEN"]
    company.running.env["SANDBOX_MOODLE_TOKEN"] = "0123456789abcdef-wrong"
    try:
        outcome = run(company, "grades", tmp_path)
    finally:
        company.running.env["SANDBOX_MOODLE_TOKEN"] = right
    assert outcome.error_class is ErrorClass.AUTH_FATAL
    assert "invalidtoken" in outcome.message
    assert "0123456789abcdef" not in outcome.message


@pytest.mark.parametrize(
    ("function", "stream"), [(ENROLLED, "enrolments"), (GRADES, "grades"), (STATUS, "completions")]
)
def test_a_null_is_no_empty_list(company: Nights, tmp_path: Path, function: str, stream: str) -> None:
    company.fault("moodle", match=function, kind="body", body=None)
    outcome = run(company, stream, tmp_path)
    assert (outcome.state, outcome.error_class) == ("failed", ErrorClass.CONTRACT)
    assert outcome.message == f"{function} answered nothing (null), which is not an empty list"
    assert list_landed(tmp_path).loads == ()


def test_an_empty_course_is_rather_one_we_may_not_see(company: Nights, tmp_path: Path) -> None:
    company.fault("moodle", match=ENROLLED, kind="body", body=[])
    outcome = run(company, "enrolments", tmp_path)
    assert outcome.error_class is ErrorClass.CONTRACT
    assert "may not be allowed" in outcome.message


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 503}, {"kind": "truncate"}, {"kind": "drop"}])
def test_a_passing_fault_changes_nothing_of_what_lands(company: Nights, tmp_path: Path, fault: dict[str, Any]) -> None:
    calm = run(company, "grades", tmp_path / "calm")
    company.fault("moodle", match=GRADES, times=2, after=1, **fault)
    struck = run(company, "grades", tmp_path / "struck")
    assert struck.loads[0].load_id == calm.loads[0].load_id


def test_a_log_in_page_with_200_stops_the_source(company: Nights, tmp_path: Path) -> None:
    company.fault("moodle", match="server.php", kind="html", times=0)
    outcome = run(company, "grades", tmp_path)
    assert outcome.error_class is ErrorClass.AUTH_FATAL
    assert "a web page (log-in?)" in outcome.message


def test_a_rate_limit_is_waited_out(company: Nights, tmp_path: Path) -> None:
    company.fault("moodle", match=GRADES, kind="status", status=429, times=3, body={}, headers={"Retry-After": "2"})
    assert run(company, "grades", tmp_path).state == "complete"


def test_a_course_that_the_site_does_not_show_is_named(company: Nights, tmp_path: Path) -> None:
    outcome = run(company, "grades", tmp_path, change=changed(courses=["C-FILE", "C-GONE"]))
    assert outcome.error_class is ErrorClass.BAD_REQUEST
    assert "the site shows no course C-GONE; correct `courses` in company.yaml" in outcome.message


def test_a_new_field_of_the_vendor_is_reported_and_not_landed(company: Nights, tmp_path: Path) -> None:
    row = {"id": 9, "shortname": "C-NEW", "fullname": "新", "secret_notes": "x"}
    company.fault("moodle", match="core_course_get_courses", kind="body", body=[row])
    outcome = run(company, "courses", tmp_path)
    assert outcome.message == "new fields of the vendor, not landed: secret_notes"
    assert "secret_notes" not in rows(outcome)[0]


def test_an_exam_taken_again_after_the_close_comes_as_a_newer_grade(company: Nights, tmp_path: Path) -> None:
    def scores(name: str) -> dict[tuple[int, int], Any]:
        landed = rows(run(company, "grades", tmp_path / name))
        return {(r["courseid"], r["userid"]): r["graderaw"] for r in landed if r["itemtype"] == "mod"}

    before = scores("a")
    company.advance(days=9)  # 12 November: October is closed
    after = scores("b")
    raised = {pair for pair, score in before.items() if score is not None and after[pair] != score}
    assert raised
    assert {course for course, _ in raised} == {COURSE_IDS["C-NEWS"]}
    assert all(after[pair] == before[pair] + 5 for pair in raised)


def test_no_token_stands_in_what_landed(company: Nights, tmp_path: Path) -> None:
    outcome = run(company, "grades", tmp_path)
    token = company.running.env["SANDBOX_MOODLE_TOKEN"]
    texts = [path.read_text() for path in tmp_path.rglob("manifest.json")]
    assert texts
    assert not any(token in text for text in [*texts, *(orjson.dumps(row).decode() for row in rows(outcome))])
