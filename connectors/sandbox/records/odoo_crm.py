"""Odoo's users, leads and partners. A lead that is converted becomes an opportunity under the same id."""

import zlib
from collections.abc import Iterator
from typing import Any

from connectors.sandbox.company.clock import HISTORY_START, day_start
from connectors.sandbox.company.entities import Account, Contact, Deal, ErpCustomer, Lead, modified_at, owner_at
from connectors.sandbox.company.world import World
from connectors.sandbox.records.odoo_values import (
    CURRENCY,
    SEAT,
    Record,
    crm_number,
    exists,
    once,
    opportunity_id,
    partner_id,
    stamps,
    unlisted,
    user_id,
    utc,
)

STAGES = {1: "新线索", 2: "已联系", 3: "有意向", 4: "已接受", 5: "方案报价", 6: "赢单"}
_TEAM, _LOST = [1, "销售部"], [1, "预算不足"]


def users(world: World, ts: int) -> Iterator[Record]:
    latest = {}
    for person in world.roster.people:
        if day_start(max(person.hired, HISTORY_START)) <= ts:
            latest[person.employee_no] = person
    for number, person in latest.items():
        left = day_start(person.left) + 18 * 3600 if person.left else None
        since = day_start(max(person.hired, HISTORY_START))
        gone = left is not None and left <= ts
        written = left if gone and left is not None else since
        yield {
            **stamps(since, written), "id": user_id(number), "login": person.email, "name": person.name,
            "active": not gone, "share": False,
        }  # fmt: skip
    since = day_start(HISTORY_START)
    for identity, name, share in ((SEAT, "外包坐席", False), (4, "门户访客", True)):
        mail = f"seat{identity}@agency.example"
        yield {**stamps(since, since), "id": identity, "login": mail, "name": name, "active": True, "share": share}


def leads(world: World, ts: int) -> Iterator[Record]:
    """Leads, the opportunities they became, and renewals, which were never leads."""
    firsts = {deal.lead_id: deal for deal in world.deals if deal.lead_id}
    for lead in world.leads:
        deal = firsts.get(lead.id)
        gone = [at for at in (lead.deleted, deal and deal.deleted) if at is not None]
        if lead.created <= ts and not any(at <= ts for at in gone):
            yield _lead(lead, deal, ts)
    for deal in world.deals:
        if not deal.lead_id and deal.events[0] <= ts and (deal.deleted is None or deal.deleted > ts):
            yield _renewal(deal, ts)


def partners(world: World, ts: int) -> Iterator[Record]:
    names = {account.id: account.name for account in world.accounts}
    known = {account.erp_no for account in world.accounts if account.erp_no}
    for account in world.accounts:
        if exists(account, ts):
            yield _company(account, ts)
    for contact in world.contacts:
        if exists(contact, ts):
            yield _person(contact, names[contact.account_id], ts)
    for customer in world.customers:
        if customer.number not in known and customer.events[0] <= ts:
            yield _customer(customer)


def _lead(lead: Lead, deal: Deal | None, ts: int) -> Record:
    converted = lead.converted is not None and lead.converted <= ts
    closed = deal is not None and converted and deal.closed <= ts
    won, lost = closed and deal.is_won, closed and not deal.is_won  # type: ignore[union-attr]
    given_up = lead.closed_out is not None and lead.closed_out <= ts
    owners = deal.owners if deal and converted else lead.owners
    events = tuple(sorted({*lead.events, *(deal.events if deal else ())}))
    return {
        **stamps(lead.created, modified_at(events, ts)),
        **_opportunity(lead.channel, lead.campaign_id, deal if converted else None, owner_at(owners, ts)),
        "id": crm_number(lead.id)[0],
        "type": "opportunity" if converted else "lead",
        "active": not lost and not given_up,
        "stage_id": _stage(lead, deal, ts, won=bool(won)),
        "partner_name": lead.company,
        "contact_name": lead.surname + lead.given,
        "email_from": lead.email or False,
        "phone": lead.mobile or False,
        "probability": 100.0 if won else 0.0 if lost or given_up else 20.0,
        "lost_reason_id": _LOST if lost else False,
        "date_conversion": once(lead.converted, ts),
        "date_closed": _closed_at(lead, deal if closed else None, given_up=given_up),
        "x_first_contact_at": once(lead.contacted, ts),
        "x_mql_at": once(lead.qualified, ts),
        "x_sql_at": once(lead.accepted, ts),
        "x_definition_event": (lead.event or False) if once(lead.qualified, ts) else False,
        "x_is_renewal": False,
    }


