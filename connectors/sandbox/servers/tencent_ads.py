"""Tencent Ads: clock and nonce checked, rotating tokens, JSON texts in the query, fen, deep paging (sources.md §4)."""

import re
import time
from datetime import date
from typing import Any

import orjson

from connectors.sandbox import credentials
from connectors.sandbox.company.clock import day_of, instant
from connectors.sandbox.company.wechat_ads import ACCOUNTS
from connectors.sandbox.records import tencent_ads as view
from connectors.sandbox.servers.faults import Fault
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer
from connectors.sandbox.servers.tokens import TokenBook

ACCESS_LIFETIME, REFRESH_LIFETIME = 86_400, 2_592_000
_CLOCK_TOLERANCE = 300
_DEEP = 5000
_FIELDS = (
    *(
        "date",
        "adgroup_id",
        "adgroup_name",
        "view_count",
        "view_user_count",
        "valid_click_count",
        "cost",
        "conversions_count",
    ),
    *("deep_conversions_count", "page_reservation_count", "valid_leads_uv"),
)


class _RefusedError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class TencentAds(Vendor):
    """One app, two accounts."""

    name = "tencent_ads"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        first = {"refresh": credentials.TENCENT_REFRESH_TOKEN, "refresh_end": time.time() + REFRESH_LIFETIME}
        self._tokens = TokenBook(sandbox.folder / "tokens" / "tencent_ads.json", first)
        self._nonces: dict[str, float] = {}
        self._deep_from = _DEEP
        self._shift = 0

    def expire_tokens(self) -> None:
        self._tokens.expire_all()

    def reset_tokens(self) -> None:
        self._tokens.reset()

    def strike(self, fault: Fault) -> None:
        if fault.kind == "shift":
            self._shift = fault.rows
        elif fault.kind == "shallow":
            self._deep_from = fault.rows
        elif fault.kind == "age":
            with self._tokens.lock:
                self._tokens.state["refresh_end"] -= fault.seconds
                self._tokens.save()

    def handle(self, request: Request) -> Response:
        trace = f"trace_id {sum(self.counts.values()):016x}"
        try:
            data = self._route(request)
        except _RefusedError as refused:
            body = {"code": refused.code, "message": f"{refused.message} ({trace})", "message_cn": refused.message}
            return answer({**body, "errors": []})
        return answer({"code": 0, "message": "", "message_cn": "", "data": data})

    def _route(self, request: Request) -> dict[str, Any]:
        path = request.path.rstrip("/")
        if path in {"/oauth/token", "/oauth/refresh_token"}:
            return self._refresh(request, renews_refresh=path == "/oauth/refresh_token")
        self._check(request)
        if path == "/v3.0/daily_reports/get":
            return self._report(request)
        if path == "/v3.0/leads_list/get":
            return self._leads(request)
        raise _RefusedError(12000, f"unknown resource {path}")

    def _refresh(self, request: Request, *, renews_refresh: bool) -> dict[str, Any]:
        """Both calls replace the pair at once; only `/oauth/refresh_token` gives the refresh token thirty more days."""
        asked = request.query
        app = (asked.get("client_id"), asked.get("client_secret"))
        if app != (credentials.TENCENT_CLIENT_ID, credentials.TENCENT_CLIENT_SECRET):
            raise _RefusedError(11013, "client_id or client_secret is wrong")
        if not renews_refresh and asked.get("grant_type") != "refresh_token":
            raise _RefusedError(12000, "grant_type must be refresh_token")
        with self._tokens.lock:
            state = self._tokens.state
            if asked.get("refresh_token") != state["refresh"] or state["refresh_end"] <= time.time():
                raise _RefusedError(11012, "refresh token is invalid or has expired, authorise again")
            state["access"] = {}
            state["refresh"] = self._tokens.next_secret("refresh")
            if renews_refresh:
                state["refresh_end"] = time.time() + REFRESH_LIFETIME
            token = self._tokens.issue("access", ACCESS_LIFETIME)
            return {
                "access_token": token,
                "refresh_token": state["refresh"],
                "access_token_expires_in": ACCESS_LIFETIME,
                "refresh_token_expires_in": int(state["refresh_end"] - time.time()),
            }

    def _check(self, request: Request) -> None:
        asked = request.query
        missing = [name for name in ("access_token", "timestamp", "nonce") if not asked.get(name)]
        if missing:
            raise _RefusedError(12000, f"missing parameter {', '.join(missing)}")
        if not asked["timestamp"].isdigit() or abs(int(asked["timestamp"]) - time.time()) > _CLOCK_TOLERANCE:
            raise _RefusedError(11008, "timestamp is more than 300 seconds off")
        with self.sandbox.lock:
            oldest = time.time() - 2 * _CLOCK_TOLERANCE
            self._nonces = {nonce: at for nonce, at in self._nonces.items() if at > oldest}
            if len(asked["nonce"]) > 32 or asked["nonce"] in self._nonces:
                raise _RefusedError(11019, "nonce is too long or was used before")
            self._nonces[asked["nonce"]] = time.time()
        if self._tokens.remaining(asked["access_token"]) is None:
            raise _RefusedError(11000, "access token is invalid or has expired")

    def _report(self, request: Request) -> dict[str, Any]:
        span = _json(request, "date_range")
        first, last = _day(span, "start_date"), _day(span, "end_date")
        now = self.sandbox.now()
        if last < first or (last - first).days >= 30 or (day_of(now) - first).days > 365:
            raise _RefusedError(12001, "date_range: at most 30 days, within the last 365 days")
        if request.query.get("level") != "REPORT_LEVEL_ADGROUP" or _json(request, "group_by") != ["date", "adgroup_id"]:
            raise _RefusedError(12001, "this account reports REPORT_LEVEL_ADGROUP by date and adgroup_id")
        fields, line = _json(request, "fields"), request.query.get("time_line", "")
        unknown = [name for name in fields if name not in _FIELDS] if isinstance(fields, list) else ["fields"]
        if unknown or line not in {view.REQUEST, view.REPORTING}:
            raise _RefusedError(12001, f"unknown fields {unknown} or time_line {line!r}")
        rows = list(view.report_rows(self.sandbox.world, now, first, last, line, _account(request)))
        shown, info = self._page(request, rows, maximum=2000)
        return {"list": [{name: row[name] for name in fields} for row in shown], "page_info": info}

    def _leads(self, request: Request) -> dict[str, Any]:
        span = _json(request, "time_range")
        if not isinstance(span, dict) or span.get("time_type") != "TIME_TYPE_CREATED_TIME":
            raise _RefusedError(12001, "time_range needs start_time, end_time and TIME_TYPE_CREATED_TIME")
        start, end = int(span["start_time"]), int(span["end_time"])
        if not start < end <= start + 366 * 86_400:
            raise _RefusedError(12001, "time_range: at most one year")
        rows = view.leads(self.sandbox.world, self.sandbox.now(), start, end, _account(request))
        if "last_search_after_values" in request.query:
            return self._leads_after(request, rows)
        page, size = _number(request, "page", 1), _number(request, "page_size", 10)
        if page * size > self._deep_from:
            raise _RefusedError(12001, f"beyond {self._deep_from} rows last_search_after_values is required")
        shown, info = self._page(request, rows, maximum=200)
        return {"leads_info": shown, "page_info": info}

    def _leads_after(self, request: Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
        place = _json(request, "last_search_after_values")
        if not (isinstance(place, list) and len(place) == 2 and all(re.fullmatch(r"\d+", str(v)) for v in place)):
            raise _RefusedError(12001, "last_search_after_values needs time in milliseconds and leads_id")
        size = min(_number(request, "page_size", 10), 200)
        below = [row for row in rows if (_milliseconds(row), row["leads_id"]) < (int(place[0]), int(place[1]))]
        info = {"page": 1, "page_size": size, "total_number": len(rows), "total_page": -(-len(rows) // size)}
        return {"leads_info": below[:size], "page_info": info}

    def _page(
        self, request: Request, rows: list[dict[str, Any]], *, maximum: int
    ) -> tuple[list[dict[str, Any]], dict[str, int]]:
        page, size = _number(request, "page", 1), _number(request, "page_size", 10)
        if not 1 <= size <= maximum or page < 1:
            raise _RefusedError(133416, f"page_size must lie between 1 and {maximum}")
        shift, self._shift = self._shift, 0
        info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": -(-len(rows) // size)}
        return rows[shift:][(page - 1) * size : page * size], info


def _milliseconds(row: dict[str, Any]) -> int:
    return instant(row["leads_create_time"]) * 1000


def _account(request: Request) -> str:
    account = request.query.get("account_id", "")
    if account not in ACCOUNTS:
        raise _RefusedError(11005, "no permission for this account")
    return account


def _json(request: Request, name: str) -> Any:
    """Lists and objects are JSON texts; anything else is a wrong parameter."""
    try:
        value = orjson.loads(request.query.get(name, ""))
    except orjson.JSONDecodeError:
        raise _RefusedError(12001, f"{name} must be JSON") from None
    if not isinstance(value, list | dict):
        raise _RefusedError(12001, f"{name} must be a JSON list or object")
    return value


def _day(span: Any, name: str) -> date:
    try:
        return date.fromisoformat(span[name])
    except (KeyError, TypeError, ValueError):
        raise _RefusedError(12001, f"date_range.{name} must be YYYY-MM-DD") from None


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdigit():
        raise _RefusedError(12001, f"{name} must be a number")
    return int(text)
