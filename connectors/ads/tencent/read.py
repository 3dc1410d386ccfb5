"""How the two reports and the leads are read: slices of days, each whole by the vendor's own count before it lands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from connectors.ads.tencent.config import TencentAdsConfig
from connectors.ads.tencent.streams import COUNTS, DIMENSIONS, LEAD_IDS, LEADS, MONEY, TIME_LINES
from connectors.days import Row, Slice, is_settled, land_days, read_in_slices, until_it_adds_up
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.pagination import Page, by_number, by_token
from connectors.sink import RecordSink, identifier
from connectors.stream import Calendar, ExtractRequest, Window
from connectors.window import business_date, midnight

_ADVICE = "lower page_size in company.yaml"
_DAY = timedelta(days=1)


class TencentAdsReader:
    """Reads one stream and account at a time; holds only configuration and calendar."""

    def __init__(self, config: TencentAdsConfig, calendar: Calendar) -> None:
        self._config, self._calendar = config, calendar
        self._numbers = (*MONEY, *COUNTS, *config.extra_fields)

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        zone, config = self._calendar.zone, self._config
        window = self._offered(request)
        is_leads = request.spec.name == LEADS.name

        def read(first: date, last: date) -> Slice:
            if is_leads:
                return self._leads(client, request.account, first, last)
            return self._report(client, request, first, last)

        days = config.leads_slice_days if is_leads else config.slice_days
        whole = until_it_adds_up(client, request.spec.key, read)
        facts = land_days(
            replace(request, window=window),
            self._calendar,
            sink,
            read_in_slices(window, zone, days, whole, advice=_ADVICE),
            day_field="leads_create_time" if is_leads else "date",
            api_version=config.api_version,
            settled=is_leads or is_settled(request.as_of, zone, config.complete_hour),
            deletes=not is_leads,
        )
        if window != request.window:
            start = window.start.astimezone(zone).date()
            facts = replace(facts, notes=(*facts.notes, f"the vendor offers nothing before {start}"))
        return facts

    def _offered(self, request: ExtractRequest) -> Window:
        """The part of the window that the vendor still answers."""
        closing = business_date(request.as_of, self._calendar.zone)
        oldest = midnight(closing - (self._config.history_days - 1) * _DAY, self._calendar.zone)
        return Window(min(max(request.window.start, oldest), request.window.end), request.window.end)

    def _report(self, client: HttpClient, request: ExtractRequest, first: date, last: date) -> Slice:
        time_line, account = TIME_LINES[request.spec.name], request.account
        params = {
            "account_id": account,
            "level": self._config.level,
            "date_range": _text({"start_date": f"{first}", "end_date": f"{last}"}),
            "group_by": _text(DIMENSIONS),
            "fields": _text((*DIMENSIONS, "adgroup_name", *self._numbers)),
            "order_by": _text([{"sort_field": name, "sort_type": "ASCENDING"} for name in DIMENSIONS]),
            "time_line": time_line,
            "page_size": self._config.page_size,
        }

        totals = [0]

        def fetch(number: int) -> Page:
            data = _data(client, client.get(self._path("daily_reports/get"), {**params, "page": number}).body)
            rows = data.get("list")
            if not isinstance(rows, list):
                raise client.contract_error("the answer has no data.list")
            cleaned = [
                {
                    **self._checked(client, row),
                    "account_id": account,
                    "time_line": time_line,
                    "adgroup_id": str(row["adgroup_id"]),
                }
                for row in rows
            ]
            return _numbered(client, cleaned, data, number, totals)

        found = by_number(fetch, identify=identifier(request.spec.key), cap=self._config.page_cap)
        return _slice(found, totals)

    def _checked(self, client: HttpClient, row: Row) -> Row:
        """Figures are whole numbers, money in fen: a decimal means that the vendor changed its unit."""
        for name in (*MONEY, *COUNTS):
            if row.get(name) is not None and row[name].__class__ is not int:
                raise client.contract_error(f"{name} is no whole number; money is expected in fen, counts in pieces")
        return row

    def _leads(self, client: HttpClient, account: str, first: date, last: date) -> Slice:
        zone, config = self._calendar.zone, self._config
        span = {
            "start_time": int(midnight(first, zone).timestamp()),
            "end_time": int(midnight(last + _DAY, zone).timestamp()) - 1,
            "time_type": "TIME_TYPE_CREATED_TIME",
        }
        params = {"account_id": account, "time_range": _text(span), "page_size": config.leads_page_size}

        totals = [0]

        def fetch(place: Any) -> Page:
            """`place` is None, a page number, or the last row's time and id beyond what page numbers reach."""
            number = place if isinstance(place, int) else 1
            where = {"last_search_after_values": _text(place)} if isinstance(place, tuple) else {"page": number}
            data = _data(client, client.get(self._path("leads_list/get"), {**params, **where}).body)
            rows = [self._lead(row) for row in _rows(client, data)]
            page = _numbered(client, rows, data, number, totals)
            if isinstance(place, tuple):
                return Page(rows, next=self._after(rows), more=len(rows) == config.leads_page_size, total=page.total)
            is_deep = (number + 1) * config.leads_page_size > config.deep_page_after
            return Page(rows, next=self._after(rows) if is_deep else number + 1, more=page.more, total=page.total)

        return _slice(by_token(fetch, identify=identifier(LEADS.key), cap=config.page_cap), totals)

    def _lead(self, row: Row) -> Row:
        """Ids come as numbers in one place and as texts in another: they land as texts."""
        ids = {name: str(row[name]) for name in LEAD_IDS if row.get(name) is not None}
        return {**row, **ids, "leads_create_time": self._wall(row.get("leads_create_time"))}

    def _after(self, rows: list[Row]) -> tuple[str, str] | None:
        """Where the next page starts: time in milliseconds and id of the last row."""
        if not rows:
            return None
        moment = datetime.fromisoformat(rows[-1]["leads_create_time"]).replace(tzinfo=self._calendar.zone)
        return str(int(moment.timestamp()) * 1000), rows[-1]["leads_id"]

    def _wall(self, value: Any) -> Any:
        """Local wall time; the vendor's page only says `string`, so epoch seconds and milliseconds are read as well."""
        text = str(value)
        if not text.isdigit():
            return value
        seconds = int(text) // 1000 if len(text) > 10 else int(text)
        return datetime.fromtimestamp(seconds, self._calendar.zone).strftime("%Y-%m-%d %H:%M:%S")

    def _path(self, action: str) -> str:
        return f"/{self._config.api_version}/{action}"


def _slice(pages: Iterator[Page], totals: list[int]) -> Slice:
    rows = [row for page in pages for row in page.records]
    return Slice(rows, pages=len(totals) - 1, total=totals[-1])


def _rows(client: HttpClient, data: Row) -> Iterator[Row]:
    """The vendor's library declares one object where its page shows a list: both are read."""
    found = data.get("leads_info")
    if isinstance(found, dict):
        found = [found] if found else []
    if not isinstance(found, list) and found is not None:
        raise client.contract_error("data.leads_info is neither a list nor an object")
    yield from found or []


def _data(client: HttpClient, body: Any) -> Row:
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise client.contract_error("the answer has no object 'data'")
    return data


def _numbered(client: HttpClient, rows: list[Row], data: Row, number: int, totals: list[int]) -> Page:
    info = data.get("page_info")
    if not isinstance(info, dict) or "total_number" not in info:
        raise client.contract_error("the answer has no page_info.total_number")
    totals.append(int(info["total_number"]))
    return Page(rows, more=number < int(info.get("total_page", 0)), total=totals[-1])


def _text(value: Any) -> str:
    """Lists and objects travel as JSON texts in the query."""
    return orjson.dumps(value).decode()
