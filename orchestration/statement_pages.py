"""The statements of a configured company: which periods' pages are due, and where they go."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from connectors.config_models import CompanyConfig
from orchestration.clock import business_date
from orchestration.closing import close_room
from orchestration.company import plans_folder
from orchestration.payout.errors import PayoutRefused
from orchestration.periods import Cadence, Period
from orchestration.plans.bundle import PlanBundle, load_bundle
from orchestration.plans.calendar import PayrollCalendar, due_periods, load_calendar
from orchestration.settings import Settings
from orchestration.statements.pages import Written, write_pages
from orchestration.statements.period import PeriodPeople, calculated_period, open_period
from orchestration.warehouse.connect import read_warehouse


@contextmanager
def people_of_period(
    settings: Settings, config: CompanyConfig, period: Period, *, employee_no: str = ""
) -> Iterator[PeriodPeople]:
    """A period's people: calculated ones from the close folders alone, others from the warehouse, read-only."""
    with close_room(settings, config) as room:
        calculated = calculated_period(room, period, employee_no=employee_no)
        if calculated is not None:
            yield calculated
            return
        with read_warehouse(settings.home) as con:
            row = con.execute("select max(business_date) from etl.nights where finished").fetchone()
            measured_on = row[0] if row else None
            if measured_on is None or measured_on < period.start:
                raise PayoutRefused(f"{period} is neither calculated nor measured; run `incentives nightly` first")
            yield open_period(room, con, load_bundle(plans_folder(settings)), period, measured_on)


def refresh(settings: Settings, config: CompanyConfig, period: Period) -> Written:
    """Bring the pages of one period up to date."""
    with people_of_period(settings, config, period) as people:
        return write_pages(settings.statements / str(period), people)


def periods_of_night(settings: Settings, config: CompanyConfig, as_of: datetime) -> list[Period]:
    """The open periods of every length that plans are paid at, and the ones before until their close is due.

    A due period's pages are made by its close.
    """
    bundle = load_bundle(plans_folder(settings))
    calendar = load_calendar(plans_folder(settings) / "payroll_calendar.yaml")
    due = set(due_periods(calendar, as_of, config.zone))
    day = business_date(as_of, config.zone)
    found = [it for cadence in _cadences(bundle) for it in _running(cadence, day, calendar, config.history_start)]
    return [period for period in found if period not in due]


def _running(cadence: Cadence, day: date, calendar: PayrollCalendar, first: date) -> Iterator[Period]:
    period = Period.containing(day, cadence)
    before = period.shift(-1)
    if before.start >= first and any(month.period == before for month in calendar.months):
        yield before
    yield period


def _cadences(bundle: PlanBundle) -> list[Cadence]:
    return sorted({plan.period for plan in bundle.plans})
