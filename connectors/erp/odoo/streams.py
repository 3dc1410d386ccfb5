"""Streams of Odoo: adding a table means adding a `Model`.

Models and fields differ between versions and databases; `models` and `field_names` of company.yaml replace those below
while the landed names stay ours. Fields that begin with `x_` are a database's own, stamped by its automation rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.stream import PersonalField, StreamSpec

SOURCE = "odoo"
MODIFIED = "write_date"

NAMED = frozenset(
    {
        *("crm.stage", "crm.team", "crm.lost.reason", "utm.source", "utm.campaign", "utm.medium", "res.currency"),
        *("product.product", "product.template", "product.category", "uom.uom", "stock.location"),
    }
)
"""Models whose records' names say nothing of a person; of all others only the id lands."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `domain` narrows it for good; `personal` are fields that may not land in the clear."""

    name: str
    fields: tuple[str, ...]
    personal: tuple[PersonalField, ...] = ()
    domain: tuple[tuple[str, str, Any], ...] = ()


_COMMON = ("id", "create_date", MODIFIED)

MODELS: Mapping[str, Model] = {
    "users": Model(
        "res.users",
        (*_COMMON, "login", "name", "active"),
        (PersonalField("login", "email"), PersonalField("name", "name")),
        (("share", "=", False),),
    ),
    "leads": Model(
        "crm.lead",
        (
            *(*_COMMON, "type", "active", "stage_id", "user_id", "team_id", "partner_id", "source_id", "campaign_id"),
            *("partner_name", "contact_name", "email_from", "phone", "expected_revenue", "company_currency"),
            *("probability", "lost_reason_id", "date_conversion", "date_closed", "x_first_contact_at", "x_mql_at"),
            *("x_sql_at", "x_definition_event", "x_is_renewal"),
        ),
        (PersonalField("contact_name", "name"), PersonalField("email_from", "email"), PersonalField("phone", "phone")),
    ),
    "partners": Model(
        "res.partner",
        (
            *(*_COMMON, "name", "commercial_company_name", "is_company", "parent_id", "user_id", "ref", "email"),
            *("phone", "city", "customer_rank", "active"),
        ),
        (PersonalField("name", "name"), PersonalField("email", "email"), PersonalField("phone", "phone")),
    ),
    "orders": Model(
        "sale.order",
        (
            *(*_COMMON, "name", "state", "date_order", "partner_id", "user_id", "opportunity_id", "currency_id"),
            *("amount_untaxed", "amount_tax", "amount_total", "invoice_status", "client_order_ref", "x_is_renewal"),
        ),
    ),
    "order_lines": Model(
        "sale.order.line",
        (
            *(*_COMMON, "order_id", "product_id", "product_uom_qty", "price_unit", "price_subtotal", "price_total"),
            *("currency_id", "state"),
        ),
    ),
    "credit_notes": Model(
        "account.move",
        (
            *(
                *_COMMON,
                "name",
                "move_type",
                "state",
                "invoice_date",
                "partner_id",
                "invoice_user_id",
                "invoice_origin",
            ),
            *("currency_id", "amount_untaxed", "amount_tax", "amount_total"),
        ),
        domain=(("move_type", "=", "out_refund"),),
    ),
    "stock_moves": Model(
        "stock.move",
        (
            *(*_COMMON, "reference", "product_id", "product_uom_qty", "quantity", "state", "date", "location_id"),
            *("location_dest_id", "origin", "sale_line_id", "origin_returned_move_id"),
        ),
    ),
    "products": Model("product.product", (*_COMMON, "default_code", "name", "categ_id", "standard_price", "active")),
}

SPECS: tuple[StreamSpec, ...] = tuple(
    StreamSpec(SOURCE, name, "incremental", ("id",), personal=model.personal, required=(MODIFIED,))
    for name, model in MODELS.items()
)
