"""What customers buy: first and repeat orders, renewals, returns; and who holds a record while people come and go."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from connectors.sandbox.company.clock import DAY, SCHEDULE_END, day_of, day_start, office_hours
from connectors.sandbox.company.entities import (
    Account,
    Contact,
    Deal,
    ErpCustomer,
    Order,
    OrderLine,
    Owners,
    Return,
    owner_at,
)
from connectors.sandbox.company.ids import crm_id, erp_id
from connectors.sandbox.company.people import Roster, pick
from connectors.sandbox.company.vocabulary import PRODUCTS

_END = day_start(SCHEDULE_END)


@dataclass(slots=True)
class Offspring:
    """Everything one converted lead brings into the world."""

    accounts: list[Account] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    customers: list[ErpCustomer] = field(default_factory=list)


def holders(rng: Random, roster: Roster, position: str, start: int, end: int = _END) -> Owners:
    """Who holds a record from `start` on: a person of that position, and a successor whenever one leaves it."""
    owners: list[tuple[int, str]] = []
    while start < end:
        person = pick(rng, roster.on(position, day_of(start)))
        owners.append((start, person.employee_no))
        gone = person.until(position)
        if gone is None:
            break
        start = day_start(gone) + 9 * 3600
    return tuple(owners)


def later_business(
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
    """Up to three repeat orders without a deal, and yearly renewals with one; the account's holder sells them."""
    at, part = won_at, 1
    for _ in range(3):
        at = office_hours(at + int(rng.uniform(30, 220) * DAY))
        if rng.random() > 0.5 or at >= _END:
            break
        size = max(60_000, int(amount * rng.uniform(0.3, 0.9)) // 10_000 * 10_000)
        seller = owner_at(account.owners, at)
        place_order(rng, out, day, number, part, at, size, seller, erp_no, None, renewal=False)
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
                held_within(owner, opened, due),
                channel,
                "Renewal",
                None,
                opened + 5 * DAY,
                due,
                renewed,
                None,
                moments_of(owner, opened, opened + 5 * DAY, due),
            ),
        )
        if not renewed:
            break
        place_order(rng, out, day, number, part, due + 7200, size, owner_at(owner, due), erp_no, deal_id, renewal=True)
        part += 1


def place_order(
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
    """One ERP order of one to three lines that add up to `amount` fen, with its approval, and sometimes a return."""
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


def held_since(owners: Owners, start: int) -> Owners:
    """The part of a record's history of holders that begins at `start`."""
    held = owner_at(owners, start)
    return ((start, held), *(o for o in owners if o[0] > start))


def held_within(owners: Owners, start: int, end: int) -> Owners:
    """Who held it between its opening and its close; afterwards nobody touches it."""
    return tuple(o for o in held_since(owners, start) if o[0] < end)


def moments_of(owners: Owners, start: int, middle: int, end: int) -> tuple[int, ...]:
    """When a deal changed: opened, proposed, closed, and whenever it changed hands in between."""
    return tuple(sorted({start, middle, end, *(since for since, _ in owners if start < since < end)}))
