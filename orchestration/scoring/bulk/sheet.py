"""The people of one plan in one period while they are calculated together: what a name means, and who drops out.

`slow`: people for whom something is not plain (a missing value, an amount that waits): the plain engine answers.
`doubt`: people for whom floats did not decide a comparison or a rounding; they are calculated again on fractions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.plans.catalogue import Metric
from orchestration.plans.model import Plan, PlanMetric
from orchestration.plans.scope import GRAIN_PREFIXES
from orchestration.scoring.bulk.columns import ABSENT, MILLION, KpiColumns
from orchestration.scoring.bulk.roster import Roster
from orchestration.scoring.bulk.vector import Column, both, constant, from_fractions, from_parts
from orchestration.scoring.values import Values as WideValues
from orchestration.scoring.values import Wanted, own_period


class NotForBulk(Exception):  # noqa: N818 - a property of a plan, not a fault
    """A plan uses something that only the plain engine calculates; the message names it."""


@dataclass(slots=True)
class Sheet:
    """One calculation: `people` are numbers of the roster, every column has their order and length."""

    bundle: PlanBundle
    plan: Plan
    period: Period
    roster: Roster
    kpis: KpiColumns
    wide: WideValues
    people: np.ndarray
    seat_codes: np.ndarray
    since: np.ndarray
    exact: bool
    slow: np.ndarray = field(init=False)
    doubt: np.ndarray = field(init=False)
    base: Column | None = None
    score: Column | None = None
    categories: dict[str, Column] = field(default_factory=dict)
    points_of: Callable[[str], Column] = field(init=False)
    trace: dict[str, Column] = field(default_factory=dict)
    _values: dict[str, tuple[Column, Column | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slow, self.doubt = np.zeros(self.size, bool), np.zeros(self.size, bool)

    @property
    def size(self) -> int:
        return len(self.people)

    def constant(self, value: Fraction | int) -> Column:
        """One number for everybody."""
        return constant(Fraction(value), self.size, exact=self.exact)

    def parameter(self, name: str) -> Fraction:
        """A parameter's value on the last day of the period."""
        return self.bundle.parameters[name].at(self.period.last_day).value or Fraction(0)

    def need(self, column: Column) -> Column:
        """A column that everybody has to have: who has not waits, and the plain engine says why."""
        if column.known is not None:
            self.slow |= ~column.known
        return column

    def column(self, name: str) -> Column:
        """The meaning of a name in an expression."""
        head, _, part = name.partition(".")
        if name == "base":
            return self._there(self.base, name)
        if name in {"score", "total_score"}:
            return self._there(self.score, name)
        if part == "score" and head in self.categories:
            return self.categories[head]
        if name in self.bundle.parameters:
            return self.constant(self.parameter(name))
        if part == "points":
            return self.points_of(head)
        if part in {"target", "attainment"}:
            raise NotForBulk(f"{name} in an expression")
        return self.value(name)[0]

    def value(self, name: str) -> tuple[Column, Column | None]:
        """The raw value of a metric and the target that came with it; measured once."""
        if name not in self._values:
            self._values[name] = self._measure(name)
        return self._values[name]

    def forget(self) -> None:
        """Let go of raw values and of the function that knows this sheet: the circle would keep its arrays alive."""
        self._values.clear()
        del self.points_of

    def _measure(self, name: str) -> tuple[Column, Column | None]:
        head, _, part = name.partition(".")
        prefix = head if head in GRAIN_PREFIXES else ""
        metric = self.plan.metric(name)
        entry = self.bundle.metrics[metric.metric_id if metric and metric.metric_id else part if prefix else name]
        grain = prefix or (metric.grain if metric else "employee")
        cadence = metric.cadence if metric else self.plan.period
        if metric and metric.window is not None:
            raise NotForBulk(f"{name} over a window")
        own = own_period(self.period, cadence)
        if own.days < self.period.days:
            raise NotForBulk(f"{name} is faster than the plan")
        if grain != "employee":
            return self._wide(entry, grain, metric)
        if cadence != self.plan.period:
            # Who was not there in the whole own period may have nothing to miss; the plain engine knows.
            self.slow |= self.since > own.start.toordinal()
        return self._own(entry, own)

    def _own(self, entry: Metric, own: Period) -> tuple[Column, Column | None]:
        found = self.kpis.employee_values(entry.id, own).of(self.people)
        self.slow |= found.state == ABSENT
        known = None if not found.state.any() else found.state == 0
        target = None
        if found.has_target.any():
            ones = np.full(self.size, MILLION, np.int64)
            there = None if found.has_target.all() else found.has_target
            target = from_parts(found.target, ones, Fraction(1), exact=self.exact, known=there)
        ratios = found.is_ratio
        if not ratios.any():
            ones = np.full(self.size, MILLION, np.int64)
            return from_parts(found.numerator, ones, Fraction(1), exact=self.exact, known=known), target
        denominator = np.where(ratios, found.denominator, MILLION)
        self.slow |= (denominator < 0) & (found.state == 0)
        zero = denominator == 0
        if zero.any():
            known = self._zero(entry, zero, known)
            if entry.on_zero_denominator == "full":
                # Full points whatever the curve: rare, and the plain engine's business.
                self.slow |= zero & (found.state == 0)
        whole = np.where((denominator <= 0) | (found.state != 0), MILLION, denominator)
        numerator = np.where(zero, 0, found.numerator) if zero.any() else found.numerator
        return from_parts(numerator, whole, Fraction(1), exact=self.exact, known=known), target

    def _zero(self, entry: Metric, zero: np.ndarray, known: np.ndarray | None) -> np.ndarray | None:
        match entry.on_zero_denominator:
            case "zero" | "full":
                return known
            case "not_applicable":
                return both(known, ~zero)
            case _:
                self.slow |= zero if known is None else zero & known
                return known

    def _wide(self, entry: Metric, grain: str, metric: PlanMetric | None) -> tuple[Column, Column | None]:
        usual = "ratio_of_sums" if entry.has_denominator else entry.aggregation
        cadence = metric.cadence if metric else self.plan.period
        aggregate = metric.aggregate if metric else usual
        by_seat: list[Any] = []
        for department, team, _ in self.roster.seats:
            subject = {"team": team, "department": department, "company": "company"}[grain]
            by_seat.append(self.wide.at(Wanted(entry, grain, subject, cadence, aggregate, None), self.period))
        absent = np.array([value.state not in {"ok", "not_applicable"} or value.is_full for value in by_seat], bool)
        self.slow |= absent[self.seat_codes]
        applies = np.array([value.state != "not_applicable" for value in by_seat], bool)[self.seat_codes]
        numbers = [value.value or Fraction(0) for value in by_seat]
        column = self._spread(numbers, None if applies.all() else applies)
        targets = [value.target for value in by_seat]
        if all(target is None for target in targets):
            return column, None
        there = np.array([target is not None for target in targets], bool)[self.seat_codes]
        return column, self._spread([target or Fraction(0) for target in targets], None if there.all() else there)

    def _spread(self, by_seat: list[Fraction], known: np.ndarray | None) -> Column:
        column = from_fractions(by_seat, exact=self.exact)
        return Column(column.values[self.seat_codes], column.slack, column.relative, known)

    @staticmethod
    def _there(column: Column | None, name: str) -> Column:
        if column is None:
            raise NotForBulk(f"{name} before it is known")
        return column
