"""How staff, departments and transfers are read. Pages of these calls count from 1."""

from collections.abc import Callable, Iterator
from typing import Any

from connectors.errors import ErrorClass, SourceError
from connectors.hr.ihr360.config import Ihr360Config
from connectors.hr.ihr360.streams import ORGANIZATIONS, PREFIX, STAFF
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.pagination import Page, by_number
from connectors.sink import RecordSink, identifier
from connectors.stream import Calendar, ExtractRequest
from connectors.window import business_date, slices

Row = dict[str, Any]
_API_VERSION = "v1"


class Ihr360Reader:
    """Reads one stream at a time; holds only configuration and calendar."""

    def __init__(self, config: Ihr360Config, calendar: Calendar) -> None:
        self._config, self._calendar = config, calendar

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        if request.spec.name == STAFF.name:
            return self._staff(client, sink)
        if request.spec.name == ORGANIZATIONS.name:
            return self._organizations(client, sink)
        return self._transfers(client, request, sink)

    def _staff(self, client: HttpClient, sink: RecordSink) -> LoadFacts:
        """Ids of every state first (leavers are not among those in service), then their records in batches."""
        ids: dict[str, None] = {}
        pages = 0
        for state in self._config.staff_states:
            for page in self._ids(client, state):
                pages += 1
                ids.update(dict.fromkeys(page.records))
        if not ids:
            raise client.contract_error("the list of staff is empty; a company without staff cannot be right")
        wanted, size = list(ids), self._config.batch_size
        for start in range(0, len(wanted), size):
            batch = wanted[start : start + size]
            rows = _data(client, client.post(f"{PREFIX}/staff/v1/staffs/basic", batch).body)
            if not isinstance(rows, list):
                raise client.contract_error("staffs/basic: data is no list")
            strangers = {row.get("staffId") for row in rows} - set(batch)
            if strangers:
                raise client.contract_error(f"staffs/basic: {len(strangers)} records were not asked for")
            pages += 1
            sink.add(rows)
        missing = len(wanted) - sink.keys
        notes = (f"{missing} of {len(wanted)} staff ids came without a record",) if missing else ()
        return LoadFacts(
            pages=pages,
            vendor_total=len(wanted),
            full_scan=True,
            complete=not missing,
            notes=notes,
            api_version=_API_VERSION,
        )

    def _organizations(self, client: HttpClient, sink: RecordSink) -> LoadFacts:
        def ask(number: int) -> Any:
            return client.post(f"{PREFIX}/org/v1/organizations/search", {"pageNo": number}).body

        pages = 0
        for page in self._paged(client, ask, identifier(ORGANIZATIONS.key)):
            pages += 1
            sink.add(page.records)
        if not sink.rows:
            raise client.contract_error("the list of departments is empty; a company without one cannot be right")
        return LoadFacts(pages=pages, full_scan=True, api_version=_API_VERSION)

    def _transfers(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        pages = 0
        for first, last in slices(request.window, self._calendar.zone, self._config.slice_days):
            days = {"startDate": first.isoformat(), "endDate": last.isoformat()}

            def ask(number: int, days: dict[str, str] = days) -> Any:
                return client.get(f"{PREFIX}/staff/v1/transferWithinInterval", {**days, "pageNo": number}).body

            for page in self._paged(client, ask, identifier(request.spec.key)):
                pages += 1
                sink.add(page.records)
        start, end = (
            edge.astimezone(self._calendar.zone).date().isoformat()
            for edge in (request.window.start, request.window.end)
        )
        return LoadFacts(
            pages=pages,
            cursor=business_date(request.as_of, self._calendar.zone).isoformat(),
            scope={"transferDate": (start, end)} if sink.rows else {},
            api_version=_API_VERSION,
        )

    def _ids(self, client: HttpClient, state: str) -> Iterator[Page]:
        def ask(number: int) -> Any:
            return client.get(f"{PREFIX}/staff/v1/staffs/ids", {"staffStatus": state, "pageNo": number}).body

        return self._paged(client, ask, str)

    def _paged(self, client: HttpClient, ask: Callable[[int], Any], identify: Callable[[Any], Any]) -> Iterator[Page]:
        """`data` is `{dataList, pageInfo{totalPages}}`, or a bare list where the vendor does not page."""

        def fetch(number: int) -> Page:
            data = _data(client, ask(number))
            if isinstance(data, list):
                return Page(data, more=False)
            rows, info = data.get("dataList"), data.get("pageInfo")
            if not isinstance(rows, list) or not isinstance(info, dict):
                raise SourceError(ErrorClass.CONTRACT, "data has no dataList with pageInfo")
            return Page(rows, more=number < int(info.get("totalPages", 0)))

        return by_number(fetch, identify=identify, cap=self._config.page_cap)


def _data(client: HttpClient, body: Any) -> Any:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict | list):
        raise client.contract_error("the answer has no data")
    return data
