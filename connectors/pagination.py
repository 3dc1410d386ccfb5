"""Reading page after page, with the guards that keep a vendor's fault from becoming an endless loop or a silent hole.

A page function fetches one page; the generators decide what to ask next. They stop at the vendor's own flag, then at an
empty page, then at a page shorter than asked for. A cursor that comes twice, a page that comes twice and more pages
than the cap are errors of class CONTRACT.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.errors import ErrorClass, SourceError


@dataclass(frozen=True, slots=True)
class Page:
    """What came back. `next` is the vendor's cursor, `more` its flag (None: it has none), `total` its own count."""

    records: list[Any]
    next: Hashable = None
    more: bool | None = None
    total: int | None = None


def by_number(
    fetch: Callable[[int], Page],
    *,
    identify: Callable[[Any], Hashable],
    cap: int,
    size: int | None = None,
) -> Iterator[Page]:
    """Pages asked for by number. `size` is the page length asked for; `identify` gives a record's natural key."""
    guard = _Guard(identify, cap)
    number = 1
    while True:
        page = fetch(number)
        if page.records:
            guard.see(page)
            yield page
        if not _continues(page, size):
            return
        number += 1


def by_token(fetch: Callable[[Any], Page], *, identify: Callable[[Any], Hashable], cap: int) -> Iterator[Page]:
    """Pages asked for by the token that the page before carried; the first is asked for with None."""
    guard = _Guard(identify, cap)
    token: Hashable = None
    while True:
        page = fetch(token)
        if page.records:
            guard.see(page)
            yield page
        if not page.more:
            return
        if page.next is None:
            raise SourceError(ErrorClass.CONTRACT, "the vendor says there is more but gives no token for it")
        guard.advance(page.next)
        token = page.next


def by_keyset(
    fetch: Callable[[Any], Page],
    *,
    last_key: Callable[[Page], Any],
    identify: Callable[[Any], Hashable],
    cap: int,
    size: int,
) -> Iterator[Page]:
    """Pages asked for by the greatest key seen so far; `last_key` must rise from page to page."""
    guard = _Guard(identify, cap)
    key: Any = None
    while True:
        page = fetch(key)
        if page.records:
            guard.see(page)
            yield page
        if not _continues(page, size):
            return
        following = last_key(page)
        if key is not None and not following > key:
            raise SourceError(ErrorClass.CONTRACT, "the vendor's pages do not advance: the greatest key stays the same")
        key = following


def _continues(page: Page, size: int | None) -> bool:
    if page.more is not None:
        return page.more and bool(page.records)
    return bool(page.records) and (size is None or len(page.records) >= size)


class _Guard:
    def __init__(self, identify: Callable[[Any], Hashable], cap: int) -> None:
        self._identify, self._cap = identify, cap
        self._pages = 0
        self._starts: set[Hashable] = set()
        self._tokens: set[Hashable] = set()

    def see(self, page: Page) -> None:
        self._pages += 1
        if self._pages > self._cap:
            raise SourceError(ErrorClass.CONTRACT, f"more than {self._cap} pages; raise page_cap or narrow the window")
        ends = (self._identify(page.records[0]), self._identify(page.records[-1]), len(page.records))
        if ends in self._starts:
            raise SourceError(ErrorClass.CONTRACT, f"page {self._pages} came before; the vendor repeats itself")
        self._starts.add(ends)

    def advance(self, token: Hashable) -> None:
        if token in self._tokens:
            raise SourceError(ErrorClass.CONTRACT, f"the cursor after page {self._pages} came before")
        self._tokens.add(token)
