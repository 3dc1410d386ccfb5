"""Which measured values a calculation used, read off its trace: metric, whose, and over which days.

Only their source records are kept as evidence; a year of records of a metric that nobody is paid by is not.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from orchestration.periods import Period

_RANGE = re.compile(r"\.\.|/")


@dataclass(frozen=True, slots=True, order=True)
class UsedValue:
    """A value a trace row names. `start` inclusive, `end` exclusive; of several periods (trailing, year on year) the
    whole range."""

    metric_id: str
    grain: str
    subject_id: str
    start: date
    end: date


def used_values(inputs: Iterable[tuple[str, Mapping[str, Any]]], period: Period) -> list[UsedValue]:
    """The values named by (employee number, inputs) of trace rows, without repetitions, in order of first use."""
    found: dict[UsedValue, None] = {}
    for employee_no, named in inputs:
        if named.get("metric_id") and named.get("state") == "ok":
            start, end = window_of(str(named.get("period") or period))
            grain, subject = named.get("grain", "employee"), named.get("subject", employee_no)
            found[UsedValue(named["metric_id"], grain, subject, start, end)] = None
    return list(found)


def window_of(label: str) -> tuple[date, date]:
    """Days of `2026-10`, `2026-Q3`, `2026-08..2026-10`, `2026-10/2025-10` or `2026-10-16..2026-10-31` (both ends
    in)."""
    parts = [_days(part) for part in _RANGE.split(label)]
    return min(start for start, _ in parts), max(end for _, end in parts)


def _days(text: str) -> tuple[date, date]:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = date.fromisoformat(text)
        return day, day + timedelta(days=1)
    period = Period.parse(text)
    return period.start, period.end
