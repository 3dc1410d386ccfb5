"""Ocean Engine: rotating tokens, report, clues; errors come as HTTP 200 with a code (sources.md §5)."""

import time
from bisect import bisect_left, bisect_right
from collections import deque
from datetime import date
from typing import Any

import orjson

from connectors.sandbox import credentials
from connectors.sandbox.company.chance import chance
from connectors.sandbox.company.channels import ADVERTISERS
from connectors.sandbox.company.clock import day_start, instant
from connectors.sandbox.company.entities import Clue
from connectors.sandbox.records import oceanengine as view
from connectors.sandbox.servers.faults import Fault
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer
from connectors.sandbox.servers.tokens import TokenBook

DIMENSIONS = ("stat_time_day", "cdp_project_id", "cdp_project_name", "cdp_promotion_id", "cdp_promotion_name")
METRICS = (
    *("stat_cost", "show_cnt", "click_cnt", "convert_cnt", "form", "attribution_convert_cnt"),
    *("dy_like", "dy_comment", "dy_share", "dy_follow"),
)
LIFETIME, REFRESH_LIFETIME = 86_399, 2_591_999
_PER_SECOND = 60
"""Requests a second before 40100 answers begin; generous, because the real figure depends on the app's level."""


class _RefusedError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class OceanEngine(Vendor):
    """One app, two advertisers."""

    name = "oceanengine"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        path = sandbox.folder / "tokens" / "oceanengine.json"
        self._tokens = TokenBook(path, {"refresh": credentials.OCEANENGINE_REFRESH_TOKEN, "dead": []})
        self._moments: deque[float] = deque(maxlen=_PER_SECOND)
        self._shift = 0
        self._sorted: list[Clue] = []

    def expire_tokens(self) -> None:
        self._tokens.expire_all()

    def reset_tokens(self) -> None:
        self._tokens.reset()

    def strike(self, fault: Fault) -> None:
        if fault.kind == "shift":
            self._shift = fault.rows

    def handle(self, request: Request) -> Response:
        number = f"{sum(self.counts.values()):020d}"
        try:
            data = self._route(request)
        except _RefusedError as refused:
            return answer({"code": refused.code, "message": refused.message, "request_id": number, "data": {}})
        return answer({"code": 0, "message": "OK", "request_id": number, "data": data})

    def _route(self, request: Request) -> dict[str, Any]:
        path = request.path.rstrip("/")
        if path == "/open_api/oauth2/refresh_token" and request.method == "POST":
            return self._refresh(request.json())
        self._check(request)
        if path == "/open_api/oauth2/advertiser/get":
            return {"list": [{"advertiser_id": int(a), "advertiser_name": f"样例账户{a[-1]}"} for a in ADVERTISERS]}
        if path == "/open_api/v3.0/report/custom/config/get":
            return {
                "list": [
                    {"data_topic": "BASIC_DATA", "dimensions": _described(DIMENSIONS), "metrics": _described(METRICS)}
                ]
            }
        if path == "/open_api/v3.0/report/custom/get":
            return self._report(request)
        if path == "/open_api/2/tools/clue/get":
            return self._clues(request)
        raise _RefusedError(40001, f"unknown path {path}")

    def _refresh(self, asked: Any) -> dict[str, Any]:
        """Both tokens are replaced; the old refresh token and every old access token die at once."""
        if not isinstance(asked, dict) or (str(asked.get("app_id")), asked.get("secret")) != (
            credentials.OCEANENGINE_APP_ID,
            credentials.OCEANENGINE_SECRET,
        ):
            raise _RefusedError(40103, "app_id or secret is wrong")
        with self._tokens.lock:
            if asked.get("refresh_token") != self._tokens.state["refresh"]:
                raise _RefusedError(40103, "refresh token expired: 刷新令牌已失效, authorise again")
            self._tokens.state["dead"] = [*self._tokens.state["access"], *self._tokens.state["dead"]][:50]
            self._tokens.state["access"] = {}
            self._tokens.state["refresh"] = self._tokens.next_secret("refresh")
            token = self._tokens.issue("access", LIFETIME)
            return {
                "access_token": token,
                "expires_in": LIFETIME,
                "refresh_token": self._tokens.state["refresh"],
                "refresh_token_expires_in": REFRESH_LIFETIME,
            }

    def _check(self, request: Request) -> None:
        token = request.headers.get("access-token", "")
        if not token:
            raise _RefusedError(40104, "access token is empty")
        if self._tokens.remaining(token) is None:
            if token in self._tokens.state["dead"]:
                raise _RefusedError(40105, "access token was revoked: it has been refreshed elsewhere")
            raise _RefusedError(40102, "access token expired")
        now = time.monotonic()
        if len(self._moments) == _PER_SECOND and now - self._moments[0] < 1:
            raise _RefusedError(40100, "request too frequent, please try again later")
        self._moments.append(now)

    def _report(self, request: Request) -> dict[str, Any]:
        dimensions, metrics = _names(request, "dimensions", DIMENSIONS), _names(request, "metrics", METRICS)
        first, last = _day(request, "start_time"), _day(request, "end_time")
        if (last - first).days >= 30 or last < first:
            raise _RefusedError(40001, "the time span must not exceed 30 days")
        advertiser = request.query.get("advertiser_id", "")
        if advertiser not in ADVERTISERS:
            raise _RefusedError(40002, "no permission to operate this advertiser")
        now = self.sandbox.now()
        rows = list(view.report_rows(self.sandbox.world, now, first, last, advertiser))
        rows.sort(key=lambda row: (row["stat_time_day"], row["cdp_promotion_id"]))
        if _list(request, "order_by") == []:
            # Without an order the rows come as they like, differently every time.
            chance(self.sandbox.world.seed, "unordered", sum(self.counts.values())).shuffle(rows)
        total = len(rows)
        shown, info = self._page(request, rows, maximum=1000, default=20)
        cents = sum(int(row["stat_cost"].replace(".", "")) for row in rows)
        return {
            "rows": [
                {"dimensions": {d: row[d] for d in dimensions}, "metrics": {m: row[m] for m in metrics}}
                for row in shown
            ],
            "total_metrics": {m: _total(m, rows, cents) for m in metrics},
            "page_info": {**info, "total_number": total},
        }

    def _clues(self, request: Request) -> dict[str, Any]:
        wanted = {str(a) for a in _list(request, "advertiser_ids")}
        if not wanted or not wanted <= set(ADVERTISERS):
            raise _RefusedError(40002, "no permission to operate this advertiser")
        start, end = _moment(request, "start_time"), _moment(request, "end_time", last=True)
        now = self.sandbox.now()
        clues = self._clues_by_time()
        span = clues[bisect_left(clues, start, key=_created) : bisect_right(clues, min(end, now), key=_created)]
        found = [clue for clue in reversed(span) if clue.advertiser in wanted]
        shown, info = self._page(request, found, maximum=1000, default=10)
        rows = [view.clue(entity, now) for entity in shown]
        return {
            "list": [{**row, "advertiser_id": int(row["advertiser_id"])} for row in rows],
            "page_info": {**info, "total_number": len(found)},
        }

    def _clues_by_time(self) -> list[Clue]:
        clues = self.sandbox.world.clues
        if len(self._sorted) != len(clues):
            self._sorted = sorted(clues, key=lambda clue: (clue.created, clue.id))
        return self._sorted

    def _page(
        self, request: Request, rows: list[Any], *, maximum: int, default: int
    ) -> tuple[list[Any], dict[str, int]]:
        page, size = _number(request, "page", 1), _number(request, "page_size", default)
        if not 1 <= size <= maximum or page < 1:
            raise _RefusedError(40001, f"page_size must lie between 1 and {maximum}, page from 1")
        shift, self._shift = self._shift, 0
        shown = rows[shift:][(page - 1) * size : page * size]
        return shown, {"page": page, "page_size": size, "total_page": -(-len(rows) // size)}


def _created(clue: Clue) -> int:
    return clue.created


def _described(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"field": name, "name": name} for name in names]


def _total(metric: str, rows: list[dict[str, str]], cents: int) -> str:
    if metric == "stat_cost":
        return f"{cents // 100}.{cents % 100:02d}"
    return str(sum(int(row[metric]) for row in rows))


def _list(request: Request, name: str) -> list[Any]:
    try:
        value = orjson.loads(request.query.get(name, ""))
    except orjson.JSONDecodeError:
        raise _RefusedError(40001, f"{name} must be a JSON list") from None
    if not isinstance(value, list):
        raise _RefusedError(40001, f"{name} must be a JSON list")
    return value


def _names(request: Request, name: str, known: tuple[str, ...]) -> list[str]:
    asked = _list(request, name)
    unknown = [item for item in asked if item not in known]
    if not asked or unknown:
        raise _RefusedError(40001, f"{name} is empty or holds unknown names: {unknown}")
    return asked


def _day(request: Request, name: str) -> date:
    try:
        return date.fromisoformat(request.query.get(name, "")[:10])
    except ValueError:
        raise _RefusedError(40001, f"{name} must be YYYY-MM-DD") from None


def _moment(request: Request, name: str, *, last: bool = False) -> int:
    text = request.query.get(name, "")
    if len(text) <= 10:
        return day_start(_day(request, name)) + (86_399 if last else 0)
    try:
        return instant(text)
    except ValueError:
        raise _RefusedError(40001, f"{name} must be yyyy-MM-dd hh:mm:ss") from None


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdigit():
        raise _RefusedError(40001, f"{name} must be a number")
    return int(text)
