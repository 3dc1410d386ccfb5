"""Kingdee K3Cloud: positional answers, errors in cell [0][0], paging that must be asked for rightly (§12)."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.sandbox import credentials
from connectors.sandbox.company.chance import chance
from connectors.sandbox.company.clock import iso
from connectors.sandbox.records import erp
from connectors.sandbox.servers.faults import Fault
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer
from connectors.sandbox.servers.kingdee_auth import SESSION_SECONDS, complaint
from connectors.sandbox.servers.kingdee_filter import FilterError, parse_filter, sort_rows
from connectors.sandbox.servers.tokens import TokenBook

_SERVICES = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub."
_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """One FormId: its stream of records and the fields it knows."""

    stream: Callable[[Any, int], Iterator[dict[str, Any]]]
    fields: tuple[str, ...]


FORMS = {
    "SAL_SaleOrder": Form(
        erp.STREAMS["sales_orders"],
        (
            *("FID", "FBillNo", "FDate", "FCreateDate", "FModifyDate", "FDocumentStatus", "FCancelStatus"),
            *("FSalerId.FNumber", "FCustId.FNumber", "FSaleOrderEntry_FEntryID", "FMaterialId.FNumber", "FQty"),
            *("FAllAmount_LC", "F_CRM_DealId", "F_IsRenewal"),
        ),
    ),
    "SAL_RETURNSTOCK": Form(
        erp.STREAMS["returns"],
        (
            *("FID", "FBillNo", "FDate", "FModifyDate", "FDocumentStatus", "FCancelStatus", "FSalesManId.FNumber"),
            *("FRetcustId.FNumber", "FEntity_FEntryID", "FMaterialId.FNumber", "FRealQty", "FAllAmount_LC"),
            "F_OrderBillNo",
        ),
    ),
    "BD_Customer": Form(
        erp.STREAMS["customers"],
        (
            *("FCUSTID", "FNumber", "FName", "FCreateDate", "FModifyDate", "FDocumentStatus", "FForbidStatus"),
            "FSELLER.FNumber",
        ),
    ),
    "BD_MATERIAL": Form(
        erp.STREAMS["materials"],
        ("FMATERIALID", "FNumber", "FName", "FMaterialGroup.FNumber", "FRefCost", "FModifyDate", "FDocumentStatus"),
    ),
    "STK_Inventory": Form(erp.STREAMS["inventory"], ("FMaterialId.FNumber", "FStockId.FNumber", "FBaseQty")),
    "STK_MisDelivery": Form(
        erp.STREAMS["material_issues"],
        (
            *("FID", "FBillNo", "FDate", "FModifyDate", "FDocumentStatus", "FCancelStatus", "FEntity_FEntryID"),
            *("FMaterialId.FNumber", "FQty", "FAmount", "F_Applicant.FNumber"),
        ),
    ),
}


class Kingdee(Vendor):
    """One data centre. Everything is a POST, everything answers 200."""

    name = "kingdee"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._sessions = TokenBook(sandbox.folder / "tokens" / "kingdee.json", {})
        self._kept: dict[str, list[dict[str, Any]]] = {}
        self._kept_at = -1

    def expire_tokens(self) -> None:
        self._sessions.expire_all()

    def reset_tokens(self) -> None:
        self._sessions.reset()

    def strike(self, fault: Fault) -> None:
        if fault.kind == "lose_session":
            self._sessions.expire_all()

    def handle(self, request: Request) -> Response:
        service = request.path.removeprefix(_SERVICES).removesuffix(".common.kdsvc")
        asked = request.json()
        if request.method != "POST" or not request.path.startswith(_SERVICES) or not isinstance(asked, dict):
            return Response(404, b"Not Found", content_type="text/plain")
        if service.startswith("AuthService."):
            return self._login(service, asked)
        wrong = complaint(request, self._sessions, time.time())
        return _error(wrong) if wrong else self._ask(service.removeprefix("DynamicFormService."), asked.get("data"))

    def _ask(self, method: str, data: Any) -> Response:
        if method not in {"ExecuteBillQuery", "BillQuery"}:
            return _no_service(method)
        if not isinstance(data, dict):
            return _error("参数 data 无效")
        try:
            fields, rows = self._query(data)
        except FilterError as error:
            return _error(str(error))
        if method == "ExecuteBillQuery":
            return answer([[row[field] for field in fields] for row in rows])
        return answer([{field: row[field] for field in fields} for row in rows])

    def _query(self, asked: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
        form = FORMS.get(str(asked.get("FormId")))
        if form is None:
            raise FilterError(f"业务对象不存在: {asked.get('FormId')}")
        fields = [field.strip() for field in str(asked.get("FieldKeys", "")).split(",")]
        unknown = [field for field in fields if field not in form.fields]
        if unknown:
            raise FilterError(f"字段不存在: {','.join(unknown)}")
        limit, start, top = (_number(asked, name) for name in ("Limit", "StartRow", "TopRowCount"))
        if limit > _LIMIT:
            raise FilterError(f"Limit 不能超过 {_LIMIT}")
        test = parse_filter(str(asked.get("FilterString") or ""), form.fields)
        rows = [row for row in self._rows(str(asked["FormId"]), form) if test(row)]
        order = str(asked.get("OrderString") or "")
        if order.strip():
            rows = sort_rows(rows, order, form.fields)
        else:
            # Without an order every request may see another one: offset paging then loses and repeats rows.
            chance(self.sandbox.world.seed, "unordered", sum(self.counts.values())).shuffle(rows)
        # TopRowCount is an absolute last row, not a page size.
        stop = min(start + (limit or _LIMIT), top or len(rows))
        return fields, rows[start:stop]

    def _rows(self, name: str, form: Form) -> list[dict[str, Any]]:
        now = self.sandbox.now()
        with self.sandbox.lock:
            if now != self._kept_at:
                self._kept, self._kept_at = {}, now
            if name not in self._kept:
                self._kept[name] = list(form.stream(self.sandbox.world, now))
            return self._kept[name]

    def _login(self, service: str, asked: dict[str, Any]) -> Response:
        values = asked.get("parameters")
        if isinstance(values, list):
            # The older wire form: a list in the order acctID, userName, appId, appSecret, lcid.
            asked = dict(zip(("acctID", "userName", "appId", "appSecret", "lcid"), values, strict=False))
        named = {str(key).lower(): value for key, value in asked.items()}
        if service != "AuthService.LoginByAppSecret":
            return _no_service(service)
        wanted = {
            "acctid": credentials.KINGDEE_DATA_CENTRE,
            "username": credentials.KINGDEE_USER,
            "appid": credentials.KINGDEE_APP_ID,
            "appsecret": credentials.KINGDEE_APP_SECRET,
        }
        if any(str(named.get(key)) != value for key, value in wanted.items()):
            return answer(
                {"LoginResultType": 0, "IsSuccessByAPI": False, "KDSVCSessionId": None, "Message": "用户名或密码错误"}
            )
        session = self._sessions.issue("session", SESSION_SECONDS)
        return answer(
            {
                "LoginResultType": 1,
                "IsSuccessByAPI": True,
                "KDSVCSessionId": session,
                "Message": None,
                "ServerTime": iso(self.sandbox.clock.now()),
            }
        )


def _number(asked: dict[str, Any], name: str) -> int:
    value = asked.get(name) or 0
    if not isinstance(value, int) or value < 0:
        raise FilterError(f"{name} 无效")
    return value


def _error(message: str) -> Response:
    status = {
        "ErrorCode": 500,
        "IsSuccess": False,
        "Errors": [{"FieldName": None, "Message": message, "DIndex": 0}],
        "MsgCode": 1,
    }
    return answer([[{"Result": {"ResponseStatus": status}}]])


def _no_service(name: str) -> Response:
    """Some errors are a text with a prefix, still HTTP 200."""
    return Response(200, f"response_error: 服务不存在 {name}".encode(), content_type="text/plain")
