"""Adjust's view of the company's app: installs follow the leads of the paid channels, cost comes five days late.

Texts everywhere, as the vendor sends them (sources.md §8).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connectors.sandbox.company.chance import chance, whole
from connectors.sandbox.company.channels import DOUYIN, WECHAT
from connectors.sandbox.company.clock import DAY, HISTORY_START, day_of, day_start
from connectors.sandbox.company.tally import leads_on
from connectors.sandbox.company.world import World

Record = dict[str, Any]
APP_TOKEN, APP = "smpl1app7tok", "样例助手"
PARTNERS = {WECHAT: "Tencent Ads", DOUYIN: "Ocean Engine"}
COST_AFTER_DAYS = 5


def report_rows(world: World, ts: int, first: date, last: date) -> Iterator[Record]:
    """Rows of [first, last] as shown at `ts`; rows without any event do not come; somebody always finds it."""
    day, last = max(first, HISTORY_START), min(last, day_of(ts) - timedelta(days=1))
    while day <= last:
        for channel, partner in PARTNERS.items():
            for campaign in world.campaigns[channel]:
                rng = chance(world.seed, "app", campaign.id, day)
                installs = leads_on(world, campaign.id, day) + whole(rng, 2 * world.scale)
                if installs:
                    known = ts >= day_start(day) + COST_AFTER_DAYS * DAY
                    cost = Decimal(int(installs * rng.uniform(800, 1600))) / 100 if known else Decimal("0.0")
                    yield _row(day, partner, channel, campaign.id, campaign.name, installs, cost)
        organic = max(1, whole(chance(world.seed, "app", "organic", day), 8 * world.scale))
        yield _row(day, "Organic", "Organic", "unknown", "unknown", organic, Decimal("0.0"))
        day += timedelta(days=1)


def _row(
    day: date, partner: str, channel: str, campaign_id: str, campaign: str, installs: int, cost: Decimal
) -> Record:
    return {
        "day": day.isoformat(),
        "app_token": APP_TOKEN,
        "app": APP,
        "partner_name": partner,
        "channel": channel,
        "campaign_id_network": campaign_id,
        "campaign": campaign,
        "installs": str(installs),
        "clicks": str(installs * 7),
        "impressions": str(installs * 300),
        "sessions": str(installs * 3),
        "cost": f"{cost}",
        "trial_events": str(installs // 2),
        "currency": "CNY",
    }


STREAMS = {"report": lambda world, ts: report_rows(world, ts, HISTORY_START, day_of(ts))}
