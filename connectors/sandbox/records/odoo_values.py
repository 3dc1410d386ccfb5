"""How Odoo writes values, and which number stands for which record; shared by all its tables.

A many2one is `[id, name]`, nothing is `false`, times are UTC without a zone. `write_date` is kept finer than it is
shown: `WRITTEN` holds what the database compares.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from connectors.sandbox.company.entities import Account, Contact, Deal, ErpCustomer

Record = dict[str, Any]
WRITTEN = "__written"
CURRENCY = [7, "CNY"]
SEAT = 99_999
"""The user of people who are no employees."""
_FRACTION = ".480000"


def utc(ts: int) -> str:
    """`2026-11-02 15:50:00`."""
    return datetime.fromtimestamp(ts, UTC).strftime("%Y-%m-%d %H:%M:%S")


def user_id(owner: str) -> int:
    """Id of the user behind an employee number."""
    return 10 + int(owner[1:]) if owner.startswith("E") else SEAT


def crm_number(crm_id: str) -> tuple[int, int]:
    """Number of a CRM record within the company, and its part: day and number of the 19 digits."""
    return int(crm_id[7:11]) * 100_000 + int(crm_id[11:16]), int(crm_id[16:])


def partner_id(account_id: str) -> int:
    """Id of the company behind a CRM account; its contacts follow it."""
    return 1000 + crm_number(account_id)[0] * 4


def opportunity_id(deal: Deal) -> int:
    """A lead keeps its id when it becomes an opportunity; a renewal was never a lead."""
    if deal.lead_id:
        return crm_number(deal.lead_id)[0]
    number, part = crm_number(deal.id)
    return 1_000_000_000 + number * 4 + part


def unlisted(customer: ErpCustomer) -> int:
    """Id of a customer that the CRM has no account of."""
    return 2_000_000_000 + customer.id % 100_000_000


def stamps(created: int, written: int) -> Record:
    """When a record came and when it changed last, as shown and as kept."""
    shown = utc(written)
    return {"create_date": utc(created), "write_date": shown, WRITTEN: shown + _FRACTION}


def once(at: int | None, ts: int) -> str | bool:
    """The time itself once it has come."""
    return utc(at) if at is not None and at <= ts else False


def exists(entity: Account | Contact, ts: int) -> bool:
    """Created and not yet deleted."""
    return entity.events[0] <= ts and (entity.deleted is None or entity.deleted > ts)


def begun(entities: list[Any], ts: int) -> Iterator[Any]:
    """The documents that exist at an instant."""
    return (entity for entity in entities if entity.events[0] <= ts)
