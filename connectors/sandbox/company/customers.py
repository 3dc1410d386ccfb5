"""What becomes of a converted lead: account, contacts, deal, and (if won) the business that follows."""

from datetime import date
from random import Random

from connectors.sandbox.company.business import (
    Offspring,
    held_since,
    held_within,
    holders,
    later_business,
    moments_of,
    place_order,
)
from connectors.sandbox.company.clock import DAY, SCHEDULE_END, day_of, day_start, next_month, office_hours
from connectors.sandbox.company.entities import (
    Account,
    Contact,
    Deal,
    ErpCustomer,
    Lead,
    Owners,
    owner_at,
)
from connectors.sandbox.company.ids import crm_id, erp_id
from connectors.sandbox.company.people import Roster, mobile_number
from connectors.sandbox.company.vocabulary import CITIES, DEMANDS, GIVEN, SURNAMES

_HAND_OVER_AFTER = 14 * DAY
_UPDATE_RATE = 0.38
_FILE_RATE = 0.965


def convert(rng: Random, roster: Roster, lead: Lead, number: int, *, won: bool, skill: float) -> Offspring:
    """Create the customer of a converted lead, with all that will ever follow. `number`: the lead's in its day."""
    assert lead.converted is not None  # noqa: S101 - callers convert converted leads only
    day, out = day_of(lead.created), Offspring()
    amount = max(90_000, int(rng.lognormvariate(13.65, 0.42) * (0.9 + 0.1 * skill)) // 10_000 * 10_000)
    proposed = office_hours(lead.converted + int(rng.uniform(1, 8) * DAY))
    closed = office_hours(proposed + int(rng.uniform(2, 30) * DAY))
    seller = lead.owners
    owners = seller
    if won:
        care = holders(rng, roster, "P-CARE", closed + _HAND_OVER_AFTER)
        owners = tuple(o for o in seller if o[0] < care[0][0]) + care if care else seller
    account_id = crm_id("account", day, number)
    lead.account_id, lead.deal_id = account_id, crm_id("deal", day, number)
    erp_no = f"C{erp_id(day, number):09d}"
    erp_at = closed + 3600 if won else None
    account = _account(rng, account_id, lead, owners, erp_at, erp_no if won else None)
    out.accounts.append(account)
    out.contacts += _contacts(rng, day, number, lead, account)
    out.deals.append(
        Deal(
            lead.deal_id,
            f"{lead.company}-首单",
            amount,
            account_id,
            out.contacts[0].id,
            held_within(seller, lead.converted, closed),
            lead.channel,
            "New Business",
            lead.id,
            proposed,
            closed,
            won,
            None if won or rng.random() > 0.01 else closed + 40 * DAY,
            moments_of(seller, lead.converted, proposed, closed),
        ),
    )
    if won:
        out.customers.append(
            ErpCustomer(erp_id(day, number), erp_no, lead.company, owner_at(seller, closed), (closed + 1800,)),
        )
        place_order(
            rng,
            out,
            day,
            number,
            0,
            closed + int(rng.uniform(0.1, 2) * DAY),
            amount,
            owner_at(seller, closed),
            erp_no,
            lead.deal_id,
            renewal=False,
        )
        later_business(rng, out, account, day, number, closed, amount, erp_no, lead.channel)
    return out


def _account(
    rng: Random, account_id: str, lead: Lead, owners: Owners, erp_at: int | None, erp_no: str | None
) -> Account:
    start = lead.converted or lead.created
    filed = office_hours(start + int(rng.expovariate(1 / 4) * DAY)) if rng.random() < _FILE_RATE else None
    updates: list[int] = []
    month = day_of(start).replace(day=1)
    while month < SCHEDULE_END:
        if rng.random() < _UPDATE_RATE:
            at = day_start(month) + int(rng.random() * 27) * DAY + int(rng.uniform(9, 18) * 3600)
            if at > start:
                updates.append(at)
        month = next_month(month)
    deleted = None if erp_no or rng.random() > 0.003 else start + 60 * DAY
    events = sorted(
        {start, *updates, *(since for since, _ in owners[1:] if since > start), *filter(None, (filed, erp_at))}
    )
    return Account(
        account_id,
        lead.company,
        held_since(owners, start),
        lead.industry if rng.random() > 0.02 else None,
        lead.employees if rng.random() > 0.03 else None,
        _landline(rng),
        rng.choice(CITIES),
        int(rng.random() * len(DEMANDS)) if rng.random() > 0.03 else None,
        filed,
        erp_at,
        erp_no,
        tuple(updates),
        deleted,
        tuple(events),
    )


def _contacts(rng: Random, day: date, number: int, lead: Lead, account: Account) -> list[Contact]:
    start = account.events[0]
    moments = (start, *(since for since, _ in account.owners[1:]))
    found = [
        Contact(
            crm_id("contact", day, number),
            account.id,
            account.owners,
            lead.surname,
            lead.given,
            lead.email,
            account.phone,
            _spoiled(rng, lead.mobile),
            None,
            moments,
        ),
    ]
    if rng.random() < 0.35:
        name, mobile = rng.choice(SURNAMES), mobile_number(rng)
        gone = start + 90 * DAY if rng.random() < 0.02 else None
        found.append(
            Contact(crm_id("contact", day, number, 1), account.id, account.owners, name, rng.choice(GIVEN),
                    f"u{number}{day:%y%m%d}b@customer.example" if rng.random() > 0.05 else "", account.phone,
                    _spoiled(rng, mobile), gone, moments),
        )  # fmt: skip
    return found


def _spoiled(rng: Random, mobile: str) -> str:
    draw = rng.random()
    if draw < 0.05:
        return mobile[:-2]
    return "+86 " + mobile[:3] + "-" + mobile[3:7] + "-" + mobile[7:] if draw < 0.15 else mobile


def _landline(rng: Random) -> str:
    return f"0{rng.choice(('10', '21', '755', '571'))}-{rng.randrange(10**7, 10**8)}"
