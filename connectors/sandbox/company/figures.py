"""Figures owned by HR and finance: targets, bonus bases, promotion costs, Zhihu's export, who maps to whom.

Sales targets are set with hindsight: the generator knows what a month will bring and divides it by the attainment it
wants (70-130 %), so that any scale pays people plausibly. Only the sandbox can do that.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from connectors.sandbox.company.chance import chance, month_of
from connectors.sandbox.company.channels import DOUYIN, WECHAT, ZHIHU, credits_of
from connectors.sandbox.company.clock import HISTORY_START, SCHEDULE_END, day_start, next_month
from connectors.sandbox.company.ids import user_id
from connectors.sandbox.company.leads import LEADS_PER_DAY
from connectors.sandbox.company.people import PARENT, Person
from connectors.sandbox.company.registers import Row
from connectors.sandbox.company.world import World

_BASES = {"P-BRD": 3000, "P-LEAD": 3200, "P-LEADM": 4500, "P-REP": 4000, "P-CARE": 3200, "P-MGR": 6000}
_SPANS = ((3, "Q", 4), (6, "H", 2), (12, "", 1))
_REVENUE = "sales_revenue_attainment"
_MONTHLY_LEADS = LEADS_PER_DAY * 365 / 12
_MQL_RATES = {"P-LEAD": 0.33, "P-LEADM": 0.33, "P-BRD": 0.45}
_WIN_RATE = 0.065


def bonus_bases(world: World) -> Iterator[Row]:
    """Monthly base of everybody: a row per stay, raised on every first of April, replaced at a transfer."""
    for person in world.roster.people:
        factor = 18 + chance(world.seed, "base", person.staff_id).randrange(6)
        starts = {max(person.hired, HISTORY_START), *(p.since for p in person.placements[1:])}
        starts |= {date(year, 4, 1) for year in (2025, 2026, 2027, 2028)}
        end = person.left + timedelta(days=1) if person.left else None
        dates = sorted(d for d in starts if d >= max(person.hired, HISTORY_START) and (end is None or d < end))
        for start, following in zip(dates, [*dates[1:], end], strict=True):
            raises = sum(1 for year in (2025, 2026, 2027, 2028) if person.hired < date(year, 4, 1) <= start)
            placement = person.placement(start)
            yield {
                "employee_no": person.employee_no, "valid_from": f"{start}", "valid_to": f"{following or ''}",
                "base_amount": f"{_BASES[placement.position] * factor // 20 + 150 * raises}.00", "currency": "CNY",
                "payer_entity": "SAMPLE-CN", "pay_group": "MONTHLY", "cost_centre": f"CC-{PARENT[placement.team][2:]}",
            }  # fmt: skip


def credit_owners(world: World) -> Iterator[Row]:
    """Shares of channels, campaigns and promotions."""
    for credit in credits_of(world.roster, world.campaigns):
        yield {
            "object_type": credit.object_type,
            "object_id": credit.object_id,
            "employee_no": credit.employee_no,
            "share_percent": str(credit.share_percent),
            "valid_from": f"{credit.valid_from}",
            "valid_to": f"{credit.valid_to or ''}",
        }


def identity_map(world: World) -> Iterator[Row]:
    """CRM users whose mailbox is not the work e-mail of the staff record."""
    for person in world.roster.people:
        if person.crm_email != person.email:
            end = person.left + timedelta(days=1) if person.left else ""
            yield {
                "source_system": "zoho_crm",
                "source_user_id": user_id(person.employee_no),
                "employee_no": person.employee_no,
                "valid_from": f"{max(person.hired, HISTORY_START)}",
                "valid_to": f"{end}",
                "note": "CRM 账号使用合作方邮箱",
            }


WECHAT_BOOKED_THROUGH = date(2025, 11, 1)
"""Last month whose spend on 微信广告 finance books: in it the platform's report begins."""


def promotion_costs(world: World, month: date) -> Iterator[Row]:
    """What finance books for promotion: what the ad platforms do not report themselves."""
    for row in incurred_costs(world, month):
        if row["channel"] != WECHAT or month <= WECHAT_BOOKED_THROUGH:
            yield row


def incurred_costs(world: World, month: date) -> Iterator[Row]:
    """What promotion costs beside 抖音广告 and 知乎专栏, four payments a month and campaign, as booking rows."""
    for channel, campaigns in world.campaigns.items():
        if channel in {DOUYIN, ZHIHU}:
            continue
        for campaign in campaigns:
            rng = chance(world.seed, "cost", campaign.id, month)
            expected = (
                _MONTHLY_LEADS * world.scale * campaign.channel.share / len(campaigns) * campaign.channel.cost_per_lead
            )
            for day in (3, 10, 17, 24):
                yield {
                    "cost_id": f"PC-{campaign.id}-{month:%Y%m}{day:02d}",
                    "cost_on": f"{month.replace(day=day)}",
                    "channel": channel,
                    "campaign": campaign.id,
                    "cost_type": "ad_spend" if channel == WECHAT else campaign.channel.cost_type,
                    "amount": f"{expected / 4 * rng.uniform(0.85, 1.15):.2f}",
                }


