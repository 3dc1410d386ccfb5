"""One day's enquiries, with everything that will happen to each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from connectors.sandbox.company.business import Offspring, holders
from connectors.sandbox.company.chance import chance, whole
from connectors.sandbox.company.channels import CHANNELS, DOUYIN, Campaign, Channel, Promotion
from connectors.sandbox.company.clock import DAY, day_start, office_hours
from connectors.sandbox.company.customers import convert
from connectors.sandbox.company.entities import Call, Clue, Lead, Owners, owner_at
from connectors.sandbox.company.ids import crm_id, day_number
from connectors.sandbox.company.people import Roster, mobile_number
from connectors.sandbox.company.vocabulary import (
    CALL_RESULTS,
    CITIES,
    COMPANY_KINDS,
    COMPANY_WORDS,
    GIVEN,
    INDUSTRIES,
    SIZES,
    SURNAMES,
)

LEADS_PER_DAY = 3000 * 12 / 365
DEFINITION_CHANGED = date(2026, 1, 1)
"""From here on leads are qualified by definition V2 (purchase-intent form only)."""
_CONTACTED, _QUALIFIED, _ACCEPTED, _CONVERTED, _WON = 0.93, 0.40, 0.42, 0.72, 0.48
_WEEKEND, _WORKDAY = 0.6, 1.16
_FAKE_SHARE = 0.05
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(slots=True)
class DayOfLeads:
    """What one day brought."""

    leads: list[Lead]
    calls: list[Call]
    clues: list[Clue]
    offspring: list[Offspring]


def leads_of_day(
    seed: int,
    scale: float,
    day: date,
    roster: Roster,
    campaigns: dict[str, tuple[Campaign, ...]],
    skills: dict[str, float],
) -> DayOfLeads:
    """All leads created on a business date, and the platform's clues behind or beside them."""
    rng = chance(seed, "day", day)
    mean = LEADS_PER_DAY * scale * (_WEEKEND if day.weekday() >= 5 else _WORKDAY) * rng.uniform(0.9, 1.1)
    out = DayOfLeads([], [], [], [])
    for number in range(whole(rng, mean)):
        _lead(chance(seed, "lead", day, number), day, number, roster, campaigns, skills, out)
    out.clues += _fakes(rng, day, mean * CHANNELS[0].share * _FAKE_SHARE, campaigns[DOUYIN])
    return out


def _lead(
    rng: Random, day: date, number: int, roster: Roster, campaigns: dict[str, tuple[Campaign, ...]],
    skills: dict[str, float], out: DayOfLeads,
) -> None:  # fmt: skip
    created = day_start(day) + int(rng.triangular(7, 23.5, 14) * 3600)
    channel = _channel(rng)
    choice = campaigns[channel.name]
    campaign = choice[int(rng.random() * len(choice))]
    owners = _owners(rng, roster, created)
    skill = skills[owners[0][1]]
    contacted, qualified, accepted, converted, closed_out = _funnel(rng, created, channel.quality, skill)
    industry = rng.choice(INDUSTRIES)
    low, high = rng.choice(SIZES)
    surname, mobile = rng.choice(SURNAMES), mobile_number(rng)
    company = (
        f"{rng.choice(CITIES)}{rng.choice(COMPANY_WORDS)}{rng.choice(COMPANY_WORDS)}{COMPANY_KINDS[industry]}有限公司"
    )
    lead_id = crm_id("lead", day, number)
    deleted = created + 3 * DAY if contacted is None and rng.random() < 0.15 else None
    event = None
    if qualified is not None:
        by_form = qualified >= day_start(DEFINITION_CHANGED) or rng.random() < 0.5
        event = "intent_form" if by_form else "white_paper"
    lead = Lead(
        lead_id,
        created,
        owners,
        channel.name,
        campaign.id,
        None,
        company,
        industry if rng.random() > 0.02 else None,
        rng.randint(low, high) if rng.random() > 0.03 else None,
        surname,
        rng.choice(GIVEN),
        f"u{number}{day:%y%m%d}@customer.example" if rng.random() > 0.1 else "",
        "",
        mobile,
        contacted,
        qualified,
        accepted,
        converted,
        closed_out,
        event,
        None,
        None,
        None,
        deleted,
        (),
    )
    if channel.name == DOUYIN:
        lead.clue = _clue(rng, lead, day, number, _promotion(rng, campaign))
        out.clues.append(lead.clue)
    if converted is not None:
        out.offspring.append(convert(rng, roster, lead, number, won=rng.random() < _WON * skill, skill=skill))
    _finish(lead)
    lead.mobile = _as_typed(mobile, number)
    out.leads.append(lead)
    out.calls += _calls(rng, lead, day, number)


