"""Measured values as a plan sees them: which own period of a metric counts, what a zero denominator or a gap means.

A value that is late or absent stays `missing` until the plan's `on_missing` says otherwise; it is never 0 by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from orchestration.periods import MONTHS, Cadence, Period, periods_between
from orchestration.plans.catalogue import Metric
from orchestration.scoring.errors import InputError
from orchestration.scoring.inputs import Measurement, State

Key = tuple[str, str, str, date, date]


@dataclass(frozen=True, slots=True)
class MetricValue:
    """One value with its parts. `value` is None unless the state is ok; `period` says what it was measured over."""

    metric_id: str
    state: State
    reason: str
    period: str
    value: Fraction | None = None
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    target: Fraction | None = None
    is_full: bool = False
    """A zero denominator that the catalogue counts as fulfilled."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a plan wants a metric measured."""

    metric: Metric
    grain: str
    subject_id: str
    cadence: Cadence
    aggregate: str
    window: tuple[str, int] | None

    @property
    def is_flow(self) -> bool:
        """An amount or count of one person that adds up over days."""
        entry = self.metric
        return self.grain == "employee" and entry.aggregation == "sum" and not entry.has_denominator


class Values:
    """All measurements of a run, by metric, subject and period."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._rows: dict[Key, Measurement] = {}
        for row in measurements:
            key = (row.metric_id, row.grain, row.subject_id, row.period_start, row.period_end)
            if key in self._rows and self._rows[key] != row:
                raise InputError(
                    f"{row.metric_id} of {row.grain} {row.subject_id} for {row.period_start.isoformat()} stands in the "
                    "measurements twice; one row per metric, subject and period is allowed"
                )
            self._rows[key] = row

    def has_span(self, wanted: Wanted, start: date, end: date) -> bool:
        """Whether a value was measured over exactly these days (a segment of a period)."""
        return (wanted.metric.id, wanted.grain, wanted.subject_id, start, end) in self._rows

    def over(self, wanted: Wanted, start: date, end: date, label: str) -> MetricValue:
        """The value over given days."""
        row = self._rows.get((wanted.metric.id, wanted.grain, wanted.subject_id, start, end))
        return _read(row, wanted.metric, label)

    def at(self, wanted: Wanted, period: Period) -> MetricValue:
        """The value that counts for a plan period, by the metric's cadence, aggregate and window."""
        own = own_period(period, wanted.cadence)
        if MONTHS[wanted.cadence] < MONTHS[period.cadence]:
            parts = list(periods_between(period.start, period.end, wanted.cadence))
            return self._together(wanted, parts, wanted.aggregate, str(period))
        match wanted.window:
            case ("lag", count):
                return self._one(wanted, own.shift(-count))
            case ("trailing", count):
                parts = [own.shift(-back) for back in range(count - 1, -1, -1)]
                return self._together(wanted, parts, wanted.aggregate, f"{parts[0]}..{own}")
            case ("yoy", _):
                return self._year_on_year(wanted, own)
            case _:
                return self._one(wanted, own)

    def earlier(self, wanted: Wanted, period: Period, back: int) -> MetricValue:
        """The value `back` own periods before the one that counts."""
        return self._one(wanted, own_period(period, wanted.cadence).shift(-back))

    def _one(self, wanted: Wanted, period: Period) -> MetricValue:
        return self.over(wanted, period.start, period.end, str(period))

    def _together(self, wanted: Wanted, periods: list[Period], how: str, label: str) -> MetricValue:
        parts = [self._one(wanted, period) for period in periods]
        if how == "last":
            return replace(parts[-1], period=label)
        for part in parts:
            if part.state not in {"ok", "not_applicable"}:
                return replace(part, period=label)
        known = [part for part in parts if part.state == "ok"]
        if not known:
            return replace(parts[-1], period=label)
        targets = [part.target for part in known]
        target = None if None in targets else sum((value or Fraction(0) for value in targets), Fraction(0))
        if how == "mean":
            mean = sum((part.value or Fraction(0) for part in known), Fraction(0)) / len(known)
            return MetricValue(wanted.metric.id, "ok", "", label, mean, mean, None, known[-1].target)
        numerator = sum((part.numerator or Fraction(0) for part in known), Fraction(0))
        if known[0].denominator is None or how == "sum":
            total = sum((part.value or Fraction(0) for part in known), Fraction(0))
            return MetricValue(wanted.metric.id, "ok", "", label, total, total, None, target)
        denominator = sum((part.denominator or Fraction(0) for part in known), Fraction(0))
        return _ratio(wanted.metric, numerator, denominator, known[-1].target, label)

    def _year_on_year(self, wanted: Wanted, own: Period) -> MetricValue:
        now, before = self._one(wanted, own), self._one(wanted, own.shift(-(12 // MONTHS[wanted.cadence])))
        if now.state != "ok":
            return now
        label = f"{own}/{before.period}"
        if before.state != "ok" or not before.value:
            return MetricValue(
                wanted.metric.id, "not_applicable", f"no value to compare with in {before.period}", label
            )
        growth = (now.value or Fraction(0)) / before.value - 1
        return MetricValue(wanted.metric.id, "ok", "", label, growth, growth, None, now.target)


def own_period(period: Period, cadence: Cadence) -> Period:
    """The latest period of a cadence that ended with or before a plan period: September takes Q3, October still Q3.

    >>> str(own_period(Period.parse("2026-09"), "quarter")), str(own_period(Period.parse("2026-10"), "quarter"))
    ('2026-Q3', '2026-Q3')
    """
    own = Period.containing(period.last_day, cadence)
    return own if own.end <= period.end else own.shift(-1)


def with_denominator(value: MetricValue, metric: Metric, factor: Fraction) -> MetricValue:
    """The same value with its denominator (a target) scaled to the part of the period that was worked."""
    if value.state != "ok" or value.denominator is None or value.numerator is None or factor == 1:
        return value
    return _ratio(metric, value.numerator, value.denominator * factor, value.target, value.period)


def _read(row: Measurement | None, metric: Metric, label: str) -> MetricValue:
    if row is None:
        return MetricValue(metric.id, "missing", f"no measurement for {label}", label)
    if row.state != "ok":
        return MetricValue(metric.id, row.state, row.state_reason or row.state, label, target=_fraction(row.target))
    if row.numerator is None:
        return MetricValue(metric.id, "missing", "the measurement has no numerator", label)
    numerator, target = Fraction(row.numerator), _fraction(row.target)
    if row.denominator is None:
        return MetricValue(metric.id, "ok", "", label, numerator, numerator, None, target)
    return _ratio(metric, numerator, Fraction(row.denominator), target, label)


def _ratio(
    metric: Metric, numerator: Fraction, denominator: Fraction, target: Fraction | None, label: str
) -> MetricValue:
    if denominator:
        return MetricValue(metric.id, "ok", "", label, numerator / denominator, numerator, denominator, target)
    zero = metric.on_zero_denominator
    if zero in {"zero", "full"}:
        value = Fraction(int(zero == "full"))
        return MetricValue(metric.id, "ok", "", label, value, numerator, denominator, target, zero == "full")
    state: Literal["not_applicable", "missing"] = "not_applicable" if zero == "not_applicable" else "missing"
    return MetricValue(metric.id, state, "the denominator is zero", label)


def _fraction(value) -> Fraction | None:
    return None if value is None else Fraction(value)