def _closed_at(lead: Lead, deal: Deal | None, *, given_up: bool) -> str | bool:
    """Odoo stamps the day a lead was won, and the day it was archived as lost."""
    if deal is not None:
        return utc(deal.closed)
    return utc(lead.closed_out) if given_up and lead.closed_out is not None else False


def _renewal(deal: Deal, ts: int) -> Record:
    closed = deal.closed <= ts
    blank = dict.fromkeys(
        ("partner_name", "contact_name", "email_from", "phone", "date_conversion", "x_first_contact_at", "x_mql_at",
         "x_sql_at", "x_definition_event"), False,
    )  # fmt: skip
    return {
        **stamps(deal.events[0], modified_at(deal.events, ts)),
        **_opportunity(deal.channel, None, deal, owner_at(deal.owners, ts)),
        **blank,
        "id": opportunity_id(deal),
        "type": "opportunity",
        "active": not closed or deal.is_won,
        "stage_id": _named(6 if closed and deal.is_won else 5),
        "probability": (100.0 if deal.is_won else 0.0) if closed else 60.0,
        "lost_reason_id": _LOST if closed and not deal.is_won else False,
        "date_closed": utc(deal.closed) if closed else False,
        "x_is_renewal": True,
    }


def _opportunity(channel: str, campaign: str | None, deal: Deal | None, owner: str) -> Record:
    return {
        "user_id": [user_id(owner), owner], "team_id": _TEAM, "source_id": [_number(channel), channel],
        "campaign_id": [_number(campaign), campaign] if campaign else False, "company_currency": CURRENCY,
        "partner_id": [partner_id(deal.account_id), "客户"] if deal else False,
        "expected_revenue": deal.amount / 100 if deal else 0.0,
    }  # fmt: skip


def _company(account: Account, ts: int) -> Record:
    number = account.erp_no if account.erp_since is not None and account.erp_since <= ts else None
    owner = owner_at(account.owners, ts)
    return {
        **stamps(account.events[0], modified_at(account.events, ts)), "id": partner_id(account.id),
        "name": account.name, "commercial_company_name": account.name, "is_company": True, "parent_id": False,
        "user_id": [user_id(owner), owner], "ref": number or False, "email": False, "phone": account.phone,
        "city": account.city, "customer_rank": 1 if number else 0, "active": True,
    }  # fmt: skip


def _person(contact: Contact, company: str, ts: int) -> Record:
    owner = owner_at(contact.owners, ts)
    return {
        **stamps(contact.events[0], modified_at(contact.events, ts)),
        "id": partner_id(contact.account_id) + 1 + crm_number(contact.id)[1], "name": contact.surname + contact.given,
        "commercial_company_name": company, "is_company": False, "parent_id": [partner_id(contact.account_id), company],
        "user_id": [user_id(owner), owner], "ref": False, "email": contact.email or False, "phone": contact.mobile,
        "city": False, "customer_rank": 0, "active": True,
    }  # fmt: skip


def _customer(customer: ErpCustomer) -> Record:
    return {
        **stamps(customer.events[0], customer.events[0]), "id": unlisted(customer), "name": customer.name,
        "commercial_company_name": customer.name, "is_company": True, "parent_id": False,
        "user_id": [user_id(customer.salesman), customer.salesman], "ref": customer.number, "email": False,
        "phone": False, "city": False, "customer_rank": 1, "active": True,
    }  # fmt: skip


def _stage(lead: Lead, deal: Deal | None, ts: int, *, won: bool) -> list[Any]:
    reached = 1
    moments = (lead.contacted, lead.qualified, lead.accepted, deal.proposed if deal else None)
    for stage, reached_at in enumerate(moments, start=2):
        if reached_at is not None and reached_at <= ts:
            reached = stage
    return _named(6 if won else reached)


def _named(stage: int) -> list[Any]:
    return [stage, STAGES[stage]]


def _number(name: str) -> int:
    return zlib.crc32(name.encode()) % 100_000_000
