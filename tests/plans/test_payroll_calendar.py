"""When a month is measured and paid."""

from datetime import date, datetime
from pathlib import Path

import pytest

from orchestration.periods import Period
from orchestration.plans import SAMPLE, PlanErrors
from orchestration.plans.calendar import due_periods, load_calendar

CALENDAR = load_calendar(SAMPLE / "payroll_calendar.yaml")


@pytest.mark.parametrize(
    ("as_of", "due"),
    [
        ("2026-11-02T23:59:59+08:00", []),
        ("2026-11-03T00:00:00+08:00", ["2026-10"]),
        ("2026-11-03T08:30:00+08:00", ["2026-10"]),
        ("2026-11-02T16:00:00+00:00", ["2026-10"]),
        ("2026-12-03T08:30:00+08:00", ["2026-10", "2026-11"]),
    ],
)
def test_a_month_is_due_from_the_local_day_of_its_cutoff(as_of: str, due: list[str]) -> None:
    assert [str(period) for period in due_periods(CALENDAR, datetime.fromisoformat(as_of))] == due


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="as_of has no time zone"):
        due_periods(CALENDAR, datetime.fromisoformat("2026-11-03T08:30:00"))


def test_a_pay_date_on_a_sunday_moves_to_the_friday_before() -> None:
    month = CALENDAR.of(Period.parse("2026-10"))
    assert (month.wished_pay_date, month.pay_date) == (date(2026, 11, 15), date(2026, 11, 13))


def test_a_pay_date_in_a_holiday_moves_to_the_last_working_day_before() -> None:
    assert CALENDAR.of(Period.parse("2027-01")).pay_date == date(2027, 2, 4)


def test_a_month_that_is_not_planned_is_told() -> None:
    with pytest.raises(LookupError, match="the payroll calendar plans 2026-10 to 2027-03, not 2027-04"):
        CALENDAR.of(Period.parse("2027-04"))


def test_dates_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "payroll_calendar.yaml"
    path.write_text(
        "pay_months:\n"
        "  2026-10: {data_cutoff: 2026-11-03, review_by: 2026-11-12, "
        "payroll_cutoff: 2026-11-10, pay_date: 2026-11-12}\n"
    )
    with pytest.raises(PlanErrors, match=r"yaml:2: error: the dates of 2026-10 do not follow"):
        load_calendar(path)


def test_a_month_is_not_measured_before_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "payroll_calendar.yaml"
    path.write_text(
        "pay_months:\n"
        "  2026-10: {data_cutoff: 2026-10-30, review_by: 2026-11-02, "
        "payroll_cutoff: 2026-11-10, pay_date: 2026-11-12}\n"
    )
    with pytest.raises(PlanErrors, match="measured on 2026-10-30, before it ended"):
        load_calendar(path)
