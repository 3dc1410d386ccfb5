"""A WeChat official account: one stable token for everybody, statistics that may be late (sources.md §6)."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from connectors.sandbox import credentials
from connectors.sandbox.company.clock import day_of
from connectors.sandbox.records import wechat_oa as view
from connectors.sandbox.servers.faults import Fault
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer
from connectors.sandbox.servers.tokens import TokenBook

LIFETIME = 7200
_NEXT_BEFORE_END = 300
_FORCED_A_DAY, _FORCED_APART = 20, 30
_LONGEST = {"getusersummary": 7, "getusercumulate": 7, "getbizsummary": 30, "getarticletotaldetail": 1}


class _RefusedError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class WechatOa(Vendor):
    """One account."""

    name = "wechat_oa"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._tokens = TokenBook(sandbox.folder / "tokens" / "wechat_oa.json", {"living": "", "forced": []})
        self._late = False

    def expire_tokens(self) -> None:
        self._tokens.expire_all()

    def reset_tokens(self) -> None:
        self._tokens.reset()

    def strike(self, fault: Fault) -> None:
        if fault.kind == "late":
            self._late = True

    def handle(self, request: Request) -> Response:
        try:
            asked = _asked(request)
            if request.path == "/cgi-bin/stable_token":
                return answer(self._token(asked))
            return answer(self._statistics(request, asked))
        except _RefusedError as refused:
            rid = f"rid: {sum(self.counts.values()):08x}"
            return answer({"errcode": refused.code, "errmsg": f"{refused.message} {rid}"})

    def _token(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The living token until five minutes before its end; a forced one kills it for everybody."""
        if asked.get("appid") != credentials.WECHAT_APPID:
            raise _RefusedError(40013, "invalid appid")
        if asked.get("secret") != credentials.WECHAT_SECRET:
            raise _RefusedError(40125, "invalid appsecret")
        with self._tokens.lock:
            state = self._tokens.state
            if asked.get("force_refresh"):
                self._force(state)
            left = self._tokens.remaining(state["living"])
            if left is None or left <= _NEXT_BEFORE_END:
                state["living"] = self._tokens.issue("access", LIFETIME)
                self._tokens.save()
                left = LIFETIME
            return {"access_token": state["living"], "expires_in": int(left)}

    def _force(self, state: dict[str, Any]) -> None:
        now = time.time()
        recent = [at for at in state["forced"] if at > now - 86_400]
        if len(recent) >= _FORCED_A_DAY:
            raise _RefusedError(45009, "reach max api daily quota limit")
        if recent and now - recent[-1] < _FORCED_APART:
            raise _RefusedError(45011, "api minute-quota reach limit, must slower, retry next minute")
        state["forced"], state["access"] = [*recent, now], {}

    def _statistics(self, request: Request, asked: dict[str, Any]) -> dict[str, Any]:
        name = request.path.removeprefix("/datacube/")
        token = request.query.get("access_token", "")
        if not token:
            raise _RefusedError(41001, "access_token missing")
        if self._tokens.remaining(token) is None:
            raise _RefusedError(40001, "invalid credential, access_token is invalid or not latest")
        if name not in _LONGEST:
            raise _RefusedError(48001, "api unauthorized: this interface is no longer maintained")
        first, last = _day(asked, "begin_date"), _day(asked, "end_date")
        now = self.sandbox.now()
        yesterday = day_of(now) - timedelta(days=1)
        if last < first or (last - first).days >= _LONGEST[name] or last > yesterday:
            raise _RefusedError(61501, f"date range error: at most {_LONGEST[name]} days, to yesterday")
        world = self.sandbox.world
        calls: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
            "getusersummary": lambda: view.user_summary(world, first, last),
            "getusercumulate": lambda: view.user_cumulate(world, first, last),
            "getbizsummary": lambda: view.biz_summary(world, now, first, last),
            "getarticletotaldetail": lambda: view.articles(world, now, first, last),
        }
        rows = [{key: value for key, value in row.items() if key != "appid"} for row in calls[name]()]
        late, self._late = self._late, False
        return {"list": rows, "is_delay": late or view.is_late(last, now)}


def _asked(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        raise _RefusedError(43002, "require POST method")
    asked = request.json()
    if not isinstance(asked, dict):
        raise _RefusedError(47001, "data format error")
    return asked


def _day(asked: dict[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(str(asked.get(name)))
    except ValueError:
        raise _RefusedError(61500, f"date format error: {name}") from None
