"""How the report is read: slices of days without pages, each compared with the vendor's own totals."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.ads.adjust.config import AdjustConfig
from connectors.ads.adjust.streams import COUNTS, DIMENSIONS, METRICS, UNKNOWN
from connectors.days import Row, Slice, land_days, read_in_slices, until_it_adds_up
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest

_TOLERANCE = Decimal("0.01")  # in the currency asked for, a row: rows and total are rounded separately
_PATH = "/reports-service/report"
_ADVICE = "narrow the report with filters in company.yaml (app_token__in)"


class AdjustReader:
    """Reads the report of one account; holds only configuration and calendar."""

    def __init__(self, config: AdjustConfig, calendar: Calendar) -> None:
        self._config, self._calendar = config, calendar
        self._metrics = (*METRICS, *config.extra_metrics)

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""

        def read(first: date, last: date) -> Slice:
            return self._slice(client, first, last)

        whole = until_it_adds_up(client, request.spec.key, read)
        zone, days = self._calendar.zone, self._config.slice_days
        found = read_in_slices(request.window, zone, days, whole, advice=_ADVICE)
        return land_days(request, self._calendar, sink, found, day_field="day", api_version="report-service")

    def _slice(self, client: HttpClient, first: date, last: date) -> Slice:
        config = self._config
        params = {
            "dimensions": ",".join(DIMENSIONS),
            "metrics": ",".join(self._metrics),
            "date_period": f"{first}:{last}",
            "utc_offset": self._offset(first),  # the client encodes the plus; unencoded it would be a space
            "attribution_type": config.attribution_type,
            "attribution_source": config.attribution_source,
            "reattributed": config.reattributed,
            "cohort_maturity": config.cohort_maturity,
            "ad_spend_mode": config.ad_spend_mode,
            "currency": config.currency,
            "format_dates": "false",
            **config.filters,
        }
        reply = client.get(_PATH, params)
        if reply.status == 204:
            return Slice([])
        body = reply.body
        if not isinstance(body, dict) or not isinstance(body.get("rows"), list):
            raise client.contract_error("the answer has no rows")
        if body.get("pagination"):
            raise client.contract_error("the answer has pages, which this report never had; ask for fewer days")
        rows = [self._row(client, row, first, last) for row in body["rows"]]
        notes = tuple(f"the vendor warns: {_short(warning)}" for warning in body.get("warnings") or ())
        return Slice(rows, check=self._against(client, body.get("totals") or {}), notes=notes)

    def _row(self, client: HttpClient, row: Row, first: date, last: date) -> Row:
        if not f"{first}" <= str(row.get("day")) <= f"{last}":
            raise client.contract_error(f"{first} to {last} was asked for, another day came")
        named = {name: row[name] or UNKNOWN for name in DIMENSIONS if name in row}
        return {**row, **named, "currency": self._config.currency}

    def _against(self, client: HttpClient, totals: Row) -> Callable[[list[Row]], str]:
        """A check of rows against the vendor's totals: counts to the piece, cost to a hundredth a row."""

        def check(rows: list[Row]) -> str:
            for name in METRICS:
                if name not in totals:
                    continue
                said, found = (
                    _number(client, totals[name], name),
                    sum(_number(client, row.get(name), name) for row in rows),
                )
                allowed = Decimal(0) if name in COUNTS else _TOLERANCE * max(len(rows), 1)
                if abs(said - found) > allowed:
                    return f"rows have {name} {found}, the vendor's total says {said}"
            return ""

        return check

    def _offset(self, day: date) -> str:
        """The company's offset from UTC at noon of the slice's first day, e.g. +08:00."""
        text = datetime.combine(day, time(12), self._calendar.zone).strftime("%z")
        return f"{text[:3]}:{text[3:5]}"


def _number(client: HttpClient, value: Any, name: str) -> Decimal:
    if value in {None, ""}:
        return Decimal(0)
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise client.contract_error(f"{name} is no number")
    return found


def _short(warning: Any) -> str:
    return " ".join(str(warning).split())[:200]
