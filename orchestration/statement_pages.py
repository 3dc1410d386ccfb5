"""The statements of a configured company: where a period's evidence is, and where its pages go."""

from collections.abc import Iterator
from contextlib import contextmanager

from orchestration.payout.errors import PayoutRefused
from orchestration.payout.ledger import open_ledger
from orchestration.periods import Period
from orchestration.plans.bundle import load_bundle
from orchestration.settings import Settings
from orchestration.statements.pages import Written, write_pages
from orchestration.statements.period import PeriodPeople, calculated_period


@contextmanager
def people_of_period(settings: Settings, period: Period, *, employee_no: str = "") -> Iterator[PeriodPeople]:
    """A period's people: calculated ones from the close folders alone, others from the warehouse, read-only."""
    settings.home.mkdir(parents=True, exist_ok=True)
    ledger = open_ledger(settings.ledger_url)
    try:
        calculated = calculated_period(ledger, settings.closed, period, employee_no=employee_no)
    finally:
        ledger.close()
    if calculated is not None:
        yield calculated
        return
    from orchestration.closing import close_room  # noqa: PLC0415 - half a second that a closed period need not pay
    from orchestration.company import plans_folder, read_company  # noqa: PLC0415
    from orchestration.statements.open_period import open_period  # noqa: PLC0415
    from orchestration.warehouse.connect import read_warehouse  # noqa: PLC0415

    with close_room(settings, read_company(settings)) as room, read_warehouse(settings.home) as con:
        row = con.execute("select max(business_date) from etl.nights where finished").fetchone()
        measured_on = row[0] if row else None
        if measured_on is None or measured_on < period.start:
            raise PayoutRefused(f"{period} is neither calculated nor measured; run `incentives nightly` first")
        yield open_period(room, con, load_bundle(plans_folder(settings)), period, measured_on)


def refresh(settings: Settings, period: Period) -> Written:
    """Bring the pages of one period up to date."""
    with people_of_period(settings, period) as people:
        return write_pages(settings.statements / str(period), people)
