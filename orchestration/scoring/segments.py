"""Which seat a person held under which plan on which days of the period, and what share of it that is.

Only a change of plan, seat or team splits a period; a change of base is day-weighted inside a segment.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from orchestration.periods import Period, periods_between
from orchestration.plans import PlanBundle
from orchestration.plans.model import Plan, Proration
from orchestration.scoring.errors import InputError
from orchestration.scoring.inputs import Absence, Assignment, BonusBase
from orchestration.scoring.leave import Span, away_spans, counted_spans, days_of, unruled_types

MONTH_COUNTS_ON = 15
"""With `basis: months` a month counts whole for the seat held on this day of it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An unbroken stretch of days in one seat under one plan version; `end` exclusive."""

    index: int
    employee_no: str
    plan: Plan
    start: date
    end: date
    department_id: str
    team_id: str
    position_id: str
    away: tuple[Span, ...] = ()
    """Days of leave that the plan does not count."""
    unruled_leave: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def counted_days(self) -> int:
        """Days in the seat without leave that does not count."""
        return self.days - days_of(self.away)

    @property
    def counted(self) -> list[Span]:
        """The stretches of the segment that count."""
        return counted_spans(self.start, self.end, self.away)

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def node(self) -> str:
        return f"seg{self.index}"


@dataclass(frozen=True, slots=True)
class Person:
    """One employee's segments in a period, and since when the present employment runs."""

    employee_no: str
    segments: tuple[Segment, ...]
    employed: tuple[tuple[date, date | None], ...]
    has_seat_without_plan: bool
    absences: tuple[Absence, ...] = ()

    @property
    def entered_on(self) -> date:
        """First day of the employment that reaches into the period."""
        day = self.segments[0].start if self.segments else self.employed[0][0]
        return max(start for start, end in self.employed if start <= day and (end is None or end > day))

    @property
    def days_in_seats(self) -> int:
        """Days of the period in seats with a plan, without leave that does not count."""
        return sum(segment.counted_days for segment in self.segments)

    def is_assessed(self, segment: Segment) -> bool:
        """Whether the person counts enough days over all seats of the period for the plan of a segment."""
        return self.days_in_seats >= max(1, segment.plan.proration.min_days)

    @property
    def assessed(self) -> tuple[Segment, ...]:
        """The segments that are scored and paid."""
        return tuple(segment for segment in self.segments if self.is_assessed(segment))

    def is_employed_on(self, day: date) -> bool:
        """Whether the person is employed on a day."""
        return any(start <= day and (end is None or end > day) for start, end in self.employed)

    def employed_days(self, period: Period) -> int:
        """Days of a period on which the person was employed."""
        return sum(
            max(0, (min(end or period.end, period.end) - max(start, period.start)).days) for start, end in self.employed
        )

    def counted_days(self, period: Period, rule: Proration) -> int:
        """Days of a period on which the person was employed and not on leave that the plan does not count."""
        away = away_spans(rule, self.absences, period.start, period.end)
        spans = ((max(start, period.start), min(end or period.end, period.end)) for start, end in self.employed)
        return sum(days_of(counted_spans(first, last, away)) for first, last in spans if first < last)


def people_of(
    bundle: PlanBundle, period: Period, assignments: Iterable[Assignment], absences: Iterable[Absence] = ()
) -> list[Person]:
    """Everybody employed in the period, sorted by employee number.

    Raises `InputError` when two seats of one person overlap.
    """
    by_employee: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in assignments:
        by_employee[assignment.employee_no].append(assignment)
    leave: dict[str, list[Absence]] = defaultdict(list)
    for absence in sorted(absences, key=lambda row: (row.valid_from, row.absence_type)):
        leave[absence.employee_no].append(absence)
    edges = _rule_edges(bundle, period)
    people = [
        _person(bundle, period, no, rows, edges, tuple(leave.get(no, ()))) for no, rows in sorted(by_employee.items())
    ]
    return [person for person in people if person.segments or person.has_seat_without_plan]


def day_weight(start: date, end: date, period: Period, basis: str, days_off: "DaysOff") -> Fraction:
    """The share of a period that [start, end) is, by the plan's basis. Shares of a full seat add up to exactly 1."""
    months = list(periods_between(period.start, period.end, "month"))
    parts = [month_share(start, end, month, basis, days_off) for month in months]
    if basis in {"months", "30_360"}:
        return sum(parts, Fraction(0)) / len(months)
    counted = _counted(start, end, period, basis, days_off)
    return Fraction(counted, _counted(period.start, period.end, period, basis, days_off))


