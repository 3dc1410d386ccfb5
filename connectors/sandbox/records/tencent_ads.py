"""Tencent's view: two reports that book conversions differently, and leads whose state follows the sales force.

Money is whole fen. Until 08:00 the day before is partial. REQUEST_TIME books a form on the day of the exposure, so that
a day grows for three days more; REPORTING_TIME books it on its own day (sources.md §4).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.company.chance import chance
from connectors.sandbox.company.clock import DAY, HISTORY_START, day_of, day_start, wall
from connectors.sandbox.company.vocabulary import CITIES
from connectors.sandbox.company.wechat_ads import AdGroup, PlatformLead, adgroups, conversions, platform_leads, spend
from connectors.sandbox.company.world import World

Record = dict[str, Any]
REQUEST, REPORTING = "REQUEST_TIME", "REPORTING_TIME"
_SETTLED = DAY + 8 * 3600
_PARTIAL = 0.7


def report_rows(
    world: World, ts: int, first: date, last: date, time_line: str, account: str | None = None
) -> Iterator[Record]:
    """Rows of [first, last] as shown at `ts`, by day and ad group; ad groups without spend on a day have none."""
    groups = [group for found in adgroups(world).values() for group in found if account in {None, group.account}]
    groups.sort(key=lambda group: group.id)
    day, last = max(first, HISTORY_START), min(last, day_of(ts))
    while day <= last:
        cost = spend(world, day)
        for group in groups:
            if cost.get(group.id):
                yield _row(world, ts, day, group, cost[group.id], time_line)
        day += timedelta(days=1)


def lead(entry: PlatformLead, ts: int) -> Record:
    """A lead with the state known at `ts`. Ids are texts here and numbers in the report, as the vendor has it."""
    of = entry.lead
    contacted, qualified, accepted = (
        moment is not None and moment <= ts for moment in (of.contacted, of.qualified, of.accepted)
    )
    state = "VALID_HIGH_INTENTION" if accepted else "VALID" if qualified else "FOLLOWING" if contacted else "DEFAULT"
    return {
        "account_id": entry.adgroup.account,
        "leads_id": entry.id,
        "outer_leads_id": "",
        "click_id": f"wx{entry.id:x}",
        "adgroup_id": str(entry.adgroup.id),
        "adgroup_name": entry.adgroup.name,
        "dynamic_creative_id": entry.adgroup.id * 10 + 1,
        "component_id": str(entry.adgroup.id * 10 + 2),
        "page_id": entry.adgroup.id * 10 + 3,
        "page_name": "产品试用申请",
        "leads_type": "LEADS_TYPE_FORM",
        "leads_source": "LEADS_SOURCE_WECHAT_MOMENTS",
        "leads_follow_tag": f"LEADS_FOLLOW_TAG_{state}",
        "outer_leads_convert_type": "",
        "outer_leads_ineffect_reason": "",
        "leads_name": of.surname + of.given,
        "leads_telephone": of.mobile,
        "leads_area": CITIES[entry.id % len(CITIES)],
        "leads_wechat": f"wxid_{entry.id:x}" if entry.id % 3 == 0 else "",
        "leads_create_time": wall(entry.created).replace("T", " "),
        "leads_action_time": wall(entry.created - 5).replace("T", " "),
        "leads_tags": "",
        "call_duration": "",
        "owner_name": "",
    }


def leads(world: World, ts: int, first: int, last: int, account: str | None = None) -> list[Record]:
    """Leads stored in [first, last] as shown at `ts`, newest first, as the vendor sorts them."""
    found = [e for e in platform_leads(world, first, min(last, ts)) if account in {None, e.adgroup.account}]
    return [lead(entry, ts) for entry in reversed(found)]


def _row(world: World, ts: int, day: date, group: AdGroup, cost: int, time_line: str) -> Record:
    rng = chance(world.seed, "wxday", group.id, day)
    views = int(cost / 100 * rng.uniform(20, 34)) + 25
    clicks = int(views * rng.uniform(0.01, 0.025)) + 1
    people = int(views * rng.uniform(0.55, 0.8))
    for row in world.planted.wechat_spend:
        if (row["campaign"], row["on"]) == (group.campaign_id, day):
            views, people, clicks = row["shows"], row["people"], row["clicks"]
    passed, until = ts - day_start(day), ts
    if passed < _SETTLED:
        part = _PARTIAL * min(1.0, passed / DAY)
        cost, views, people, clicks = (int(value * part) for value in (cost, views, people, clicks))
        until = min(ts, day_start(day) + int(_PARTIAL * DAY))
    count = conversions(world, group, day, until, by_exposure=time_line == REQUEST)
    return {
        "account_id": group.account,
        "date": day.isoformat(),
        "adgroup_id": group.id,
        "adgroup_name": group.name,
        "time_line": time_line,
        "view_count": views,
        "view_user_count": people,
        "valid_click_count": clicks,
        "cost": cost,
        "conversions_count": count,
        "deep_conversions_count": count // 3,
        "page_reservation_count": count,
        "valid_leads_uv": count,
    }


def _whole_report(time_line: str):
    return lambda world, ts: report_rows(world, ts, HISTORY_START, day_of(ts), time_line)


STREAMS = {
    "report_request_time": _whole_report(REQUEST),
    "report_reporting_time": _whole_report(REPORTING),
    "leads": lambda world, ts: iter(leads(world, ts, 0, ts)),
}
