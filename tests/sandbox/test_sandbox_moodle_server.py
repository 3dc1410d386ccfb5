"""Moodle over real HTTP: all answers are 200, the courses of the inbox feed, a retaken exam (sources.md §18)."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from connectors.sandbox import credentials, serve
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DAY, DEFAULT_CLOCK, day_of
from connectors.sandbox.company.vocabulary import COURSES
from connectors.sandbox.records import records
from connectors.sandbox.records.moodle import COURSE_IDS, NEWS, SAFE, TRAINER, results, user_id

NOW = int(DEFAULT_CLOCK.timestamp())


@pytest.fixture
def ask(running: serve.Running, http: requests.Session) -> Callable[..., Any]:
    def post(function: str, token: str = credentials.MOODLE_TOKEN, **arguments: object) -> Any:
        form = {"wstoken": token, "wsfunction": function, "moodlewsrestformat": "json", **arguments}
        reply = http.post(f"{running.endpoints['moodle']}/webservice/rest/server.php", data=form, timeout=20)
        assert reply.status_code == 200
        return reply.json()

    return post


def test_wrong_questions_answer_an_exception_in_http_200(ask) -> None:
    status = "core_completion_get_course_completion_status"
    someone = user_id("E9004")
    for body, code in (
        (ask("core_course_get_courses", token="wrong"), "invalidtoken"),
        (ask("core_user_delete_users"), "accessexception"),
        (ask("core_enrol_get_enrolled_users"), "invalidparameter"),
        (ask("core_enrol_get_enrolled_users", courseid=99), "invalidrecord"),
        (ask(status, courseid=COURSE_IDS["C-FILE"], userid=1), "usernotenroled"),
        (ask(status, courseid=COURSE_IDS[SAFE], userid=someone), "nocriteriaset"),
    ):
        assert (body["errorcode"], set(body)) == (code, {"exception", "errorcode", "message"})


def test_a_function_that_returns_nothing_answers_null(ask) -> None:
    assert ask("core_course_view_course", courseid=2) is None


def test_the_trainer_is_enrolled_everywhere_without_an_employee_number(ask) -> None:
    for name in ("C-FILE", NEWS, SAFE):
        users = ask("core_enrol_get_enrolled_users", courseid=COURSE_IDS[name])
        assert [user["id"] for user in users if not user.get("idnumber")] == [TRAINER]


def test_the_courses_hold_the_results_of_the_monthly_files(world: World) -> None:
    filed = {(r["employee_no"], r["course_id"]): r for r in records("file_drop", "training_results", world, NOW)}
    names = {COURSE_IDS[course]: course for course, _ in COURSES}
    live = {
        (row.person.employee_no, names[course]): row
        for course, rows in results(world, NOW).items()
        if course in names
        for row in rows
    }
    assert filed.keys() <= live.keys()
    compared = 0
    for pair, row in filed.items():
        if row["completed_on"]:
            compared += 1
            found = live[pair]
            assert found.completed is not None
            assert day_of(found.completed).isoformat() == row["completed_on"]
            assert str(found.score) == row["exam_score"]
    assert compared > 30


def test_the_answers_are_the_records(ask, world: World) -> None:
    assert ask("core_course_get_courses") == records("moodle", "courses", world, NOW)
    course = COURSE_IDS["C-COMP"]
    graded = ask("gradereport_user_get_grade_items", courseid=course, userid=0)["usergrades"]
    whose = ("userid", "userfullname", "useridnumber")
    items = [
        {**item, "courseid": course, **{name: user[name] for name in whose}}
        for user in graded
        for item in user["gradeitems"]
    ]
    assert items == [row for row in records("moodle", "grades", world, NOW) if row["courseid"] == course]
    (one,) = ask("gradereport_user_get_grade_items", courseid=course, userid=user_id("E9004"))["usergrades"]
    assert {item["graderaw"] for item in one["gradeitems"]} == {88}


def test_an_exam_is_null_before_it_is_taken_and_raised_when_it_is_taken_again(world: World) -> None:
    def scores(ts: int) -> dict[str, int | None]:
        return {row.person.employee_no: row.score for row in results(world.extend_to(ts), ts)[COURSE_IDS[NEWS]]}

    before, first, again = scores(NOW - 60 * DAY), scores(NOW), scores(NOW + 9 * DAY)
    assert set(before.values()) == {None}
    assert None not in first.values()
    raised = [number for number, score in first.items() if again[number] != score]
    assert 0 < len(raised) < len(first)
    assert all(again[number] == first[number] + 5 for number in raised)  # type: ignore[operator]
