"""Odoo: the same methods over JSON-2 with proper statuses and JSON-RPC with errors in HTTP 200 (sources.md §13)."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox import credentials
from connectors.sandbox.records.odoo import STREAMS
from connectors.sandbox.records.odoo_values import WRITTEN
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer
from connectors.sandbox.servers.odoo_domain import DomainError, names_of, parse_domain

MODELS = {
    "res.users": "users",
    "crm.lead": "leads",
    "res.partner": "partners",
    "sale.order": "orders",
    "sale.order.line": "order_lines",
    "account.move": "credit_notes",
    "stock.move": "stock_moves",
    "product.product": "products",
}
_RELATIONS = {
    "stage_id": "crm.stage", "user_id": "res.users", "team_id": "crm.team", "partner_id": "res.partner",
    "source_id": "utm.source", "campaign_id": "utm.campaign", "company_currency": "res.currency",
    "lost_reason_id": "crm.lost.reason", "parent_id": "res.partner", "opportunity_id": "crm.lead",
    "currency_id": "res.currency", "order_id": "sale.order", "product_id": "product.product",
    "location_id": "stock.location", "location_dest_id": "stock.location", "sale_line_id": "sale.order.line",
    "origin_returned_move_id": "stock.move", "categ_id": "product.category", "invoice_user_id": "res.users",
}  # fmt: skip
_BOOLEANS = {"active", "share", "is_company", "x_is_renewal"}
_TIMES = {
    *("create_date", "write_date", "date_order", "date", "date_conversion", "date_closed"),
    *("x_first_contact_at", "x_mql_at", "x_sql_at"),
}
_KINDS = (
    (_BOOLEANS, "boolean"),
    ({"invoice_date"}, "date"),
    (_TIMES, "datetime"),
    ({"id", "customer_rank"}, "integer"),
)
_UID = 2


class _RefusedError(Exception):
    def __init__(self, name: str, message: str, status: int) -> None:
        super().__init__(message)
        self.name, self.message, self.status = name, message, status


class Odoo(Vendor):
    """One database."""

    name = "odoo"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._kept: dict[str, list[dict[str, Any]]] = {}
        self._kept_at = -1

    def handle(self, request: Request) -> Response:
        if request.path == "/jsonrpc":
            return self._jsonrpc(request.json())
        try:
            return answer(self._json2(request))
        except _RefusedError as refused:
            body = {"name": refused.name, "message": refused.message, "arguments": [refused.message], "context": {}}
            return answer({**body, "debug": f"Traceback (most recent call last): {refused.message}"}, refused.status)

    def _json2(self, request: Request) -> Any:
        parts = request.path.strip("/").split("/")
        if request.method != "POST" or parts[:2] != ["json", "2"] or len(parts) != 4:
            raise _RefusedError("werkzeug.exceptions.NotFound", "404: Not Found", 404)
        head = request.headers
        if head.get("authorization", "").lower() != f"bearer {credentials.ODOO_API_KEY}".lower():
            raise _RefusedError("werkzeug.exceptions.Unauthorized", "Invalid apikey", 401)
        if head.get("x-odoo-database", credentials.ODOO_DATABASE) != credentials.ODOO_DATABASE:
            raise _RefusedError("werkzeug.exceptions.NotFound", "Database not found", 404)
        arguments = request.json()
        if not isinstance(arguments, dict):
            raise _RefusedError("werkzeug.exceptions.UnprocessableEntity", "body is no JSON object", 422)
        return self._call(parts[2], parts[3], arguments)

    def _jsonrpc(self, asked: Any) -> Response:
        number = asked.get("id") if isinstance(asked, dict) else None
        try:
            result = self._service(asked["params"])
        except _RefusedError as refused:
            data = {
                "name": refused.name,
                "message": refused.message,
                "arguments": [refused.message],
                "debug": "Traceback",
            }
            error = {"code": 200, "message": "Odoo Server Error", "data": data}
            return answer({"jsonrpc": "2.0", "id": number, "error": error})
        except (TypeError, KeyError, ValueError, IndexError) as error:
            data = {"name": "builtins.TypeError", "message": str(error), "debug": "Traceback"}
            return answer({"jsonrpc": "2.0", "id": number, "error": {"code": 200, "message": "Error", "data": data}})
        return answer({"jsonrpc": "2.0", "id": number, "result": result})

    def _service(self, params: dict[str, Any]) -> Any:
        service, method, arguments = params["service"], params["method"], params["args"]
        known = [credentials.ODOO_DATABASE, credentials.ODOO_LOGIN, credentials.ODOO_API_KEY]
        if (service, method) == ("common", "authenticate"):
            return _UID if arguments[:3] == known else False
        if (service, method) != ("object", "execute_kw"):
            raise _RefusedError("builtins.AttributeError", f"no service {service}.{method}", 404)
        database, uid, key, model, called, _, named = arguments
        if [database, uid, key] != [known[0], _UID, known[2]]:
            raise _RefusedError("odoo.exceptions.AccessDenied", "Access Denied", 401)
        return self._call(model, called, named)

    def _call(self, model: str, method: str, arguments: dict[str, Any]) -> Any:
        if model not in MODELS:
            raise _RefusedError("werkzeug.exceptions.NotFound", f"the model {model!r} does not exist", 404)
        calls: dict[str, Callable[[str, Mapping[str, Any]], Any]] = {
            "fields_get": self._fields_get,
            "search_count": lambda name, given: len(self._search(name, given)),
            "search_read": self._search_read,
        }
        if method not in calls:
            raise _RefusedError("werkzeug.exceptions.NotFound", f"{model} has no public method {method!r}", 404)
        try:
            return calls[method](model, arguments)
        except DomainError as error:
            raise _RefusedError("builtins.ValueError", str(error), 500) from None

    def _fields_get(self, model: str, given: Mapping[str, Any]) -> Any:
        wanted = given.get("allfields") or self._fields(model)
        return {name: described(name) for name in self._fields(model) if name in wanted}

    def _search_read(self, model: str, given: Mapping[str, Any]) -> Any:
        fields = given.get("fields") or self._fields(model)
        if unknown := set(fields) - set(self._fields(model)):
            raise _RefusedError("builtins.ValueError", f"Invalid field {min(unknown)!r} on model {model!r}", 500)
        rows = self._search(model, given)
        for part in reversed(str(given.get("order") or "id").split(",")):
            name, _, direction = part.strip().partition(" ")
            key = WRITTEN if name == "write_date" else name
            rows.sort(key=lambda row, key=key: row[key], reverse=direction.lower() == "desc")
        start = given.get("offset") or 0
        stop = start + given["limit"] if given.get("limit") else None
        return [{name: row[name] for name in ("id", *fields)} for row in rows[start:stop]]

    def _search(self, model: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
        domain, fields = given.get("domain", []), self._fields(model)
        test = parse_domain(domain, fields)
        # Archived records hide unless the caller asks for them, in the context or by name.
        hides = given.get("context", {}).get("active_test", True) and "active" not in names_of(domain)
        return [row for row in self._rows(model) if test(row) and (not hides or row.get("active", True))]

    def _fields(self, model: str) -> list[str]:
        return [name for name in self._rows(model)[0] if name != WRITTEN]

    def _rows(self, model: str) -> list[dict[str, Any]]:
        now = self.sandbox.now()
        with self.sandbox.lock:
            if now != self._kept_at:
                self._kept, self._kept_at = {}, now
            if model not in self._kept:
                self._kept[model] = list(STREAMS[MODELS[model]](self.sandbox.world, now))
            return self._kept[model]


def described(name: str) -> dict[str, Any]:
    """What `fields_get` says of a field: its type, and the model that a reference points to."""
    if name in _RELATIONS:
        return {"type": "many2one", "relation": _RELATIONS[name]}
    for names, kind in _KINDS:
        if name in names:
            return {"type": kind}
    if name.startswith(("amount_", "price_", "expected_")) or name in {"standard_price", "probability", "quantity"}:
        return {"type": "float"}
    return {"type": "char"}
