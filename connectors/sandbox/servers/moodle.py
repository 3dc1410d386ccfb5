"""Moodle: one address, functions by name, errors in HTTP 200 (sources.md §18)."""

from collections.abc import Callable
from typing import Any

from connectors.sandbox import credentials
from connectors.sandbox.records import moodle as view
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer

PATH = "/webservice/rest/server.php"


class _RefusedError(Exception):
    def __init__(self, code: str, message: str, exception: str = "moodle_exception") -> None:
        super().__init__(message)
        self.body = {"exception": exception, "errorcode": code, "message": message}


class Moodle(Vendor):
    """One site."""

    name = "moodle"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._kept: dict[int, list[view.Result]] = {}
        self._kept_at = -1

    def handle(self, request: Request) -> Response:
        if request.path != PATH:
            return Response(404, b"<html><body>Not found</body></html>", content_type="text/html;charset=utf-8")
        asked = {**request.query, **request.form()}
        try:
            return answer(self._route(asked))
        except _RefusedError as refused:
            return answer(refused.body)

    def _route(self, asked: dict[str, str]) -> Any:
        if asked.get("moodlewsrestformat") != "json":
            raise _RefusedError("invalidparameter", "这个沙箱只回答 json", "invalid_parameter_exception")
        if asked.get("wstoken") != credentials.MOODLE_TOKEN:
            raise _RefusedError("invalidtoken", "无效的令牌 - 未找到令牌")
        calls: dict[str, Callable[[dict[str, str]], Any]] = {
            "core_course_get_courses": lambda _: list(view.courses(self.sandbox.world, self.sandbox.now())),
            "core_enrol_get_enrolled_users": self._enrolled,
            "core_completion_get_course_completion_status": self._completion,
            "gradereport_user_get_grade_items": self._grades,
            # Marks something and returns nothing: nothing is `null`.
            "core_course_view_course": lambda _: None,
        }
        function = asked.get("wsfunction", "")
        if function not in calls:
            raise _RefusedError("accessexception", "访问控制异常", "webservice_access_exception")
        return calls[function](asked)

    def _enrolled(self, asked: dict[str, str]) -> Any:
        course = self._course(asked)
        return view.enrolled(course, self._results(course))

    def _completion(self, asked: dict[str, str]) -> Any:
        course, user = self._course(asked), _number(asked, "userid")
        row = next((row for row in self._results(course) if row.userid == user), None)
        if row is None and user != view.TRAINER:
            raise _RefusedError("usernotenroled", "用户未选修此课程")
        if course == view.COURSE_IDS[view.SAFE]:
            raise _RefusedError("nocriteriaset", "本课程未设置完成标准")
        return {"completionstatus": view.completion(row), "warnings": []}

    def _grades(self, asked: dict[str, str]) -> Any:
        course, user = self._course(asked), int(asked.get("userid") or 0)
        rows = [row for row in self._results(course) if user in {0, row.userid}]
        return {"usergrades": [view.grades(row) for row in rows], "warnings": []}

    def _course(self, asked: dict[str, str]) -> int:
        number = _number(asked, "courseid")
        if number not in view.COURSE_IDS.values():
            raise _RefusedError("invalidrecord", "在数据表 course 中找不到记录", "dml_missing_record_exception")
        return number

    def _results(self, course: int) -> list[view.Result]:
        now = self.sandbox.now()
        with self.sandbox.lock:
            if now != self._kept_at:
                self._kept, self._kept_at = view.results(self.sandbox.world, now), now
            return self._kept[course]


def _number(asked: dict[str, str], name: str) -> int:
    try:
        return int(asked[name])
    except (KeyError, ValueError):
        raise _RefusedError("invalidparameter", f"检测到无效的参数值 {name}", "invalid_parameter_exception") from None
