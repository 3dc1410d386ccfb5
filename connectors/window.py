"""Which stretch of time a stream reads tonight. All in the company's zone, half-open, from `as_of` alone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.errors import ConfigError
from connectors.stream import Calendar, StreamSpec, Window


def business_date(as_of: datetime, zone: ZoneInfo) -> date:
    """The day a night closes: the local date of `as_of` minus one."""
    return as_of.astimezone(zone).date() - timedelta(days=1)


def sweeps(days: Sequence[int], as_of: datetime, zone: ZoneInfo) -> bool:
    """Whether a night reads its incremental streams whole, so that hard deletes become visible.

    `days` are days of the month; one beyond the month's end means its last day.
    """
    closing = business_date(as_of, zone)
    last = (closing + _DAY).month != closing.month
    return closing.day in days or (last and any(day > closing.day for day in days))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant a local day begins (23 and 25 hour days included)."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def plan_window(
    spec: StreamSpec, calendar: Calendar, *, cursor: str | None, as_of: datetime, overlap: timedelta
) -> Window:
    """The window of one night.

    `incremental`: cursor - overlap .. as_of. `window`: look-back of whole days up to the business date; missed nights
    are caught up, each with its own look-back. `full`, `file` and every first run: from the start of history.
    """
    if as_of.tzinfo is None:
        raise ValueError(f"as_of {as_of} has no time zone")
    start = midnight(calendar.history_start, calendar.zone)
    if spec.mode == "incremental":
        if cursor is not None:
            start = max(parse_cursor(spec, cursor, calendar.zone) - overlap, start)
        return Window(min(start, as_of), as_of)
    if spec.mode == "window":
        closing = business_date(as_of, calendar.zone)
        end = midnight(closing + timedelta(days=1), calendar.zone)
        if cursor is not None:
            anchor = min(closing, parse_cursor(spec, cursor, calendar.zone).astimezone(calendar.zone).date() + _DAY)
            start = max(midnight(anchor - timedelta(days=spec.lookback_days - 1), calendar.zone), start)
        return Window(min(start, end), end)
    return Window(min(start, as_of), as_of)


def parse_cursor(spec: StreamSpec, cursor: str, zone: ZoneInfo) -> datetime:
    """A cursor is an ISO instant or date; without an offset it is local wall clock, as the vendor sent it."""
    try:
        moment = datetime.fromisoformat(cursor)
    except ValueError as error:
        text = f"{spec.source}.{spec.name}: the stored cursor is no ISO time; remove it to read all history again"
        raise ConfigError(text) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def slices(window: Window, zone: ZoneInfo, days: int) -> Iterator[tuple[date, date]]:
    """The local days of a window in runs of at most `days`, oldest first, as (first, last) both inclusive."""
    first = window.start.astimezone(zone).date()
    end = (window.end.astimezone(zone) - timedelta(microseconds=1)).date()
    while first <= end and window.start < window.end:
        last = min(first + timedelta(days=days - 1), end)
        yield first, last
        first = last + _DAY


_DAY = timedelta(days=1)
