"""Sorted lists, and the two ways to page through them: numbers up to 2,000 records, tokens beyond."""

import base64
import hashlib
import json
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from typing import Any

from connectors.sandbox.company.clock import DAY, iso
from connectors.sandbox.company.entities import Call, modified_at
from connectors.sandbox.company.world import World
from connectors.sandbox.records import crm
from connectors.sandbox.servers.http import Request

PAGE_LIMIT = 2000
PER_PAGE = 200
Row = tuple[int, str, Any]
"""(sort value, id, entity)"""


@dataclass(frozen=True, slots=True)
class Module:
    """Which entities a module shows and how."""

    entities: str
    render: Callable[[Any, int], dict[str, Any]]


MODULES = {
    "Leads": Module("leads", crm.lead),
    "Calls": Module("calls", crm.call),
    "Contacts": Module("contacts", crm.contact),
    "Accounts": Module("accounts", crm.account),
    "Deals": Module("deals", crm.deal),
}
FIELDS: dict[str, tuple[str, ...]] = {
    "Leads": (
        *(
            "id",
            "Owner",
            "Lead_Source",
            "Lead_Status",
            "Company",
            "Industry",
            "No_of_Employees",
            "First_Name",
            "Last_Name",
        ),
        *("Email", "Phone", "Mobile", "Campaign_Id", "External_Clue_Id", "Definition_Event", "Definition_Version"),
        *("First_Contact_Time", "MQL_Time", "SQL_Time", "Converted__s", "Converted_Date_Time", "Converted_Account"),
        *("Converted_Deal", "Tag", "Created_Time", "Modified_Time"),
    ),
    "Calls": ("id", "Who_Id", "Owner", "Call_Start_Time", "Call_Result", "Created_Time", "Modified_Time"),
    "Contacts": (
        *("id", "Account_Name", "Owner", "First_Name", "Last_Name", "Email", "Phone", "Mobile", "Created_Time"),
        "Modified_Time",
    ),
    "Accounts": (
        *("id", "Account_Name", "Owner", "ERP_Customer_No", "Industry", "Employees", "Phone", "Billing_City"),
        *("Demand_Preference", "File_Complete", "Created_Time", "Modified_Time"),
    ),
    "Deals": (
        *("id", "Deal_Name", "Amount", "Stage", "Closing_Date", "Account_Name", "Contact_Name", "Owner", "Lead_Source"),
        *("Type", "Originating_Lead", "Created_Time", "Modified_Time"),
    ),
}


