"""Earlier periods as a statement shows them: the trend, and what an adjustment found different."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from orchestration.payout.lines import PayoutLine, RunKey
from orchestration.periods import Period
from orchestration.scoring.results import Score, TraceRow
from orchestration.statements.folder_rows import (
    FolderRows,
    Folders,
    closed_held,
    closed_lines,
    closed_scores,
    closed_trace,
)
from orchestration.statements.runs import RunHead

TREND_PERIODS = 12
"""Periods of the trend, the statement's own included."""


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """One earlier period of the trend: the day-weighted total score (None: held) and the fen of all its lines."""

    period: str
    score: Fraction | None
    total_fen: int


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A closed period as it was computed again for an adjustment: steps that came out differently, (before, after) in
    both languages."""

    origin: str
    changes: tuple[tuple[TraceRow | None, TraceRow | None], ...]


def trend_of(
    folders: Folders, period: Period, earlier: Sequence[tuple[RunKey, int]], employee_no: str
) -> tuple[PastPeriod, ...]:
    """The earlier periods of the trend in which the person was paid or held, oldest first."""
    first = period.shift(1 - TREND_PERIODS).start
    inside = [one for one in earlier if Period.parse(one[0].period).start >= first]
    months = (list(runs) for _, runs in groupby(inside, key=lambda one: one[0].period))
    return tuple(found for runs in months if (found := past_period(folders, runs, employee_no)))


def past_period(folders: Folders, runs: Sequence[tuple[RunKey, int]], employee_no: str) -> PastPeriod | None:
    """What one person had in the runs of one earlier period; None when nothing."""
    fen, paid, score = 0, False, None
    for revision in sorted({revision for _, revision in runs}):
        folder = folders.at(runs[0][0].period, revision)
        heads = [RunHead(key, revision, "", 0, is_final=True) for key, at in runs if at == revision]
        lines = closed_lines(folder, heads, employee_no)
        if lines or closed_held(folder, heads, employee_no):
            paid = True
            fen += sum(line.amount_fen for line in lines)
            score = weighted_total(closed_scores(folder, employee_no))
    return PastPeriod(runs[0][0].period, score, fen) if paid else None


def weighted_total(scores: Sequence[Score]) -> Fraction | None:
    """The day-weighted mean of the unrounded totals of a person's segments; None where one is held."""
    if not scores or any(score.total is None for score in scores):
        return None
    days = sum((score.segment_to - score.segment_from).days for score in scores)
    total = sum(((s.total or Fraction(0)) * (s.segment_to - s.segment_from).days for s in scores), Fraction(0))
    return total / days


def first_of_origins(lines: Iterable[PayoutLine]) -> list[PayoutLine]:
    first = {line.origin_period: line for line in lines if line.kind == "adjustment"}
    return [first[origin] for origin in sorted(first)]


def recomputed(
    folders: Folders, folder: FolderRows, line: PayoutLine, employee_no: str, earlier: Sequence[tuple[RunKey, int]]
) -> Recomputed:
    """What came out differently: facts, deductions, bonus points, gates and bases, not what only follows from them."""
    origin = folder.origin(line.origin_period)
    if origin is None:
        return Recomputed(line.origin_period, ())
    after = {row.node: row for row in closed_trace(origin, employee_no)}
    before = _before(folders, line, employee_no, earlier)
    nodes = [*before, *(node for node in after if node not in before)]
    changed = [(before.get(node), after.get(node)) for node in nodes]
    return Recomputed(
        line.origin_period,
        tuple((old, new) for old, new in changed if _is_cause(old or new) and _told(old) != _told(new)),
    )


def _before(
    folders: Folders, line: PayoutLine, employee_no: str, earlier: Sequence[tuple[RunKey, int]]
) -> Mapping[str, TraceRow]:
    """The steps of the origin's own calculation, at the revision that this period took into account."""
    revisions = [revision for key, revision in earlier if key.period == line.origin_period]
    if not revisions:
        return {}
    rows = closed_trace(folders.at(line.origin_period, max(revisions)), employee_no)
    return {row.node: row for row in rows}


def _is_cause(row: TraceRow | None) -> bool:
    if row is None:
        return False
    leaf = row.node.rpartition("/")[2]
    return row.step == 2 or leaf in {"base", "rule"} or any(f"/{part}/" in row.node for part in _RULES)


_RULES = ("deduction", "bonus", "gate", "fact", "training")


def _told(row: TraceRow | None) -> tuple[object, ...]:
    return () if row is None else (row.value, row.passed, row.text_zh)
