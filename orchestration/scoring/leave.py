"""Leave: which days of a seat do not count, by the plan's rule for the type of the absence.

A plan without `leave:` counts every day in the seat. A plan that rules leave has to name every type that occurs; a
type it does not name holds the person, because either answer would be a guess about money.
"""

from collections.abc import Iterable
from datetime import date

from orchestration.plans.model import Proration
from orchestration.scoring.inputs import Absence

Span = tuple[date, date]


def away_spans(rule: Proration, absences: Iterable[Absence], start: date, end: date) -> tuple[Span, ...]:
    """The days of [start, end) that do not count, as spans that neither touch nor overlap, in order."""
    spans = sorted(
        (max(row.valid_from, start), min(row.valid_to or end, end))
        for row in absences
        if rule.counts_leave(row.absence_type) is False
    )
    merged: list[Span] = []
    for first, last in spans:
        if first >= last:
            continue
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def unruled_types(rule: Proration, absences: Iterable[Absence], start: date, end: date) -> tuple[str, ...]:
    """Types of leave in [start, end) that the plan does not name though it rules leave."""
    touching = (row for row in absences if row.valid_from < end and (row.valid_to is None or row.valid_to > start))
    return tuple(sorted({row.absence_type for row in touching if rule.counts_leave(row.absence_type) is None}))


def days_of(spans: Iterable[Span]) -> int:
    """Calendar days of some spans."""
    return sum((last - first).days for first, last in spans)


def counted_spans(start: date, end: date, away: Iterable[Span]) -> list[Span]:
    """What is left of [start, end) without the spans away."""
    left: list[Span] = []
    for away_from, away_to in away:
        first, last = max(away_from, start), min(away_to, end)
        if first >= last:
            continue
        if start < first:
            left.append((start, first))
        start = last
    return [*left, (start, end)] if start < end else left
