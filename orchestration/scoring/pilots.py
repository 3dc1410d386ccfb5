"""Pilot metrics as if they had counted: what a cohort would have been paid (F154, F187).

The pilot takes the weight `would_weigh` inside its category; the other metrics of the category keep their proportions
and share the rest. Nothing of this is ever paid; the comparison is a report of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from orchestration.periods import Period
from orchestration.plans.model import Plan, PlanMetric
from orchestration.scoring.results import ScoringResult
from orchestration.scoring.segments import Person


@dataclass(frozen=True, slots=True)
class PilotPayout:
    """One person of a cohort. Amounts are exact; None: held under that reading. `points` are the pilot's own."""

    employee_no: str
    plan_id: str
    plan_version: int
    metrics: tuple[str, ...]
    points: tuple[Fraction | None, ...]
    paid: Fraction | None
    as_if: Fraction | None

    @property
    def change(self) -> Fraction | None:
        """What counting the pilot would have changed."""
        return None if self.paid is None or self.as_if is None else self.as_if - self.paid


def with_live_pilots(person: Person, period: Period) -> Person:
    """The person with the pilots of their team counted in every segment."""
    segments = tuple(
        replace(segment, plan=_promoted(segment.plan, segment.team_id, period)) for segment in person.segments
    )
    return replace(person, segments=segments)


def compare_pilots(counted: ScoringResult, as_if: ScoringResult, plans: Iterable[Plan]) -> tuple[PilotPayout, ...]:
    """People who are shown a pilot with a trial weight: what they are paid, and what they would have been paid."""
    trials = {
        (plan.id, plan.version): {m.id for m in plan.metrics if m.pilot and m.pilot.would_weigh} for plan in plans
    }
    paid, would = _totals(counted), _totals(as_if)
    rows: dict[tuple[str, str, int], PilotPayout] = {}
    for score in as_if.scores:
        wanted = trials.get((score.plan_id, score.plan_version), set())
        mine = [metric for metric in score.metrics if metric.metric_id in wanted]
        if mine:
            key = (score.employee_no, score.plan_id, score.plan_version)
            metrics, points = tuple(m.metric_id for m in mine), tuple(m.points for m in mine)
            rows[key] = PilotPayout(*key, metrics, points, paid.get(key), would.get(key))
    return tuple(rows[key] for key in sorted(rows))


def _promoted(plan: Plan, team_id: str, period: Period) -> Plan:
    trial = [
        metric
        for metric in plan.metrics
        if metric.pilot and metric.pilot.would_weigh and metric.pilot.is_on(team_id, period.last_day)
    ]
    if not trial:
        return plan
    return replace(plan, metrics=tuple(_weighed(plan, metric, trial) for metric in plan.metrics))


def _weighed(plan: Plan, metric: PlanMetric, trial: list[PlanMetric]) -> PlanMetric:
    if metric.pilot is not None:
        return replace(metric, pilot=None, weight=metric.pilot.would_weigh) if metric in trial else metric
    taken = [item.pilot.would_weigh for item in trial if item.pilot and item.category == metric.category]
    whole = sum((m.weight for m in plan.metrics if m.category == metric.category), Fraction(0))
    rest = whole - sum((weight for weight in taken if weight is not None), Fraction(0))
    return replace(metric, weight=metric.weight * rest / whole) if whole else metric


def _totals(result: ScoringResult) -> dict[tuple[str, str, int], Fraction | None]:
    totals: dict[tuple[str, str, int], Fraction | None] = {}
    for part in result.components:
        key = (part.employee_no, part.plan_id, part.plan_version)
        known = totals.get(key, Fraction(0))
        totals[key] = None if known is None or part.amount is None else known + part.amount
    return totals