def _funnel(rng: Random, created: int, quality: float, skill: float) -> tuple[int | None, ...]:
    contacted = qualified = accepted = converted = closed_out = None
    if rng.random() < min(0.99, _CONTACTED * skill**0.3):
        contacted = office_hours(created + int(rng.expovariate(1 / 7) * 3600) + 300)
        if rng.random() < _QUALIFIED * quality:
            qualified = office_hours(contacted + int(rng.expovariate(1 / 2.5) * DAY))
            if rng.random() < _ACCEPTED * quality**0.5:
                accepted = office_hours(qualified + int(rng.uniform(0.2, 6) * DAY))
                if rng.random() < _CONVERTED:
                    converted = office_hours(accepted + int(rng.uniform(0.1, 3) * DAY))
        if converted is None:
            closed_out = office_hours((accepted or qualified or contacted) + int(rng.uniform(3, 30) * DAY))
    return contacted, qualified, accepted, converted, closed_out


def _owners(rng: Random, roster: Roster, created: int) -> Owners:
    owners = holders(rng, roster, "P-REP", created, end=created + 60 * DAY)
    if len(owners) == 1 and rng.random() < 0.01:
        # Some enquiries change hands a few days later: credit must follow the owner of the date.
        owners += holders(rng, roster, "P-REP", created + 3 * DAY, end=created + 3 * DAY + 1)
    return owners


def _finish(lead: Lead) -> None:
    """Fix the moments of change; a converted lead belongs to whoever converted it from then on."""
    if lead.converted is not None:
        lead.owners = tuple(o for o in lead.owners if o[0] <= lead.converted)
    stamps = (lead.contacted, lead.qualified, lead.accepted, lead.converted, lead.closed_out)
    lead.events = tuple(
        sorted({lead.created, *(since for since, _ in lead.owners[1:]), *(ts for ts in stamps if ts is not None)}),
    )


def _as_typed(mobile: str, number: int) -> str:
    """People write their number in several ways; matching must see through that."""
    if number % 40 == 7:
        return f"+86 {mobile[:3]} {mobile[3:7]} {mobile[7:]}"
    return mobile.translate(_FULL_WIDTH) if number % 97 == 5 else mobile


def _calls(rng: Random, lead: Lead, day: date, number: int) -> Iterator[Call]:
    if lead.contacted is None:
        return
    moments: list[tuple[int, str]] = []
    missed = lead.contacted - 1800
    if rng.random() < 0.2 and missed > lead.created:
        moments.append((missed, "未接通"))
    moments.append((lead.contacted, rng.choice(CALL_RESULTS)))
    if rng.random() < 0.45:
        moments.append((office_hours(lead.contacted + int(rng.uniform(1, 6) * DAY)), rng.choice(CALL_RESULTS)))
    for part, (at, result) in enumerate(moments):
        yield Call(crm_id("call", day, number, part), lead.id, owner_at(lead.owners, at), at, result)


def _channel(rng: Random) -> Channel:
    draw = rng.random()
    for channel in CHANNELS:
        draw -= channel.share
        if draw < 0:
            return channel
    return CHANNELS[-1]


def _promotion(rng: Random, campaign: Campaign) -> Promotion:
    draw = rng.random()
    for promotion in campaign.promotions:
        draw -= promotion.share
        if draw < 0:
            return promotion
    return campaign.promotions[-1]


def _clue(rng: Random, lead: Lead, day: date, number: int, promotion: Promotion) -> Clue:
    created = max(day_start(day), lead.created - int(rng.uniform(30, 600)))
    return Clue(
        clue_id(day, number),
        promotion.id,
        promotion.name,
        promotion.advertiser,
        created,
        1,
        rng.choice((0, 0, 0, 1, 2)),
        lead.surname + lead.given,
        lead.mobile,
        int(rng.random() * len(CITIES)),
        lead.contacted,
        lead.qualified,
        lead.accepted,
    )


def clue_id(day: date, number: int) -> str:
    """The ad platform's id of a clue: 17 digits."""
    return f"75{day_number(day):05d}{number:010d}"


def _fakes(rng: Random, day: date, mean: float, campaigns: tuple[Campaign, ...]) -> Iterator[Clue]:
    for number in range(whole(rng, mean)):
        promotion = _promotion(rng, campaigns[int(rng.random() * len(campaigns))])
        at = day_start(day) + int(rng.uniform(7, 23) * 3600)
        yield Clue(
            clue_id(day, 50_000 + number),
            promotion.id,
            promotion.name,
            promotion.advertiser,
            at,
            rng.choice((2, 3, 3, 4)),
            0,
            rng.choice(SURNAMES) + "测试",
            mobile_number(rng),
            int(rng.random() * len(CITIES)),
        )
