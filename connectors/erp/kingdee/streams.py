"""Streams of Kingdee K3Cloud: adding a document means adding a `Form`.

Form ids and field keys differ between tenants; `forms` and `field_keys` of company.yaml replace those below while the
landed names stay ours. Times are the server's wall clock (Asia/Shanghai), amounts decimals in yuan (`_LC`: local).
"""

from dataclasses import dataclass

from connectors.stream import StreamSpec

SOURCE = "kingdee"
MODIFIED = "FModifyDate"
SNAPSHOT = "snapshot_on"
LOGIN = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginByAppSecret.common.kdsvc"


@dataclass(frozen=True, slots=True)
class Form:
    """One bill form. `order` sorts uniquely; its first field is the id that pages advance by (None: by row number)."""

    form_id: str
    fields: tuple[str, ...]
    key: tuple[str, ...]
    order: tuple[str, ...]
    by_id: bool = True


FORMS: dict[str, Form] = {
    "sales_orders": Form(
        "SAL_SaleOrder",
        (
            *("FID", "FBillNo", "FDate", "FCreateDate", "FModifyDate", "FDocumentStatus", "FCancelStatus"),
            *("FSalerId.FNumber", "FCustId.FNumber", "FSaleOrderEntry_FEntryID", "FMaterialId.FNumber", "FQty"),
            *("FAllAmount_LC", "F_CRM_DealId", "F_IsRenewal"),
        ),
        ("FID", "FSaleOrderEntry_FEntryID"),
        ("FID", "FSaleOrderEntry_FEntryID"),
    ),
    "returns": Form(
        "SAL_RETURNSTOCK",
        (
            *("FID", "FBillNo", "FDate", "FModifyDate", "FDocumentStatus", "FCancelStatus", "FSalesManId.FNumber"),
            *("FRetcustId.FNumber", "FEntity_FEntryID", "FMaterialId.FNumber", "FRealQty", "FAllAmount_LC"),
            "F_OrderBillNo",
        ),
        ("FID", "FEntity_FEntryID"),
        ("FID", "FEntity_FEntryID"),
    ),
    "customers": Form(
        "BD_Customer",
        (
            *("FCUSTID", "FNumber", "FName", "FCreateDate", "FModifyDate", "FDocumentStatus", "FForbidStatus"),
            "FSELLER.FNumber",
        ),
        ("FNumber",),
        ("FCUSTID",),
    ),
    "materials": Form(
        "BD_MATERIAL",
        (
            *("FMATERIALID", "FNumber", "FName", "FMaterialGroup.FNumber", "FRefCost", "FModifyDate"),
            "FDocumentStatus",
        ),
        ("FNumber",),
        ("FMATERIALID",),
    ),
    "inventory": Form(
        "STK_Inventory",
        ("FMaterialId.FNumber", "FStockId.FNumber", "FBaseQty"),
        (SNAPSHOT, "FMaterialId.FNumber", "FStockId.FNumber"),
        ("FMaterialId.FNumber", "FStockId.FNumber"),
        by_id=False,
    ),
    "material_issues": Form(
        "STK_MisDelivery",
        (
            *("FID", "FBillNo", "FDate", "FModifyDate", "FDocumentStatus", "FCancelStatus", "FEntity_FEntryID"),
            *("FMaterialId.FNumber", "FQty", "FAmount", "F_Applicant.FNumber"),
        ),
        ("FID", "FEntity_FEntryID"),
        ("FID", "FEntity_FEntryID"),
    ),
}

SPECS: tuple[StreamSpec, ...] = tuple(
    StreamSpec(SOURCE, name, "full" if name == "inventory" else "incremental", form.key, required=form.fields)
    for name, form in FORMS.items()
)
