"""Streams of a WeChat official account: fans gained and lost, fans in all, the account's day, and articles over time.

Figures of an article are **cumulative** from publication to `stat_date`, for thirty days: differences give a day, sums
give nonsense. The account's figures are of one day each.
"""

from connectors.stream import StreamSpec

SOURCE = "wechat_oa"

USER_SUMMARY = StreamSpec(
    SOURCE,
    "user_summary",
    "window",
    ("appid", "ref_date", "user_source"),
    lookback_days=3,
    required=("new_user", "cancel_user"),
)
USER_CUMULATE = StreamSpec(
    SOURCE,
    "user_cumulate",
    "window",
    ("appid", "ref_date", "user_source"),
    lookback_days=3,
    daily=True,
    required=("cumulate_user",),
)
BIZ_SUMMARY = StreamSpec(
    SOURCE, "biz_summary", "window", ("appid", "ref_date"), lookback_days=3, restates=True, required=("detail",)
)
ARTICLE_TOTALS = StreamSpec(
    SOURCE,
    "article_totals",
    "window",
    ("appid", "msgid", "stat_date"),
    lookback_days=30,
    restates=True,
    required=("ref_date", "read_user", "share_user", "zaikan_user", "like_user", "comment_count"),
)
SPECS = (USER_SUMMARY, USER_CUMULATE, BIZ_SUMMARY, ARTICLE_TOTALS)
CALLS = {
    USER_SUMMARY.name: "getusersummary",
    USER_CUMULATE.name: "getusercumulate",
    BIZ_SUMMARY.name: "getbizsummary",
    ARTICLE_TOTALS.name: "getarticletotaldetail",
}
SINCE_ARTICLES = frozenset({BIZ_SUMMARY.name, ARTICLE_TOTALS.name})
"""Streams of the family that replaced the retired article calls: there is nothing before it began."""
