"""Zoho CRM's view: users, modules, timeline and deleted records. Times carry +08:00, amounts are JSON numbers."""

from collections.abc import Iterator
from typing import Any

from connectors.sandbox.company.channels import WECHAT
from connectors.sandbox.company.clock import HISTORY_START, day_of, day_start, iso
from connectors.sandbox.company.entities import Account, Call, Contact, Deal, Lead, Owners, modified_at, owner_at
from connectors.sandbox.company.ids import user_id
from connectors.sandbox.company.leads import DEFINITION_CHANGED
from connectors.sandbox.company.people import Person
from connectors.sandbox.company.vocabulary import DEMANDS
from connectors.sandbox.company.wechat_ads import platform_id
from connectors.sandbox.company.world import World

Record = dict[str, Any]
_V2 = day_start(DEFINITION_CHANGED)
_ROLES = {"P-REP": "销售", "P-CARE": "客户成功", "P-LEAD": "市场", "P-LEADM": "市场", "P-BRD": "市场", "P-MGR": "经理"}
Entity = Lead | Contact | Account | Deal


def user_of(world: World, person: Person, ts: int) -> Record:
    """One CRM user; a leaver's account is inactive from the evening of the last day, a rehire's opens again."""
    stays = [p for p in world.roster.people if p.employee_no == person.employee_no and _user_since(p) <= ts]
    now = stays[-1]
    closed = day_start(now.left) + 18 * 3600 if now.left else None
    is_active = closed is None or closed > ts
    changed = _user_since(now) if is_active else closed
    return {
        "id": user_id(person.employee_no), "full_name": now.name, "email": now.crm_email,
        "status": "active" if is_active else "inactive",
        "role": {"name": _ROLES[now.placement(day_of(ts)).position], "id": f"41508980000000000{len(_ROLES):02d}"},
        "created_time": iso(_user_since(stays[0])), "Modified_Time": iso(changed or _user_since(now)),
    }  # fmt: skip


def users(world: World, ts: int) -> Iterator[Record]:
    seen: set[str] = set()
    for person in world.roster.people:
        if person.employee_no not in seen and _user_since(person) <= ts:
            seen.add(person.employee_no)
            yield user_of(world, person, ts)
    for row in world.planted.crm_users:
        created = row["created"] + "+08:00"
        if created <= iso(ts):
            yield {
                "id": row["id"],
                "full_name": row["name"],
                "email": row["email"],
                "status": "active",
                "role": {"name": "外包", "id": "4150898000000000099"},
                "created_time": created,
                "Modified_Time": created,
            }


def lead(entity: Lead, ts: int) -> Record:
    """A lead with the stamps known at `ts`. A fake is told apart only by its tag or by looking at it."""
    contacted, qualified, accepted, converted = (
        _known(moment, ts) for moment in (entity.contacted, entity.qualified, entity.accepted, entity.converted)
    )
    closed_out = _known(entity.closed_out, ts)
    version = None if qualified is None else ("V2" if qualified >= _V2 else "V1")
    return {
        "id": entity.id,
        "Owner": _owner(entity.owners, ts),
        "Lead_Source": entity.channel,
        "Lead_Status": _lead_status(contacted, qualified, accepted, converted, closed_out),
        "Company": entity.company,
        "Industry": entity.industry,
        "No_of_Employees": entity.employees,
        "First_Name": entity.given,
        "Last_Name": entity.surname,
        "Email": entity.email or None,
        "Phone": entity.phone or None,
        "Mobile": entity.mobile,
        "Campaign_Id": entity.campaign_id,
        "External_Clue_Id": _external_id(entity),
        "Definition_Event": entity.event if qualified is not None else None,
        "Definition_Version": version,
        "First_Contact_Time": _time(contacted),
        "MQL_Time": _time(qualified),
        "SQL_Time": _time(accepted),
        "Converted__s": converted is not None,
        "Converted_Date_Time": _time(converted),
        "Converted_Account": {"id": entity.account_id} if converted is not None else None,
        "Converted_Deal": {"id": entity.deal_id} if converted is not None else None,
        "Tag": [{"name": entity.tag}] if entity.tag else [],
        "Created_Time": iso(entity.created),
        "Modified_Time": iso(modified_at(entity.events, ts)),
    }


def _external_id(entity: Lead) -> str | None:
    """The ad platform's id of the lead. One in five of 微信广告 arrives without it: only the number links them."""
    if entity.clue:
        return entity.clue.id
    if entity.channel == WECHAT and int(entity.id[11:16]) % 5:
        return str(platform_id(entity))
    return None


def call(entity: Call, ts: int) -> Record:  # noqa: ARG001 - one signature for all modules
    return {
        "id": entity.id, "Who_Id": {"id": entity.lead_id}, "Owner": {"id": user_id(entity.owner)},
        "Call_Start_Time": iso(entity.at), "Call_Result": entity.result, "Created_Time": iso(entity.at),
        "Modified_Time": iso(entity.at),
    }  # fmt: skip


def contact(entity: Contact, ts: int) -> Record:
    return {
        "id": entity.id,
        "Account_Name": {"id": entity.account_id},
        "Owner": _owner(entity.owners, ts),
        "First_Name": entity.given,
        "Last_Name": entity.surname,
        "Email": entity.email or None,
        "Phone": entity.phone,
        "Mobile": entity.mobile,
        "Created_Time": iso(entity.events[0]),
        "Modified_Time": iso(modified_at(entity.events, ts)),
    }


