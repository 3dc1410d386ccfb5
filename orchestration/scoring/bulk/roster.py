"""Who holds which seat under which plan, as columns: the people whose period is plain, found without a loop over them.

Plain: one seat and one base over the whole period, one plan version, no leave, nothing carried, no training or event
that contradicts itself. Everybody else is calculated by the plain engine, with the same outcome.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.plans.model import Plan
from orchestration.scoring.inputs import Assignment, BonusBase, ScoringEvent, ScoringInputs, TrainingResult

Seat = tuple[str, str, str]
"""Department, team, position."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Dated rows of people; `counts` leaves rows out (a seat of somebody who is not employed)."""

    person: np.ndarray
    start: np.ndarray
    end: np.ndarray
    counts: np.ndarray
    people: int

    def only(self, period: Period) -> tuple[np.ndarray, np.ndarray]:
        """The row that covers a period alone, -1 where there is none or more than one; and who has any row in it."""
        start, end = period.start.toordinal(), period.end.toordinal()
        touches = (self.start < end) & (self.end > start) & self.counts
        number = np.bincount(self.person[touches], minlength=self.people)
        covers = np.flatnonzero(touches & (self.start <= start) & (self.end >= end))
        row = np.full(self.people, -1)
        row[self.person[covers]] = covers
        row[number != 1] = -1
        return row, number > 0


@dataclass(frozen=True, slots=True)
class Roster:
    """Seats, bases and the dated facts of people, prepared once for any number of periods.

    `special`: people the plain engine calculates whatever the period.
    """

    inputs: ScoringInputs
    employees: list[str]
    number: Mapping[str, int]
    seats: list[Seat]
    seat_rows: Spans
    seat_code: np.ndarray
    seat_since: np.ndarray
    base_rows: Spans
    base_fen: np.ndarray
    currencies: np.ndarray
    events: Mapping[str, Sequence[ScoringEvent]]
    training: Mapping[str, Mapping[int, TrainingResult]]
    special: np.ndarray

    def part(self, start: int, stop: int) -> "Roster":
        """The people from `start` up to and without `stop` as a roster, for tables that hold only them."""
        employees = self.employees[start:stop]
        number = {employee_no: index for index, employee_no in enumerate(employees)}
        inputs = self.inputs

        def mine(rows: Sequence[Any]) -> tuple[Any, ...]:
            return tuple(row for row in rows if row.employee_no in number)

        return make_roster(
            replace(
                inputs,
                assignments=mine(inputs.assignments),
                bases=mine(inputs.bases),
                events=mine(inputs.events),
                training=mine(inputs.training),
                carried=mine(inputs.carried),
                absences=mine(inputs.absences),
            )
        )

    def plain(self, bundle: PlanBundle, period: Period) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows of the seat and of the base of everybody, -1 where the person is not plain; and who is in the period."""
        seat, present = self.seat_rows.only(period)
        base, _ = self.base_rows.only(period)
        seat = np.where(self.special | (base < 0), -1, seat)
        for employee_no in {row.employee_no for row in bundle.assignments if row.employee_no} & set(self.number):
            seat[self.number[employee_no]] = -1
        return seat, base, present

    def plans_of_seats(self, bundle: PlanBundle, period: Period) -> list[Plan | None]:
        """The plan version of each seat when it is the same on every day of the period, else None."""
        edges = {period.start}
        for rule in (*bundle.plans, *bundle.assignments):
            edges.update(day for day in (rule.valid_from, rule.valid_to) if day and period.start < day < period.end)
        found: list[Plan | None] = []
        for department, team, position in self.seats:
            plans = [bundle.plan_of("", position, team, department, day) for day in sorted(edges)]
            first = plans[0]
            is_one = first is not None and all(plan is first for plan in plans) and first.period == period.cadence
            found.append(first if is_one else None)
        return found


def make_roster(inputs: ScoringInputs) -> Roster:
    """Prepare the people of some inputs; the measurements among them are not looked at."""
    employees = sorted({row.employee_no for row in inputs.assignments})
    number = {employee_no: index for index, employee_no in enumerate(employees)}
    seats: dict[Seat, int] = {}
    codes = [
        seats.setdefault((row.department_id, row.team_id, row.position_id), len(seats)) for row in inputs.assignments
    ]
    bases = [row for row in inputs.bases if row.employee_no in number]
    special = np.zeros(len(employees), bool)
    odd = {row.employee_no for row in (*inputs.carried, *inputs.absences)}
    # A base with more than two decimals is rare and left to the plain engine.
    odd |= {row.employee_no for row in bases if row.base_amount * 100 != int(row.base_amount * 100)}
    for employee_no in odd & set(number):
        special[number[employee_no]] = True
    return Roster(
        inputs=inputs,
        employees=employees,
        number=number,
        seats=list(seats),
        seat_rows=_spans(inputs.assignments, number, [row.is_employed for row in inputs.assignments]),
        seat_code=np.array(codes, np.int64),
        seat_since=np.array([row.valid_from.toordinal() for row in inputs.assignments], np.int64),
        base_rows=_spans(bases, number, [True] * len(bases)),
        base_fen=np.array([int(row.base_amount * 100) for row in bases], np.int64),
        currencies=np.array([row.currency for row in bases], dtype=object),
        events=_events(inputs.events, number, special),
        training=_training(inputs.training, number, special),
        special=special,
    )


def _spans(rows: Sequence[Assignment] | Sequence[BonusBase], number: Mapping[str, int], counts: list[bool]) -> Spans:
    never = date.max.toordinal()
    return Spans(
        person=np.array([number[row.employee_no] for row in rows], np.int64),
        start=np.array([row.valid_from.toordinal() for row in rows], np.int64),
        end=np.array([row.valid_to.toordinal() if row.valid_to else never for row in rows], np.int64),
        counts=np.array(counts, bool),
        people=len(number),
    )


def _events(
    rows: Iterable[ScoringEvent], number: Mapping[str, int], special: np.ndarray
) -> dict[str, list[ScoringEvent]]:
    """Events by type. Somebody with one event twice is special: it may be a contradiction."""
    seen: set[tuple[str, str]] = set()
    by_type: dict[str, list[ScoringEvent]] = defaultdict(list)
    for row in rows:
        if row.employee_no not in number:
            continue
        if (row.employee_no, row.event_id) in seen:
            special[number[row.employee_no]] = True
        seen.add((row.employee_no, row.event_id))
        by_type[row.event_type].append(row)
    return dict(by_type)


def _training(
    rows: Iterable[TrainingResult], number: Mapping[str, int], special: np.ndarray
) -> dict[str, dict[int, TrainingResult]]:
    """Results by course and person; two rows for one course are left to the plain engine."""
    by_course: dict[str, dict[int, TrainingResult]] = defaultdict(dict)
    for row in rows:
        person = number.get(row.employee_no)
        if person is None:
            continue
        if person in by_course[row.course_id]:
            special[person] = True
        by_course[row.course_id][person] = row
    return dict(by_course)
