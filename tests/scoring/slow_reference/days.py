"""Seats, leave and shares of one month."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

DAY = timedelta(days=1)


@dataclass
class Month:
    """A calendar month, and the longer periods that end with or before it."""

    start: date

    @property
    def end(self) -> date:
        return later(self.start, 1)

    @property
    def last_day(self) -> date:
        return self.end - DAY

    def own(self, cadence: str, back: int = 0) -> tuple[date, date]:
        """The latest period of a cadence that is over with this month, or one of those before it."""
        months = {"month": 1, "quarter": 3, "half": 6, "year": 12}[cadence]
        start = date(self.start.year, (self.start.month - 1) // months * months + 1, 1)
        if later(start, months) > self.end:
            start = later(start, -months)
        start = later(start, -months * back)
        return start, later(start, months)


@dataclass
class Stay:
    """Some days of one person in one seat under one plan. `days` are those that count."""

    plan: dict[str, Any]
    start: date
    end: date
    department: str
    team: str
    position: str
    days: list[date] = field(default_factory=list)
    is_unruled: bool = False


def later(day: date, months: int) -> date:
    """The first of the month that many months later."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def days_between(start: date, end: date) -> list[date]:
    """Every day of [start, end)."""
    return [start + DAY * number for number in range((end - start).days)]


def stays(plans: list[dict[str, Any]], month: Month, seats: list[Any], absences: list[Any]) -> list[Stay]:
    """The person's month, cut where plan, position, team or department change; day by day."""
    found: list[Stay] = []
    for day in days_between(month.start, month.end):
        seat = next(
            (row for row in seats if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)), None
        )
        if seat is None or not seat.is_employed:
            continue
        plan = next((one for one in plans if one["position"] == seat.position_id), None)
        if plan is None:
            continue
        key = (plan["plan"], seat.department_id, seat.team_id, seat.position_id)
        last = found[-1] if found else None
        if last is None or last.end != day or (last.plan["plan"], last.department, last.team, last.position) != key:
            found.append(Stay(plan, day, day, *key[1:]))
        stay = found[-1]
        stay.end = day + DAY
        kinds = [
            row.absence_type
            for row in absences
            if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
        ]
        rule = plan["proration"].get("leave")
        if rule is not None and any(kind not in rule for kind in kinds):
            stay.is_unruled = True
        if rule is None or all(rule.get(kind) != "not" for kind in kinds):
            stay.days.append(day)
    return found


def share(days: list[date], month: Month, basis: str) -> Fraction:
    """What part of the month some of its days are."""
    all_days = days_between(month.start, month.end)
    if basis == "working_days":
        return Fraction(sum(day.weekday() < 5 for day in days), sum(day.weekday() < 5 for day in all_days))
    if basis == "months":
        return Fraction(int(month.start.replace(day=15) in days))
    if basis == "30_360":
        return Fraction(sum(_weight_of_30(day, month) for day in days), 30)
    return Fraction(len(days), len(all_days))


def _weight_of_30(day: date, month: Month) -> int:
    """Thirty days a month: from the 30th to the 31st is nothing, and a short February's last day takes what is left."""
    length = len(days_between(month.start, month.end))
    if day == month.last_day and length < 30:
        return 30 - length + 1
    return 0 if length == 31 and day.day == 30 else 1
