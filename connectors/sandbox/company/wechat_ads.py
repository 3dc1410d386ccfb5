"""微信广告 on its own platform: ad groups behind the campaigns, who came through which, and what a day of one cost.

Everything follows from what the company already has: a lead of the channel is a lead of the platform, and a campaign's
spend is what the company pays for it, spread over the days up to the next payment, to the fen. An ad group's
name carries the code of its campaign, which is how the company tells which ad group belongs to which.
"""

import threading
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from connectors.sandbox.company.chance import chance
from connectors.sandbox.company.channels import WECHAT
from connectors.sandbox.company.clock import day_of, day_start, next_month
from connectors.sandbox.company.entities import Lead
from connectors.sandbox.company.figures import incurred_costs
from connectors.sandbox.company.planting import fen
from connectors.sandbox.company.world import World

ACCOUNTS = ("28000001", "28000002")
_SHARES = (0.6, 0.4)
_LAG_DAYS = (0, 0, 0, 0, 0, 1, 1, 2, 3)
"""Days from the exposure to the form; drawn evenly from these."""
_PAID_ON = (3, 10, 17, 24)
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class AdGroup:
    """One ad group; `share` of its campaign's spend."""

    id: int
    name: str
    campaign_id: str
    account: str
    share: float


@dataclass(frozen=True, slots=True)
class PlatformLead:
    """A lead as the platform sees it: submitted, stored a minute later, after an exposure on `exposed`."""

    id: int
    adgroup: AdGroup
    created: int
    exposed: date
    lead: Lead


@dataclass(slots=True)
class _Found:
    seen: int = 0
    ordered: list[tuple[int, int, PlatformLead]] = field(default_factory=list)
    by_exposure: dict[tuple[int, date], list[int]] = field(default_factory=lambda: defaultdict(list))
    by_day: dict[tuple[int, date], list[int]] = field(default_factory=lambda: defaultdict(list))


def adgroups(world: World) -> dict[str, tuple[AdGroup, ...]]:
    """Ad groups by campaign id: one in either account for each campaign of the channel, one for each planted one."""
    key = "wechat_adgroups"
    if key not in world.memo:
        made: dict[str, tuple[AdGroup, ...]] = {}
        for index, campaign in enumerate(world.campaigns[WECHAT]):
            number = 1_230_000_000 + index * 10
            made[campaign.id] = tuple(
                AdGroup(
                    number + unit,
                    f"{campaign.name}-{unit} {campaign.id}",
                    campaign.id,
                    ACCOUNTS[unit - 1],
                    _SHARES[unit - 1],
                )
                for unit in (1, 2)
            )
        planted = {row["campaign"] for row in world.planted.lead_batches if row["channel"] == WECHAT}
        for index, campaign_id in enumerate(sorted(planted)):
            made[campaign_id] = (AdGroup(1_239_000_001 + index, f"埋点 {campaign_id}", campaign_id, ACCOUNTS[0], 1.0),)
        world.memo[key] = made
    return world.memo[key]  # type: ignore[return-value]


def platform_leads(world: World, first: int, last: int) -> list[PlatformLead]:
    """Leads stored by the platform at instants in [first, last], oldest first."""
    ordered = _found(world).ordered
    return [entry for *_, entry in ordered[bisect_left(ordered, (first,)) : bisect_left(ordered, (last + 1,))]]


def platform_id(lead: Lead) -> int:
    """The platform's id of a lead of the channel."""
    return int(lead.id[-12:]) + 9_000_000_000_000


def conversions(world: World, adgroup: AdGroup, day: date, until: int, *, by_exposure: bool) -> int:
    """Leads of an ad group booked on a day of exposure, or on the day they came, as known at `until`."""
    found = _found(world)
    booked = (found.by_exposure if by_exposure else found.by_day).get((adgroup.id, day), ())
    return sum(1 for created in booked if created <= until)


def spend(world: World, day: date) -> dict[int, int]:
    """Fen spent on a day, by ad group id."""
    key = ("wechat_spend", day.replace(day=1))
    if key not in world.memo:
        world.memo[key] = _month_of_spend(world, day.replace(day=1))
    return world.memo[key].get(day, {})  # type: ignore[attr-defined]


def _month_of_spend(world: World, month: date) -> dict[date, dict[int, int]]:
    groups = adgroups(world)
    spent: dict[date, dict[int, int]] = defaultdict(dict)
    for row in incurred_costs(world, month):
        if row["channel"] != WECHAT:
            continue
        days = _days_of_payment(date.fromisoformat(row["cost_on"]))
        weights = [
            (day, group, group.share * chance(world.seed, "wxspend", group.id, day).uniform(0.7, 1.3))
            for day in days
            for group in groups[row["campaign"]]
        ]
        _spread(spent, fen(row["amount"]), weights)
    for row in world.planted.wechat_spend:
        if row["on"].replace(day=1) == month:
            spent[row["on"]][groups[row["campaign"]][0].id] = fen(row["cost"])
    return spent


def _days_of_payment(paid_on: date) -> list[date]:
    """A payment of the 3rd stands for the days 1-7, and so on; the last of a month for the rest of it."""
    first = paid_on - timedelta(days=2)
    end = next_month(paid_on) if paid_on.day == _PAID_ON[-1] else first + timedelta(days=7)
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _spread(spent: dict[date, dict[int, int]], amount: int, weights: list[tuple[date, AdGroup, float]]) -> None:
    """Divide fen by weight; the running remainder keeps the sum exact."""
    total, given, passed = sum(weight for *_, weight in weights), 0, 0.0
    for day, group, weight in weights:
        passed += weight
        upto = round(amount * passed / total)
        spent[day][group.id] = upto - given
        given = upto


def _found(world: World) -> _Found:
    """The channel's leads, extended by those that the world has brought since the last call."""
    with _lock:
        found: _Found = world.memo.setdefault("wechat_found", _Found())  # type: ignore[assignment]
        leads = world.leads
        while found.seen < len(leads):
            lead = leads[found.seen]
            found.seen += 1
            if lead.channel == WECHAT:
                for entry in _platform_lead(world, lead):
                    insort(found.ordered, (entry.created, entry.id, entry))
                    found.by_exposure[entry.adgroup.id, entry.exposed].append(entry.created)
                    found.by_day[entry.adgroup.id, day_of(entry.created)].append(entry.created)
        return found


def _platform_lead(world: World, lead: Lead) -> Iterator[PlatformLead]:
    groups = adgroups(world).get(lead.campaign_id)
    if not groups:
        return
    rng = chance(world.seed, "wxlead", lead.id)
    group = groups[0] if len(groups) == 1 or rng.random() < groups[0].share else groups[1]
    created = max(day_start(day_of(lead.created)), lead.created - int(rng.uniform(20, 240)))
    exposed = day_of(lead.created) - timedelta(days=rng.choice(_LAG_DAYS))
    yield PlatformLead(platform_id(lead), group, created, exposed, lead)
