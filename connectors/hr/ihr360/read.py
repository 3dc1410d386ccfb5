"""How staff, departments, transfers and leave are read. Pages of these calls count from 1."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from connectors.errors import ErrorClass, SourceError
from connectors.hr.ihr360.config import Ihr360Config
from connectors.hr.ihr360.streams import ENTRY_FIELDS, LEAVES, ORGANIZATIONS, PREFIX, REPORT_FIELDS, STAFF
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.pagination import Page, by_number
from connectors.sink import RecordSink, identifier
from connectors.stream import Calendar, ExtractRequest
from connectors.window import business_date, slices

Row = dict[str, Any]
_API_VERSION = "v1"
_READINGS = 4
_UNSTEADY = f"the list changed at each of {_READINGS} readings; nothing is taken for deleted"


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
        if request.spec.name == LEAVES.name:
            return self._leaves(client, request, sink)
        return self._transfers(client, request, sink)

    def _staff(self, client: HttpClient, sink: RecordSink) -> LoadFacts:
        """Ids of every state first (leavers are not among those in service), then their records in batches."""

        def read() -> Iterator[Page]:
            for state in self._config.staff_states:
                yield from self._ids(client, state)

        ids, pages, steady = _steady(read, str)
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
        notes += () if steady else (_UNSTEADY,)
        return LoadFacts(
            pages=pages,
            vendor_total=len(wanted),
            full_scan=True,
            complete=steady and not missing,
            notes=notes,
            api_version=_API_VERSION,
        )

    def _organizations(self, client: HttpClient, sink: RecordSink) -> LoadFacts:
        def ask(number: int) -> Any:
            return client.post(f"{PREFIX}/org/v1/organizations/search", {"pageNo": number}).body

        identify = identifier(ORGANIZATIONS.key)
        rows, pages, steady = _steady(lambda: self._paged(client, ask, identify), identify)
        if not rows:
            raise client.contract_error("the list of departments is empty; a company without one cannot be right")
        sink.add(list(rows.values()))
        notes = () if steady else (_UNSTEADY,)
        return LoadFacts(pages=pages, full_scan=True, complete=steady, notes=notes, api_version=_API_VERSION)

    def _transfers(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        pages, steady, identify = 0, True, identifier(request.spec.key)
        for first, last in slices(request.window, self._calendar.zone, self._config.slice_days):
            days = {"startDate": first.isoformat(), "endDate": last.isoformat()}

            def ask(number: int, days: dict[str, str] = days) -> Any:
                return client.get(f"{PREFIX}/staff/v1/transferWithinInterval", {**days, "pageNo": number}).body

            rows, read, agreed = _steady(lambda ask=ask: self._paged(client, ask, identify), identify)
            pages, steady = pages + read, steady and agreed
            sink.add(list(rows.values()))
        start, end = (
            edge.astimezone(self._calendar.zone).date().isoformat()
            for edge in (request.window.start, request.window.end)
        )
        return LoadFacts(
            pages=pages,
            cursor=business_date(request.as_of, self._calendar.zone).isoformat(),
            scope={"transferDate": (start, end)} if sink.rows and steady else {},
            complete=steady,
            notes=() if steady else (_UNSTEADY,),
            api_version=_API_VERSION,
        )

    def _leaves(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """The attendance report of every month that the window touches: one record per entry of leave."""
        start, last = (
            edge.astimezone(self._calendar.zone).date()
            for edge in (request.window.start, request.window.end - timedelta(microseconds=1))
        )
        months = _months(start, last)
        pages = reports = 0
        for month in months[:-1]:

            def ask(number: int, month: str = month) -> Any:
                body = {"yearMonth": month, "pageNo": number}
                return client.post(f"{PREFIX}{self._config.attendance_path}", body).body

            for page in self._paged(client, ask, identifier(("staffId", "yearMonth"))):
                pages += 1
                reports += len(page.records)
                sink.add([entry for row in page.records for entry in self._entries(client, row)])
        return LoadFacts(
            pages=pages,
            cursor=business_date(request.as_of, self._calendar.zone).isoformat(),
            # Leave that was taken back is missing from a report; where no report came at all, nothing is known.
            scope={"yearMonth": (months[0], months[-1])} if reports else {},
            api_version="v3",
        )

    def _entries(self, client: HttpClient, row: Row) -> list[Row]:
        """Entries under our names: the vendor's are not certain and can be given in the configuration."""
        named = self._config.attendance_fields
        leaves = row.get(named.get("leaves", "leaves"))
        if not isinstance(leaves, list):
            raise client.contract_error("a report of attendance has no list of leaves; set attendance_fields")
        head = {name: row.get(named.get(name, name)) for name in REPORT_FIELDS}
        return [head | {name: entry.get(named.get(name, name)) for name in ENTRY_FIELDS} for entry in leaves]

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


def _steady(read: Callable[[], Iterable[Page]], identify: Callable[[Any], Any]) -> tuple[dict[Any, Any], int, bool]:
    """Records by key, read until two readings in a row show the same keys; the last reading, all pages, and whether.

    Pages are numbered: where somebody disappears from an earlier page the next one moves up, and who moves from one
    list to another while both are read is in neither. What is missing from a list counts as deleted, so one reading is
    not enough.
    """
    before: dict[Any, Any] | None = None
    pages = 0
    for _ in range(_READINGS):
        found: dict[Any, Any] = {}
        for page in read():
            pages += 1
            found.update((identify(record), record) for record in page.records)
        if before is not None and found.keys() == before.keys():
            return found, pages, True
        before = found
    return before or {}, pages, False


def _months(first: date, last: date) -> list[str]:
    """Every month that [first, last] touches, and the one after them."""
    count = (last.year - first.year) * 12 + last.month - first.month + 2
    index = first.year * 12 + first.month - 1
    return [f"{(index + step) // 12}-{(index + step) % 12 + 1:02d}" for step in range(count)]


def _data(client: HttpClient, body: Any) -> Any:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict | list):
        raise client.contract_error("the answer has no data")
    return data
