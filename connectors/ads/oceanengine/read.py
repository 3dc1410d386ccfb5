"""How report and clues are read: slices of days, each whole by the vendor's own totals before it is landed."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from connectors.ads.oceanengine.config import OceanEngineConfig
from connectors.ads.oceanengine.streams import DIMENSIONS, METRICS, REPORT
from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.pagination import Page, by_number
from connectors.sink import RecordSink, identifier
from connectors.stream import Calendar, ExtractRequest
from connectors.window import business_date, midnight, slices

Row = dict[str, Any]
_TOLERANCE = Decimal("0.01")  # yuan a row: the vendor rounds each row and the total separately
_READS = 3


class OceanEngineReader:
    """Reads one stream and advertiser at a time; holds only configuration and calendar."""

    def __init__(self, config: OceanEngineConfig, calendar: Calendar) -> None:
        self._config, self._calendar = config, calendar
        self._metrics = (*METRICS, *config.extra_metrics)

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        last_asked = (request.window.end - timedelta(microseconds=1)).astimezone(self._calendar.zone).date()
        closing = min(business_date(request.as_of, self._calendar.zone), last_asked)
        if request.spec.name == REPORT.name:
            self._validate(client, request.account)
            return self._report(client, request, sink, closing)
        return self._clues(client, request, sink, closing)

    def _report(self, client: HttpClient, request: ExtractRequest, sink: RecordSink, closing: date) -> LoadFacts:
        pages = total = 0
        filled: set[str] = set()
        for first, last in slices(request.window, self._calendar.zone, self._config.slice_days):
            rows, slice_pages = self._whole(
                client, request, lambda first=first, last=last: self._report_slice(client, request.account, first, last)
            )
            sink.add(rows)
            filled.update(row["stat_time_day"][:10] for row in rows)
            pages, total = pages + slice_pages, total + len(rows)
        missing = self._missing_days(request, filled, closing)
        return LoadFacts(
            pages=pages,
            cursor=closing.isoformat(),
            vendor_total=total,
            # A day that came empty may be the vendor's gap: its earlier rows are not taken for deleted.
            scope={} if missing or not total else self._scope(request, "stat_time_day"),
            complete=not missing,
            notes=(f"no rows for {', '.join(missing)}",) if missing else (),
            complete_through=midnight(date.fromisoformat(missing[0]), self._calendar.zone) if missing else None,
            api_version="v3.0",
        )

    def _clues(self, client: HttpClient, request: ExtractRequest, sink: RecordSink, closing: date) -> LoadFacts:
        pages = total = 0
        for first, last in slices(request.window, self._calendar.zone, self._config.slice_days):
            rows, slice_pages = self._whole(
                client, request, lambda first=first, last=last: self._clue_slice(client, request.account, first, last)
            )
            sink.add(rows)
            pages, total = pages + slice_pages, total + len(rows)
        return LoadFacts(
            pages=pages,
            cursor=closing.isoformat(),
            vendor_total=total,
            scope=self._scope(request, "create_time_detail") if total else {},
            api_version="2",
        )

    def _whole(
        self, client: HttpClient, request: ExtractRequest, read: Callable[[], tuple["_Slice", int]]
    ) -> tuple[list[Row], int]:
        """Rows move between pages while the vendor recalculates: a slice that misses its totals is read again."""
        identify = identifier(request.spec.key)
        complaint = ""
        for _ in range(_READS):
            found, pages = read()
            rows = list({identify(row): row for row in found.rows}.values())
            complaint = found.complaint(rows)
            if not complaint:
                return rows, pages
        raise client.contract_error(f"{complaint}; read {_READS} times")

    def _report_slice(self, client: HttpClient, account: str, first: date, last: date) -> tuple["_Slice", int]:
        params = {
            "advertiser_id": account,
            "data_topic": self._config.data_topic,
            "dimensions": _text(DIMENSIONS),
            "metrics": _text(self._metrics),
            "filters": "[]",
            "start_time": self._time(first, "00:00:00"),
            "end_time": self._time(last, "23:59:59"),
            "order_by": _text([{"field": name, "type": "ASC"} for name in ("stat_time_day", "cdp_promotion_id")]),
            "page_size": self._config.page_size,
        }
        totals: list[tuple[Any, int]] = []

        def fetch(number: int) -> Page:
            data = _data(client, client.get("/open_api/v3.0/report/custom/get/", {**params, "page": number}).body)
            rows = [{"advertiser_id": account, **row["dimensions"], **row["metrics"]} for row in data.get("rows") or ()]
            page = _numbered(client, rows, data, number)
            totals.append(((data.get("total_metrics") or {}).get("stat_cost"), page.total or 0))
            return page

        pages = list(by_number(fetch, identify=identifier(REPORT.key), cap=self._config.page_cap))
        return _Slice(f"{first} to {last}", pages, *totals[-1]), len(pages)

    def _clue_slice(self, client: HttpClient, account: str, first: date, last: date) -> tuple["_Slice", int]:
        params = {
            "advertiser_ids": f"[{account}]",
            "start_time": f"{first} 00:00:00",
            "end_time": f"{last} 23:59:59",
            "page_size": self._config.clue_page_size,
        }

        def fetch(number: int) -> Page:
            data = _data(client, client.get("/open_api/2/tools/clue/get/", {**params, "page": number}).body)
            rows = [
                {**row, "clue_id": str(row["clue_id"]), "advertiser_id": str(row["advertiser_id"])}
                for row in data.get("list") or ()
            ]
            page = _numbered(client, rows, data, number)
            totals.append(page.total or 0)
            return page

        totals: list[int] = []
        pages = list(by_number(fetch, identify=identifier(("clue_id",)), cap=self._config.page_cap))
        return _Slice(f"{first} to {last}", pages, None, totals[-1]), len(pages)

    def _missing_days(self, request: ExtractRequest, filled: set[str], closing: date) -> list[str]:
        """Days of the look-back without any row, on an account that is otherwise alive in it."""
        days = (closing - timedelta(days=back) for back in range(request.spec.lookback_days - 1, -1, -1))
        start = request.window.start.astimezone(self._calendar.zone).date()
        recent = [day.isoformat() for day in days if day >= start]
        alive = any(day in filled for day in recent)
        return [day for day in recent if day not in filled] if alive and request.spec.daily else []

    def _scope(self, request: ExtractRequest, name: str) -> dict[str, tuple[str, str]]:
        start, end = (
            edge.astimezone(self._calendar.zone).date().isoformat()
            for edge in (request.window.start, request.window.end)
        )
        return {name: (start, end)}

    def _time(self, day: date, clock: str) -> str:
        return day.isoformat() if self._config.date_format == "date" else f"{day} {clock}"

    def _validate(self, client: HttpClient, account: str) -> None:
        """A renamed metric would silently be missing: ask the vendor which names it knows."""
        topic = self._config.data_topic
        asked = {"advertiser_id": account, "data_topics": _text([topic])}
        data = _data(client, client.get("/open_api/v3.0/report/custom/config/get/", asked).body)
        known = set(_fields(data))
        unknown = sorted({*DIMENSIONS, *self._metrics} - known)
        if unknown:
            text = (
                f"the report {topic} has no {', '.join(unknown)}; correct extra_metrics or data_topic in company.yaml"
            )
            raise SourceError(ErrorClass.BAD_REQUEST, text)


class _Slice:
    """The pages of one run of days with the totals the vendor gave for them."""

    def __init__(self, days: str, pages: list[Page], cost: Any, total: int) -> None:
        self._days, self._cost, self._total = days, cost, total
        self.rows: list[Row] = [row for page in pages for row in page.records]

    def complaint(self, rows: list[Row]) -> str:
        """What does not add up, or an empty text."""
        if len(rows) != self._total:
            return f"{self._days}: the vendor counts {self._total} rows, {len(rows)} different ones came"
        if self._cost is None or not rows:
            return ""
        total, found = _money(self._cost), sum(_money(row["stat_cost"]) for row in rows)
        if abs(total - found) > _TOLERANCE * len(rows):
            return f"{self._days}: rows cost {found} yuan, the vendor's total says {total}"
        return ""


def _money(text: Any) -> Decimal:
    if text in {None, "", "-"}:
        return Decimal(0)
    try:
        return Decimal(str(text))
    except InvalidOperation:
        raise SourceError(ErrorClass.CONTRACT, "stat_cost is no number") from None


def _data(client: HttpClient, body: Any) -> dict[str, Any]:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise client.contract_error("the answer has no object 'data'")
    return data


def _numbered(client: HttpClient, rows: list[Row], data: dict[str, Any], number: int) -> Page:
    info = data.get("page_info")
    if not isinstance(info, dict) or "total_number" not in info:
        raise client.contract_error("the answer has no page_info.total_number")
    return Page(rows, more=number < int(info.get("total_page", 0)), total=int(info["total_number"]))


def _fields(node: Any) -> Iterable[str]:
    """Every `field` in the vendor's description of a topic, however deep it stands."""
    if isinstance(node, dict):
        if isinstance(node.get("field"), str):
            yield node["field"]
        for value in node.values():
            yield from _fields(value)
    elif isinstance(node, list):
        for value in node:
            if isinstance(value, str):
                yield value
            yield from _fields(value)


def _text(value: Any) -> str:
    """Lists travel as JSON texts in the query."""
    return orjson.dumps(value).decode()
