"""Turns the hand-written batches of planted.yaml into entities, mechanically and without any draw."""

from datetime import date, datetime
from typing import Any

from connectors.sandbox.company.business import Offspring
from connectors.sandbox.company.clock import DAY, day_of, day_start, instant
from connectors.sandbox.company.entities import (
    Account,
    Call,
    Clue,
    Contact,
    Deal,
    ErpCustomer,
    Lead,
    Order,
    OrderLine,
    Return,
)
from connectors.sandbox.company.ids import crm_id, erp_id
from connectors.sandbox.company.leads import clue_id
from connectors.sandbox.company.people import Person, Placement
from connectors.sandbox.planted import Planted

_FIRST_NUMBER = 60_000
"""Numbers within a day from here on are planted; the random company stays below."""
_PRODUCT = "PRD-02"


class PlantedThings(Offspring):
    """Planted leads, calls and clues with their offspring."""

    def __init__(self) -> None:
        super().__init__()
        self.leads: list[Lead] = []
        self.calls: list[Call] = []
        self.clues: list[Clue] = []


def planted_people(planted: Planted) -> list[Person]:
    """Stays of the planted people, in the order of the file."""
    stays = []
    for number, row in enumerate(planted.people, start=1):
        placements = [Placement(row["hired"], row["team"], row["position"])]
        if "transfer" in row:
            placements.append(Placement(row["transfer"]["on"], row["transfer"]["team"], row["transfer"]["position"]))
        stays.append(
            Person(row["no"], f"st9{number:023x}", row["name"], row["hired"], row.get("left"), tuple(placements),
                   is_routed=row.get("routed", False), is_planted=True,
                   crm_email=f"{row['no'].lower()}@sample.example", mobile=f"139000{number:05d}"),
        )  # fmt: skip
    return stays


def plant(planted: Planted) -> PlantedThings:
    """All planted entities."""
    out, number = PlantedThings(), _FIRST_NUMBER
    for batch in planted.lead_batches:
        for index in range(batch["count"]):
            _lead(out, batch, index, number)
            number += 1
    for batch in planted.account_batches:
        for index in range(batch["count"]):
            _customer_file(out, batch, index, number)
            number += 1
    for row in planted.orders:
        day = _date(row["on"])
        out.customers.append(
            ErpCustomer(
                int(row["customer"][1:]),
                row["customer"],
                f"埋点客户{row['customer'][-2:]}有限公司",
                row["salesman"],
                (day_start(day) + 9 * 3600,),
            ),
        )
        order = _order(out, day_start(day) + 10 * 3600, number, row["salesman"], row["customer"], row["amount"], None)
        if "returned" in row:
            back = day_start(_date(row["returned"]["on"])) + 10 * 3600
            out.returns.append(
                Return(order.id, f"XSTH{order.id:010d}", day_of(back), row["salesman"], row["customer"],
                       (OrderLine(order.id * 10 + 1, _PRODUCT, 1, fen(row["returned"]["amount"])),), order.number,
                       back + 3600, (back, back + 3600)),
            )  # fmt: skip
        number += 1
    promotions = {row["id"]: row for row in planted.promotions}
    for batch in planted.clue_batches:
        for index in range(batch["count"]):
            promotion, at = promotions[batch["promotion"]], _moment(batch, index)
            out.clues.append(
                Clue(clue_id(day_of(at), number), promotion["id"], promotion["name"], promotion["advertiser"], at,
                     batch["source"], 0, f"埋点{index:02d}", f"1390001{number % 10_000:04d}", 0),
            )  # fmt: skip
            number += 1
    return out


def fen(yuan: str) -> int:
    """Yuan as text with two decimals, in fen."""
    whole, _, cents = yuan.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0") or 0)


