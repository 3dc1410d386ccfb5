"""How bills are queried: a window of modification time, pages advancing by document id, rows zipped with their fields.

Offsets shift while documents change, so a page asks for ids above the last whole document. The last document of a full
page may be cut between its entries: it is left to the next page. `TopRowCount` is an absolute end row and stays 0.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connectors.classify import Fault
from connectors.erp.kingdee.config import KingdeeConfig
from connectors.erp.kingdee.streams import FORMS, MODIFIED, SNAPSHOT, Form
from connectors.http import HttpClient, Reply
from connectors.load_writer import LoadFacts
from connectors.pagination import Page, by_keyset, by_number
from connectors.sink import RecordSink, identifier, later
from connectors.stream import Calendar, ExtractRequest
from connectors.window import business_date, midnight, sweeps

QUERY = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.ExecuteBillQuery.common.kdsvc"
API_VERSION = "ExecuteBillQuery"
Row = dict[str, Any]
_READINGS = 4


class KingdeeReader:
    """Reads one stream at a time; holds only configuration and calendar."""

    def __init__(self, config: KingdeeConfig, calendar: Calendar) -> None:
        self._config, self._calendar = config, calendar

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        name = request.spec.name
        form = FORMS[name]
        query = _Query(client, self._config, name, form)
        if not form.by_id:
            return self._snapshot(client, query, request, sink)
        sweep = sweeps(self._config.sweep_days, request.as_of, self._calendar.zone)
        start, end = request.window.start, request.window.end
        if sweep:  # no upper end: a document changed while we read must not look deleted
            start, end = midnight(self._calendar.history_start, self._calendar.zone), None
        pages = 0
        for rows in query.by_id(_modified_in(start, end, self._calendar.zone, query.theirs(MODIFIED))):
            pages += 1
            sink.add(rows)
        cursor = later(request.cursor, sink.cursor)
        return LoadFacts(pages=pages, cursor=cursor, full_scan=sweep and sink.rows > 0, api_version=API_VERSION)

    def _snapshot(self, client: HttpClient, query: "_Query", request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """The stock as it is tonight, one row a material and store: lots and owners are added up."""
        day = business_date(request.as_of, self._calendar.zone).isoformat()
        stock, rows, pages = _stock(query)
        readings = 1
        # Row numbers shift while the stock changes: of several pages only what came twice the same is trusted.
        while pages > readings and readings < _READINGS:
            again, rows, more = _stock(query)
            pages, readings = pages + more, readings + 1
            if again == stock:
                break
            stock = again
        else:
            if readings == _READINGS:
                raise client.contract_error(f"the stock changed at each of {_READINGS} readings; nothing is landed")
        sink.add(
            [
                {SNAPSHOT: day, "FMaterialId.FNumber": material, "FStockId.FNumber": store, "FBaseQty": quantity}
                for (material, store), quantity in stock.items()
            ]
        )
        notes = (f"{rows} rows of lots and owners added up to {len(stock)}",) if rows != len(stock) else ()
        return LoadFacts(pages=pages, scope={SNAPSHOT: day}, notes=notes, api_version=API_VERSION)


class _Query:
    """One form's query with the tenant's names, answering in ours."""

    def __init__(self, client: HttpClient, config: KingdeeConfig, stream: str, form: Form) -> None:
        self._client, self._config, self._form = client, config, form
        self._form_id = config.forms.get(stream, form.form_id)
        self._keys = config.field_keys.get(stream, {})

    def theirs(self, name: str) -> str:
        """The tenant's key of one of our fields."""
        return self._keys.get(name, name)

    def by_id(self, condition: str) -> Iterator[list[Row]]:
        """All rows of a condition, in whole documents."""
        id_field, size = self._form.order[0], self._config.page_size
        wide: list[bool] = []

        def fetch(last: Any) -> Page:
            above = condition if last is None else f"{condition} and {self.theirs(id_field)} > {_literal(last)}"
            rows = self._ask(above, 0)
            full = len(rows) >= size
            if full and rows[0][id_field] == rows[-1][id_field]:
                wide.append(True)  # one document fills the page: take it whole by row numbers
                rows = self._document(f"{condition} and {self.theirs(id_field)} = {_literal(rows[0][id_field])}")
            elif full:
                rows = [row for row in rows if row[id_field] != rows[-1][id_field]]
            return Page(rows, more=full)

        pages = by_keyset(
            fetch,
            last_key=lambda page: page.records[-1][id_field],
            identify=identifier(self._form.order),
            cap=self._config.page_cap,
            size=size,
        )
        for page in pages:
            yield page.records

    def by_row(self) -> Iterator[list[Row]]:
        """All rows of the form by row number, for forms without a numeric id."""
        size = self._config.page_size

        def fetch(number: int) -> Page:
            rows = self._ask("", (number - 1) * size)
            return Page(rows, more=len(rows) >= size)

        pages = by_number(fetch, identify=lambda row: tuple(row.values()), cap=self._config.page_cap)
        for page in pages:
            yield page.records

    def _document(self, condition: str) -> list[Row]:
        rows: list[Row] = []
        while True:
            more = self._ask(condition, len(rows))
            rows += more
            if len(more) < self._config.page_size:
                return rows

    def _ask(self, condition: str, start: int) -> list[Row]:
        fields = self._form.fields
        body = self._client.post(
            QUERY,
            {
                "data": {
                    "FormId": self._form_id,
                    "FieldKeys": ",".join(self.theirs(name) for name in fields),
                    "FilterString": condition,
                    "OrderString": ", ".join(f"{self.theirs(name)} ASC" for name in self._form.order),
                    "TopRowCount": 0,
                    "StartRow": start,
                    "Limit": self._config.page_size,
                }
            },
        ).body
        if not isinstance(body, list) or not all(isinstance(row, list) for row in body):
            raise self._client.contract_error(f"{self._form_id}: the answer is no list of rows")
        if any(len(row) != len(fields) for row in body):
            raise self._client.contract_error(f"{self._form_id}: a row has not the {len(fields)} fields asked for")
        return [dict(zip(fields, row, strict=True)) for row in body]


