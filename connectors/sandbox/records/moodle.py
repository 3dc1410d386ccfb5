"""Moodle's view: courses, who is enrolled, what is completed, what was scored. Times are epoch seconds.

The three courses of the inbox feed `training_results` show the same completions and scores. Two more exist here only:
C-NEWS, whose exam some take again after the month was closed, and C-SAFE, which nobody gave completion criteria. A
course that is in no training plan and the site's front page complete the list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.sandbox.company.chance import chance
from connectors.sandbox.company.clock import HISTORY_START, day_start, instant
from connectors.sandbox.company.people import Person
from connectors.sandbox.company.vocabulary import COURSES
from connectors.sandbox.company.world import World
from connectors.sandbox.records.entries import entries

Record = dict[str, Any]
TRAINER = 2
"""User id of the trainer, who is enrolled everywhere and has no idnumber."""
NEWS, SAFE = "C-NEWS", "C-SAFE"
_LIST = (("site", "样例公司学习平台"), *COURSES, (NEWS, "新品知识"), (SAFE, "办公安全须知"), ("C-YOGA", "办公室瑜伽"))
COURSE_IDS = {short: number for number, (short, _) in enumerate(_LIST, start=1)}
_NEWS_BOOKED = date(2026, 9, 1)
_NEWS_RETAKEN = "2026-11-10T10:00:00"
_NEWS_FULL = 50


@dataclass(frozen=True, slots=True)
class Result:
    """One person in one course as it stands at an instant. `score` None: the exam was not taken."""

    courseid: int
    person: Person
    completed: int | None
    score: int | None
    scored: int | None
    full: int = 100

    @property
    def userid(self) -> int:
        return user_id(self.person.employee_no)


def user_id(employee_no: str) -> int:
    """Id of somebody's account."""
    return 100 + int(employee_no[1:])


def courses(world: World, ts: int) -> Iterator[Record]:  # noqa: ARG001 - the list is fixed
    opened = day_start(HISTORY_START)
    for short, name in _LIST:
        number = COURSE_IDS[short]
        yield {
            "id": number, "shortname": short, "fullname": name, "displayname": name, "idnumber": "", "categoryid": 1,
            "format": "site" if number == 1 else "topics", "visible": 1, "summary": "", "summaryformat": 1,
            "enablecompletion": int(short != SAFE), "startdate": opened, "enddate": 0, "timecreated": opened,
            "timemodified": opened,
        }  # fmt: skip


def results(world: World, ts: int) -> dict[int, list[Result]]:
    """Everybody enrolled, by course id, as it stands at `ts`."""
    found: dict[int, dict[str, Result]] = {number: {} for number in COURSE_IDS.values()}
    stays: dict[tuple[str, str], int] = {}
    people: dict[str, list[Person]] = {}
    for person in world.roster.people:
        people.setdefault(person.employee_no, []).append(person)
    for entry in entries(world, "training_results", ts):
        row = entry.row
        key = (row["employee_no"], row["course_id"])
        turn = stays[key] = stays.get(key, -1) + 1
        person = people[row["employee_no"]][turn]  # somebody who came back takes the courses again
        if _booked(person) > ts:
            continue
        done = entry.settles if entry.settles is not None and entry.settles <= ts else None
        score = int(row["exam_score"]) if done and row["exam_score"] else None
        number = COURSE_IDS[row["course_id"]]
        found[number][row["employee_no"]] = Result(number, person, done, score, done)
    for person in world.roster.people:
        if person.works_on(_NEWS_BOOKED) and day_start(_NEWS_BOOKED) <= ts:
            found[COURSE_IDS[NEWS]][person.employee_no] = _news(world, person, ts)
            found[COURSE_IDS[SAFE]][person.employee_no] = Result(COURSE_IDS[SAFE], person, None, None, None)
    return {number: list(rows.values()) for number, rows in found.items()}


