"""Pages: every stop condition, and every way in which a vendor's pages go wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.errors import ErrorClass, SourceError
from connectors.pagination import Page, by_keyset, by_number, by_token


def _self(record: Any) -> Any:
    return record


def _numbers(*pages: Page) -> Callable[[int], Page]:
    return lambda number: pages[min(number, len(pages)) - 1]


def _all(pages: Any) -> list[Any]:
    return [record for page in pages for record in page.records]


def test_the_vendors_flag_decides_before_anything_else() -> None:
    fetch = _numbers(Page([1, 2], more=True), Page([3], more=True), Page([4, 5], more=False), Page([9]))
    assert _all(by_number(fetch, identify=_self, cap=9, size=2)) == [1, 2, 3, 4, 5]


def test_without_a_flag_an_empty_or_a_short_page_is_the_end() -> None:
    assert _all(by_number(_numbers(Page([1, 2]), Page([])), identify=_self, cap=9)) == [1, 2]
    assert _all(by_number(_numbers(Page([1, 2]), Page([3]), Page([4, 5])), identify=_self, cap=9, size=2)) == [1, 2, 3]


def test_a_page_that_comes_twice_stops_the_stream() -> None:
    with pytest.raises(SourceError, match="page 2 came before") as caught:
        _all(by_number(_numbers(Page([1, 2])), identify=_self, cap=9))
    assert caught.value.error_class is ErrorClass.CONTRACT


def test_a_cursor_that_comes_twice_stops_the_stream() -> None:
    pages = iter([Page([1], "a", more=True), Page([2], "b", more=True), Page([3], "a", more=True)])
    with pytest.raises(SourceError, match="cursor after page 3 came before"):
        _all(by_token(lambda _: next(pages), identify=_self, cap=9))


def test_more_without_a_cursor_is_a_hole_not_an_end() -> None:
    with pytest.raises(SourceError, match="no token"):
        _all(by_token(lambda _: Page([1], None, more=True), identify=_self, cap=9))


def test_the_page_cap_is_an_error_not_a_silent_stop() -> None:
    with pytest.raises(SourceError, match="more than 3 pages"):
        _all(by_number(lambda n: Page([n], more=True), identify=_self, cap=3))


def test_a_key_that_does_not_rise_stops_the_stream() -> None:
    pages = iter([Page([1, 2]), Page([3, 4]), Page([5, 4])])
    with pytest.raises(SourceError, match="do not advance"):
        _all(by_keyset(lambda _: next(pages), last_key=lambda page: page.records[-1], identify=_self, cap=9, size=2))


def test_keys_lead_from_page_to_page() -> None:
    asked: list[int | None] = []

    def fetch(above: int | None) -> Page:
        asked.append(above)
        return Page([n for n in range(1, 6) if above is None or n > above][:2])

    assert _all(by_keyset(fetch, last_key=lambda p: p.records[-1], identify=_self, cap=9, size=2)) == [1, 2, 3, 4, 5]
    assert asked == [None, 2, 4]
