"""Slices of days: halves where a vendor cannot answer, re-reading where it contradicts itself, what is then known."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.classify import ErrorTable
from connectors.days import ReadSlice, Row, Slice, is_settled, land_days, read_in_slices, until_it_adds_up
from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.privacy import Pseudonymiser
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest, StreamSpec, Window
from connectors.window import midnight

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
SPEC = StreamSpec("adjust", "report", "window", ("day", "id"), lookback_days=3, daily=True)
TABLE = Path(__file__).parents[2] / "connectors" / "ads" / "adjust" / "errors.yaml"


def _window(first: date, last: date, zone: ZoneInfo = SHANGHAI) -> Window:
    return Window(midnight(first, zone), midnight(last + timedelta(days=1), zone))


class Vendor:
    """Answers at most so many days at once; remembers what it was asked."""

    def __init__(self, longest: int) -> None:
        self.longest, self.asked = longest, []

    def __call__(self, first: date, last: date) -> Slice:
        days = (last - first).days + 1
        self.asked.append(days)
        if days > self.longest:
            raise SourceError(ErrorClass.TOO_BIG, "answered 504")
        return Slice([{"day": f"{first + timedelta(days=n)}", "id": 1} for n in range(days)])


def _days(found: Iterator[tuple[date, date, Slice]]) -> list[str]:
    return [row["day"] for *_, part in found for row in part.rows]


@pytest.mark.parametrize("longest", [1, 2, 3, 5, 7, 30])
def test_every_day_comes_once_and_in_order_whatever_the_vendor_can_answer(longest: int) -> None:
    vendor, window = Vendor(longest), _window(date(2026, 1, 30), date(2026, 3, 1))
    days = _days(read_in_slices(window, SHANGHAI, 30, vendor, advice=""))
    assert days == [f"{date(2026, 1, 30) + timedelta(days=n)}" for n in range(31)]
    answered = [asked for asked in vendor.asked if asked <= longest]
    assert max(answered) * 2 > longest  # never smaller than it has to be
    assert sum(answered) == 31


def test_what_was_too_big_once_is_not_tried_again() -> None:
    vendor = Vendor(5)
    _days(read_in_slices(_window(date(2026, 1, 1), date(2026, 2, 9)), SHANGHAI, 20, vendor, advice=""))
    assert vendor.asked == [20, 10, *[5] * 8]


def test_a_single_day_that_is_too_big_names_the_day_and_the_remedy() -> None:
    found = read_in_slices(_window(date(2026, 1, 1), date(2026, 1, 4)), SHANGHAI, 4, Vendor(0), advice="do this")
    with pytest.raises(SourceError, match="2026-01-01: one day is too much for one answer; do this") as caught:
        _days(found)
    assert caught.value.error_class is ErrorClass.TOO_BIG


def test_another_error_is_not_taken_for_too_big() -> None:
    def broken(first: date, last: date) -> Slice:
        raise SourceError(ErrorClass.CONTRACT, "nonsense")

    with pytest.raises(SourceError, match="nonsense"):
        _days(read_in_slices(_window(date(2026, 1, 1), date(2026, 1, 4)), SHANGHAI, 4, broken, advice=""))


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 3, 7), date(2026, 3, 9)), (date(2026, 10, 31), date(2026, 11, 2))]
)
def test_days_of_23_and_25_hours_are_days(first: date, last: date) -> None:
    days = _days(read_in_slices(_window(first, last, NEW_YORK), NEW_YORK, 1, Vendor(1), advice=""))
    assert days == [f"{first + timedelta(days=n)}" for n in range(3)]


def test_an_empty_window_asks_for_nothing() -> None:
    at = midnight(date(2026, 1, 1), SHANGHAI)
    assert _days(read_in_slices(Window(at, at), SHANGHAI, 7, Vendor(7), advice="")) == []


def _whole(*answers: Slice) -> ReadSlice:
    left = list(answers)
    client = HttpClient("adjust", "http://127.0.0.1:9", ErrorTable(TABLE))
    return until_it_adds_up(client, SPEC.key, lambda first, last: left.pop(0))


def _rows(*ids: int) -> list[Row]:
    return [{"day": "2026-01-01", "id": n, "value": n} for n in ids]


def test_a_slice_is_read_again_until_it_adds_up_and_holds_each_key_once() -> None:
    read = _whole(Slice(_rows(1), total=2), Slice(_rows(1, 1), total=2), Slice([*_rows(1, 2, 1)], total=2))
    assert sorted(row["id"] for row in read(date(2026, 1, 1), date(2026, 1, 1)).rows) == [1, 2]


def test_a_slice_that_never_adds_up_fails_with_both_counts() -> None:
    read = _whole(*[Slice(_rows(1), total=2)] * 3)
    with pytest.raises(SourceError, match="the vendor counts 2 rows, 1 different ones came; read 3 times") as caught:
        read(date(2026, 1, 1), date(2026, 1, 1))
    assert caught.value.error_class is ErrorClass.CONTRACT


def test_a_row_without_its_key_is_told_by_the_fields_name() -> None:
    with pytest.raises(SourceError, match="a record lacks the field id"):
        _whole(Slice([{"day": "2026-01-01"}]))(date(2026, 1, 1), date(2026, 1, 1))


def _landed(tmp_path: Path, *parts: tuple[str, str, Slice], **more: bool) -> LoadFacts:
    as_of = datetime(2026, 11, 3, 1, tzinfo=UTC)
    window = _window(date(2026, 10, 31), date(2026, 11, 2))
    request = ExtractRequest(SPEC, "a", window, None, as_of)
    found = [(date.fromisoformat(first), date.fromisoformat(last), part) for first, last, part in parts]
    with RecordSink(tmp_path, request, Pseudonymiser("k" * 32)) as sink:
        calendar = Calendar(SHANGHAI, date(2026, 1, 1))
        return land_days(request, calendar, sink, found, day_field="day", api_version="v", **more)


def _day(text: str) -> list[Row]:
    return [{"day": text, "id": 1}]


ALL = ("2026-10-31", "2026-11-02", Slice(_day("2026-10-31") + _day("2026-11-01") + _day("2026-11-02")))


def test_a_whole_window_moves_the_cursor_and_proves_what_is_gone(tmp_path: Path) -> None:
    facts = _landed(tmp_path, ALL)
    assert (facts.complete, facts.cursor, facts.notes) == (True, "2026-11-02", ())
    assert facts.scope == {"day": ("2026-10-31", "2026-11-03")}
    assert _landed(tmp_path, ALL, deletes=False).scope == {}


def test_a_missing_day_keeps_the_cursor_before_it(tmp_path: Path) -> None:
    facts = _landed(tmp_path, ("2026-10-31", "2026-11-02", Slice(_day("2026-10-31") + _day("2026-11-02"))))
    assert (facts.complete, facts.cursor, facts.scope) == (False, "2026-10-31", {})
    assert facts.notes == ("no rows for 2026-11-01",)
    assert facts.complete_through == midnight(date(2026, 11, 1), SHANGHAI)


def test_days_that_are_not_final_count_as_unknown_from_the_first_of_them(tmp_path: Path) -> None:
    late = ("2026-11-01", "2026-11-02", Slice(_day("2026-11-01") + _day("2026-11-02"), is_final=False))
    facts = _landed(tmp_path, ("2026-10-31", "2026-10-31", Slice(_day("2026-10-31"))), late)
    assert (facts.complete, facts.cursor) == (False, "2026-10-31")
    assert facts.notes == ("not final at the vendor: 2026-11-01, 2026-11-02",)
    assert _landed(tmp_path, ALL, settled=False).notes == ("not final at the vendor: 2026-11-02",)


def test_an_account_that_sleeps_is_not_incomplete(tmp_path: Path) -> None:
    facts = _landed(tmp_path, ("2026-10-31", "2026-11-02", Slice([])))
    assert (facts.complete, facts.cursor, facts.scope, facts.vendor_total) == (True, "2026-11-02", {}, 0)


def test_yesterday_is_settled_by_the_local_hour() -> None:
    assert not is_settled(datetime(2026, 11, 2, 23, 59, tzinfo=UTC), SHANGHAI, 8)
    assert is_settled(datetime(2026, 11, 3, 0, 0, tzinfo=UTC), SHANGHAI, 8)
