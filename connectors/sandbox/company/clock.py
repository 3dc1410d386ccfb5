"""Instants of the sandbox: whole epoch seconds, shown as Asia/Shanghai wall time (UTC+8, no daylight saving)."""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
OFFSET = 8 * 3600
DAY = 86_400
HISTORY_START = date(2024, 11, 1)
SCHEDULE_END = date(2028, 12, 31)
"""Everything is scheduled up to here; the sandbox clock cannot pass it."""
DEFAULT_CLOCK = datetime(2026, 11, 3, 9, 0, tzinfo=SHANGHAI)
_EPOCH = date(1970, 1, 1).toordinal()


def day_start(day: date) -> int:
    """Epoch second at which a business date begins."""
    return (day.toordinal() - _EPOCH) * DAY - OFFSET


def instant(text: str) -> int:
    """Epoch second of an ISO text; a text without offset is Shanghai wall time."""
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).timestamp())


def day_of(ts: int) -> date:
    """Business date of an instant."""
    return date.fromordinal((ts + OFFSET) // DAY + _EPOCH)


def wall(ts: int) -> str:
    """`2026-11-03T09:00:00`, the way systems without zones write it."""
    days, seconds = divmod(ts + OFFSET, DAY)
    minutes, second = divmod(seconds, 60)
    return f"{_day_text(days)}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"


def iso(ts: int) -> str:
    """`2026-11-03T09:00:00+08:00`."""
    return wall(ts) + "+08:00"


def as_datetime(ts: int) -> datetime:
    """The instant as an aware datetime in the business zone."""
    return datetime.fromtimestamp(ts, UTC).astimezone(SHANGHAI)


def next_month(day: date) -> date:
    """First day of the month after the one `day` lies in."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def office_hours(ts: int) -> int:
    """The instant itself inside 09:00-18:00, otherwise the same minute of the next opening hour."""
    hour = (ts + OFFSET) % DAY // 3600
    if hour < 9:
        return ts + (9 - hour) * 3600
    if hour >= 18:
        return ts + (33 - hour) * 3600
    return ts


@lru_cache(maxsize=4096)
def _day_text(days: int) -> str:
    return date.fromordinal(days + _EPOCH).isoformat()
