"""The official account: fans come and go every day, and articles are read for a month after publication.

Who comes through 微信广告 follows the channel's leads. Figures of a day depend on that day alone, so that a later view
never changes them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.sandbox.company.chance import chance, whole
from connectors.sandbox.company.channels import WECHAT
from connectors.sandbox.company.clock import HISTORY_START
from connectors.sandbox.company.tally import leads_on
from connectors.sandbox.company.vocabulary import COMPANY_WORDS
from connectors.sandbox.company.world import World

DATA_FROM = date(2025, 11, 1)
"""First day that the article figures exist for."""
LIFE_DAYS = 30
_AT_FIRST = 20_000
_ADS = 100
_DAILY = {0: 3.0, 1: 9.0, 17: 2.0, 30: 6.0, 57: 5.0}
"""New fans a day at scale 1 by source: other, search, card, QR code, article."""


@dataclass(frozen=True, slots=True)
class Article:
    """One article; `readers` after a month. `kind` 0: pushed to all fans, 1: only published."""

    msgid: str
    published: date
    kind: int
    title: str
    readers: int


def gained_and_lost(world: World, day: date) -> dict[int, tuple[int, int]]:
    """(new, cancelled) of a day by source; sources where nothing happened are left out, as the vendor does."""
    rng = chance(world.seed, "fans", day)
    new = {source: whole(rng, mean * world.scale * rng.uniform(0.4, 1.6)) for source, mean in _DAILY.items()}
    new[_ADS] = 2 * leads_on(world, WECHAT, day)
    found = {source: (count, whole(rng, count * 0.3)) for source, count in new.items()}
    return {source: pair for source, pair in sorted(found.items()) if any(pair)}


def fans_at(world: World, day: date) -> int:
    """Fans at the end of a day."""
    known: dict[date, int] = world.memo.setdefault("fans", {})  # type: ignore[assignment]
    start = day
    while start not in known and start >= HISTORY_START:
        start -= timedelta(days=1)
    count = known.get(start, int(_AT_FIRST * world.scale))
    while start < day:
        start += timedelta(days=1)
        count += sum(new - lost for new, lost in gained_and_lost(world, start).values())
        known[start] = count
    return count


def articles_of(world: World, day: date) -> Iterator[Article]:
    """Articles of a day: one on Tuesdays and Thursdays, a second, not pushed, on Thursdays, and planted ones."""
    for row in world.planted.wechat_articles:
        if row["on"] == day:
            yield Article(row["msgid"], day, 0, row["title"], row["readers"])
    if day < DATA_FROM or day.weekday() not in {1, 3}:
        return
    for kind in (0, 1) if day.weekday() == 3 else (0,):
        rng = chance(world.seed, "article", day, kind)
        share = rng.uniform(0.05, 0.12) if kind == 0 else rng.uniform(0.005, 0.02)
        number = 2_247_480_000 + (day - HISTORY_START).days * 10 + kind
        title = f"{rng.choice(COMPANY_WORDS)}的增长故事 {day:%m-%d}"
        yield Article(f"{number}_1", day, kind, title, max(20, int(fans_at(world, day) * share)))


def readers(article: Article, day: date) -> int:
    """Readers from publication to the end of a day: most come at once, the rest within the month."""
    age = min((day - article.published).days, LIFE_DAYS - 1)
    return 0 if age < 0 else int(article.readers * (1 - 0.55 ** (age + 1)))
