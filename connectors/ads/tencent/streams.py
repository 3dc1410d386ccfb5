"""Streams of Tencent Ads: the ad group report by day, booked in two ways, and the leads of its forms and calls.

Money is an integer in fen. `report_request_time` books a conversion back onto the day of the exposure and changes for
weeks (return on spend); `report_reporting_time` books it on its own day and stays (payout). They are never mixed.
"""

from connectors.stream import PersonalField, StreamSpec

SOURCE = "tencent_ads"

DIMENSIONS = ("date", "adgroup_id")
TEXTS = ("account_id", "date", "adgroup_id", "adgroup_name", "time_line")
MONEY = ("cost",)
COUNTS = (
    *("view_count", "view_user_count", "valid_click_count", "conversions_count", "deep_conversions_count"),
    *("page_reservation_count", "valid_leads_uv"),
)
LEAD_IDS = (
    *("account_id", "leads_id", "outer_leads_id", "click_id", "adgroup_id", "dynamic_creative_id", "component_id"),
    "page_id",
)
LEAD_FIELDS = (
    *LEAD_IDS,
    *("adgroup_name", "page_name", "leads_type", "leads_source", "leads_follow_tag", "outer_leads_convert_type"),
    *("outer_leads_ineffect_reason", "leads_name", "leads_telephone", "leads_wechat", "leads_area", "leads_tags"),
    *("leads_create_time", "leads_action_time", "call_duration"),
)
# Sent by the vendor and left out: personal, or of no use to any measure.
LEAD_LEFT_OUT = (
    *("leads_email", "leads_qq", "leads_gender", "nationality", "working_years", "age", "profession", "id_number"),
    *("address", "bundle", "custom_qa", "nick_name", "owner_name", "owner_id", "all_follow_records", "chat_id"),
    *("call_middle_num", "call_consumer_hotline", "call_touch_tag", "call_record_url", "layer_form_content"),
    *("telephone_location", "page_url", "shop_name", "shop_address", "dynamic_creative_name", "component_name"),
    *("leads_sub_type", "is_broad_cast_leads", "correlation_factor_rank", "claim_account_id"),
    "leads_response_duration",
)
TIME_LINES = {"report_request_time": "REQUEST_TIME", "report_reporting_time": "REPORTING_TIME"}


def _report(name: str, lookback_days: int) -> StreamSpec:
    return StreamSpec(
        SOURCE,
        name,
        "window",
        ("account_id", "date", "adgroup_id", "time_line"),
        columns={**dict.fromkeys(TEXTS, "VARCHAR"), **dict.fromkeys((*MONEY, *COUNTS), "BIGINT")},
        lookback_days=lookback_days,
        restates=name == "report_request_time",
        daily=True,
        required=(*MONEY, *COUNTS),
    )


REPORT_REQUEST_TIME = _report("report_request_time", 30)
REPORT_REPORTING_TIME = _report("report_reporting_time", 3)
LEADS = StreamSpec(
    SOURCE,
    "leads",
    "window",
    ("leads_id",),
    personal=(
        PersonalField("leads_name", "name"),
        PersonalField("leads_telephone", "phone"),
        PersonalField("leads_wechat", "platform_id"),
    ),
    lookback_days=30,
    required=("account_id", "adgroup_id", "leads_type", "leads_create_time"),
)
SPECS = (REPORT_REQUEST_TIME, REPORT_REPORTING_TIME, LEADS)
