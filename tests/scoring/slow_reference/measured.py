"""Values of metrics as a plan asks for them."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from slow_reference.days import Month
from slow_reference.words import NoValue


@dataclass
class Value:
    """A value with its parts."""

    value: Fraction
    numerator: Fraction
    denominator: Fraction | None
    target: Fraction | None
    is_full: bool = False


class Book:
    """All measurements, by metric, grain, subject and days."""

    def __init__(self, catalogue: dict[str, dict[str, str]], measurements: Any) -> None:
        self.catalogue = catalogue
        self.rows = {(m.metric_id, m.grain, m.subject_id, m.period_start, m.period_end): m for m in measurements}

    def has(self, metric: str, grain: str, subject: str, start: date, end: date) -> bool:
        return (metric, grain, subject, start, end) in self.rows

    def over(self, metric: str, grain: str, subject: str, start: date, end: date) -> Value:
        row = self.rows.get((metric, grain, subject, start, end))
        if row is None or (row.state == "ok" and row.numerator is None):
            raise NoValue("missing")
        if row.state != "ok":
            raise NoValue(row.state)
        target = None if row.target is None else Fraction(row.target)
        numerator = Fraction(row.numerator)
        if row.denominator is None:
            return Value(numerator, numerator, None, target)
        return self.ratio(metric, numerator, Fraction(row.denominator), target)

    def ratio(self, metric: str, numerator: Fraction, denominator: Fraction, target: Fraction | None) -> Value:
        if denominator:
            return Value(numerator / denominator, numerator, denominator, target)
        zero = self.catalogue[metric].get("on_zero_denominator")
        if zero in {"zero", "full"}:
            return Value(Fraction(int(zero == "full")), numerator, denominator, target, zero == "full")
        raise NoValue("not_applicable" if zero == "not_applicable" else "missing")

    def asked(self, month: Month, metric: str, grain: str, subject: str, cadence: str, window: str) -> Value:
        """The value of the latest own period, or over a window of own periods."""
        word, _, rest = window.partition("(")
        count = int(rest.rstrip(")") or 1)
        if word == "lag":
            return self.over(metric, grain, subject, *month.own(cadence, count))
        if word == "yoy":
            now = self.over(metric, grain, subject, *month.own(cadence))
            try:
                back = {"month": 12, "quarter": 4, "half": 2, "year": 1}[cadence]
                before = self.over(metric, grain, subject, *month.own(cadence, back))
            except NoValue:
                raise NoValue("not_applicable") from None
            if not before.value:
                raise NoValue("not_applicable")
            growth = now.value / before.value - 1
            return Value(growth, growth, None, now.target)
        if word == "trailing":
            return self.trailing(month, metric, grain, subject, cadence, count)
        return self.over(metric, grain, subject, *month.own(cadence))

    def trailing(self, month: Month, metric: str, grain: str, subject: str, cadence: str, count: int) -> Value:
        """Sums over sums for ratios, sums for amounts; one missing part makes the whole missing."""
        if self.catalogue[metric].get("aggregation") == "last" and "denominator" not in self.catalogue[metric]:
            return self.over(metric, grain, subject, *month.own(cadence))
        parts: list[Value] = []
        for back in range(count - 1, -1, -1):
            try:
                parts.append(self.over(metric, grain, subject, *month.own(cadence, back)))
            except NoValue as state:
                if state.state != "not_applicable":
                    raise
        if not parts:
            raise NoValue("not_applicable")
        numerator = sum((part.numerator for part in parts), Fraction(0))
        if "denominator" not in self.catalogue[metric]:
            targets = [part.target for part in parts if part.target is not None]
            target = sum(targets, Fraction(0)) if len(targets) == len(parts) else None
            return Value(numerator, numerator, None, target)
        denominator = sum((part.denominator or Fraction(0) for part in parts), Fraction(0))
        return self.ratio(metric, numerator, denominator, parts[-1].target)
