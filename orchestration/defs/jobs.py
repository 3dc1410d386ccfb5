"""One job per cadence, and when they run."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from orchestration.company import plans_folder
from orchestration.defs.close import DRAFT, GATE, QUARTER_DRAFT, QUARTER_GATE
from orchestration.defs.partitions import ZONE
from orchestration.defs.run_time import AS_OF_TAG
from orchestration.defs.statements import CLOSED, QUARTER_CLOSED
from orchestration.periods import Cadence
from orchestration.plans.calendar import due_periods, load_calendar
from orchestration.settings import Settings

_CLOSES = dg.AssetSelection.assets(GATE, DRAFT, CLOSED, QUARTER_GATE, QUARTER_DRAFT, QUARTER_CLOSED)

nightly = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.all() - _CLOSES,
    description="Extract, load, build, publish, state the open months. Partitioned by business date.",
)
month_close = dg.define_asset_job(
    "month_close",
    selection=dg.AssetSelection.assets(GATE, DRAFT, CLOSED),
    description="Gate, scores, draft payout and statements of one month.",
)
quarter_close = dg.define_asset_job(
    "quarter_close",
    selection=dg.AssetSelection.assets(QUARTER_GATE, QUARTER_DRAFT, QUARTER_CLOSED),
    description="Gate, scores, draft payout and statements of one quarter.",
)


@dg.schedule(cron_schedule="30 8 * * *", execution_timezone=ZONE, job=nightly)
def nightly_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """08:30, because the ad platforms finish yesterday's numbers at 08:00."""
    moment = context.scheduled_execution_time.astimezone(ZoneInfo(ZONE))
    yesterday = (moment - timedelta(days=1)).date().isoformat()
    return dg.RunRequest(partition_key=yesterday, tags={AS_OF_TAG: moment.isoformat()})


@dg.schedule(cron_schedule="30 10 * * *", execution_timezone=ZONE, job=month_close)
def month_close_schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """After the night: every month whose data cutoff has come and whose review is not over."""
    yield from _due(context, "month")


@dg.schedule(cron_schedule="45 10 * * *", execution_timezone=ZONE, job=quarter_close)
def quarter_close_schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """The same for quarters, of plans that pay by the quarter."""
    yield from _due(context, "quarter")


def _due(context: dg.ScheduleEvaluationContext, cadence: Cadence) -> Iterator[dg.RunRequest | dg.SkipReason]:
    moment = context.scheduled_execution_time.astimezone(ZoneInfo(ZONE))
    calendar = load_calendar(plans_folder(Settings.from_env()) / "payroll_calendar.yaml")
    due = [period for period in due_periods(calendar, moment) if period.cadence == cadence]
    if not due:
        yield dg.SkipReason(f"no {cadence} is due today")
    for period in due:
        yield dg.RunRequest(
            run_key=f"{period}-{moment.date()}",
            partition_key=period.start.isoformat(),
            tags={AS_OF_TAG: moment.isoformat()},
        )
