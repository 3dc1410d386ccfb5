"""The streams of docs/contracts.md §5 as the warehouse sees them: names, keys, typed columns, deletions."""

from connectors.ads.adjust import streams as adjust
from connectors.ads.tencent import streams as tencent_ads
from connectors.erp.odoo import streams as odoo
from connectors.forms.jiandaoyun import streams as jiandaoyun
from connectors.stream import Mode, PersonalField, PersonalKind, StreamSpec
from connectors.training.moodle import streams as moodle
from connectors.web.matomo import streams as matomo
from connectors.web.wechat_oa import streams as wechat_oa

_REPORT = (
    *("advertiser_id", "stat_time_day", "cdp_project_id", "cdp_project_name", "cdp_promotion_id", "cdp_promotion_name"),
    *("stat_cost", "show_cnt", "click_cnt", "convert_cnt", "form", "attribution_convert_cnt"),
    *("dy_like", "dy_comment", "dy_share", "dy_follow"),
)
_FEEDS = {
    "targets": "metric_id grain subject_id period_id",
    "bonus_bases": "employee_no valid_from",
    "promotion_costs": "cost_id",
    "zhihu_ads": "stat_on creative_id",
    "policy_breaches": "breach_id",
    "complaints": "complaint_id",
    "product_inputs": "input_id",
    "competitor_reports": "report_id",
    "training_results": "employee_no course_id",
    "service_scores": "response_id",
    "identity_map": "source_system source_user_id valid_from",
    "improvement_plans": "employee_no valid_from",
    "credit_owners": "object_type object_id employee_no valid_from",
}


_CONTACT: dict[str, PersonalKind] = {"Email": "email", "Phone": "phone", "Mobile": "phone"}
_CLUE: dict[str, PersonalKind] = {"name": "name", "telephone": "phone", "weixin": "platform_id"}
_PERSON: dict[str, PersonalKind] = {
    "name": "name",
    "person": "platform_id",
    "manager_name": "name",
    "manager": "platform_id",
}
_NAMES: dict[str, PersonalKind] = {"First_Name": "name", "Last_Name": "name"}


def _spec(
    source: str,
    name: str,
    mode: Mode,
    key: str,
    personal: dict[str, PersonalKind] | None = None,
    lookback_days: int = 0,
) -> StreamSpec:
    fields = tuple(PersonalField(path, kind) for path, kind in (personal or {}).items())
    return StreamSpec(source, name, mode, tuple(key.split()), personal=fields, lookback_days=lookback_days)


STREAMS: tuple[StreamSpec, ...] = (
    _spec("zoho_crm", "users", "full", "id", {"full_name": "name", "email": "email"}),
    _spec("zoho_crm", "leads", "incremental", "id", _NAMES | _CONTACT),
    _spec("zoho_crm", "calls", "incremental", "id"),
    _spec("zoho_crm", "contacts", "incremental", "id", _NAMES | _CONTACT),
    _spec("zoho_crm", "accounts", "incremental", "id", {"Phone": "phone"}),
    _spec("zoho_crm", "deals", "incremental", "id"),
    _spec("zoho_crm", "account_timeline", "incremental", "id"),
    *(
        StreamSpec("zoho_crm", f"deleted_{parent}", "incremental", ("id",), tombstones_of=parent)
        for parent in ("leads", "contacts", "accounts", "deals")
    ),
    StreamSpec(
        "oceanengine",
        "report",
        "window",
        ("advertiser_id", "stat_time_day", "cdp_promotion_id"),
        columns=dict.fromkeys(_REPORT, "VARCHAR"),
        lookback_days=8,
        restates=True,
        daily=True,
    ),
    _spec("oceanengine", "clues", "window", "clue_id", _CLUE, 30),
    *tencent_ads.SPECS,
    *wechat_oa.SPECS,
    *adjust.SPECS,
    *odoo.SPECS,
    _spec("kingdee", "sales_orders", "incremental", "FID FSaleOrderEntry_FEntryID"),
    _spec("kingdee", "returns", "incremental", "FID FEntity_FEntryID"),
    _spec("kingdee", "customers", "incremental", "FNumber"),
    _spec("kingdee", "materials", "incremental", "FNumber"),
    _spec("kingdee", "inventory", "full", "snapshot_on FMaterialId.FNumber FStockId.FNumber"),
    _spec("kingdee", "material_issues", "incremental", "FID FEntity_FEntryID"),
    _spec("ihr360", "staff", "full", "staffId", {"staffName": "name", "workEmail": "email", "mobileNo": "phone"}),
    _spec("ihr360", "organizations", "full", "organizationId"),
    _spec("ihr360", "transfers", "window", "transferId", lookback_days=60),
    _spec("ihr360", "leaves", "window", "staffId yearMonth leaveId", lookback_days=60),
    *jiandaoyun.SPECS,
    *moodle.SPECS,
    *matomo.SPECS,
    *(_spec("file_drop", feed, "file", key) for feed, key in _FEEDS.items()),
    _spec("file_drop", "people", "file", "employee_no valid_from", _PERSON),
    _spec("file_drop", "opportunities", "file", "opportunity_id", {"owner": "platform_id"}),
    _spec("file_drop", "accounts", "file", "account"),
    _spec("file_drop", "products", "file", "product"),
)


def stream(source: str, name: str) -> StreamSpec:
    """The spec of one stream."""
    return next(spec for spec in STREAMS if (spec.source, spec.name) == (source, name))
