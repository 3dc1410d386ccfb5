"""Kingdee's view: one dict per document line, keyed by the field keys of a query. Times are local wall clock."""

from collections.abc import Iterator
from typing import Any

from connectors.sandbox.company.clock import HISTORY_START, day_of, day_start, wall
from connectors.sandbox.company.entities import ErpCustomer, MaterialIssue, Order, Return, modified_at
from connectors.sandbox.company.materials import stock
from connectors.sandbox.company.vocabulary import PRODUCTS, PROMO_MATERIALS
from connectors.sandbox.company.world import World

Record = dict[str, Any]
_OPENED = day_start(HISTORY_START)


def order_lines(order: Order, ts: int) -> Iterator[Record]:
    """A sales order; un-approved (D) while reopened, cancelled (B) for good."""
    reopened = order.reopened is not None and order.reopened[0] <= ts < order.reopened[1]
    status = "D" if reopened else "C" if order.approved <= ts else "B"
    for line in order.lines:
        yield {
            "FID": order.id,
            "FBillNo": order.number,
            "FDate": f"{order.day}T00:00:00",
            "FCreateDate": wall(order.events[0]),
            "FModifyDate": wall(modified_at(order.events, ts)),
            "FDocumentStatus": status,
            "FCancelStatus": "B" if order.cancelled is not None and order.cancelled <= ts else "A",
            "FSalerId.FNumber": order.salesman,
            "FCustId.FNumber": order.customer_no,
            "FSaleOrderEntry_FEntryID": line.entry_id,
            "FMaterialId.FNumber": line.material,
            "FQty": line.quantity,
            "FAllAmount_LC": line.amount / 100,
            "F_CRM_DealId": order.deal_id or "",
            "F_IsRenewal": order.is_renewal,
        }


def return_lines(back: Return, ts: int) -> Iterator[Record]:
    for line in back.lines:
        yield {
            "FID": back.id,
            "FBillNo": back.number,
            "FDate": f"{back.day}T00:00:00",
            "FModifyDate": wall(modified_at(back.events, ts)),
            "FDocumentStatus": "C" if back.approved <= ts else "B",
            "FCancelStatus": "A",
            "FSalesManId.FNumber": back.salesman,
            "FRetcustId.FNumber": back.customer_no,
            "FEntity_FEntryID": line.entry_id,
            "FMaterialId.FNumber": line.material,
            "FRealQty": line.quantity,
            "FAllAmount_LC": line.amount / 100,
            "F_OrderBillNo": back.order_number,
        }


def customer(entity: ErpCustomer, ts: int) -> Record:
    created = entity.events[0]
    return {
        "FCUSTID": entity.id,
        "FNumber": entity.number,
        "FName": entity.name,
        "FCreateDate": wall(created),
        "FModifyDate": wall(modified_at(entity.events, ts)),
        "FDocumentStatus": "C",
        "FForbidStatus": "A",
        "FSELLER.FNumber": entity.salesman,
    }


def issue_lines(issue: MaterialIssue, ts: int) -> Iterator[Record]:
    for line in issue.lines:
        yield {
            "FID": issue.id,
            "FBillNo": issue.number,
            "FDate": f"{issue.day}T00:00:00",
            "FModifyDate": wall(modified_at(issue.events, ts)),
            "FDocumentStatus": "C" if issue.approved <= ts else "B",
            "FCancelStatus": "A",
            "FEntity_FEntryID": line.entry_id,
            "FMaterialId.FNumber": line.material,
            "FQty": line.quantity,
            "FAmount": line.amount / 100,
            "F_Applicant.FNumber": issue.applicant,
        }


def materials(world: World, ts: int) -> Iterator[Record]:  # noqa: ARG001 - the list is fixed
    for number, (code, name, price) in enumerate(PRODUCTS + PROMO_MATERIALS):
        group = "PROMO" if code.startswith("MAT") else "PRODUCT"
        yield {
            "FMATERIALID": 1000 + number,
            "FNumber": code,
            "FName": name,
            "FMaterialGroup.FNumber": group,
            "FRefCost": price if group == "PROMO" else price * 35 / 100,
            "FModifyDate": wall(_OPENED),
            "FDocumentStatus": "C",
        }


def inventory(world: World, ts: int) -> Iterator[Record]:
    """What lies in stock now. `snapshot_on` is what the connector adds: the business date the night closes."""
    snapshot_on = day_of(ts - 86_400).isoformat()
    for (material, place), quantity in stock(world.scale, world.issues, ts).items():
        yield {
            "FMaterialId.FNumber": material,
            "FStockId.FNumber": place,
            "FBaseQty": quantity,
            "snapshot_on": snapshot_on,
        }


def _lines(entities: str, render: Any) -> Any:
    def stream(world: World, ts: int) -> Iterator[Record]:
        for entity in getattr(world, entities):
            if entity.events[0] <= ts:
                yield from render(entity, ts)

    return stream


STREAMS = {
    "sales_orders": _lines("orders", order_lines),
    "returns": _lines("returns", return_lines),
    "customers": lambda world, ts: (customer(e, ts) for e in world.customers if e.events[0] <= ts),
    "materials": materials,
    "inventory": inventory,
    "material_issues": _lines("issues", issue_lines),
}
