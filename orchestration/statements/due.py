"""Which open periods get provisional pages tonight."""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from orchestration.clock import business_date
from orchestration.periods import Cadence, Period
from orchestration.plans import PlanBundle
from orchestration.plans.calendar import PayrollCalendar, due_periods


def open_periods(
    bundle: PlanBundle, calendar: PayrollCalendar, as_of: datetime, zone: ZoneInfo, history_start: date
) -> list[Period]:
    """The running period of every length that plans are paid at, and the one before until its close is due.

    A due period's pages are made by its close.
    """
    due = set(due_periods(calendar, as_of, zone))
    planned = {month.period for month in calendar.months}
    day = business_date(as_of, zone)
    cadences: list[Cadence] = sorted({plan.period for plan in bundle.plans})
    found = [period for cadence in cadences for period in _running(cadence, day, planned, history_start)]
    return [period for period in found if period not in due]


def _running(cadence: Cadence, day: date, planned: set[Period], history_start: date) -> Iterator[Period]:
    period = Period.containing(day, cadence)
    before = period.shift(-1)
    if before.start >= history_start and before in planned:
        yield before
    yield period
