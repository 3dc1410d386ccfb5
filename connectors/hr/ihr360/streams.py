"""Streams of i人事: everybody who works or worked here, the departments, and moves between them.

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
SPECS = (STAFF, ORGANIZATIONS, TRANSFERS)
FIELDS = {STAFF.name: STAFF_FIELDS, ORGANIZATIONS.name: ORGANIZATION_FIELDS, TRANSFERS.name: TRANSFER_FIELDS}
