"""One period for many people: columns where the case is plain, the plain engine elsewhere, the same fen either way.

What a plan uses decides whether it can be calculated in columns (`NotForBulk` names what cannot); what a person has
decides whether theirs is (`Sheet.slow`). Float columns carry bounds; who is in doubt is calculated again on fractions
by the same program. So every amount is exact, and the order of rows or the number of threads changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.plans.model import Plan
from orchestration.scoring.bulk.assembly import rating_numbers, total_column
from orchestration.scoring.bulk.columns import KpiColumns
from orchestration.scoring.bulk.metrics import points_by_metric
from orchestration.scoring.bulk.pay import base_column, component_columns, fen
from orchestration.scoring.bulk.roster import Roster
from orchestration.scoring.bulk.sheet import NotForBulk, Sheet
from orchestration.scoring.bulk.trace import trace_table
from orchestration.scoring.engine import score
from orchestration.scoring.inputs import Measurement, ScoringInputs
from orchestration.scoring.results import ScoringResult
from orchestration.scoring.run import index_run
from orchestration.scoring.team import RuleResult
from orchestration.scoring.team import test_rule as outcome_of
from orchestration.scoring.values import Values as WideValues


@dataclass(frozen=True, slots=True)
class Line:
    """One component of one plan for everybody who is due it: roster numbers and fen, side by side."""

    plan_id: str
    plan_version: int
    component: str
    people: np.ndarray
    amount_fen: np.ndarray


@dataclass(frozen=True, slots=True)
class BulkResult:
    """One period. `plain` is the plain engine's result for the people it calculated, `reasons` why whole plans were.

    `scores` (a reading in binary floats, nan where the plain engine scored) and `ratings` follow the roster; `in_doubt`
    counts people who were calculated on fractions.
    """

    lines: tuple[Line, ...]
    scores: np.ndarray
    ratings: np.ndarray
    trace: tuple[pa.Table, ...]
    plain: ScoringResult
    reasons: dict[str, str]
    in_doubt: int


def score_in_bulk(
    bundle: PlanBundle,
    period: Period,
    table: pa.Table,
    roster: Roster,
    *,
    wide: Sequence[Measurement] = (),
    with_trace: bool = False,
) -> BulkResult:
    """Score everybody in a roster from a table of measurements (columns of the KPI fact).

    The table has to hold every row of these people; rows of teams, departments and the company may come with it or as
    `wide`. A company whose values do not fit in memory is scored part by part (`Roster.part`), to the same amounts.

    Raises what `score` raises. With `with_trace` the points, category scores, totals, bases and amounts of everybody
    come as Arrow tables, one for each plan; the sentences of one person are written by the plain engine on demand.
    """
    kpis = KpiColumns(table, roster.number)
    wider = [*kpis.wide_rows(), *wide]
    seat, base, present = roster.plain(bundle, period)
    plans = roster.plans_of_seats(bundle, period)
    plain_seats = seat >= 0
    codes = np.where(plain_seats, roster.seat_code[seat], 0)
    base_fen = roster.base_fen[base] if len(roster.base_fen) else np.zeros(len(base), np.int64)
    since = roster.seat_since[seat]
    left = present.copy()
    result = _Collected(len(roster.employees))
    rules = _rules(bundle, period, wider)
    values = WideValues(wider)
    for plan in {(plan.id, plan.version): plan for plan in plans if plan is not None}.values():
        of_plan = np.array([one is plan for one in plans], bool)
        people = np.flatnonzero(plain_seats & of_plan[codes])
        people = people[roster.currencies[base[people]] == plan.currency] if len(people) else people
        if not len(people):
            continue
        job = _Job(bundle, plan, period, roster, kpis, values, rules, base_fen, codes, since)
        try:
            done = job.calculate(people, result, with_trace=with_trace)
        except NotForBulk as reason:
            result.reasons[f"{plan.id} v{plan.version}"] = str(reason)
            continue
        left[done] = False
    slow = np.flatnonzero(left)
    plain = _plain(bundle, period, roster, kpis, wider, slow)
    return BulkResult(
        tuple(result.lines), result.scores, result.ratings, tuple(result.trace), plain, result.reasons, result.in_doubt
    )


_PART = 16_384


class _Collected:
    def __init__(self, people: int) -> None:
        self.lines: list[Line] = []
        self.scores = np.full(people, np.nan)
        self.ratings = np.full(people, -1, np.int8)
        self.trace: list[pa.Table] = []
        self.reasons: dict[str, str] = {}
        self.in_doubt = 0

    def take(self, other: "_Collected", people: np.ndarray) -> None:
        """Add what was collected for a plan that came to its end."""
        self.lines += other.lines
        self.trace += other.trace
        self.in_doubt += other.in_doubt
        self.scores[people], self.ratings[people] = other.scores[people], other.ratings[people]


@dataclass(frozen=True, slots=True)
class _Job:
    bundle: PlanBundle
    plan: Plan
    period: Period
    roster: Roster
    kpis: KpiColumns
    wide: WideValues
    rules: dict[str, RuleResult]
    base_fen: np.ndarray
    codes: np.ndarray
    since: np.ndarray

    def calculate(self, people: np.ndarray, result: _Collected, *, with_trace: bool) -> np.ndarray:
        """Calculate people of the plan; gives those who are done."""
        if self.period.days < self.plan.proration.min_days:
            raise NotForBulk("min_days beyond the period")
        # Some thousands at a time: the columns of a part stay in the processor's cache, and memory does not grow.
        parts = [people[start : start + _PART] for start in range(0, len(people), _PART)]
        collected = _Collected(len(self.roster.employees))
        done = np.concatenate([self._calculate_part(part, collected, with_trace=with_trace) for part in parts])
        result.take(collected, done)
        return done

    def _calculate_part(self, people: np.ndarray, result: "_Collected", *, with_trace: bool) -> np.ndarray:
        first = self._run(people, exact=False)
        certain = ~first.sheet.slow & ~first.sheet.doubt
        self._collect(first, certain, result, with_trace=with_trace)
        done = [people[certain]]
        doubtful = people[first.sheet.doubt & ~first.sheet.slow]
        if len(doubtful):
            second = self._run(doubtful, exact=True)
            self._collect(second, ~second.sheet.slow, result, with_trace=with_trace)
            done.append(doubtful[~second.sheet.slow])
            result.in_doubt += len(doubtful)
        return np.concatenate(done)

    def _run(self, people: np.ndarray, *, exact: bool) -> "_Outcome":
        sheet = Sheet(
            bundle=self.bundle,
            plan=self.plan,
            period=self.period,
            roster=self.roster,
            kpis=self.kpis,
            wide=self.wide,
            people=people,
            seat_codes=self.codes[people],
            since=self.since[people],
            exact=exact,
        )
        total = total_column(sheet, points_by_metric(sheet))
        bands = None if self.plan.rating is None else rating_numbers(sheet, self.plan.rating, total)
        base_column(sheet, self.base_fen[people])
        lines = []
        for component, amounts, due in component_columns(sheet, self.rules):
            sheet.trace[f"pay/{component.id}"] = amounts
            lines.append((component.id, fen(sheet, amounts, due), due))
        sheet.forget()
        return _Outcome(sheet, bands, lines)

    def _collect(self, outcome: "_Outcome", kept: np.ndarray, result: _Collected, *, with_trace: bool) -> None:
        people = outcome.sheet.people
        for component, amounts, due in outcome.lines:
            paid = kept & due
            line = Line(self.plan.id, self.plan.version, component, people[paid], amounts[paid])
            result.lines.append(line)
        total = outcome.sheet.score
        if total is not None:
            result.scores[people[kept]] = total.values[kept].astype(float)
        if outcome.bands is not None:
            result.ratings[people[kept]] = outcome.bands[kept]
        if with_trace:
            result.trace.append(trace_table(outcome.sheet, outcome.lines, kept))


@dataclass(frozen=True, slots=True)
class _Outcome:
    sheet: Sheet
    bands: np.ndarray | None
    lines: list[tuple[str, np.ndarray, np.ndarray]]


def _rules(bundle: PlanBundle, period: Period, wide: list[Measurement]) -> dict[str, RuleResult]:
    run = index_run(bundle, period, ScoringInputs(tuple(wide), (), (), (), ()))
    day = period.last_day
    rules = [
        rule for rule in bundle.team_rules if rule.valid_from <= day and (not rule.valid_to or day < rule.valid_to)
    ]
    return {rule.id: outcome_of(run, rule) for rule in rules}


def _plain(
    bundle: PlanBundle, period: Period, roster: Roster, kpis: KpiColumns, wide: list[Measurement], people: np.ndarray
) -> ScoringResult:
    if not len(people):
        return ScoringResult((), (), ())
    chosen = {roster.employees[index] for index in people.tolist()}

    def mine(rows: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(row for row in rows if row.employee_no in chosen)

    inputs = roster.inputs
    return score(
        bundle,
        period,
        replace(
            inputs,
            measurements=(*kpis.rows_of(people.tolist()), *wide),
            assignments=mine(inputs.assignments),
            bases=mine(inputs.bases),
            events=mine(inputs.events),
            training=mine(inputs.training),
            carried=mine(inputs.carried),
            absences=mine(inputs.absences),
        ),
    )
