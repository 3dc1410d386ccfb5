"""The scores of closed months, and what they make over a quarter or a year: the day-weighted mean, unrounded."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from orchestration.periods import Period
from orchestration.scoring.results import Score


@dataclass(frozen=True, slots=True)
class MonthScore:
    """One person's closed period under one plan. `total` None: the person had a seat and no score (held)."""

    employee_no: str
    period: Period
    plan_id: str
    plan_version: int
    total: Fraction | None
    days: int


def months_of(closed: Iterable[tuple[Period, Iterable[Score]]]) -> tuple[MonthScore, ...]:
    """The scores of closed periods by person; several seats under one plan are one score, weighted by days.

    Somebody who was not eligible in a period has no row: such a period is a gap, neither met nor missed.
    """
    rows: list[MonthScore] = []
    for period, scores in closed:
        seats: dict[tuple[str, str, int], list[Score]] = defaultdict(list)
        for score in scores:
            seats[score.employee_no, score.plan_id, score.plan_version].append(score)
        for (employee_no, plan_id, version), parts in seats.items():
            days = sum((part.segment_to - part.segment_from).days for part in parts)
            rows.append(MonthScore(employee_no, period, plan_id, version, _mean(parts, days), days))
    return tuple(sorted(rows, key=lambda row: (row.employee_no, row.period, row.plan_id, row.plan_version)))


def score_over(months: Iterable[MonthScore], period: Period) -> Fraction | None:
    """The day-weighted mean of the totals inside a longer period; None when there is none or one of them is held."""
    inside = [row for row in months if period.start <= row.period.start and row.period.end <= period.end]
    if not inside or any(row.total is None for row in inside):
        return None
    days = sum(row.days for row in inside)
    return sum(((row.total or Fraction(0)) * row.days for row in inside), Fraction(0)) / days if days else None


def _mean(parts: list[Score], days: int) -> Fraction | None:
    if any(part.total is None for part in parts) or not days:
        return None
    weighed = ((part.total or Fraction(0)) * (part.segment_to - part.segment_from).days for part in parts)
    return sum(weighed, Fraction(0)) / days
