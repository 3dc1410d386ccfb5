"""Zoho CRM v6-v8: lists with page tokens, users, deleted records, counts, timelines, field lists (sources.md §3)."""

import re
from typing import Any

from connectors.sandbox.company.clock import instant
from connectors.sandbox.company.ids import user_id
from connectors.sandbox.company.vocabulary import DEMANDS
from connectors.sandbox.records import crm
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer
from connectors.sandbox.servers.tokens import TokenBook
from connectors.sandbox.servers.zoho_lists import FIELDS, MODULES, Listing, RefusedError, page_slice

_LIST = re.compile(r"/crm/v[678]/(\w+)$")
_DELETED = re.compile(r"/crm/v[678]/(\w+)/deleted$")
_COUNT = re.compile(r"/crm/v[678]/(\w+)/actions/count$")
_TIMELINE = re.compile(r"/crm/v[678]/(\w+)/(\d+)/__timeline$")
_FIELDS = re.compile(r"/crm/v[678]/settings/fields$")


class ZohoCrm(Vendor):
    """The API host. Tokens come from the accounts host, which shares the token book."""

    name = "zoho_crm"

    def __init__(self, sandbox: Sandbox, tokens: TokenBook) -> None:
        super().__init__(sandbox)
        self._tokens = tokens
        self._listing = Listing(sandbox.world)
        self._owners: dict[str, tuple[str, str]] = {}

    def expire_tokens(self) -> None:
        self._tokens.expire_all()

    def reset_tokens(self) -> None:
        self._tokens.reset()

    def handle(self, request: Request) -> Response:
        header = request.headers.get("authorization", "")
        token = header.removeprefix("Zoho-oauthtoken ")
        if token == header or self._tokens.remaining(token) is None:
            return _error(401, "INVALID_TOKEN", "invalid oauth token")
        if request.method != "GET":
            return _error(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")
        now = self.sandbox.now()
        try:
            return self._route(request, now)
        except RefusedError as refused:
            return _error(refused.status, refused.code, refused.message, refused.details)

    def _route(self, request: Request, now: int) -> Response:
        if _FIELDS.match(request.path):
            return self._fields(request)
        if found := _DELETED.match(request.path):
            return self._deleted(request, _module(found[1]), now)
        if found := _COUNT.match(request.path):
            # The specification says text, and leads that were converted are not counted.
            rows = self._listing.rows(_module(found[1]), now, converted="false")
            return answer({"count": str(len(rows))})
        if found := _TIMELINE.match(request.path):
            return self._timeline(request, _module(found[1]), found[2], now)
        if found := _LIST.match(request.path):
            return self._users(request, now) if found[1] == "users" else self._list(request, _module(found[1]), now)
        return _error(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")

    def _list(self, request: Request, module: str, now: int) -> Response:
        if not request.query.get("fields"):
            raise RefusedError(
                400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param": "fields"}
            )
        names = request.query["fields"].split(",")
        if len(names) > 50:
            raise RefusedError(400, "LIMIT_EXCEEDED", "more than 50 fields", {"limit": 50})
        since = _since(request)
        rows = self._listing.rows(
            module,
            now,
            sort_by=request.query.get("sort_by", "id"),
            descending=request.query.get("sort_order", "desc") != "asc",
            converted=request.query.get("converted", "false"),
            since=since,
        )
        cut = page_slice(request, len(rows), now)
        if not rows:
            return Response(304 if since is not None else 204, None)
        render = MODULES[module].render
        data = [self._shown(render(entity, now), names) for _, _, entity in rows[cut.start : cut.stop]]
        return answer({"data": data, "info": cut.info(len(data), request)})

    def _users(self, request: Request, now: int) -> Response:
        rows = sorted(crm.users(self.sandbox.world, now), key=lambda row: row["id"])
        cut = page_slice(request, len(rows), now)
        return answer({"users": rows[cut.start : cut.stop], "info": cut.info(len(rows[cut.start : cut.stop]), request)})

    def _deleted(self, request: Request, module: str, now: int) -> Response:
        since = _since(request)
        rows = sorted(
            (
                entity
                for entity in getattr(self.sandbox.world, MODULES[module].entities)
                if entity.deleted is not None and (since or 0) <= entity.deleted <= now
            ),
            key=lambda entity: (-entity.deleted, entity.id),
        )
        cut = page_slice(request, len(rows), now)
        if not rows:
            return Response(304 if since is not None else 204, None)
        data = [
            {**crm.deleted(entity), "display_name": None, "deleted_by": None, "created_by": None}
            for entity in rows[cut.start : cut.stop]
        ]
        return answer({"data": data, "info": cut.info(len(data), request)})

    def _timeline(self, request: Request, module: str, record: str, now: int) -> Response:
        entity = self._listing.find(module, record, now)
        if module != "Accounts" or entity is None:
            raise RefusedError(400, "INVALID_DATA", "the id given seems to be invalid", {"param": "id"})
        rows = crm.timeline(entity, now)
        cut = page_slice(request, len(rows), now)
        shown = []
        for number, row in enumerate(reversed(rows)):
            if cut.start <= number < cut.stop:
                history = [{**item, "_value": _values(item["api_name"], number)} for item in row["field_history"]]
                body = {key: value for key, value in row.items() if key != "account_id"}
                shown.append(
                    {**body, "done_by": self._person(row["done_by"]), "source": "crm_ui", "field_history": history}
                )
        return answer({"__timeline": shown, "info": cut.info(len(shown), request)})

    def _fields(self, request: Request) -> Response:
        module = _module(request.query.get("module", ""))
        return answer(
            {"fields": [{"api_name": name, "data_type": "text", "json_type": "string"} for name in FIELDS[module]]}
        )

    def _shown(self, record: dict[str, Any], names: list[str]) -> dict[str, Any]:
        shown = {name: record[name] for name in names if name in record}
        shown["id"] = record["id"]
        if "Owner" in shown:
            shown["Owner"] = self._person(shown["Owner"])
        return shown

    def _person(self, owner: dict[str, str]) -> dict[str, str]:
        """The vendor names the person wherever it shows an owner, wanted or not."""
        if not self._owners:
            for person in self.sandbox.world.roster.people:
                self._owners[user_id(person.employee_no)] = (person.name, person.crm_email)
            for row in self.sandbox.world.planted.crm_users:
                self._owners[row["id"]] = (row["name"], row["email"])
        name, email = self._owners[owner["id"]]
        return {"name": name, "id": owner["id"], "email": email}


def _module(name: str) -> str:
    if name not in MODULES:
        raise RefusedError(400, "INVALID_MODULE", "The module name given seems to be invalid", {"module": name})
    return name


def _since(request: Request) -> int | None:
    """If-Modified-Since: inclusive, whole seconds."""
    text = request.headers.get("if-modified-since")
    if not text:
        return None
    try:
        return instant(text)
    except ValueError:
        raise RefusedError(400, "INVALID_DATA", "invalid If-Modified-Since", {"header": "If-Modified-Since"}) from None


def _values(name: str, number: int) -> dict[str, str | None]:
    if name != "Demand_Preference":
        return {"old": None, "new": "set"}
    return {"old": DEMANDS[number % len(DEMANDS)], "new": DEMANDS[(number + 1) % len(DEMANDS)]}


def _error(status: int, code: str, message: str, details: dict[str, Any] | None = None) -> Response:
    return answer({"code": code, "details": details or {}, "message": message, "status": "error"}, status)
