"""Windows come from the company's zone and the night's instant alone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from connectors.errors import ConfigError
from connectors.stream import Calendar, Mode, StreamSpec, Window
from connectors.window import business_date, midnight, plan_window, slices, sweeps

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar(SHANGHAI, date(2024, 11, 1))
NIGHT = datetime(2026, 11, 3, 0, 30, tzinfo=UTC)  # 08:30 in Shanghai


def _window(mode: Mode, cursor: str | None, *, days: int = 8, as_of: datetime = NIGHT) -> Window:
    spec = StreamSpec("s", "t", mode, ("id",), lookback_days=days)
    return plan_window(spec, CALENDAR, cursor=cursor, as_of=as_of, overlap=timedelta(minutes=10))


def test_the_business_date_is_the_local_day_before() -> None:
    assert business_date(NIGHT, SHANGHAI) == date(2026, 11, 2)
    assert business_date(datetime(2026, 11, 2, 15, 59, 59, tzinfo=UTC), SHANGHAI) == date(2026, 11, 1)
    assert business_date(datetime(2026, 11, 2, 16, 0, 0, tzinfo=UTC), SHANGHAI) == date(2026, 11, 2)


def test_an_incremental_stream_starts_ten_minutes_before_its_cursor() -> None:
    window = _window("incremental", "2026-11-02T08:59:58+08:00")
    assert window == Window(datetime(2026, 11, 2, 0, 49, 58, tzinfo=UTC), NIGHT)
    local = _window("incremental", "2026-11-02T08:59:58")
    assert local == window


def test_a_first_run_starts_where_history_does() -> None:
    start = datetime(2024, 10, 31, 16, tzinfo=UTC)
    assert _window("incremental", None) == Window(start, NIGHT)
    assert _window("window", None) == Window(start, datetime(2026, 11, 2, 16, tzinfo=UTC))


def test_a_look_back_of_eight_days_reads_eight_whole_local_days() -> None:
    window = _window("window", "2026-11-01")
    assert list(slices(window, SHANGHAI, 30)) == [(date(2026, 10, 26), date(2026, 11, 2))]


def test_missed_nights_are_caught_up_with_their_own_look_back() -> None:
    window = _window("window", "2026-10-20")
    assert window.start == midnight(date(2026, 10, 14), SHANGHAI)
    assert window.end == midnight(date(2026, 11, 3), SHANGHAI)


def test_slices_are_whole_days_without_gap_or_overlap() -> None:
    parts = list(slices(_window("window", None), SHANGHAI, 30))
    assert parts[0][0] == date(2024, 11, 1)
    assert parts[-1][1] == date(2026, 11, 2)
    assert all((last - first).days <= 29 for first, last in parts)
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in pairwise(parts))


def test_days_of_23_and_25_hours_are_whole_days() -> None:
    zone = ZoneInfo("America/New_York")
    assert midnight(date(2026, 3, 9), zone) - midnight(date(2026, 3, 8), zone) == timedelta(hours=23)
    assert midnight(date(2026, 11, 2), zone) - midnight(date(2026, 11, 1), zone) == timedelta(hours=25)
    window = Window(midnight(date(2026, 3, 7), zone), midnight(date(2026, 3, 10), zone))
    assert list(slices(window, zone, 1)) == [(date(2026, 3, day), date(2026, 3, day)) for day in (7, 8, 9)]


def test_a_cursor_that_is_no_time_says_what_to_do() -> None:
    with pytest.raises(ConfigError, match=r"s\.t: the stored cursor is no ISO time; remove it"):
        _window("incremental", "yesterday")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        _window("full", None, as_of=datetime(2026, 11, 3))  # noqa: DTZ001


def test_a_sweep_day_beyond_the_months_end_is_its_last_day() -> None:
    def night(month: int, day: int) -> datetime:  # the night that closes this day
        return datetime(2026, month, day, 16, 30, tzinfo=UTC)

    assert sweeps([31], night(2, 28), SHANGHAI)
    assert not sweeps([31], night(2, 27), SHANGHAI)
    assert sweeps([1], night(10, 1), SHANGHAI)
    assert not sweeps([1], night(10, 2), SHANGHAI)
    assert not sweeps([], night(10, 31), SHANGHAI)
