"""How courses, enrolments, completions and grades are read: one function a request, no pages.

Completion costs one request a person and course, so a pair that is complete is not asked for again until a sweep day;
the cursor of that stream is the list of those pairs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from connectors.classify import Fault
from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient, Reply
from connectors.load_writer import LoadFacts
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest
from connectors.training.moodle.config import MoodleConfig
from connectors.training.moodle.streams import API_VERSION, COMPLETIONS, COURSES, ENROLMENTS, GRADES
from connectors.window import sweeps

Row = dict[str, Any]
Pair = tuple[int, int]

_NO_CRITERIA = "nocriteriaset"
_GONE = frozenset({"notenroled", "usernotenroled"})
_STATUS = ("type", "title", "status", "complete", "timecompleted")


class MoodleReader:
    """Reads one stream at a time; holds only configuration, calendar and token."""

    def __init__(self, config: MoodleConfig, calendar: Calendar, token: str) -> None:
        self._config, self._calendar, self._token = config, calendar, token

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        readers: Mapping[str, Callable[[HttpClient, ExtractRequest, RecordSink], LoadFacts]] = {
            COURSES.name: self._courses,
            ENROLMENTS.name: self._enrolments,
            COMPLETIONS.name: self._completions,
            GRADES.name: self._grades,
        }
        return readers[request.spec.name](client, request, sink)

    def _courses(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        del request
        sink.add(self._all_courses(client))
        return LoadFacts(pages=1, full_scan=True, api_version=API_VERSION)

    def _enrolments(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        del request
        pages, nameless = 0, set()
        for course in self._planned(client):
            users = self._enrolled(client, course)
            pages += 1
            nameless.update(user["id"] for user in users if not user.get("idnumber"))
            sink.add([_enrolment(course, user) for user in users])
        notes = (f"{len(nameless)} enrolled users have no idnumber; nobody is credited with their results",)
        return LoadFacts(pages=pages, full_scan=sink.rows > 0, notes=notes if nameless else (), api_version=API_VERSION)

    def _completions(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        sweep = request.cursor is None or sweeps(self._config.sweep_days, request.as_of, self._calendar.zone)
        known = frozenset() if sweep else _pairs(request.cursor or "")
        complete, notes, gone, pages = set(known), [], 0, 0
        for course in self._planned(client):
            for user in self._enrolled(client, course):
                pair = (int(course["id"]), int(user["id"]))
                if pair in known:
                    continue
                body = self._call(
                    client, "core_completion_get_course_completion_status", courseid=pair[0], userid=pair[1]
                )
                pages += 1
                if body.get("errorcode") == _NO_CRITERIA:
                    name = course["shortname"]
                    notes.append(f"course {name} has no completion criteria; set them, or take it out of `courses`")
                    break
                if body.get("errorcode") in _GONE:
                    gone += 1
                    continue
                record = _completion(client, pair, user, body)
                if record["completed"]:
                    complete.add(pair)
                sink.add([record])
        if gone:
            notes.append(f"{gone} people left their course while it was read")
        return LoadFacts(
            pages=pages,
            cursor=_spelled(complete),
            # A course without criteria yields nothing: what is known of it was not deleted.
            full_scan=sweep and sink.rows > 0 and not notes,
            notes=tuple(notes),
            api_version=API_VERSION,
        )

    def _grades(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        del request
        pages, warned = 0, 0
        for course in self._planned(client):
            body = self._call(client, "gradereport_user_get_grade_items", courseid=course["id"], userid=0)
            users = body.get("usergrades") if isinstance(body, dict) else None
            if not isinstance(users, list):
                raise client.contract_error("gradereport_user_get_grade_items: the answer has no usergrades")
            pages += 1
            warned += len(body.get("warnings") or ())
            for user in users:
                sink.add(list(_grade_items(user)))
        notes = (f"{warned} warnings beside the grades",) if warned else ()
        return LoadFacts(pages=pages, full_scan=sink.rows > 0 and not warned, notes=notes, api_version=API_VERSION)

    def _planned(self, client: HttpClient) -> list[Row]:
        """The courses of the training plan, in the order of the configuration."""
        found = {course.get("shortname"): course for course in self._all_courses(client)}
        if missing := [name for name in self._config.courses if name not in found]:
            hint = "correct `courses` in company.yaml, or let the token's user see them"
            raise SourceError(ErrorClass.BAD_REQUEST, f"the site shows no course {', '.join(missing)}; {hint}")
        return [found[name] for name in self._config.courses]

    def _all_courses(self, client: HttpClient) -> list[Row]:
        return _rows(client, "core_course_get_courses", self._call(client, "core_course_get_courses"))

    def _enrolled(self, client: HttpClient, course: Row) -> list[Row]:
        body = self._call(client, "core_enrol_get_enrolled_users", courseid=course["id"])
        return _rows(client, "core_enrol_get_enrolled_users", body)

    def _call(self, client: HttpClient, function: str, **arguments: Any) -> Any:
        """One function's answer; arguments travel in the form so that no address holds the token."""
        form = {
            "wstoken": self._token,
            "wsfunction": self._config.functions.get(function, function),
            "moodlewsrestformat": "json",
            **arguments,
        }
        try:
            body = client.post(self._config.path, form=form).body
        except SourceError as error:
            text = f"{function}: {error.message}"
            raise error.saying(text) from error
        if body is None:
            raise client.contract_error(f"{function} answered nothing (null), which is not an empty list")
        return body


