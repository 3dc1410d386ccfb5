"""Matomo's view of the website. A day is archived at 06:00 of the next; before, a part shows (sources.md §17.1)."""

from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.company.clock import DAY, HISTORY_START, day_of, day_start, next_month
from connectors.sandbox.company.website import SiteDay, event_day, event_visitors, month_visitors, site_day
from connectors.sandbox.company.world import World

Record = dict[str, Any]
SITE, EVENTS = "1", "2"
SITES = (SITE, EVENTS)
GOALS = {"1": "表单提交", "2": "白皮书下载"}
_ARCHIVED = DAY + 6 * 3600
_PARTIAL, _PEOPLE = 0.6, 0.9
ALL = "all"


def day_at(world: World, day: date, ts: int, *, site: str = SITE, people_only: bool = False) -> SiteDay:
    """A day as shown at `ts`; `people_only` leaves out visits that end at once (bots)."""
    if day >= day_of(ts):
        return SiteDay(0, 0, 0, 0, 0)
    found = (site_day if site == SITE else event_day)(world, day)
    part = _PARTIAL if ts < day_start(day) + _ARCHIVED else 1.0
    visits, visitors, actions, forms, downloads = (int(value * part) for value in astuple(found))
    if people_only:
        visits, visitors = max(forms, int(visits * _PEOPLE)), max(min(forms, 1), int(visitors * _PEOPLE))
    return SiteDay(visits, visitors, actions, forms, downloads)


def visits_of_day(world: World, day: date, ts: int, *, site: str = SITE, people_only: bool = False) -> Record | None:
    """VisitsSummary of a day; None where there was no visit."""
    return _visits(day_at(world, day, ts, site=site, people_only=people_only))


def visits_of_month(
    world: World, month: date, ts: int, *, site: str = SITE, people_only: bool = False
) -> Record | None:
    """VisitsSummary of a month up to yesterday. Its visitors are fewer than those of its days together."""
    last = min(next_month(month), day_of(ts)) - timedelta(days=1)
    if last < month:
        return None
    days = [
        day_at(world, month + timedelta(days=n), ts, site=site, people_only=people_only)
        for n in range((last - month).days + 1)
    ]
    visits, _, actions, forms, downloads = (sum(values) for values in zip(*map(astuple, days), strict=True))
    people = (month_visitors if site == SITE else event_visitors)(world, month, last)
    visitors = min(people, sum(day.visitors for day in days))
    return _visits(SiteDay(visits, visitors, actions, forms, downloads))


def goal_of_day(world: World, goal: str, day: date, ts: int, *, site: str = SITE) -> Record | None:
    """Goals.get of one goal and day; None where there was no visit."""
    found = day_at(world, day, ts, site=site)
    if not found.visits:
        return None
    count = found.forms if goal == "1" else found.downloads
    rate = f"{round(100 * count / found.visits, 2)}%"
    return {"nb_conversions": count, "nb_visits_converted": count, "revenue": 0, "conversion_rate": rate}


def months(first: date, last: date) -> Iterator[date]:
    """First days of the months that [first, last] touches."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)


def _visits(found: SiteDay) -> Record | None:
    if not found.visits:
        return None
    return {
        "nb_uniq_visitors": found.visitors,
        "nb_users": 0,
        "nb_visits": found.visits,
        "nb_actions": found.actions,
        "nb_visits_converted": min(found.visits, found.forms + found.downloads),
        "bounce_count": found.visits // 3,
        "sum_visit_length": found.visits * 95,
        "max_actions": 12,
        "bounce_rate": f"{round(100 * (found.visits // 3) / found.visits)}%",
        "nb_actions_per_visit": round(found.actions / found.visits, 1),
        "avg_time_on_site": 95,
    }


def _key(site: str, period: str, label: str) -> Record:
    return {"idSite": site, "period": period, "segment": ALL, "date": label}


def _by_day(world: World, ts: int) -> Iterator[Record]:
    for site in SITES:
        for day in _days(ts):
            if found := visits_of_day(world, day, ts, site=site):
                yield _key(site, "day", f"{day}") | found


def _by_month(world: World, ts: int) -> Iterator[Record]:
    for site in SITES:
        for month in months(HISTORY_START, day_of(ts) - timedelta(days=1)):
            if found := visits_of_month(world, month, ts, site=site):
                yield _key(site, "month", f"{month:%Y-%m}") | found


def _goals(world: World, ts: int) -> Iterator[Record]:
    for site in SITES:
        for goal, name in GOALS.items():
            for day in _days(ts):
                if found := goal_of_day(world, goal, day, ts, site=site):
                    yield _key(site, "day", f"{day}") | found | {"idGoal": goal, "goal_name": name}


def _days(ts: int) -> Iterator[date]:
    yield from (HISTORY_START + timedelta(days=n) for n in range((day_of(ts) - HISTORY_START).days))


STREAMS = {"visits_by_day": _by_day, "visits_by_month": _by_month, "goals_by_day": _goals}
