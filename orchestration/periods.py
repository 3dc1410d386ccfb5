"""Pay and measurement periods: half-open, in the business zone, addressed by one spelling each.

`2026-10` month, `2026-Q3` quarter, `2026-H2` half-year, `2026` year. Calendar years; a shifted fiscal year is a
parameter of the plan, not of this module.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Cadence = Literal["month", "quarter", "half", "year"]
MONTHS: dict[Cadence, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One period. `start` inclusive, `end` exclusive.

    >>> Period.parse("2026-Q3")
    Period(cadence='quarter', start=datetime.date(2026, 7, 1))
    >>> Period.parse("2026-Q3").end.isoformat()
    '2026-10-01'
    """

    cadence: Cadence
    start: date

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read a period id; raises `ValueError` with the four spellings."""
        match = re.fullmatch(r"(\d{4})(?:-(?:(\d{2})|Q([1-4])|H([12])))?", text)
        if not match or (match[2] and not 1 <= int(match[2]) <= 12):
            raise ValueError(f"{text!r} is no period: write 2026-10, 2026-Q3, 2026-H2 or 2026")
        year = int(match[1])
        if match[2]:
            return cls("month", date(year, int(match[2]), 1))
        if match[3]:
            return cls("quarter", date(year, int(match[3]) * 3 - 2, 1))
        if match[4]:
            return cls("half", date(year, int(match[4]) * 6 - 5, 1))
        return cls("year", date(year, 1, 1))

    @classmethod
    def containing(cls, day: date, cadence: Cadence) -> "Period":
        """The period of that cadence that a business date belongs to."""
        length = MONTHS[cadence]
        return cls(cadence, date(day.year, (day.month - 1) // length * length + 1, 1))

    @property
    def end(self) -> date:
        return _add_months(self.start, MONTHS[self.cadence])

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def shift(self, count: int) -> "Period":
        """The period `count` periods later (negative: earlier)."""
        return Period(self.cadence, _add_months(self.start, count * MONTHS[self.cadence]))

    def __str__(self) -> str:
        year, month = self.start.year, self.start.month
        match self.cadence:
            case "month":
                return f"{year}-{month:02d}"
            case "quarter":
                return f"{year}-Q{(month + 2) // 3}"
            case "half":
                return f"{year}-H{(month + 5) // 6}"
            case "year":
                return str(year)


def periods_between(start: date, end: date, cadence: Cadence) -> Iterator[Period]:
    """All periods of a cadence that overlap [start, end), in order."""
    period = Period.containing(start, cadence)
    while period.start < end:
        yield period
        period = period.shift(1)
