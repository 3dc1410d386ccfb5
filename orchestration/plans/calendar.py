"""The payroll calendar: when a period is measured, reviewed and paid. Pure; the moment comes in as `as_of`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestration.periods import Period
from orchestration.plans.errors import PlanErrors, PlanProblem, Problems
from orchestration.plans.fields import Fields
from orchestration.plans.yaml_source import Node, read_yaml

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class PayMonth:
    """The dates of one period. `pay_date` is already moved off days off, `wished_pay_date` is what was planned."""

    period: Period
    data_cutoff: date
    review_by: date
    payroll_cutoff: date
    pay_date: date
    wished_pay_date: date


@dataclass(frozen=True, slots=True)
class PayrollCalendar:
    """All planned periods, in order, with the days off they were moved around."""

    months: tuple[PayMonth, ...]
    holidays: frozenset[date]
    workdays: frozenset[date]

    def of(self, period: Period) -> PayMonth:
        """The dates of a period; `LookupError` says what to add when it is not planned."""
        for month in self.months:
            if month.period == period:
                return month
        planned = f"{self.months[0].period} to {self.months[-1].period}" if self.months else "nothing"
        raise LookupError(f"the payroll calendar plans {planned}, not {period}; add {period} to payroll_calendar.yaml")


def load_calendar(path: Path) -> PayrollCalendar:
    """Read `payroll_calendar.yaml`; raises `PlanErrors` with file and line."""
    problems = Problems()
    months: list[PayMonth] = []
    try:
        root = read_yaml(path)
        fields = Fields(root, "the payroll calendar")
        holidays, workdays = read_days_off(root)
        fields.taken.update({"holidays", "workdays"})
        for key, node in fields.need("pay_months").mapping().items():
            with problems.collect():
                months.append(_month(key, node, holidays, workdays))
        fields.close(problems)
    except PlanProblem as problem:
        raise PlanErrors([problem.finding]) from None
    problems.raise_if_any()
    return PayrollCalendar(tuple(sorted(months, key=lambda month: month.period.start)), holidays, workdays)


def due_periods(calendar: PayrollCalendar, as_of: datetime, zone: tzinfo = BUSINESS_ZONE) -> list[Period]:
    """Periods whose data cut-off has come: the local date of `as_of` is the cut-off or later. Oldest first."""
    if as_of.tzinfo is None:
        raise ValueError("as_of has no time zone; pass an instant such as 2026-11-03T08:30:00+08:00")
    today = as_of.astimezone(zone).date()
    return [month.period for month in calendar.months if month.data_cutoff <= today]


def read_days_off(root: Node) -> tuple[frozenset[date], frozenset[date]]:
    """Holidays and worked weekend days of a calendar file: `{date: name}` each."""
    days: list[frozenset[date]] = []
    for key in ("holidays", "workdays"):
        node = root.mapping().get(key)
        entries: Mapping[str, Node] = node.mapping() if node and not node.is_null else {}
        days.append(frozenset(Node(value.file, value.line, text).date() for text, value in entries.items()))
    return days[0], days[1]


def last_working_day(day: date, holidays: frozenset[date], workdays: frozenset[date]) -> date:
    """The day itself when it is worked, else the last worked day before it."""
    while day not in workdays and (day.weekday() >= 5 or day in holidays):
        day -= timedelta(days=1)
    return day


def _month(key: str, node: Node, holidays: frozenset[date], workdays: frozenset[date]) -> PayMonth:
    try:
        period = Period.parse(key)
    except ValueError as error:
        raise node.problem(str(error)) from None
    fields = Fields(node, f"pay month {key}")
    wished = fields.date("pay_date")
    month = PayMonth(
        period,
        fields.date("data_cutoff"),
        fields.date("review_by"),
        fields.date("payroll_cutoff"),
        last_working_day(wished, holidays, workdays),
        wished,
    )
    fields.close()
    steps = [month.data_cutoff, month.review_by, month.payroll_cutoff, month.pay_date]
    if steps != sorted(steps):
        listed = ", ".join(day.isoformat() for day in steps)
        raise node.problem(
            f"the dates of {key} do not follow each other ({listed}; the pay date is the last working day before "
            f"{wished.isoformat()})",
            "order them: data_cutoff, review_by, payroll_cutoff, pay_date",
        )
    if month.data_cutoff < period.end:
        raise node.problem(f"{key} is measured on {month.data_cutoff.isoformat()}, before it ended")
    return month
