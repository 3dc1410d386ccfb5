"""Streams of Jiandaoyun: one form each. Adding a form means adding a `Form`.

A form's widgets have names like `_widget_1528252846720`, different in every company; `forms` of company.yaml says which
widget is which of the columns below. Only these columns and the record's own system fields land.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connectors.stream import StreamSpec

SOURCE = "jiandaoyun"
API_VERSION = "v5"

Kind = Literal["text", "number", "time", "member", "choices"]

ACCEPTED: Mapping[Kind, frozenset[str]] = {
    "text": frozenset({"text", "textarea", "sn", "number", "radiogroup", "combo"}),
    "number": frozenset({"number", "text", "radiogroup", "combo"}),
    "time": frozenset({"datetime"}),
    "member": frozenset({"user", "text", "combo"}),
    "choices": frozenset({"checkboxgroup", "combocheck"}),
}
"""Widget types that can hold a kind of value, in the vendor's words."""

MEMBERS = ("creator", "updater")
SYSTEM = ("_id", *MEMBERS, "createTime", "updateTime", "deleteTime", "flowState")
"""The record's own fields that land; `flowState` stands in workflow forms only."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `optional` columns may be left out of a company's map; they land as null then."""

    columns: Mapping[str, Kind]
    optional: frozenset[str] = frozenset()


FORMS: Mapping[str, Form] = {
    "nps_responses": Form(
        {"response_id": "text", "customer_no": "text", "employee": "member", "answered_at": "time", "score": "number"},
        frozenset({"response_id", "employee"}),
    ),
    "competitor_reports": Form(
        {
            "report_id": "text",
            "employee": "member",
            "discovered_at": "time",
            "submitted_at": "time",
            "covers": "choices",
            "quality_score": "number",
        },
        frozenset({"report_id"}),
    ),
    "product_inputs": Form(
        {"input_id": "text", "employee": "member", "submitted_on": "time", "decision": "text", "decided_on": "time"},
        frozenset({"input_id"}),
    ),
    "complaints": Form(
        {
            "complaint_id": "text",
            "employee": "member",
            "customer_no": "text",
            "received_at": "time",
            "due_at": "time",
            "closed_at": "time",
        },
        frozenset({"complaint_id"}),
    ),
    "policy_breaches": Form(
        {
            "breach_id": "text",
            "employee": "member",
            "breach_type": "text",
            "occurred_on": "time",
            "confirmed_on": "time",
            "status": "text",
            "rectify_due_on": "time",
            "rectified_on": "time",
        },
        frozenset({"breach_id"}),
    ),
    "material_requisitions": Form(
        {
            "requisition_no": "text",
            "employee": "member",
            "materials": "choices",
            "requested_at": "time",
            "approved_at": "time",
        },
        frozenset({"materials"}),
    ),
    "brand_survey": Form(
        {
            "wave": "text",
            "answered_at": "time",
            "city": "text",
            "aware_unaided": "text",
            "aware_aided": "text",
        },
        frozenset({"city"}),
    ),
    "sales_satisfaction": Form(
        {"employee": "member", "rated_team": "text", "period_id": "text", "score": "number"},
    ),
    "service_scores": Form(
        {"response_id": "text", "employee": "member", "answered_on": "time", "score": "number"},
        frozenset({"response_id"}),
    ),
}

SPECS: tuple[StreamSpec, ...] = tuple(
    StreamSpec(SOURCE, name, "full", ("_id",), required=("createTime", "updateTime")) for name in FORMS
)