def _lead(out: PlantedThings, batch: dict[str, Any], index: int, number: int) -> None:
    created = _moment(batch, index)
    day, owners = day_of(created), ((created, batch["owner"]),)
    stages = [index < batch.get(stage, 0) for stage in ("followed_up", "mql", "sql", "won")]
    contacted = created + 7200 if stages[0] else None
    qualified = created + DAY if stages[1] else None
    accepted = created + 3 * DAY if stages[2] else None
    converted = created + 4 * DAY if stages[3] else None
    company = f"埋点{batch['key']}{index:03d}有限公司"
    lead = Lead(
        crm_id("lead", day, number),
        created,
        owners,
        batch["channel"],
        batch["campaign"],
        None,
        company,
        "互联网",
        120,
        "埋",
        f"点{index:03d}",
        f"p{number}@customer.example",
        "",
        batch.get("mobile", f"1390002{number % 10_000:04d}"),
        contacted,
        qualified,
        accepted,
        converted,
        None,
        "intent_form" if qualified else None,
        None,
        None,
        batch.get("tag"),
        None,
        tuple(sorted(ts for ts in (created, contacted, qualified, accepted, converted) if ts is not None)),
    )
    if contacted is not None:
        out.calls.append(Call(crm_id("call", day, number), lead.id, batch["owner"], contacted, "有效沟通"))
    if converted is not None:
        closed = created + 9 * DAY
        lead.account_id, lead.deal_id = crm_id("account", day, number), crm_id("deal", day, number)
        account = _account(
            out, lead.account_id, company, owners[0][1], converted, number, filed=converted, updates=(), erp_at=closed
        )
        out.deals.append(
            Deal(
                lead.deal_id,
                f"{company}-首单",
                fen(batch["won_amount"]),
                account.id,
                out.contacts[-1].id,
                ((converted, batch["owner"]),),
                batch["channel"],
                "New Business",
                lead.id,
                converted + DAY,
                closed,
                is_won=True,
                deleted=None,
                events=(converted, converted + DAY, closed),
            ),
        )
        _order(out, closed + 7200, number, batch["owner"], str(account.erp_no), batch["won_amount"], lead.deal_id)
    out.leads.append(lead)


def _customer_file(out: PlantedThings, batch: dict[str, Any], index: int, number: int) -> None:
    created = _moment(batch, index)
    updated = batch["updated"]
    updates = (instant(updated["at"]),) if index < updated["count"] else ()
    account = _account(
        out,
        crm_id("account", day_of(created), number),
        f"埋点{batch['key']}{index:03d}有限公司",
        batch["owner"],
        created,
        number,
        filed=created if index < batch["filed"] else None,
        updates=updates,
        erp_at=created + 3600,
    )
    _order(
        out,
        day_start(_date(batch["order"]["on"])) + 10 * 3600,
        number,
        batch["owner"],
        str(account.erp_no),
        batch["order"]["amount"],
        None,
    )


def _account(
    out: PlantedThings,
    account_id: str,
    name: str,
    owner: str,
    at: int,
    number: int,
    *,
    filed: int | None,
    updates: tuple[int, ...],
    erp_at: int,
) -> Account:
    erp_no, owners = f"C9{number:08d}", ((at, owner),)
    events = tuple(sorted({at, erp_at, *updates, *((filed,) if filed is not None else ())}))
    account = Account(
        account_id, name, owners, "制造业", 120, "021-55550000", "上海", 0, filed, erp_at, erp_no, updates, None, events
    )
    out.accounts.append(account)
    out.contacts.append(
        Contact(
            account_id.replace("4150803", "4150802", 1),
            account_id,
            owners,
            "埋",
            "点",
            f"p{number}@customer.example",
            "021-55550000",
            f"1390003{number % 10_000:04d}",
            None,
            (at,),
        ),
    )
    out.customers.append(ErpCustomer(900_000_000 + number, erp_no, name, owner, (erp_at,)))
    return account


def _order(
    out: PlantedThings, at: int, number: int, salesman: str, customer_no: str, amount: str, deal_id: str | None,
) -> Order:  # fmt: skip
    order_id = erp_id(day_of(at), number)
    order = Order(order_id, f"XSDD{order_id:010d}", day_of(at), salesman, customer_no,
                  (OrderLine(order_id * 10 + 1, _PRODUCT, 1, fen(amount)),), deal_id, is_renewal=False,
                  approved=at + 3600, reopened=None, cancelled=None, events=(at, at + 3600))  # fmt: skip
    out.orders.append(order)
    return order


def _moment(batch: dict[str, Any], index: int) -> int:
    return instant(batch["first"]) + index * batch.get("every_minutes", 0) * 60


def _date(value: date | datetime | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
