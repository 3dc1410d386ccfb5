"""Jiandaoyun: records by ascending id after `data_id`, HTTP 400 for everything wrong, rate limits included (§10)."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from connectors.sandbox import credentials
from connectors.sandbox.records.forms import APP_ID, BY_ENTRY, View
from connectors.sandbox.records.jiandaoyun import form_records
from connectors.sandbox.servers.faults import Fault
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer

PER_SECOND = 30
_ROOT = "/api/v5/app"
_SYSTEM = ("_id", "appId", "entryId", "creator", "updater", "deleter", "createTime", "updateTime", "deleteTime")


class _RefusedError(Exception):
    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Jiandaoyun(Vendor):
    """One corporation with one application."""

    name = "jiandaoyun"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._moments: deque[float] = deque(maxlen=PER_SECOND)
        self._renamed = False
        self._kept: dict[str, list[dict[str, Any]]] = {}
        self._kept_at = -1

    def strike(self, fault: Fault) -> None:
        if fault.kind == "rename_widget":
            self._renamed = True

    def handle(self, request: Request) -> Response:
        renamed, self._renamed = self._renamed, False
        try:
            body = self._route(request)
        except _RefusedError as refused:
            self._renamed = renamed  # the fault waits for an answer that shows widgets
            return answer({"code": refused.code, "msg": refused.message}, refused.status)
        if renamed:
            _rename(body)
        return answer(body)

    def _route(self, request: Request) -> dict[str, Any]:
        if request.headers.get("authorization") != f"Bearer {credentials.JIANDAOYUN_API_KEY}":
            raise _RefusedError(8301, "鉴权失败，API Key 无效", 401)
        self._meter()
        asked = request.json()
        calls: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            f"{_ROOT}/list": lambda _: {"apps": [{"app_id": APP_ID, "name": "营销管理"}]},
            f"{_ROOT}/entry/list": self._entries,
            f"{_ROOT}/entry/widget/list": self._widgets,
            f"{_ROOT}/entry/data/list": self._data,
        }
        if request.method != "POST" or request.path not in calls:
            raise _RefusedError(404, "接口不存在", 404)
        if not isinstance(asked, dict):
            raise _RefusedError(3005, "请求体不是 JSON")
        return calls[request.path](asked)

    def _meter(self) -> None:
        now = time.monotonic()
        with self.sandbox.lock:
            if len(self._moments) == PER_SECOND and now - self._moments[0] < 1:
                raise _RefusedError(8303, "请求过于频繁，超出请求频率限制")
            self._moments.append(now)

    def _entries(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("app_id") != APP_ID:
            raise _RefusedError(3000, "应用不存在")
        rows = [{"app_id": APP_ID, "entry_id": view.entry_id, "name": view.label} for view in BY_ENTRY.values()]
        return {"forms": rows}

    def _widgets(self, asked: dict[str, Any]) -> dict[str, Any]:
        view = _form(asked)
        note = {"name": f"_widget_17304999{view.entry_id[-2:]:0>5}", "label": "备注", "type": "textarea"}
        return {
            "widgets": [*({"name": w.name, "label": w.label, "type": w.type} for w in view.widgets), note],
            "sysWidgets": [{"name": "createTime", "label": "提交时间", "type": "datetime"}],
            "dataModifyTime": "2024-11-01T00:00:00.000Z",
        }

    def _data(self, asked: dict[str, Any]) -> dict[str, Any]:
        view = _form(asked)
        limit, after = asked.get("limit", 10), asked.get("data_id") or ""
        if not isinstance(limit, int) or not 1 <= limit <= 100:
            raise _RefusedError(3005, "limit 取值范围为 1~100")
        if "filter" in asked:
            raise _RefusedError(3005, "本沙箱不支持 filter")
        wanted = asked.get("fields")
        rows = [row for row in self._records(view) if row["_id"] > after][:limit]
        if wanted is not None:
            rows = [{k: v for k, v in row.items() if k in _SYSTEM or k == "flowState" or k in wanted} for row in rows]
        return {"data": rows}

    def _records(self, view: View) -> list[dict[str, Any]]:
        now = self.sandbox.now()
        with self.sandbox.lock:
            if now != self._kept_at:
                self._kept, self._kept_at = {}, now
            if view.stream not in self._kept:
                self._kept[view.stream] = form_records(self.sandbox.world, now, view)
            return self._kept[view.stream]


def _form(asked: dict[str, Any]) -> View:
    view = BY_ENTRY.get(str(asked.get("entry_id")))
    if view is None or asked.get("app_id") != view.app_id:
        raise _RefusedError(3000, "表单不存在")
    return view


def _rename(body: dict[str, Any]) -> None:
    """The form's first widget was deleted and made anew: another name, empty in every record."""
    if widgets := body.get("widgets"):
        body["widgets"] = [{**widgets[0], "name": "_widget_1799999999999"}, *widgets[1:]]
