"""The stream of Adjust: installs and what led to them, by day, app, partner and campaign.

Row values are texts, cost in the currency that was asked for. Advertising cost of a day arrives up to a week later.
"""

from connectors.stream import StreamSpec

SOURCE = "adjust"

DIMENSIONS = ("day", "app_token", "app", "partner_name", "channel", "campaign_id_network", "campaign")
COUNTS = ("installs", "clicks", "impressions", "sessions")
METRICS = (*COUNTS, "cost")
LEFT_OUT = ("attr_dependency",)
UNKNOWN = "unknown"
"""The vendor's own word for a dimension that it cannot tell; an empty one lands as this."""

REPORT = StreamSpec(
    SOURCE,
    "report",
    "window",
    DIMENSIONS,
    columns=dict.fromkeys((*DIMENSIONS, *METRICS, "currency"), "VARCHAR"),
    lookback_days=8,
    restates=True,
    daily=True,
    required=METRICS,
)
SPECS = (REPORT,)