def zhihu_ads(world: World, month: date) -> Iterator[Row]:
    """Zhihu's own export: one row per day and creative."""
    day, end = month, next_month(month)
    while day < end:
        for campaign in world.campaigns[ZHIHU]:
            rng = chance(world.seed, "zhihu", campaign.id, day)
            leads = LEADS_PER_DAY * world.scale * campaign.channel.share / len(world.campaigns[ZHIHU])
            for unit, share in ((1, 0.6), (2, 0.4)):
                cost = leads * share * campaign.channel.cost_per_lead * rng.uniform(0.8, 1.2)
                shows = int(cost * rng.uniform(18, 30)) + 40
                yield {
                    "stat_on": f"{day}",
                    "plan_id": campaign.id,
                    "plan_name": campaign.name,
                    "creative_id": f"{campaign.id}-{unit}",
                    "creative_name": f"{campaign.name}-文章{unit}",
                    "impressions": str(shows),
                    "clicks": str(int(shows * rng.uniform(0.01, 0.025)) + 1),
                    "cost": f"{cost:.2f}",
                    "conversions": str(int(leads * share + rng.random())),
                }
        day += timedelta(days=1)


def targets(world: World, month: date) -> Iterator[Row]:
    """Targets that begin with this month: its own, and the quarter's, half's and year's in their first month."""
    yield from _subject_rows(month_of(month), _month_targets(world, month))
    for months, letter, _ in _SPANS:
        if (month.month - 1) % months:
            continue
        index = (month.month - 1) // months + 1
        period = f"{month.year}-{letter}{index}" if letter else str(month.year)
        summed: dict[tuple[str, str, str], int] = {}
        start = month
        for _ in range(months):
            if start <= SCHEDULE_END:
                for key, value in _month_targets(world, start).items():
                    summed[key] = summed.get(key, 0) + value
            start = next_month(start)
        yield from _subject_rows(period, summed)


def _subject_rows(period: str, found: dict[tuple[str, str, str], int]) -> Iterator[Row]:
    for (metric, grain, subject), value in sorted(found.items()):
        amount = f"{value}.00" if metric == _REVENUE else str(value)
        yield {"metric_id": metric, "grain": grain, "subject_id": subject, "period_id": period, "target": amount}


def _month_targets(world: World, month: date) -> dict[tuple[str, str, str], int]:
    """(metric, grain, subject) -> target of the month, in whole yuan or pieces."""
    key = ("targets", month)
    if key not in world.memo:
        world.memo[key] = _set_targets(world, month)
    return world.memo[key]  # type: ignore[return-value]


def _set_targets(world: World, month: date) -> dict[tuple[str, str, str], int]:
    last = next_month(month) - timedelta(days=1)
    world.extend_to(day_start(last))
    written = {
        (row["metric_id"], row["subject_id"]): int(float(row["target"]))
        for row in world.planted.feeds["targets"]
        if row["period_id"] == month_of(month)
    }
    found: dict[tuple[str, str, str], int] = {}
    for person in world.roster.employed(month, last):
        placement = person.placement(min(person.left or last, last))
        share = (min(person.left or last, last) - max(person.hired, month)).days + 1
        for metric, value in _personal(world, person, placement.position, month, share / last.day).items():
            subject_key = (metric, "employee", person.employee_no)
            found[subject_key] = written.get((metric, person.employee_no), found.get(subject_key, 0) + value)
            for grain, subject in (
                ("team", placement.team),
                ("department", PARENT[placement.team]),
                ("company", "company"),
            ):
                if metric == _REVENUE:
                    found[metric, grain, subject] = found.get((metric, grain, subject), 0) + found[subject_key]
    return found


def _personal(world: World, person: Person, position: str, month: date, share: float) -> dict[str, int]:
    rng = chance(world.seed, "target", month, person.staff_id)
    stretch = rng.uniform(0.85, 1.15)
    leads = _MONTHLY_LEADS * world.scale * stretch * share
    if position in {"P-REP", "P-CARE"}:
        revenue = world.revenue.get((person.employee_no, month_of(month)), 0) / 100
        revenue = revenue if revenue > 4000 * share else 15_000 * share
        found = {_REVENUE: max(3000, round(revenue / rng.uniform(0.75, 1.3) / 1000) * 1000)}
        if position == "P-REP" and person.is_routed:
            found["new_customer_count"] = max(1, round(leads * _WIN_RATE / len(world.roster.on("P-REP", month))))
        return found
    parts = {"P-LEAD": (0.70, 0.8), "P-BRD": (0.30, 1.0), "P-LEADM": (0.70, 0.2)}
    if position not in parts or person.is_planted:
        return {}
    volume, credit = parts[position]
    seats = 1 if position == "P-LEADM" else sum(1 for key in world.roster.seats if key[0] == position)
    expected = leads * volume * credit / seats
    return {"lead_count": max(1, round(expected)), "mql_count": max(1, round(expected * _MQL_RATES[position]))}
