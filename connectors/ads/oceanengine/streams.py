"""Streams of Ocean Engine: the promotion report by day, and the leads (clues) of its forms and calls.

All figures are texts, cost in yuan; they land as sent and are cast in staging. Numbers of a day change for a week.
"""

from connectors.stream import PersonalField, StreamSpec

SOURCE = "oceanengine"

DIMENSIONS = ("stat_time_day", "cdp_project_id", "cdp_project_name", "cdp_promotion_id", "cdp_promotion_name")
METRICS = (
    *("stat_cost", "show_cnt", "click_cnt", "convert_cnt", "form", "attribution_convert_cnt"),
    *("dy_like", "dy_comment", "dy_share", "dy_follow"),
)
CLUE_FIELDS = (
    *("clue_id", "advertiser_id", "promotion_id", "promotion_name", "clue_type", "clue_source", "create_time_detail"),
    *("name", "telephone", "weixin", "province_name", "city_name", "clue_state", "follow_state_name"),
    *("convert_status", "allocation_status"),
)
# Sent by the vendor and left out: personal, or of no use to any measure.
CLUE_LEFT_OUT = (
    *("project_id", "ad_id", "site_id", "remark_dict", "clue_owner_name", "app_name", "intention_estimation"),
    *("qq", "email", "address", "gender", "age", "remark", "id_card"),
)

REPORT = StreamSpec(
    SOURCE,
    "report",
    "window",
    ("advertiser_id", "stat_time_day", "cdp_promotion_id"),
    columns=dict.fromkeys(("advertiser_id", *DIMENSIONS, *METRICS), "VARCHAR"),
    lookback_days=8,
    restates=True,
    daily=True,
    required=(*DIMENSIONS, *METRICS),
)
CLUES = StreamSpec(
    SOURCE,
    "clues",
    "window",
    ("clue_id",),
    personal=(
        PersonalField("name", "name"),
        PersonalField("telephone", "phone"),
        PersonalField("weixin", "platform_id"),
    ),
    lookback_days=30,
    required=("advertiser_id", "clue_type", "clue_source", "create_time_detail"),
)
SPECS = (REPORT, CLUES)