def month_share(start: date, end: date, month: Period, basis: str, days_off: "DaysOff") -> Fraction:
    """The share of one month that [start, end) covers."""
    first, last = max(start, month.start), min(end, month.end)
    if first >= last:
        return Fraction(0)
    if basis == "months":
        middle = month.start.replace(day=MONTH_COUNTS_ON)
        return Fraction(int(first <= middle < last))
    if basis == "30_360":
        return Fraction(_day_30(last, month) - _day_30(first, month), 30)
    return Fraction(
        _counted(first, last, month, basis, days_off), _counted(month.start, month.end, month, basis, days_off)
    )


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Holidays, and weekend days that are worked."""

    holidays: frozenset[date]
    workdays: frozenset[date]

    def is_worked(self, day: date) -> bool:
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)


def prorated_base(
    bases: Iterable[BonusBase], segment: Segment, period: Period, basis: str, days_off: DaysOff
) -> tuple[Fraction, list[tuple[BonusBase, Fraction]]] | date:
    """Base money of a segment: each monthly base by its share of each month, without leave that does not count.

    A date: the first day without a base.
    """
    start, end = segment.start, segment.end
    pieces: list[tuple[BonusBase, Fraction]] = []
    covered = start
    for base in sorted(bases, key=lambda row: row.valid_from):
        first, last = max(base.valid_from, start), min(base.valid_to or end, end)
        if first >= last:
            continue
        if first > covered:
            return covered
        if first < covered:
            raise InputError(
                f"employee {base.employee_no} has two bonus bases on {first.isoformat()}; end the earlier one"
            )
        shares = (
            month_share(since, until, month, basis, days_off)
            for month in periods_between(period.start, period.end, "month")
            for since, until in counted_spans(first, last, segment.away)
        )
        pieces.append((base, sum(shares, Fraction(0))))
        covered = last
    if covered < end:
        return covered
    return sum((Fraction(base.base_amount) * share for base, share in pieces), Fraction(0)), pieces


def _day_30(day: date, month: Period) -> int:
    return 30 if day >= month.end else min(day.day, 30) - 1


def _counted(start: date, end: date, period: Period, basis: str, days_off: DaysOff) -> int:
    first, last = max(start, period.start), min(end, period.end)
    if basis != "working_days":
        return max(0, (last - first).days)
    return sum(days_off.is_worked(first + timedelta(days=offset)) for offset in range((last - first).days))


def _rule_edges(bundle: PlanBundle, period: Period) -> set[date]:
    edges = {period.start, period.end}
    for rule in (*bundle.plans, *bundle.assignments):
        edges.update(day for day in (rule.valid_from, rule.valid_to) if day and period.start < day < period.end)
    return edges


def _person(
    bundle: PlanBundle,
    period: Period,
    employee_no: str,
    rows: list[Assignment],
    edges: set[date],
    absences: tuple[Absence, ...],
) -> Person:
    rows = sorted(rows, key=lambda row: row.valid_from)
    for earlier, later in pairwise(rows):
        if earlier.valid_to is None or earlier.valid_to > later.valid_from:
            raise InputError(
                f"employee {employee_no} holds two seats on {later.valid_from.isoformat()} "
                f"({earlier.position_id}/{earlier.team_id} and {later.position_id}/{later.team_id}); end one of them"
            )
    pieces, without_plan = _pieces(bundle, period, rows, edges)
    segments: list[Segment] = []
    for start, end, plan, row in pieces:
        seat = (plan, row.department_id, row.team_id, row.position_id)
        last_segment = segments[-1] if segments else None
        if last_segment and last_segment.end == start and _seat(last_segment) == seat:
            segments[-1] = Segment(last_segment.index, employee_no, plan, last_segment.start, end, *seat[1:])
        else:
            segments.append(Segment(len(segments) + 1, employee_no, plan, start, end, *seat[1:]))
    with_leave = tuple(_with_leave(segment, absences) for segment in segments) if absences else tuple(segments)
    return Person(employee_no, with_leave, _employment(rows), without_plan, absences)


def _with_leave(segment: Segment, absences: tuple[Absence, ...]) -> Segment:
    rule, span = segment.plan.proration, (segment.start, segment.end)
    return replace(
        segment,
        away=away_spans(rule, absences, *span),
        unruled_leave=unruled_types(rule, absences, *span),
    )


def _pieces(
    bundle: PlanBundle, period: Period, rows: list[Assignment], edges: set[date]
) -> tuple[list[tuple[date, date, Plan, Assignment]], bool]:
    pieces: list[tuple[date, date, Plan, Assignment]] = []
    without_plan = False
    for row in rows:
        first, last = max(row.valid_from, period.start), min(row.valid_to or period.end, period.end)
        if not row.is_employed or first >= last:
            continue
        cuts = sorted({first, last} | {edge for edge in edges if first < edge < last})
        for start, end in pairwise(cuts):
            plan = bundle.plan_of(row.employee_no, row.position_id, row.team_id, row.department_id, start)
            if plan is None:
                without_plan = True
            elif plan.period == period.cadence:
                pieces.append((start, end, plan, row))
    return pieces, without_plan


def _seat(segment: Segment) -> tuple:
    return segment.plan, segment.department_id, segment.team_id, segment.position_id


def _employment(rows: list[Assignment]) -> tuple[tuple[date, date | None], ...]:
    spans: list[tuple[date, date | None]] = []
    for row in rows:
        if not row.is_employed:
            continue
        if spans and spans[-1][1] == row.valid_from:
            spans[-1] = (spans[-1][0], row.valid_to)
        else:
            spans.append((row.valid_from, row.valid_to))
    return tuple(spans)
