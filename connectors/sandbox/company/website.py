"""The company's website and its event site: who visits them, and which forms they send in. Forms of the website become
leads of the channel 官网, one for one.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.company.chance import chance, whole
from connectors.sandbox.company.clock import HISTORY_START
from connectors.sandbox.company.tally import leads_on
from connectors.sandbox.company.world import World

CHANNEL = "官网"
TRACKED_FROM = date(2024, 12, 1)
"""Tracking began a month after the history: earlier days are empty although there were forms."""
_BASE_VISITS = 60.0
_RETURNING = 0.64
_QUIET = 3
"""Visits of the event site on a day without an event."""


@dataclass(frozen=True, slots=True)
class SiteDay:
    """One day of the site. `visitors` are different people within the day."""

    visits: int
    visitors: int
    actions: int
    forms: int
    downloads: int


EMPTY = SiteDay(0, 0, 0, 0, 0)


def site_day(world: World, day: date) -> SiteDay:
    """The figures of a day that is over; a day without a visit has only zeros."""
    if day < max(TRACKED_FROM, HISTORY_START):
        return EMPTY
    known: dict[date, SiteDay] = world.memo.setdefault("site", {})  # type: ignore[assignment]
    if day not in known:
        known[day] = _made(world, day)
    return known[day]


def month_visitors(world: World, first: date, last: date) -> int:
    """Different people within [first, last]: fewer than the days' visitors add up to, for some come again."""
    days = [site_day(world, first + timedelta(days=n)).visitors for n in range((last - first).days + 1)]
    return max([int(sum(days) * _RETURNING), *days])


def _made(world: World, day: date) -> SiteDay:
    rng = chance(world.seed, "site", day)
    forms = leads_on(world, CHANNEL, day)
    visits = int(forms * rng.uniform(22, 34)) + max(1, whole(rng, _BASE_VISITS * world.scale * rng.uniform(0.6, 1.4)))
    visitors = max(min(visits, 1), int(visits * rng.uniform(0.78, 0.92)))
    return SiteDay(visits, visitors, int(visits * rng.uniform(2.2, 3.6)), forms, whole(rng, visits * 0.008))


def event_day(world: World, day: date) -> SiteDay:
    """A day of the event site, which planted.yaml describes month by month; quiet outside these months."""
    planted = _event_month(world, day)
    visits, forms = (planted["visits_per_day"], planted["forms_per_day"]) if planted else (_QUIET, 0)
    return SiteDay(visits, visits, visits, forms, 0)


def event_visitors(world: World, first: date, last: date) -> int:
    """Different people of the event site within [first, last] of one month; a planted month has its own."""
    planted = _event_month(world, first)
    if planted and (last - first).days + 1 == monthrange(first.year, first.month)[1]:
        return planted["visitors"]
    return event_day(world, first).visitors


def _event_month(world: World, day: date) -> Any:
    return next((it for it in world.planted.site_months if it["month"] == day.replace(day=1)), None)