class RefusedError(Exception):
    """The vendor's refusal of a request."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details or {}


class Listing:
    """Visible records of a module, sorted; kept for one instant of the clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = RLock()
        self._now = -1
        self._kept: dict[tuple[Any, ...], list[Row]] = {}
        self._by_id: dict[str, dict[str, Any]] = {}

    def rows(
        self,
        module: str,
        now: int,
        *,
        sort_by: str = "id",
        descending: bool = True,
        converted: str = "false",
        since: int | None = None,
    ) -> list[Row]:
        """All rows a query selects, in its order. Leads show converted ones only when asked (`true`, `both`)."""
        if sort_by not in {"id", "Created_Time", "Modified_Time"}:
            raise RefusedError(400, "INVALID_DATA", "the sort_by field is invalid", {"param": "sort_by"})
        if converted not in {"true", "false", "both"}:
            raise RefusedError(400, "INVALID_DATA", "the converted value is invalid", {"param": "converted"})
        key = (module, sort_by, descending, converted if module == "Leads" else "", since)
        with self._lock:
            self._forget_if_moved(now)
            if key not in self._kept:
                if len(self._kept) > 40:
                    self._kept.clear()
                self._kept[key] = self._select(module, now, sort_by, converted, since, descending=descending)
            return self._kept[key]

    def find(self, module: str, record: str, now: int) -> Any:
        """A visible record by id, or None."""
        with self._lock:
            self._forget_if_moved(now)
            if module not in self._by_id:
                entities = getattr(self._world, MODULES[module].entities)
                self._by_id[module] = {e.id: e for e in entities if crm.is_visible(e, now)}
            return self._by_id[module].get(record)

    def _select(
        self,
        module: str,
        now: int,
        sort_by: str,
        converted: str,
        since: int | None,
        *,
        descending: bool,
    ) -> list[Row]:
        everything = self._sorted(module, now, sort_by)
        if since is not None:
            if sort_by == "Modified_Time":
                everything = everything[bisect_left(everything, (since, "", None)) :]
            else:
                everything = [row for row in everything if _modified(row[2], now) >= since]
        if module == "Leads" and converted != "both":
            wanted = converted == "true"
            everything = [r for r in everything if (r[2].converted is not None and r[2].converted <= now) == wanted]
        return everything[::-1] if descending else list(everything)

    def _sorted(self, module: str, now: int, sort_by: str) -> list[Row]:
        key = (module, sort_by)
        if key not in self._kept:
            visible = (e for e in getattr(self._world, MODULES[module].entities) if crm.is_visible(e, now))
            if sort_by == "Modified_Time":
                rows = [(_modified(e, now), e.id, e) for e in visible]
            elif sort_by == "Created_Time":
                rows = [(crm.created_at(e), e.id, e) for e in visible]
            else:
                rows = [(0, e.id, e) for e in visible]
            self._kept[key] = sorted(rows, key=lambda row: row[:2])
        return self._kept[key]

    def _forget_if_moved(self, now: int) -> None:
        if now != self._now:
            self._now = now
            self._kept.clear()
            self._by_id.clear()


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a list that one page shows."""

    start: int
    stop: int
    total: int
    per_page: int
    page: int
    now: int
    parameters: str

    def info(self, count: int, request: Request) -> dict[str, Any]:
        """The `info` object of the answer."""
        more = self.stop < self.total
        return {
            "per_page": self.per_page,
            "count": count,
            "page": self.page,
            "sort_by": request.query.get("sort_by", "id"),
            "sort_order": request.query.get("sort_order", "desc"),
            "more_records": more,
            "next_page_token": _token(self.parameters, self.stop, self.page + 1, self.now + DAY) if more else None,
            "previous_page_token": None,
            "page_token_expiry": iso(self.now + DAY) if more else None,
        }


def page_slice(request: Request, total: int, now: int) -> Slice:
    """Which rows a request asks for; `RefusedError` for the 2,000-record trap and for tokens of another query."""
    query = request.query
    per_page = _number(query.get("per_page", str(PER_PAGE)), "per_page")
    if not 1 <= per_page <= PER_PAGE:
        raise RefusedError(400, "INVALID_DATA", "per_page must lie between 1 and 200", {"param": "per_page"})
    parameters = _fingerprint(request)
    if "page_token" in query:
        if "page" in query:
            raise RefusedError(
                400, "AMBIGUITY_DURING_PROCESSING", "page and page_token cannot be combined", {"param": "page"}
            )
        offset, page = _read_token(query["page_token"], parameters, now)
    else:
        page = _number(query.get("page", "1"), "page")
        offset = (page - 1) * per_page
        if page < 1 or page * per_page > PAGE_LIMIT:
            message = "You can only get the first 2000 records without using page_token param"
            raise RefusedError(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, {"limit": PAGE_LIMIT})
    return Slice(offset, min(offset + per_page, total), total, per_page, page, now, parameters)


def _fingerprint(request: Request) -> str:
    kept = sorted((k, v) for k, v in request.query.items() if k not in {"page", "page_token"})
    text = json.dumps([request.path, kept, request.headers.get("if-modified-since")])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _token(parameters: str, offset: int, page: int, expires: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([parameters, offset, page, expires]).encode()).decode()


def _read_token(token: str, parameters: str, now: int) -> tuple[int, int]:
    try:
        asked, offset, page, expires = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        raise RefusedError(400, "INVALID_DATA", "the page_token is invalid", {"param": "page_token"}) from None
    if asked != parameters:
        message = "the page_token belongs to a request with other parameters"
        raise RefusedError(400, "INVALID_DATA", message, {"param": "page_token"})
    if expires < now:
        raise RefusedError(400, "EXPIRED_VALUE", "the page_token has expired", {"param": "page_token"})
    return offset, page


def _number(text: str, name: str) -> int:
    if not text.isdigit():
        raise RefusedError(400, "INVALID_DATA", f"{name} must be a number", {"param": name})
    return int(text)


def _modified(entity: Any, now: int) -> int:
    return entity.at if isinstance(entity, Call) else modified_at(entity.events, now)