def account(entity: Account, ts: int) -> Record:
    demand = None
    if entity.demand is not None:
        demand = DEMANDS[(entity.demand + sum(1 for at in entity.updates if at <= ts)) % len(DEMANDS)]
    return {
        "id": entity.id, "Account_Name": entity.name, "Owner": _owner(entity.owners, ts),
        "ERP_Customer_No": entity.erp_no if _known(entity.erp_since, ts) is not None else None,
        "Industry": entity.industry, "Employees": entity.employees, "Phone": entity.phone, "Billing_City": entity.city,
        "Demand_Preference": demand, "File_Complete": _known(entity.filed, ts) is not None,
        "Created_Time": iso(entity.events[0]), "Modified_Time": iso(modified_at(entity.events, ts)),
    }  # fmt: skip


def deal(entity: Deal, ts: int) -> Record:
    if entity.closed <= ts:
        stage = "Closed Won" if entity.is_won else "Closed Lost"
    else:
        stage = "Proposal" if entity.proposed <= ts else "Qualification"
    return {
        "id": entity.id,
        "Deal_Name": entity.name,
        "Amount": entity.amount / 100,
        "Stage": stage,
        # Until it is closed the date is the seller's guess: 30 days after the opening.
        "Closing_Date": day_of(entity.closed if entity.closed <= ts else entity.events[0] + 30 * 86_400).isoformat(),
        "Account_Name": {"id": entity.account_id},
        "Contact_Name": {"id": entity.contact_id},
        "Owner": _owner(entity.owners, ts),
        "Lead_Source": entity.channel,
        "Type": entity.kind,
        "Originating_Lead": {"id": entity.lead_id} if entity.lead_id else None,
        "Created_Time": iso(entity.events[0]),
        "Modified_Time": iso(modified_at(entity.events, ts)),
    }


def timeline(entity: Account, ts: int) -> list[Record]:
    """What happened to one account, oldest first. Old and new values are left out, as the connector drops them."""
    changes: list[tuple[int, str, list[str]]] = [(entity.events[0], "added", [])]
    changes += [(at, "updated", ["Demand_Preference"]) for at in entity.updates]
    changes += [(since, "updated", ["Owner"]) for since, _ in entity.owners[1:]]
    if entity.filed is not None:
        changes.append((entity.filed, "updated", ["File_Complete"]))
    if entity.erp_since is not None:
        changes.append((entity.erp_since, "updated", ["ERP_Customer_No"]))
    prefix = "4150806" + entity.id[7:16]
    return [
        {"id": f"{prefix}{number:03d}", "account_id": entity.id, "audited_time": iso(at), "action": action,
         "done_by": _owner(entity.owners, at), "field_history": [{"api_name": name} for name in names]}
        for number, (at, action, names) in enumerate(changes)
        if at <= ts
    ]  # fmt: skip


def deleted(entity: Entity) -> Record:
    """An entry of the recycle bin."""
    return {"id": entity.id, "type": "recycle", "deleted_time": iso(entity.deleted or 0)}


def created_at(entity: Entity | Call) -> int:
    """When a record came into being."""
    return entity.at if isinstance(entity, Call) else entity.events[0]


def is_visible(entity: Entity | Call, ts: int) -> bool:
    """Created and not yet deleted."""
    if created_at(entity) > ts:
        return False
    return isinstance(entity, Call) or entity.deleted is None or entity.deleted > ts


def _owner(owners: Owners, ts: int) -> Record:
    return {"id": user_id(owner_at(owners, ts))}


def _known(moment: int | None, ts: int) -> int | None:
    return moment if moment is not None and moment <= ts else None


def _time(moment: int | None) -> str | None:
    return iso(moment) if moment is not None else None


def _lead_status(
    contacted: int | None, qualified: int | None, accepted: int | None, converted: int | None, closed_out: int | None,
) -> str:  # fmt: skip
    if converted is not None:
        return "已转化"
    if closed_out is not None:
        return "暂无需求-3个月后跟进"
    if accepted is not None:
        return "已联系-需方案"
    if qualified is not None:
        return "有意向"
    return "已联系" if contacted is not None else "未联系"


def _user_since(person: Person) -> int:
    return day_start(max(person.hired, HISTORY_START)) - 15 * 3600


def _accounts_timeline(world: World, ts: int) -> Iterator[Record]:
    for entity in world.accounts:
        if is_visible(entity, ts):
            yield from timeline(entity, ts)


STREAMS = {
    "users": users,
    "leads": lambda world, ts: (lead(e, ts) for e in world.leads if is_visible(e, ts)),
    "calls": lambda world, ts: (call(e, ts) for e in world.calls if is_visible(e, ts)),
    "contacts": lambda world, ts: (contact(e, ts) for e in world.contacts if is_visible(e, ts)),
    "accounts": lambda world, ts: (account(e, ts) for e in world.accounts if is_visible(e, ts)),
    "deals": lambda world, ts: (deal(e, ts) for e in world.deals if is_visible(e, ts)),
    "account_timeline": _accounts_timeline,
    "deleted_leads": lambda world, ts: (deleted(e) for e in world.leads if e.deleted and e.deleted <= ts),
    "deleted_contacts": lambda world, ts: (deleted(e) for e in world.contacts if e.deleted and e.deleted <= ts),
    "deleted_accounts": lambda world, ts: (deleted(e) for e in world.accounts if e.deleted and e.deleted <= ts),
    "deleted_deals": lambda world, ts: (deleted(e) for e in world.deals if e.deleted and e.deleted <= ts),
}
