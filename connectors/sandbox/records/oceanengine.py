"""Ocean Engine's view: report rows that are restated for days, and clues whose state changes after creation.

The report shows an estimate of the cost until 08:00 of the next day, and books attributed conversions back onto the day
for a week (sources.md §2.5). All dimensions and metrics are strings, money is yuan with two decimals.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from connectors.sandbox.company.chance import chance
from connectors.sandbox.company.channels import DOUYIN, Promotion
from connectors.sandbox.company.clock import DAY, HISTORY_START, day_of, day_start, instant, wall
from connectors.sandbox.company.entities import Clue
from connectors.sandbox.company.leads import LEADS_PER_DAY
from connectors.sandbox.company.planting import fen
from connectors.sandbox.company.vocabulary import CITIES, PROVINCES
from connectors.sandbox.company.world import World

Record = dict[str, Any]
_FINAL_AFTER_DAYS = 7


def report(world: World, ts: int) -> Iterator[Record]:
    """All rows of all advertisers from the beginning of the history to the day of `ts`, by day and promotion."""
    yield from report_rows(world, ts, HISTORY_START, day_of(ts))


def report_rows(world: World, ts: int, first: date, last: date, advertiser: str | None = None) -> Iterator[Record]:
    """Rows of [first, last] as shown at `ts`; a lost day shows none."""
    day, last = max(first, HISTORY_START), min(last, day_of(ts))
    while day <= last:
        if not _is_lost(world, day, ts):
            yield from _planted_rows(world, ts, day, advertiser)
            for campaign in world.campaigns[DOUYIN]:
                for promotion in campaign.promotions:
                    if advertiser in {None, promotion.advertiser}:
                        yield _row(world, ts, day, promotion, campaign.name, len(world.campaigns[DOUYIN]))
        day += timedelta(days=1)


def clue(entity: Clue, ts: int) -> Record:
    """A clue with the state the platform knows at `ts`."""
    contacted, qualified, accepted = (
        moment is not None and moment <= ts for moment in (entity.contacted, entity.qualified, entity.accepted)
    )
    stale = not contacted and ts - entity.created > 30 * DAY
    return {
        "clue_id": entity.id,
        "advertiser_id": entity.advertiser,
        "promotion_id": entity.promotion_id,
        "promotion_name": entity.promotion_name,
        "clue_type": entity.kind,
        "clue_source": entity.source,
        "create_time_detail": wall(entity.created).replace("T", " "),
        "name": entity.name,
        "telephone": entity.phone,
        "weixin": "",
        "province_name": PROVINCES[CITIES[entity.city]],
        "city_name": CITIES[entity.city],
        "clue_state": 3 if accepted else 2 if qualified else 4 if stale else 1,
        "follow_state_name": "有效沟通" if qualified else "已接通" if contacted else "未联系",
        "convert_status": "已转化" if accepted else "未转化",
        "allocation_status": 1 if contacted else 0,
    }


def _row(world: World, ts: int, day: date, promotion: Promotion, project_name: str, campaign_count: int) -> Record:
    rng = chance(world.seed, "ad", promotion.id, day)
    channel = world.campaigns[DOUYIN][0].channel
    mean = LEADS_PER_DAY * world.scale * channel.share * promotion.share / campaign_count
    cost = int(mean * channel.cost_per_lead * rng.uniform(0.8, 1.2) * 100)
    shows = int(cost / 100 * rng.uniform(14, 26)) + 20
    clicks = int(shows * rng.uniform(0.012, 0.03)) + 1
    whole_day = world.clues_per_day.get((promotion.id, day), 0)
    attributed, social = (
        whole_day + int(rng.random() * 3),
        [int(shows * rng.uniform(0, bound)) for bound in (0.008, 0.002, 0.001, 0.0015)],
    )
    passed = (ts - day_start(day)) / DAY
    if passed < 1:
        cost, shows, clicks, whole_day = (int(value * passed) for value in (cost, shows, clicks, whole_day))
    if passed < 1 + 8 / 24:
        cost = int(cost * 0.93)
    attributed = int(attributed * min(1.0, (0.4 + 0.6 * max(0.0, passed - 1) / _FINAL_AFTER_DAYS)))
    return _as_row(promotion.advertiser, day, promotion.campaign_id, project_name, promotion.id, promotion.name, cost,
                   (shows, clicks, whole_day, whole_day, attributed, *social))  # fmt: skip


def _planted_rows(world: World, ts: int, day: date, advertiser: str | None) -> Iterator[Record]:
    promotions = {row["id"]: row for row in world.planted.promotions}
    for row in world.planted.report_rows:
        promotion = promotions[row["promotion"]]
        if row["on"] == day and day_start(day) + DAY <= ts and advertiser in {None, promotion["advertiser"]}:
            yield _as_row(
                promotion["advertiser"],
                day,
                promotion["project"],
                "埋点项目",
                promotion["id"],
                promotion["name"],
                fen(row["cost"]),
                (
                    row["shows"],
                    row["clicks"],
                    *[row["conversions"]] * 3,
                    *(row.get(name, 0) for name in ("likes", "comments", "shares", "follows")),
                ),
            )


def _as_row(
    advertiser: str, day: date, project: str, project_name: str, promotion: str, promotion_name: str, cost: int,
    counts: tuple[int, ...],
) -> Record:  # fmt: skip
    names = (
        "show_cnt",
        "click_cnt",
        "convert_cnt",
        "form",
        "attribution_convert_cnt",
        "dy_like",
        "dy_comment",
        "dy_share",
        "dy_follow",
    )
    return {
        "advertiser_id": advertiser,
        "stat_time_day": day.isoformat(),
        "cdp_project_id": project,
        "cdp_project_name": project_name,
        "cdp_promotion_id": promotion,
        "cdp_promotion_name": promotion_name,
        "stat_cost": f"{cost // 100}.{cost % 100:02d}",
        **{name: str(value) for name, value in zip(names, counts, strict=True)},
    }


def _is_lost(world: World, day: date, ts: int) -> bool:
    return any(
        row["source"] == "oceanengine"
        and row["stream"] == "report"
        and row["day"] == day
        and ts < instant(row["until"])
        for row in world.planted.lost_days
    )


STREAMS = {
    "report": report,
    "clues": lambda world, ts: (clue(e, ts) for e in world.clues if e.created <= ts),
}