def inspect(reply: Reply) -> Fault | None:
    """An `exception` in HTTP 200 is a complaint, except where it tells something about the course or the person."""
    body = reply.body if isinstance(reply.body, dict) else {}
    code = str(body.get("errorcode", ""))
    if reply.status < 400 and ("exception" not in body or code == _NO_CRITERIA or code in _GONE):
        return None
    return Fault(reply.status, code, str(body.get("message", "")))


def _rows(client: HttpClient, function: str, body: Any) -> list[Row]:
    if not isinstance(body, list) or not all(isinstance(row, dict) and "id" in row for row in body):
        raise client.contract_error(f"{function}: the answer is no list of objects with an id")
    if not body:
        raise client.contract_error(f"{function} is empty; the token's user may not be allowed to see it")
    return body


def _enrolment(course: Row, user: Row) -> Row:
    roles = [role.get("shortname") for role in user.get("roles") or ()]
    return {**user, "courseid": course["id"], "idnumber": user.get("idnumber") or None, "roles": roles}


def _completion(client: HttpClient, pair: Pair, user: Row, body: Any) -> Row:
    status = body.get("completionstatus") if isinstance(body, dict) else None
    if not isinstance(status, dict) or not isinstance(status.get("completed"), bool):
        raise client.contract_error("core_completion_get_course_completion_status: no completionstatus with completed")
    steps = [{name: step.get(name) for name in _STATUS} for step in status.get("completions") or ()]
    return {
        "courseid": pair[0],
        "userid": pair[1],
        "idnumber": user.get("idnumber") or None,
        "completed": status["completed"],
        "aggregation": status.get("aggregation"),
        "completions": steps,
    }


def _grade_items(user: Row) -> Iterator[Row]:
    """One row a grade item. A grade that is null was not taken: it stays null and is no zero."""
    person = {name: user.get(name) for name in ("courseid", "userid", "userfullname")}
    for item in user["gradeitems"]:
        yield {**item, **person, "useridnumber": user.get("useridnumber") or None}


def _spelled(pairs: Iterable[Pair]) -> str:
    """`3:7,9;5:7`: course 3 completed by users 7 and 9, course 5 by user 7."""
    by_course: dict[int, list[int]] = {}
    for course, user in sorted(pairs):
        by_course.setdefault(course, []).append(user)
    return ";".join(f"{course}:{','.join(map(str, users))}" for course, users in by_course.items()) or "-"


def _pairs(cursor: str) -> frozenset[Pair]:
    """The pairs of a cursor; one that cannot be read knows none, so that everything is asked for again."""
    try:
        return frozenset(
            (int(course), int(user))
            for course, _, users in (part.partition(":") for part in cursor.split(";"))
            for user in users.split(",")
        )
    except ValueError:
        return frozenset()
