"""Streams of Zoho CRM: adding a module means adding a `Module` here.

Field names are ours; an organisation whose API names differ says so in company.yaml (`field_names`). The funnel dates
(`First_Contact_Time`, `MQL_Time`, `SQL_Time`, `Definition_*`) are stamped by the CRM's own workflow.
"""

from dataclasses import dataclass

from connectors.stream import PersonalField, PersonalKind, StreamSpec

SOURCE = "zoho_crm"


@dataclass(frozen=True, slots=True)
class Module:
    """One module read through the list endpoint. `both` asks for converted and unapproved records as well."""

    api_name: str
    fields: tuple[str, ...]
    both: bool = False


def _personal(**kinds: PersonalKind) -> tuple[PersonalField, ...]:
    return tuple(PersonalField(path.replace("__", "."), kind) for path, kind in kinds.items())


_OWNER = _personal(Owner__name="drop", Owner__email="drop")
_PERSON = _personal(First_Name="name", Last_Name="name", Email="email", Phone="phone", Mobile="phone")
_TIMES = ("Created_Time", "Modified_Time")

MODULES: dict[str, Module] = {
    "leads": Module(
        "Leads",
        (
            *("id", "Owner", "Lead_Source", "Lead_Status", "Company", "Industry", "No_of_Employees"),
            *("First_Name", "Last_Name", "Email", "Phone", "Mobile", "Campaign_Id", "External_Clue_Id"),
            *("Definition_Event", "Definition_Version", "First_Contact_Time", "MQL_Time", "SQL_Time"),
            *("Converted__s", "Converted_Date_Time", "Converted_Account", "Converted_Deal", "Tag", *_TIMES),
        ),
        both=True,
    ),
    "calls": Module("Calls", ("id", "Who_Id", "Owner", "Call_Start_Time", "Call_Result", *_TIMES)),
    "contacts": Module(
        "Contacts",
        ("id", "Account_Name", "Owner", "First_Name", "Last_Name", "Email", "Phone", "Mobile", *_TIMES),
    ),
    "accounts": Module(
        "Accounts",
        (
            *("id", "Account_Name", "Owner", "ERP_Customer_No", "Industry", "Employees", "Phone", "Billing_City"),
            *("Demand_Preference", "File_Complete", *_TIMES),
        ),
    ),
    "deals": Module(
        "Deals",
        (
            *("id", "Deal_Name", "Amount", "Stage", "Closing_Date", "Account_Name", "Contact_Name", "Owner"),
            *("Lead_Source", "Type", "Originating_Lead", *_TIMES),
        ),
    ),
}

DELETED = {f"deleted_{name}": name for name in ("leads", "contacts", "accounts", "deals")}
USERS_FIELDS = ("id", "full_name", "email", "status", "role", "created_time", "Modified_Time")
DELETED_FIELDS = ("id", "type", "deleted_time")
# Sent by the vendor and left out: personal, or of no use to any measure.
USERS_LEFT_OUT = (
    *("first_name", "last_name", "alias", "dob", "phone", "mobile", "fax", "street", "city", "state", "zip", "country"),
    *("profile", "zuid", "language", "locale", "time_zone", "created_by", "Modified_By", "confirm", "signature"),
)
DELETED_LEFT_OUT = ("display_name", "deleted_by", "created_by")
TIMELINE_LEFT_OUT = ("source", "record", "related_record", "automation_details", "extension", "type")
TIMELINE_FIELDS = ("id", "account_id", "audited_time", "action", "done_by", "field_history")

_LIST_PERSONAL = {
    "leads": (*_OWNER, *_PERSON),
    "calls": (*_OWNER, *_personal(Who_Id__name="drop")),
    "contacts": (*_OWNER, *_PERSON),
    "accounts": (*_OWNER, *_personal(Phone="phone")),
    "deals": (*_OWNER, *_personal(Contact_Name__name="drop", Originating_Lead__name="drop")),
}

SPECS: tuple[StreamSpec, ...] = (
    StreamSpec(
        SOURCE,
        "users",
        "full",
        ("id",),
        personal=_personal(full_name="name", email="email"),
        required=("email", "status"),
    ),
    *(
        StreamSpec(
            SOURCE, name, "incremental", ("id",), personal=_LIST_PERSONAL[name], required=("Owner", "Modified_Time")
        )
        for name in MODULES
    ),
    StreamSpec(
        SOURCE,
        "account_timeline",
        "incremental",
        ("id",),
        personal=_personal(done_by__name="drop", done_by__email="drop"),
        required=("account_id", "audited_time", "action"),
    ),
    *(
        StreamSpec(SOURCE, name, "incremental", ("id",), required=("deleted_time",), tombstones_of=parent)
        for name, parent in DELETED.items()
    ),
)
