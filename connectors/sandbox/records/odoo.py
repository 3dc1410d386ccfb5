"""Odoo's view of the same company: what Zoho and Kingdee show of leads, customers and orders, in Odoo's own shapes."""

from collections.abc import Callable, Iterator, Mapping

from connectors.sandbox.company.world import World
from connectors.sandbox.records import odoo_crm, odoo_sales
from connectors.sandbox.records.odoo_values import Record, user_id

Stream = Callable[[World, int], Iterator[Record]]


def _signed(stream: Stream, field: str = "user_id") -> Stream:
    """The same records with the name of the person in every reference to a user, as the vendor shows it."""

    def named(world: World, ts: int) -> Iterator[Record]:
        names = {user_id(person.employee_no): person.name for person in world.roster.people}
        for record in stream(world, ts):
            user, shown = record[field]
            yield {**record, field: [user, names.get(user, shown)]}

    return named


STREAMS: Mapping[str, Stream] = {
    "users": odoo_crm.users,
    "leads": _signed(odoo_crm.leads),
    "partners": _signed(odoo_crm.partners),
    "orders": _signed(odoo_sales.orders),
    "order_lines": odoo_sales.order_lines,
    "credit_notes": _signed(odoo_sales.credit_notes, "invoice_user_id"),
    "stock_moves": odoo_sales.stock_moves,
    "products": odoo_sales.products,
}