def enrolled(course: int, rows: list[Result]) -> list[Record]:
    """The answer of core_enrol_get_enrolled_users."""
    people = [
        {
            "id": row.userid, "username": row.person.employee_no.lower(), "firstname": row.person.name[1:],
            "lastname": row.person.name[:1], "fullname": row.person.name, "email": row.person.email,
            "idnumber": row.person.employee_no, "lastcourseaccess": row.scored or 0,
            "roles": [{"roleid": 5, "name": "", "shortname": "student", "sortorder": 0}],
        }
        for row in rows
    ]  # fmt: skip
    trainer = {
        "id": TRAINER, "username": "trainer", "firstname": "培训", "lastname": "师", "fullname": "培训师",
        "email": "trainer@agency.example", "lastcourseaccess": 0,
        "roles": [{"roleid": 3, "name": "", "shortname": "editingteacher", "sortorder": 0}],
    }  # fmt: skip
    return [trainer, *people] if course != 1 else []


def completion(row: Result | None) -> Record:
    """The completionstatus of one person; None is the trainer, who completes nothing."""
    done = row.completed if row else None
    step = {
        "type": 6, "title": "所需成绩", "status": "是" if done else "否", "complete": done is not None,
        "timecompleted": done, "details": {"type": "成绩", "criteria": "60.00", "requirement": "", "status": ""},
    }  # fmt: skip
    return {"completed": done is not None, "aggregation": 1, "completions": [step]}


def grades(row: Result) -> Record:
    """One entry of usergrades: the exam and the course total."""
    share = "-" if row.score is None else f"{row.score / row.full * 100:.2f} %"
    items = []
    for place, kind in enumerate(("course", "mod")):
        items.append(
            {
                "id": row.courseid * 10 + place, "itemname": "结业考试" if kind == "mod" else None, "itemtype": kind,
                "itemmodule": "quiz" if kind == "mod" else None, "iteminstance": row.courseid, "cmid": None,
                "graderaw": row.score, "gradedatesubmitted": row.scored, "gradedategraded": row.scored,
                "grademin": 0, "grademax": row.full, "percentageformatted": share, "feedback": "", "status": "",
            }
        )  # fmt: skip
    return {
        "courseid": row.courseid, "userid": row.userid, "userfullname": row.person.name,
        "useridnumber": row.person.employee_no, "maxdepth": 2, "gradeitems": items,
    }  # fmt: skip


def _booked(person: Person) -> int:
    return day_start(max(person.hired, HISTORY_START)) + 9 * 3600


def _news(world: World, person: Person, ts: int) -> Result:
    """Taken in September; about a third take it again on 10 November, and do better."""
    rng = chance(world.seed, "news", person.employee_no)
    taken = instant("2026-09-10T10:00:00") + rng.randrange(10) * 86_400
    score, again = rng.randint(30, 45), rng.random() < 1 / 3
    if taken > ts:
        return Result(COURSE_IDS[NEWS], person, None, None, None, _NEWS_FULL)
    if again and instant(_NEWS_RETAKEN) <= ts:
        return Result(COURSE_IDS[NEWS], person, taken, score + 5, instant(_NEWS_RETAKEN), _NEWS_FULL)
    return Result(COURSE_IDS[NEWS], person, taken, score, taken, _NEWS_FULL)


def _flat(name: str) -> Any:
    def stream(world: World, ts: int) -> Iterator[Record]:
        for course, rows in results(world, ts).items():
            for row in rows:
                if name == "grades":
                    person = {"userfullname": row.person.name, "useridnumber": row.person.employee_no}
                    yield from (
                        {**item, "courseid": course, "userid": row.userid, **person}
                        for item in grades(row)["gradeitems"]
                    )
                elif course != COURSE_IDS[SAFE]:
                    person = {"idnumber": row.person.employee_no}
                    yield {"courseid": course, "userid": row.userid, **person, **completion(row)}

    return stream


def _enrolments(world: World, ts: int) -> Iterator[Record]:
    for course, rows in results(world, ts).items():
        yield from ({**user, "courseid": course} for user in enrolled(course, rows))


STREAMS = {
    "courses": courses,
    "enrolments": _enrolments,
    "completions": _flat("completions"),
    "grades": _flat("grades"),
}