def _stock(query: _Query) -> tuple[dict[tuple[Any, Any], Decimal], int, int]:
    """Quantity by material and store, how many rows it was summed from, and from how many pages."""
    stock: dict[tuple[Any, Any], Decimal] = {}
    pages = rows = 0
    for page in query.by_row():
        pages += 1
        rows += len(page)
        for row in page:
            place = row["FMaterialId.FNumber"], row["FStockId.FNumber"]
            stock[place] = stock.get(place, Decimal(0)) + Decimal(str(row["FBaseQty"] or 0))
    return stock, rows, pages


def inspect(reply: Reply) -> Fault | None:
    """A fault is a dict in the first cell, a bare ResponseStatus, or a text after `response_error:`, never a row."""
    body = reply.body
    if isinstance(body, str):
        return Fault(reply.status, "", body.removeprefix("response_error:").strip())
    cell = body
    while isinstance(cell, list) and cell:
        cell = cell[0]
    result = cell.get("Result") if isinstance(cell, dict) else None
    status = result.get("ResponseStatus") if isinstance(result, dict) else None
    if isinstance(status, dict) and status.get("IsSuccess") is not True:
        said = "; ".join(str(error.get("Message", "")) for error in status.get("Errors") or ())
        return Fault(reply.status, str(status.get("ErrorCode", "")), said)
    return Fault(reply.status) if reply.status >= 400 or body is None else None


def _modified_in(start: datetime, end: datetime | None, zone: ZoneInfo, field: str) -> str:
    """A condition in the server's wall clock."""

    def local(edge: datetime) -> str:
        return edge.astimezone(zone).replace(tzinfo=None).isoformat(" ", "seconds")

    return f"{field} >= '{local(start)}'" + (f" and {field} < '{local(end)}'" if end else "")


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
