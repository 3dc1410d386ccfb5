"""Channels, campaigns and promotions, and who is credited with them on a date.

A marketing seat runs one campaign in each channel of its group. 抖音广告 campaigns are Ocean Engine projects with
promotions, 知乎专栏 campaigns are Zhihu plans; the id a lead carries in the CRM is the platform's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from connectors.sandbox.company.clock import HISTORY_START
from connectors.sandbox.company.people import Roster

DOUYIN, ZHIHU, WECHAT = "抖音广告", "知乎专栏", "微信广告"
OFFICIAL_ACCOUNT = "微信公众号"
"""Brings no leads of its own; its articles have an owner all the same."""
ADVERTISERS = ("1790000000000001", "1790000000000002")


@dataclass(frozen=True, slots=True)
class Channel:
    """A source of leads: share of all leads, quality against the average, yuan spent for one lead."""

    name: str
    group: str
    share: float
    quality: float
    cost_per_lead: float
    cost_type: str


CHANNELS = (
    Channel(DOUYIN, "P-LEAD", 0.28, 0.85, 95, "ad_spend"),
    Channel(WECHAT, "P-LEAD", 0.26, 0.80, 105, "ad_spend"),
    Channel("官网", "P-LEAD", 0.16, 1.20, 60, "agency"),
    Channel(ZHIHU, "P-BRD", 0.14, 1.30, 85, "ad_spend"),
    Channel("线下展会", "P-BRD", 0.08, 1.10, 240, "exhibition"),
    Channel("转介绍", "P-BRD", 0.08, 1.45, 70, "referral"),
)


@dataclass(frozen=True, slots=True)
class Promotion:
    """One Ocean Engine ad unit."""

    id: str
    name: str
    campaign_id: str
    advertiser: str
    share: float


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a lead's Campaign_Id names; `seat` is the marketing seat that runs it."""

    id: str
    name: str
    channel: Channel
    seat: tuple[str, int]
    promotions: tuple[Promotion, ...] = ()


@dataclass(frozen=True, slots=True)
class Credit:
    """One row of the feed credit_owners. `valid_to` exclusive."""

    object_type: str
    object_id: str
    employee_no: str
    share_percent: int
    valid_from: date
    valid_to: date | None


def build_campaigns(roster: Roster) -> dict[str, tuple[Campaign, ...]]:
    """All campaigns by channel name, in seat order."""
    campaigns: dict[str, list[Campaign]] = {channel.name: [] for channel in CHANNELS}
    number = 0
    for channel in CHANNELS:
        for seat in sorted(key for key in roster.seats if key[0] == channel.group):
            number += 1
            campaigns[channel.name].append(_campaign(channel, seat, number))
    return {name: tuple(found) for name, found in campaigns.items()}


def credits_of(roster: Roster, campaigns: dict[str, tuple[Campaign, ...]]) -> Iterator[Credit]:
    """Who earns which share of a campaign, promotion or (as a fallback) channel. Shares of a day never pass 100."""
    leader = roster.seats["P-LEADM", 0][0].employee_no
    for channel in CHANNELS:
        owner = roster.seats[channel.group, 0][0].employee_no
        yield Credit("channel", channel.name, owner, 100, HISTORY_START, None)
        for campaign in campaigns[channel.name]:
            objects = [("campaign", campaign.id), *(("promotion", promotion.id) for promotion in campaign.promotions)]
            for object_type, object_id in objects:
                for person in roster.seats[campaign.seat]:
                    start = max(person.hired, HISTORY_START)
                    end = person.until(channel.group)
                    if end is not None and end <= start:
                        continue
                    led = channel.group == "P-LEAD"
                    yield Credit(object_type, object_id, person.employee_no, 80 if led else 100, start, end)
                    if led:
                        yield Credit(object_type, object_id, leader, 20, start, end)
    yield Credit("channel", OFFICIAL_ACCOUNT, roster.seats["P-BRD", 0][0].employee_no, 100, HISTORY_START, None)


def _campaign(channel: Channel, seat: tuple[str, int], number: int) -> Campaign:
    name = f"{channel.name}-{number:03d}"
    if channel.name == ZHIHU:
        return Campaign(f"ZH{number:05d}", name, channel, seat)
    if channel.name != DOUYIN:
        return Campaign(f"CMP-{number:04d}", name, channel, seat)
    project = f"73000000000{number:05d}000"
    shares = (0.45, 0.35, 0.20)
    promotions = tuple(
        Promotion(
            f"73100000000{number:05d}{unit:03d}", f"{name}-{unit}", project, ADVERTISERS[number % 2], shares[unit - 1]
        )
        for unit in (1, 2, 3)
    )
    return Campaign(project, name, channel, seat, promotions)
