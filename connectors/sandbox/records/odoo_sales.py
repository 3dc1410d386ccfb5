"""Odoo's orders with their lines, what leaves and enters the stock, and the products."""

from collections.abc import Iterator
from typing import Any

from connectors.sandbox.company.clock import HISTORY_START, day_start
from connectors.sandbox.company.entities import MaterialIssue, Order, OrderLine, Return, modified_at
from connectors.sandbox.company.vocabulary import PRODUCTS, PROMO_MATERIALS
from connectors.sandbox.company.world import World
from connectors.sandbox.records.odoo_values import (
    CURRENCY,
    Record,
    begun,
    opportunity_id,
    partner_id,
    stamps,
    unlisted,
    user_id,
    utc,
)

_STOCK, _CUSTOMERS, _USED = [8, "WH/库存"], [5, "合作伙伴/客户"], [15, "虚拟/领用"]
_PRODUCTS = {code: [100 + n, f"[{code}] {name}"] for n, (code, name, _) in enumerate(PRODUCTS + PROMO_MATERIALS)}


def orders(world: World, ts: int) -> Iterator[Record]:
    customers, opportunities = _customers(world), {deal.id: deal for deal in world.deals}
    for order in begun(world.orders, ts):
        total = sum(line.amount for line in order.lines)
        untaxed = round(total / 1.06)
        deal = opportunities.get(order.deal_id or "")
        yield {
            **stamps(order.events[0], modified_at(order.events, ts)), "id": order.id, "name": order.number,
            "state": _state(order, ts), "date_order": utc(order.approved if order.approved <= ts else order.events[0]),
            "partner_id": customers[order.customer_no], "user_id": [user_id(order.salesman), order.salesman],
            "opportunity_id": [opportunity_id(deal), deal.name] if deal else False, "currency_id": CURRENCY,
            "amount_untaxed": untaxed / 100, "amount_tax": (total - untaxed) / 100, "amount_total": total / 100,
            "invoice_status": "to invoice", "client_order_ref": False, "x_is_renewal": order.is_renewal,
        }  # fmt: skip


def order_lines(world: World, ts: int) -> Iterator[Record]:
    for order in begun(world.orders, ts):
        for line in order.lines:
            yield {
                **stamps(order.events[0], modified_at(order.events, ts)), "id": line.entry_id,
                "order_id": [order.id, order.number], "product_id": _PRODUCTS[line.material],
                "product_uom_qty": float(line.quantity), "price_unit": round(line.amount / line.quantity) / 100,
                "price_subtotal": round(line.amount / 1.06) / 100, "price_total": line.amount / 100,
                "currency_id": CURRENCY, "state": _state(order, ts),
            }  # fmt: skip


def credit_notes(world: World, ts: int) -> Iterator[Record]:
    """What customers got back for goods returned, as invoicing books it."""
    customers = _customers(world)
    for back in begun(world.returns, ts):
        total = sum(line.amount for line in back.lines)
        untaxed = round(total / 1.06)
        yield {
            **stamps(back.events[0], modified_at(back.events, ts)), "id": back.id, "name": f"RINV/{back.number}",
            "move_type": "out_refund", "state": "posted" if back.approved <= ts else "draft",
            "invoice_date": f"{back.day}", "partner_id": customers[back.customer_no],
            "invoice_user_id": [user_id(back.salesman), back.salesman], "invoice_origin": back.order_number,
            "currency_id": CURRENCY, "amount_untaxed": untaxed / 100, "amount_tax": (total - untaxed) / 100,
            "amount_total": total / 100,
        }  # fmt: skip


def stock_moves(world: World, ts: int) -> Iterator[Record]:
    """Promotion material handed out, and goods that customers sent back."""
    first_lines = {order.number: order.lines[0].entry_id for order in world.orders}
    for issue in begun(world.issues, ts):
        for line in issue.lines:
            yield _move(issue, line, line.entry_id * 2, ts, _STOCK, _USED)
    for back in begun(world.returns, ts):
        for line in back.lines:
            sold = [first_lines[back.order_number], back.order_number]
            move = _move(back, line, line.entry_id * 2 + 1, ts, _CUSTOMERS, _STOCK)
            yield {**move, "origin": back.order_number, "sale_line_id": sold}


def products(world: World, ts: int) -> Iterator[Record]:  # noqa: ARG001 - the list is fixed
    since = day_start(HISTORY_START)
    for code, name, price in PRODUCTS + PROMO_MATERIALS:
        cost = float(price) if code.startswith("MAT") else price * 35 / 100
        category = [2, "广宣物料"] if code.startswith("MAT") else [3, "产品"]
        yield {
            **stamps(since, since), "id": _PRODUCTS[code][0], "default_code": code, "name": name, "categ_id": category,
            "standard_price": cost, "active": True,
        }  # fmt: skip


def _move(
    bill: MaterialIssue | Return, line: OrderLine, number: int, ts: int, source: list[Any], target: list[Any]
) -> Record:
    done = bill.approved <= ts
    return {
        **stamps(bill.events[0], modified_at(bill.events, ts)), "id": number, "reference": bill.number,
        "product_id": _PRODUCTS[line.material], "product_uom_qty": float(line.quantity),
        "quantity": float(line.quantity) if done else 0.0, "state": "done" if done else "assigned",
        "date": utc(bill.approved if done else bill.events[0]), "location_id": source, "location_dest_id": target,
        "origin": False, "sale_line_id": False, "origin_returned_move_id": False,
    }  # fmt: skip


def _customers(world: World) -> dict[str, list[Any]]:
    found = {customer.number: [unlisted(customer), customer.name] for customer in world.customers}
    return found | {a.erp_no: [partner_id(a.id), a.name] for a in world.accounts if a.erp_no}


def _state(order: Order, ts: int) -> str:
    if order.cancelled is not None and order.cancelled <= ts:
        return "cancel"
    reopened = order.reopened is not None and order.reopened[0] <= ts < order.reopened[1]
    return "sale" if order.approved <= ts and not reopened else "draft"
