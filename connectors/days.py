"""Sources that report by day: slices that shrink where the vendor cannot answer, checks, and what a window then knows.

A connector supplies how one run of days is read. A slice that contradicts the vendor's own totals is read again; one
that is too much for one answer (`TOO_BIG`) is halved, and the rest of the window is read in the size that worked.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.sink import RecordSink, identifier
from connectors.stream import Calendar, ExtractRequest, Window
from connectors.window import business_date, midnight

Row = dict[str, Any]
_READS = 3
_DAY = timedelta(days=1)


def _nothing_to_check(rows: list[Row]) -> str:
    del rows
    return ""


@dataclass(frozen=True, slots=True)
class Slice:
    """One run of days as the vendor gave it.

    `total` is the vendor's count of different rows. `check` says what else does not add up, given the rows without
    repetitions. `is_final` is False where the vendor says that these numbers are not final.
    """

    rows: list[Row]
    pages: int = 1
    total: int | None = None
    check: Callable[[list[Row]], str] = _nothing_to_check
    is_final: bool = True
    notes: tuple[str, ...] = ()


ReadSlice = Callable[[date, date], Slice]


def is_settled(as_of: datetime, zone: ZoneInfo, hour: int) -> bool:
    """Whether the vendor has finished the day before: it does so by `hour` o'clock, local time."""
    return as_of.astimezone(zone).hour >= hour


def read_in_slices(
    window: Window, zone: ZoneInfo, days: int, read: ReadSlice, *, advice: str
) -> Iterator[tuple[date, date, Slice]]:
    """Slices of at most `days`, oldest first, as (first, last, what came).

    A slice of several days that is too big is asked for again in halves. `advice` tells a person what to change where a
    single day is too big; the error keeps its class.
    """
    size, open_from = days, window.start.astimezone(zone).date()
    end = (window.end.astimezone(zone) - timedelta(microseconds=1)).date()
    while open_from <= end and window.start < window.end:
        first, last = open_from, min(open_from + (size - 1) * _DAY, end)
        length = (last - first).days + 1
        try:
            found = read(first, last)
        except SourceError as error:
            if error.error_class is not ErrorClass.TOO_BIG:
                raise
            if length == 1:
                text = f"{first}: one day is too much for one answer; {advice} ({error.message})"
                raise SourceError(ErrorClass.TOO_BIG, text, source=error.source, stream=error.stream) from error
            size = (length + 1) // 2
            continue
        yield first, last, found
        open_from = last + _DAY


def until_it_adds_up(client: HttpClient, key: tuple[str, ...], read: ReadSlice) -> ReadSlice:
    """A reader that repeats slices whose rows contradict the vendor's totals, three times in all, then raises CONTRACT.

    Rows move between pages while the vendor recalculates; what it returns holds each key once, the last one sent.
    """
    identify = identifier(key)

    def whole(first: date, last: date) -> Slice:
        complaint = ""
        for _ in range(_READS):
            found = read(first, last)
            if lacking := {name for name in key for row in found.rows if name not in row}:
                raise client.contract_error(f"a record lacks the field {', '.join(sorted(lacking))}")
            rows = list({identify(row): row for row in found.rows}.values())
            complaint = found.check(rows)
            if found.total is not None and len(rows) != found.total:
                complaint = f"the vendor counts {found.total} rows, {len(rows)} different ones came"
            if not complaint:
                return replace(found, rows=rows)
        raise client.contract_error(f"{first} to {last}: {complaint}; read {_READS} times")

    return whole


def land_days(
    request: ExtractRequest,
    calendar: Calendar,
    sink: RecordSink,
    found: Iterable[tuple[date, date, Slice]],
    *,
    day_field: str,
    api_version: str,
    settled: bool = True,
    deletes: bool = True,
) -> LoadFacts:
    """Land slices and say what is known afterwards. `day_field` holds the local day, as ISO text at its beginning.

    A day that is missing (`daily` streams) or not final makes the load incomplete: the known range ends before it, the
    cursor stays there so that the next night reads it again, and nothing of the window is taken for deleted.
    """
    last_asked = (request.window.end - timedelta(microseconds=1)).astimezone(calendar.zone).date()
    closing = min(business_date(request.as_of, calendar.zone), last_asked)
    pages = total = 0
    filled: set[str] = set()
    unsettled: set[date] = set() if settled or closing != business_date(request.as_of, calendar.zone) else {closing}
    notes: list[str] = []
    for first, last, part in found:
        sink.add(part.rows)
        filled.update(str(row[day_field])[:10] for row in part.rows)
        pages, total = pages + part.pages, total + len(part.rows)
        notes += [note for note in part.notes if note not in notes]
        if not part.is_final:
            unsettled.update(first + n * _DAY for n in range((last - first).days + 1))
    missing = _missing_days(request, calendar, filled, closing)
    if missing:
        notes.append(f"no rows for {_listed(missing)}")
    if unsettled:
        notes.append(f"not final at the vendor: {_listed(unsettled)}")
    unknown = min([*missing, *unsettled], default=None)
    return LoadFacts(
        pages=pages,
        cursor=(closing if unknown is None else unknown - _DAY).isoformat(),
        vendor_total=total,
        scope=day_scope(request, calendar.zone, day_field) if deletes and total and unknown is None else {},
        complete=unknown is None,
        notes=tuple(notes),
        complete_through=midnight(unknown, calendar.zone) if unknown else None,
        api_version=api_version,
    )


def day_scope(request: ExtractRequest, zone: ZoneInfo, day_field: str) -> dict[str, tuple[str, str]]:
    """The days of the request's window as a scope: known rows of them that do not come again were deleted."""
    start, end = (edge.astimezone(zone).date().isoformat() for edge in (request.window.start, request.window.end))
    return {day_field: (start, end)}


def _missing_days(request: ExtractRequest, calendar: Calendar, filled: set[str], closing: date) -> list[date]:
    """Days of the look-back without any row, on an account that is otherwise alive in it."""
    if not request.spec.daily:
        return []
    start = request.window.start.astimezone(calendar.zone).date()
    days = (closing - back * _DAY for back in range(request.spec.lookback_days - 1, -1, -1))
    recent = [day for day in days if day >= start]
    alive = any(day.isoformat() in filled for day in recent)
    return [day for day in recent if day.isoformat() not in filled] if alive else []


def _listed(days: Iterable[date]) -> str:
    ordered = sorted(days)
    shown = ", ".join(day.isoformat() for day in ordered[:5])
    return shown if len(ordered) <= 5 else f"{shown} and {len(ordered) - 5} more"
