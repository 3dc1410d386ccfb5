"""WeChat's view of the official account. Yesterday is not final before 08:00 (sources.md §6)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.company.clock import DAY, HISTORY_START, day_of, day_start
from connectors.sandbox.company.fans import (
    DATA_FROM,
    LIFE_DAYS,
    Article,
    articles_of,
    fans_at,
    gained_and_lost,
    readers,
)
from connectors.sandbox.company.world import World
from connectors.sandbox.credentials import WECHAT_APPID

Record = dict[str, Any]
_SETTLED = DAY + 8 * 3600
_PARTIAL = 0.8


def is_late(day: date, ts: int) -> bool:
    """Whether the figures of a day are still being counted."""
    return ts < day_start(day) + _SETTLED


def user_summary(world: World, first: date, last: date) -> Iterator[Record]:
    """Fans gained and lost, a row per day and source."""
    for day in _days(first, last):
        for source, (new, lost) in gained_and_lost(world, day).items():
            yield _of(day) | {"user_source": source, "new_user": new, "cancel_user": lost}


def user_cumulate(world: World, first: date, last: date) -> Iterator[Record]:
    """Fans at the end of each day."""
    for day in _days(first, last):
        yield _of(day) | {"user_source": 0, "cumulate_user": fans_at(world, day)}


def biz_summary(world: World, ts: int, first: date, last: date) -> Iterator[Record]:
    """What the account's articles did on each day; a day without a reader has no row."""
    for day in _days(max(first, DATA_FROM), last):
        read = sum(
            _counted(article, day, ts) - readers(article, day - timedelta(days=1))
            for published in _days(max(DATA_FROM, day - timedelta(days=LIFE_DAYS - 1)), day)
            for article in articles_of(world, published)
        )
        if read:
            yield _of(day) | {"detail": _figures(read)}


def articles(world: World, ts: int, first: date, last: date) -> Iterator[Record]:
    """Articles published in [first, last] with their cumulative figures, as the vendor nests them."""
    yesterday = day_of(ts) - timedelta(days=1)
    for published in _days(max(first, DATA_FROM), last):
        for article in articles_of(world, published):
            end = min(published + timedelta(days=LIFE_DAYS - 1), yesterday)
            yield _of(published) | {
                "msgid": article.msgid,
                "publish_type": article.kind,
                "title": article.title,
                "content_url": f"https://mp.example/s/{article.msgid}",
                "detail_list": [
                    {"stat_date": day.isoformat(), **_figures(_counted(article, day, ts))}
                    for day in _days(published, end)
                ],
            }


def article_totals(world: World, ts: int) -> Iterator[Record]:
    """The same, one line per article and day, as it lands."""
    for row in articles(world, ts, DATA_FROM, day_of(ts) - timedelta(days=1)):
        details = row.pop("detail_list")
        yield from ({**row, **detail} for detail in details)


def _counted(article: Article, day: date, ts: int) -> int:
    """Readers up to a day; a day that is still being counted shows a part of its own."""
    before, upto = readers(article, day - timedelta(days=1)), readers(article, day)
    return before + int((upto - before) * _PARTIAL) if is_late(day, ts) else upto


def _figures(read: int) -> Record:
    sources = {0: read - read // 3, 57: read // 3}
    return {
        "read_user": read,
        "read_user_source": [{"user_source": source, "read_user": count} for source, count in sources.items()],
        "share_user": read * 3 // 100,
        "zaikan_user": read * 2 // 100,
        "like_user": read * 4 // 100,
        "comment_count": read // 250,
        "collection_user": read // 100,
        "praise_money": 0,
        "read_subscribe_user": read // 50,
    }


def _of(day: date) -> Record:
    return {"appid": WECHAT_APPID, "ref_date": day.isoformat()}


def _days(first: date, last: date) -> Iterator[date]:
    yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def _to_yesterday(ts: int) -> tuple[date, date]:
    return HISTORY_START, day_of(ts) - timedelta(days=1)


STREAMS = {
    "user_summary": lambda world, ts: user_summary(world, *_to_yesterday(ts)),
    "user_cumulate": lambda world, ts: user_cumulate(world, *_to_yesterday(ts)),
    "biz_summary": lambda world, ts: biz_summary(world, ts, *_to_yesterday(ts)),
    "article_totals": article_totals,
}
