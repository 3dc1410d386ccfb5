"""The things of the company, with every moment of their lives on them.

All times are epoch seconds, all money integer fen. `events` lists the moments at which the record changed, sorted, the
first being its creation: the view at an instant is what the moments up to it say.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

Owners = tuple[tuple[int, str], ...]
"""Who held a record from when on: (since, employee number), ascending."""


def owner_at(owners: Owners, ts: int) -> str:
    """The employee (or, for the unmappable one, CRM user) who holds the record at an instant."""
    current = owners[0][1]
    for since, employee_no in owners[1:]:
        if since <= ts:
            current = employee_no
    return current


def modified_at(events: tuple[int, ...], ts: int) -> int:
    """The last change not after `ts`."""
    return events[bisect_right(events, ts) - 1]


@dataclass(slots=True, eq=False)
class Call:
    """A follow-up call. Never changes."""

    id: str
    lead_id: str
    owner: str
    at: int
    result: str


@dataclass(slots=True, eq=False)
class Contact:
    """A person at a customer. `mobile`, `email` as typed: some are wrong on purpose."""

    id: str
    account_id: str
    owners: Owners
    surname: str
    given: str
    email: str
    phone: str
    mobile: str
    deleted: int | None
    events: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Account:
    """A customer in the CRM. `updates` are the file updates its owner made, by time."""

    id: str
    name: str
    owners: Owners
    industry: str | None
    employees: int | None
    phone: str
    city: str
    demand: int | None
    filed: int | None
    """When the customer file was completed; None: never."""
    erp_since: int | None
    erp_no: str | None
    updates: tuple[int, ...]
    deleted: int | None
    events: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Deal:
    """An opportunity; `closed` and `is_won` say how it ends."""

    id: str
    name: str
    amount: int
    account_id: str
    contact_id: str
    owners: Owners
    channel: str
    kind: str
    lead_id: str | None
    proposed: int
    closed: int
    is_won: bool
    deleted: int | None
    events: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Clue:
    """A lead as the ad platform sees it. `source` 2 import, 3 abnormal, 4 preview are not real."""

    id: str
    promotion_id: str
    promotion_name: str
    advertiser: str
    created: int
    source: int
    kind: int
    name: str
    phone: str
    city: int
    contacted: int | None = None
    qualified: int | None = None
    accepted: int | None = None


@dataclass(slots=True, eq=False)
class Lead:
    """An enquiry with the moments the CRM's workflow stamps."""

    id: str
    created: int
    owners: Owners
    channel: str
    campaign_id: str
    clue: Clue | None
    company: str
    industry: str | None
    employees: int | None
    surname: str
    given: str
    email: str
    phone: str
    mobile: str
    contacted: int | None
    qualified: int | None
    accepted: int | None
    converted: int | None
    closed_out: int | None
    """When the owner gave it up."""
    event: str | None
    account_id: str | None
    deal_id: str | None
    tag: str | None
    deleted: int | None
    events: tuple[int, ...]


@dataclass(slots=True, eq=False)
class OrderLine:
    """Material, quantity, amount in fen."""

    entry_id: int
    material: str
    quantity: int
    amount: int


@dataclass(slots=True, eq=False)
class Order:
    """An ERP sales order. `reopened` is an interval in which it was un-approved."""

    id: int
    number: str
    day: date
    salesman: str
    customer_no: str
    lines: tuple[OrderLine, ...]
    deal_id: str | None
    is_renewal: bool
    approved: int
    reopened: tuple[int, int] | None
    cancelled: int | None
    events: tuple[int, ...]


@dataclass(slots=True, eq=False)
class Return:
    """Goods taken back, dated by themselves."""

    id: int
    number: str
    day: date
    salesman: str
    customer_no: str
    lines: tuple[OrderLine, ...]
    order_number: str
    approved: int
    events: tuple[int, ...]


@dataclass(slots=True, eq=False)
class ErpCustomer:
    """The customer master of the ERP."""

    id: int
    number: str
    name: str
    salesman: str
    events: tuple[int, ...]


@dataclass(slots=True, eq=False)
class MaterialIssue:
    """Promotion material handed out."""

    id: int
    number: str
    day: date
    applicant: str
    lines: tuple[OrderLine, ...]
    approved: int
    events: tuple[int, ...]
