"""What becomes of a converted lead: account, contacts, deal, orders, repeat orders, renewals, returns."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from connectors.sandbox.company.clock import DAY, SCHEDULE_END, day_of, day_start, next_month, office_hours
from connectors.sandbox.company.entities import (
    Account,
    Contact,
    Deal,
    ErpCustomer,
    Lead,
    Order,
    OrderLine,
    Owners,
    Return,
    owner_at,
)
from connectors.sandbox.company.ids import crm_id, erp_id
from connectors.sandbox.company.people import Roster, mobile_number, pick
from connectors.sandbox.company.vocabulary import CITIES, DEMANDS, GIVEN, PRODUCTS, SURNAMES

_END = day_start(SCHEDULE_END)
_HAND_OVER_AFTER = 14 * DAY
_UPDATE_RATE = 0.38
_FILE_RATE = 0.965


@dataclass(slots=True)
class Offspring:
    """Everything one converted lead brings into the world."""

    accounts: list[Account] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    customers: list[ErpCustomer] = field(default_factory=list)


def holders(
    rng: Random, roster: Roster, position: str, start: int, first: str | None = None, end: int = _END
) -> Owners:
    """Who holds a record from `start` on: a person of that position, and a successor whenever one leaves it."""
    owners: list[tuple[int, str]] = []
    while start < end:
        day = day_of(start)
        person = next((p for p in roster.on(position, day) if p.employee_no == first), None) if first else None
        person = person or pick(rng, roster.on(position, day))
        owners.append((start, person.employee_no))
        gone = person.until(position)
        first = None
        if gone is None:
            break
        start = day_start(gone) + 9 * 3600
    return tuple(owners)


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
            _within(seller, lead.converted, closed),
            lead.channel,
            "New Business",
            lead.id,
            proposed,
            closed,
            won,
            None if won or rng.random() > 0.01 else closed + 40 * DAY,
            _moments(seller, lead.converted, proposed, closed),
        ),
    )
    if won:
        out.customers.append(
            ErpCustomer(erp_id(day, number), erp_no, lead.company, owner_at(seller, closed), (closed + 1800,)),
        )
        _order(
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
        _later_business(rng, out, account, day, number, closed, amount, erp_no, lead.channel)
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
        _since(owners, start),
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


def _later_business(
    rng: Random,
    out: Offspring,
    account: Account,
    day: date,
    number: int,
    won_at: int,
    amount: int,
    erp_no: str,
    channel: str,
) -> None:
    at, part = won_at, 1
    for _ in range(3):
        at = office_hours(at + int(rng.uniform(30, 220) * DAY))
        if rng.random() > 0.5 or at >= _END:
            break
        _order(rng, out, day, number, part, at, max(60_000, int(amount * rng.uniform(0.3, 0.9)) // 10_000 * 10_000),
               owner_at(account.owners, at), erp_no, None, renewal=False)  # fmt: skip
        part += 1
    due = won_at
    for turn in (1, 2, 3):
        due = office_hours(due + int(rng.uniform(350, 375) * DAY))
        renewed = rng.random() < 0.72
        if due >= _END:
            break
        opened, owner = due - 30 * DAY, account.owners
        deal_id = crm_id("deal", day, number, turn)
        size = max(60_000, int(amount * rng.uniform(0.8, 1.2)) // 10_000 * 10_000)
        out.deals.append(
            Deal(
                deal_id,
                f"{account.name}-续约{turn}",
                size,
                account.id,
                out.contacts[0].id,
                _within(owner, opened, due),
                channel,
                "Renewal",
                None,
                opened + 5 * DAY,
                due,
                renewed,
                None,
                _moments(owner, opened, opened + 5 * DAY, due),
            ),
        )
        if not renewed:
            break
        _order(rng, out, day, number, part, due + 7200, size, owner_at(owner, due), erp_no, deal_id, renewal=True)
        part += 1


def _order(
    rng: Random,
    out: Offspring,
    day: date,
    number: int,
    part: int,
    at: int,
    amount: int,
    salesman: str,
    customer_no: str,
    deal_id: str | None,
    *,
    renewal: bool,
) -> None:
    order_id = erp_id(day, number, part)
    count = min(1 + int(rng.random() * 3), max(1, amount // 100_000))
    products = rng.sample(PRODUCTS, count)
    left, lines = amount, []
    for index, (material, _, price) in enumerate(products):
        value = left if index == count - 1 else int(amount / count * rng.uniform(0.6, 1.2)) // 100 * 100
        left -= value
        lines.append(OrderLine(order_id * 10 + index + 1, material, max(1, round(value / 100 / price)), value))
    approved = at + int(rng.uniform(0.5, 20) * 3600)
    draw = rng.random()
    reopened = (approved + 2 * DAY, approved + 2 * DAY + 7200) if draw < 0.02 else None
    cancelled = approved + 3 * DAY if 0.02 <= draw < 0.03 else None
    events = tuple(sorted({at, approved, *(reopened or ()), *((cancelled,) if cancelled else ())}))
    order = Order(order_id, f"XSDD{order_id:010d}", day_of(at), salesman, customer_no, tuple(lines), deal_id, renewal,
                  approved, reopened, cancelled, events)  # fmt: skip
    out.orders.append(order)
    if cancelled is None and rng.random() < 0.035:
        back = office_hours(approved + int(rng.uniform(4, 45) * DAY))
        line = lines[0]
        value = line.amount if rng.random() < 0.4 else line.amount // 2
        out.returns.append(
            Return(order_id, f"XSTH{order_id:010d}", day_of(back), salesman, customer_no,
                   (OrderLine(order_id * 10 + 1, line.material, max(1, line.quantity // 2), value),), order.number,
                   back + 5400, (back, back + 5400)),
        )  # fmt: skip


def _since(owners: Owners, start: int) -> Owners:
    held = owner_at(owners, start)
    return ((start, held), *(o for o in owners if o[0] > start))


def _within(owners: Owners, start: int, end: int) -> Owners:
    """Who held it between its opening and its close; afterwards nobody touches it."""
    return tuple(o for o in _since(owners, start) if o[0] < end)


def _moments(owners: Owners, start: int, middle: int, end: int) -> tuple[int, ...]:
    return tuple(sorted({start, middle, end, *(since for since, _ in owners if start < since < end)}))


def _spoiled(rng: Random, mobile: str) -> str:
    draw = rng.random()
    if draw < 0.05:
        return mobile[:-2]
    return "+86 " + mobile[:3] + "-" + mobile[3:7] + "-" + mobile[7:] if draw < 0.15 else mobile


def _landline(rng: Random) -> str:
    return f"0{rng.choice(('10', '21', '755', '571'))}-{rng.randrange(10**7, 10**8)}"
