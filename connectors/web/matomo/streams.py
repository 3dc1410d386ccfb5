"""Streams of Matomo: visits by day, visits by month, and conversions of goals by day.

Unique visitors are not additive: a person who comes on two days is one visitor of the month. The months are therefore
asked for as months and never summed from days. Conversions are.
"""

from connectors.stream import StreamSpec

SOURCE = "matomo"
ALL_VISITS = "all"
"""What `segment` holds where none is configured: a part of a key cannot be empty."""


def _visits(period: str, *, daily: bool) -> StreamSpec:
    return StreamSpec(
        SOURCE,
        f"visits_by_{period}",
        "window",
        ("idSite", "period", "date", "segment"),
        lookback_days=2,
        restates=True,
        daily=daily,
        required=("nb_visits", "nb_uniq_visitors"),
    )


VISITS_BY_DAY = _visits("day", daily=True)
VISITS_BY_MONTH = _visits("month", daily=False)
GOALS_BY_DAY = StreamSpec(
    SOURCE,
    "goals_by_day",
    "window",
    ("idSite", "idGoal", "period", "date", "segment"),
    lookback_days=2,
    restates=True,
    required=("nb_conversions",),
)
SPECS = (VISITS_BY_DAY, VISITS_BY_MONTH, GOALS_BY_DAY)
