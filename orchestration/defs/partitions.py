"""Business dates, pay months and pay quarters as partitions.

The last partition follows the run's own clock where one is pinned (the sample company's), so that a sandbox ahead of
the calendar has its days too.
"""

import os
from datetime import datetime

import dagster as dg

from orchestration.company import read_company
from orchestration.periods import Period
from orchestration.settings import Settings

_CONFIG = read_company(Settings.from_env())
ZONE = _CONFIG.timezone


def _end() -> datetime | None:
    pinned = os.environ.get("INCENTIVES_AS_OF")
    return datetime.fromisoformat(pinned).astimezone(_CONFIG.zone).replace(tzinfo=None) if pinned else None


def _midnight(moment: datetime | None) -> datetime | None:
    return moment.replace(hour=0, minute=0, second=0) if moment else None


DAILY = dg.DailyPartitionsDefinition(
    start_date=_CONFIG.history_start.isoformat(), end_date=_midnight(_end()), timezone=ZONE
)
MONTHLY = dg.MonthlyPartitionsDefinition(
    start_date=_CONFIG.history_start.replace(day=1).isoformat(), timezone=ZONE, end_offset=1
)
QUARTERLY = dg.TimeWindowPartitionsDefinition(
    start=Period.containing(_CONFIG.history_start, "quarter").start.isoformat(),
    cron_schedule="0 0 1 1,4,7,10 *",
    fmt="%Y-%m-%d",
    timezone=ZONE,
    end_offset=1,
)
