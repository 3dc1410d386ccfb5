"""Streams of i人事: everybody who works or worked here, the departments, moves between them, and leave.

The staff list has no filter by modification time, so it is read whole every night; leavers are a second list.
"""

from connectors.stream import PersonalField, StreamSpec

SOURCE = "ihr360"
PREFIX = "/openapi/thirdparty/api"

STAFF_FIELDS = (
    *("staffId", "staffNo", "staffName", "workEmail", "mobileNo", "staffStatus", "departmentId", "departmentName"),
    *("positionId", "positionName", "staffType", "enrollInDate", "probationEndDate", "leaveDate", "superiorStaffNo"),
    *("createdDate", "lastUpdateDate"),
)
# Sent by the vendor and left out: personal, and of no use to any measure.
LEFT_OUT = (
    *("idCardNo", "bankAccount", "birthday", "gender", "personalEmail", "address", "companyId", "superiorStaffId"),
    *("superiorStaffName", "managerStaffId", "managerStaffName", "beforeDepartmentName", "afterDepartmentName"),
    *("beforePositionName", "afterPositionName", "staffName"),
)
ORGANIZATION_FIELDS = ("organizationId", "organizationName", "parentId", "managerStaffNo", "status")
TRANSFER_FIELDS = (
    *("transferId", "staffId", "staffNo", "transferDate", "beforeDepartmentId", "afterDepartmentId"),
    *("beforePositionId", "afterPositionId", "lastUpdateDate"),
)
REPORT_FIELDS = ("staffId", "staffNo", "yearMonth", "lastUpdateDate")
"""Of the report of one employment's month; its list `leaves` lands one record per entry."""
ENTRY_FIELDS = ("leaveId", "leaveType", "startDate", "endDate", "days")
"""Of each entry: the last day is included, `days` may be a part of one."""

STAFF = StreamSpec(
    SOURCE,
    "staff",
    "full",
    ("staffId",),
    personal=(
        PersonalField("staffName", "name"),
        PersonalField("workEmail", "email"),
        PersonalField("mobileNo", "phone"),
    ),
    required=("staffNo", "staffStatus", "departmentId", "positionId", "enrollInDate"),
)
ORGANIZATIONS = StreamSpec(
    SOURCE, "organizations", "full", ("organizationId",), required=("organizationName", "parentId")
)
TRANSFERS = StreamSpec(
    SOURCE,
    "transfers",
    "window",
    ("transferId",),
    lookback_days=60,
    required=("staffId", "staffNo", "transferDate", "afterDepartmentId", "afterPositionId"),
)
LEAVES = StreamSpec(
    SOURCE,
    "leaves",
    "window",
    ("staffId", "yearMonth", "leaveId"),
    lookback_days=60,
    required=("staffNo", "leaveType", "startDate", "endDate"),
)
SPECS = (STAFF, ORGANIZATIONS, TRANSFERS, LEAVES)
FIELDS = {
    STAFF.name: STAFF_FIELDS,
    ORGANIZATIONS.name: ORGANIZATION_FIELDS,
    TRANSFERS.name: TRANSFER_FIELDS,
    LEAVES.name: (*REPORT_FIELDS, *ENTRY_FIELDS),
}
