"""Lists sorted by time of change, read so that no record slips through while others change or disappear.

A page token stands for a place in a list that moves: when a record of an earlier page is changed or deleted, the one
after that place moves up and would never be seen. So each page is asked for anew, from a second before the last
record's time on; tokens serve only where records of the same two seconds fill more than a page.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient
from connectors.pagination import Page, by_token
from connectors.sink import identifier

SINCE = "If-Modified-Since"
_TIME = "Modified_Time"
_BACK = timedelta(seconds=1)  # whether the filter includes its own second is not documented
_identify = identifier(("id",))


def by_time(
    client: HttpClient, fetch: Callable[[str | None, Any], Page], since: str | None, *, cap: int
) -> Iterator[Page]:
    """Pages by rising `Modified_Time`; a record that comes again unchanged because times overlap is left out.

    `fetch(since, token)` gives one page. Raises CONTRACT for a vendor that ignores `since` or repeats itself.
    """
    start = _instant(since) if since else None
    known: set[tuple[Any, Any]] = set()
    pages = 0
    while True:
        came: list[tuple[Any, Any]] = []
        following: datetime | None = None
        for page in by_token(lambda token, at=start: fetch(_text(at), token), identify=_identify, cap=cap):
            pages += 1
            if pages > cap:
                raise SourceError(ErrorClass.CONTRACT, f"more than {cap} pages; raise page_cap or narrow the window")
            times = [row.get(_TIME) for row in page.records]
            if set(map(type, times)) != {str}:
                yield page  # whoever takes the records names the field that they lack
                continue
            if start and pages > 1 and _instant(str(times[0])) < start:
                raise client.contract_error("a page came before: the vendor repeats itself or ignores its time filter")
            marks = list(zip([row.get("id") for row in page.records], times, strict=True))
            came += marks
            if known:
                new = [row for row, mark in zip(page.records, marks, strict=True) if mark not in known]
                page = replace(page, records=new)  # noqa: PLW2901 - what came before is left out
            yield page
            last = _instant(str(times[-1])) - _BACK
            if page.more and (start is None or last > start):
                following = last
                break
        if following is None:
            return
        known = {mark for mark in known if _instant(mark[1]) >= following}
        known.update(takewhile(lambda mark, edge=following: _instant(mark[1]) >= edge, reversed(came)))
        start = following


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
