"""How each kind of Zoho stream is read: modules, users, deleted lists and account timelines."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.crm.zoho.config import ZohoConfig
from connectors.crm.zoho.paging import SINCE, by_time
from connectors.crm.zoho.streams import DELETED, MODULES, Module
from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.pagination import Page, by_number, by_token
from connectors.sink import RecordSink, identifier, later
from connectors.stream import Calendar, ExtractRequest
from connectors.window import sweeps

_identify = identifier(("id",))
Rows = list[dict[str, Any]]


class ZohoReader:
    """Reads one stream at a time; holds only configuration and calendar."""

    def __init__(self, config: ZohoConfig, calendar: Calendar) -> None:
        self._config, self._calendar = config, calendar
        self._root = f"/crm/{config.api_version}"

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        name = request.spec.name
        if name in MODULES:
            return self._module(client, request, sink, MODULES[name])
        if name in DELETED:
            return self._deleted(client, request, sink, MODULES[DELETED[name]])
        if name == "users":
            return self._users(client, sink)
        return self._timelines(client, request, sink)

    def _module(self, client: HttpClient, request: ExtractRequest, sink: RecordSink, module: Module) -> LoadFacts:
        ours = self._config.field_names.get(request.spec.name, {})
        if self._config.validate_fields:
            self._validate(client, module, ours)
        sweep = sweeps(self._config.sweep_days, request.as_of, self._calendar.zone)
        # Which records the count leaves out differs for leads (converted ones), so it is no yardstick there.
        total = self._count(client, module) if (request.cursor is None or sweep) and not module.both else None
        pages = 0
        since = {} if sweep else self._since(request)
        for page in self._list(client, since, module, [ours.get(name, name) for name in module.fields]):
            pages += 1
            sink.add([_renamed(row, ours) for row in page.records] if ours else page.records)
        missing = total is not None and sink.keys < total
        return LoadFacts(
            pages=pages,
            cursor=later(request.cursor, sink.cursor),
            vendor_total=total,
            full_scan=sweep and sink.rows > 0,
            complete=not missing,
            notes=(f"the vendor counts {total} records, {sink.keys} came",) if missing else (),
            api_version=self._config.api_version,
        )

    def _list(
        self, client: HttpClient, headers: Mapping[str, str], module: Module, fields: list[str]
    ) -> Iterator[Page]:
        params = {
            "fields": ",".join(fields),
            "per_page": self._config.page_size,
            "sort_by": "Modified_Time",
            "sort_order": "asc",
        }
        if module.both:
            params |= self._config.leads_params

        def fetch(since: str | None, token: Any) -> Page:
            asked = params if token is None else {**params, "page_token": token}
            sent = {**headers, SINCE: since} if since else headers
            body = client.get(f"{self._root}/{module.api_name}", asked, headers=sent).body
            rows, info = _rows(client, body, "data")
            return Page(rows, next=info.get("next_page_token"), more=bool(info.get("more_records")))

        return by_time(client, fetch, headers.get(SINCE), cap=self._config.page_cap)

    def _users(self, client: HttpClient, sink: RecordSink) -> LoadFacts:
        pages = 0
        for page in self._numbered(client, f"{self._root}/users", "users", {"type": "AllUsers"}, {}):
            pages += 1
            sink.add(page.records)
        if not sink.rows:
            raise client.contract_error("the list of users is empty; a CRM without users cannot be right")
        return LoadFacts(pages=pages, full_scan=True, api_version=self._config.api_version)

    def _deleted(self, client: HttpClient, request: ExtractRequest, sink: RecordSink, module: Module) -> LoadFacts:
        pages = 0
        path = f"{self._root}/{module.api_name}/deleted"
        for page in self._numbered(client, path, "data", {"type": "all"}, self._since(request)):
            pages += 1
            sink.add(page.records)
        cursor = later(request.cursor, sink.cursor)
        return LoadFacts(pages=pages, cursor=cursor, api_version=self._config.api_version)

    def _numbered(
        self, client: HttpClient, path: str, key: str, params: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Iterator[Page]:
        def fetch(number: int) -> Page:
            asked = {**params, "page": number, "per_page": self._config.page_size}
            rows, info = _rows(client, client.get(path, asked, headers=headers).body, key)
            return Page(rows, more=bool(info.get("more_records")))

        return by_number(fetch, identify=_identify, cap=self._config.page_cap)

    def _timelines(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """One request for each account modified in the window; only what happened in the window is landed."""
        pages, accounts, refused, cursor = 0, 0, [], request.cursor
        for listed in self._list(client, self._since(request), MODULES["accounts"], ["id", "Modified_Time"]):
            for account in listed.records:
                accounts += 1
                cursor = later(cursor, account["Modified_Time"])
                try:
                    for page in self._timeline(client, account["id"]):
                        pages += 1
                        sink.add([_event(row, account["id"]) for row in page.records if self._recent(request, row)])
                except SourceError as error:
                    if error.error_class is not ErrorClass.BAD_REQUEST:
                        raise
                    refused.append(error)  # deleted between the list and this request
        if refused and len(refused) == accounts:
            raise refused[0]
        notes = (f"{len(refused)} of {accounts} accounts have no timeline any more",) if refused else ()
        return LoadFacts(pages=pages, cursor=cursor, notes=notes, api_version=self._config.api_version)

    def _timeline(self, client: HttpClient, account: str) -> Iterator[Page]:
        def fetch(token: Any) -> Page:
            params = {"per_page": self._config.page_size} | ({"page_token": token} if token else {})
            body = client.get(f"{self._root}/Accounts/{account}/__timeline", params).body
            rows, info = _rows(client, body, "__timeline")
            return Page(rows, next=info.get("next_page_token"), more=bool(info.get("more_records")))

        return by_token(fetch, identify=_identify, cap=self._config.page_cap)

    def _recent(self, request: ExtractRequest, row: Mapping[str, Any]) -> bool:
        audited = row.get("audited_time")
        if not isinstance(audited, str):
            return True  # the sink names the missing field
        return datetime.fromisoformat(audited) >= request.window.start

    def _since(self, request: ExtractRequest) -> dict[str, str]:
        """Inclusive, to the second. The first run asks for everything: older master data is referred to as well."""
        if request.cursor is None:
            return {}
        return {SINCE: request.window.start.isoformat(timespec="seconds")}

    def _count(self, client: HttpClient, module: Module) -> int:
        body = client.get(f"{self._root}/{module.api_name}/actions/count").body
        try:
            return int(body["count"])
        except (TypeError, KeyError, ValueError):
            raise client.contract_error(f"the count of {module.api_name} is no number") from None

    def _validate(self, client: HttpClient, module: Module, ours: Mapping[str, str]) -> None:
        body = client.get(f"{self._root}/settings/fields", {"module": module.api_name}).body
        rows, _ = _rows(client, body, "fields")
        known = {row.get("api_name") for row in rows} | {"id"}
        missing = sorted({ours.get(name, name) for name in module.fields} - known)
        if missing:
            hint = "create them, or name the right ones under field_names in company.yaml"
            text = f"{module.api_name} has no field {', '.join(missing)}; {hint}"
            raise SourceError(ErrorClass.BAD_REQUEST, text)


def _rows(client: HttpClient, body: Any, key: str) -> tuple[Rows, dict[str, Any]]:
    """204 and 304 come without a body: nothing new."""
    if body is None:
        return [], {}
    rows = body.get(key) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise client.contract_error(f"the answer has no list {key!r}")
    return rows, body.get("info") or {}


def _renamed(row: dict[str, Any], ours: Mapping[str, str]) -> dict[str, Any]:
    for name, theirs in ours.items():
        if theirs in row:
            row[name] = row.pop(theirs)
    return row


def _event(row: dict[str, Any], account: str) -> dict[str, Any]:
    """The old and new values of a change may be personal; which field changed is enough."""
    history = row.get("field_history") or []
    return {**row, "account_id": account, "field_history": [{"api_name": item.get("api_name")} for item in history]}
