"""i人事: one token while it lives, code -1 inside HTTP 200, leavers apart from those in service (sources.md §11)."""

import base64
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from connectors.sandbox import credentials
from connectors.sandbox.company.people import Person
from connectors.sandbox.records import hr
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer
from connectors.sandbox.servers.tokens import TokenBook

LIFETIME = 7199
_PREFIX = "/openapi/thirdparty/api"
_DETAIL = re.compile(r"/staff/v1/staffs/(\w+)/detail$")
_ID_PAGE, _PAGE, _BATCH = 100, 100, 1000


class _RefusedError(Exception):
    """Answered as code -1 in HTTP 200."""


class Ihr360(Vendor):
    """One company."""

    name = "ihr360"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._tokens = TokenBook(sandbox.folder / "tokens" / "ihr360.json", {"token": None})

    def expire_tokens(self) -> None:
        self._tokens.expire_all()

    def reset_tokens(self) -> None:
        self._tokens.reset()

    def handle(self, request: Request) -> Response:
        if request.path == "/openapi/oauth/token":
            return self._token(request)
        if not request.path.startswith(_PREFIX):
            return answer({"code": -1, "message": "接口不存在", "data": None, "errorResult": True}, 404)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.remaining(token) is None:
            return answer({"error": "invalid_token", "error_description": "Access token is expired or unknown"}, 401)
        try:
            data = self._route(request, request.path.removeprefix(_PREFIX))
        except _RefusedError as refused:
            return answer({"code": -1, "message": str(refused), "data": None, "errorResult": True})
        return answer({"code": 0, "message": "success", "data": data, "errorResult": False})

    def _token(self, request: Request) -> Response:
        pair = f"{credentials.IHR360_APP_ID}:{credentials.IHR360_APP_SECRET}"
        expected = "Basic " + base64.b64encode(pair.encode()).decode()
        asked = {**request.query, **request.form()}
        if request.headers.get("authorization") != expected:
            return answer({"error": "invalid_client", "error_description": "Bad client credentials"}, 401)
        if asked.get("grant_type") != "client_credentials" or asked.get("scope") != "client":
            return answer({"error": "unsupported_grant_type", "error_description": "client_credentials only"}, 400)
        with self._tokens.lock:
            token = self._tokens.state["token"]
            left = self._tokens.remaining(token) if token else None
            if left is None:
                # The same token comes back as long as it lives.
                self._tokens.state["token"] = token = self._tokens.issue("access", LIFETIME)
                self._tokens.save()
                left = LIFETIME
        return answer(
            {
                "access_token": token,
                "token_type": "bearer",
                "refresh_token": token[::-1],
                "expires_in": int(left),
                "scope": "client",
            }
        )

    def _route(self, request: Request, path: str) -> Any:
        now, body = self.sandbox.now(), request.json()
        asked = {**request.query, **(body if isinstance(body, dict) else {})}
        if found := _DETAIL.match(path):
            return self._basic_of([found[1]], now)[0]
        calls: dict[str, Callable[[], Any]] = {
            "/staff/v1/staffs/ids": lambda: self._ids(asked, now),
            "/staff/v1/staffs/basic": lambda: self._basic(request, now),
            "/staff/v1/staffs/deleted": lambda: _paged([], asked, _PAGE),
            "/staff/v1/superiors": lambda: self._superiors(body, now),
            "/staff/v1/transferWithinInterval": lambda: self._transfers(asked, now),
            "/tm/v3/period/monthly/reports/search": lambda: self._attendance(asked, now),
            "/staff/v1/quitForms/quitedWithinInterval": lambda: self._quits(asked, now),
            "/org/v1/organizations/search": lambda: _paged(
                list(hr.organizations(self.sandbox.world, now)), asked, _PAGE
            ),
            "/org/v1/organization/children/all": lambda: list(hr.organizations(self.sandbox.world, now)),
            # The pages of this one count from 0; the sandbox holds no salaries and no approval flows.
            "/payroll/v2/salaryTask/querySalary": lambda: _paged([], asked, _PAGE, first=0, name="page"),
            "/workflow/v1/process/finish/page": lambda: _paged([], asked, _PAGE, name="page"),
        }
        if path not in calls:
            raise _RefusedError(f"接口不存在 {path}")
        return calls[path]()

    def _ids(self, asked: dict[str, Any], now: int) -> dict[str, Any]:
        status = asked.get("staffStatus", "IN_SERVICE")
        if status not in {"IN_SERVICE", "QUIT"}:
            raise _RefusedError("staffStatus 参数错误")
        wanted = status == "IN_SERVICE"
        return _paged([p.staff_id for p in self._known(now) if hr.is_in_service(p, now) == wanted], asked, _ID_PAGE)

    def _superiors(self, ids: Any, now: int) -> list[dict[str, Any]]:
        rows = self._basic_of(ids if isinstance(ids, list) else [p.staff_id for p in self._known(now)], now)
        return [{name: row[name] for name in ("staffId", "staffNo", "superiorStaffNo")} for row in rows]

    def _transfers(self, asked: dict[str, Any], now: int) -> dict[str, Any]:
        return _paged(_within(list(hr.transfers(self.sandbox.world, now)), "transferDate", asked), asked, _PAGE)

    def _attendance(self, asked: dict[str, Any], now: int) -> dict[str, Any]:
        try:
            month = date.fromisoformat(f"{asked['yearMonth']}-01")
        except (KeyError, ValueError):
            raise _RefusedError("yearMonth 必填，格式 yyyy-MM") from None
        rows = (hr.attendance_row(person, month, now) for person in self._known(now))
        return _paged([row for row in rows if row is not None], asked, _PAGE)

    def _quits(self, asked: dict[str, Any], now: int) -> dict[str, Any]:
        gone = [hr.staff_record(self.sandbox.world, p, now) for p in self._known(now) if not hr.is_in_service(p, now)]
        rows = [{name: row[name] for name in ("staffId", "staffNo", "leaveDate")} for row in gone]
        return _paged(_within(rows, "leaveDate", asked), asked, _PAGE)

    def _known(self, now: int) -> list[Person]:
        return [p for p in self.sandbox.world.roster.people if hr.is_known(p, now)]

    def _basic(self, request: Request, now: int) -> list[dict[str, Any]]:
        ids = request.json()
        if not isinstance(ids, list) or not ids:
            raise _RefusedError("请求体应为员工ID列表")
        if len(ids) > _BATCH:
            raise _RefusedError(f"单次最多查询{_BATCH}个员工")
        return self._basic_of(ids, now)

    def _basic_of(self, ids: list[str], now: int) -> list[dict[str, Any]]:
        known = {p.staff_id: p for p in self._known(now)}
        missing = [i for i in ids if i not in known]
        if missing:
            raise _RefusedError(f"员工不存在: {len(missing)}")
        return [hr.staff_record(self.sandbox.world, known[i], now) for i in ids]


def _paged(
    rows: list[Any], asked: dict[str, Any], default: int, *, first: int = 1, name: str = "pageNo"
) -> dict[str, Any]:
    try:
        number, size = int(asked.get(name, first)), int(asked.get("pageSize", default))
    except (TypeError, ValueError):
        raise _RefusedError(f"{name} 参数错误") from None
    if number < first or not 1 <= size <= 500:
        raise _RefusedError(f"{name} 从{first}开始，pageSize 不超过500")
    begin = (number - first) * size
    info = {name: number, "pageSize": size, "totalPages": -(-len(rows) // size), "totalCount": len(rows)}
    return {"dataList": rows[begin : begin + size], "pageInfo": info}


def _within(rows: list[dict[str, Any]], field: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        start, end = (
            date.fromisoformat(str(next(asked[name] for name in names if name in asked))[:10])
            for names in (("startDate", "beginDate", "startTime"), ("endDate", "endTime"))
        )
    except (StopIteration, ValueError, RuntimeError):
        raise _RefusedError("startDate、endDate 必填，格式 yyyy-MM-dd") from None
    return [row for row in rows if start <= date.fromisoformat(row[field]) <= end]
