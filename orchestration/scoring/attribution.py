"""Which rule brought which yuan: the amounts of a result, taken apart without a remainder.

A component that is computed from the score is divided among the metrics by the points they brought to it; what
deductions, bonus points, clamps and gates made of those points is one part of its own. A component that reads amounts
is its own part. What draws, floors, caps and pools changed at the end is the last part. All parts of a person add up to
exactly what the person is paid.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from orchestration.plans import PlanBundle
from orchestration.plans.expression import names
from orchestration.plans.model import Component, Plan
from orchestration.scoring.results import PayComponent, Score, ScoringResult, TraceRow

PartKind = Literal["metric", "score_rules", "component", "limits"]
Part = tuple[PartKind, str]
SCORE_RULES: Part = ("score_rules", "")
LIMITS: Part = ("limits", "")


@dataclass(frozen=True, slots=True)
class _Segment:
    score: Score
    plan: Plan
    amounts: dict[str, Fraction]


def attribute(bundle: PlanBundle, result: ScoringResult, plan_id: str, people: Iterable[str]) -> dict[Part, Fraction]:
    """The exact yuan of every part, summed over some people who are paid under a plan."""
    wanted = set(people)
    plans = {(plan.id, plan.version): plan for plan in bundle.plans}
    segments = _segments(result, plans, wanted)
    sums: dict[Part, Fraction] = defaultdict(Fraction)
    for part in result.components:
        if part.plan_id == plan_id and part.employee_no in wanted and part.amount is not None:
            _add(sums, part, plans[part.plan_id, part.plan_version], segments.get(part.employee_no, []))
    return dict(sums)


def brought(score: Score, plan: Plan) -> dict[str, Fraction]:
    """Points of the total that every counted metric brought, before deductions, bonus points and clamps."""
    shares = {category.id: category.weight / 100 for category in plan.categories}
    weights: dict[str, Fraction] = defaultdict(Fraction)
    counted = [metric for metric in score.metrics if metric.points is not None and metric.weight]
    for metric in counted:
        # Metrics that do not apply gave their weight to the others of their category.
        weights[metric.category] += metric.weight
    return {
        metric.metric_id: (metric.points or Fraction(0)) * metric.weight / weights[metric.category]
        * shares[metric.category]
        for metric in counted
    }  # fmt: skip


def _segments(result: ScoringResult, plans: dict[tuple[str, int], Plan], wanted: set[str]) -> dict[str, list[_Segment]]:
    nodes: dict[tuple[str, str], str] = {}
    amounts: dict[tuple[str, str], dict[str, Fraction]] = defaultdict(dict)
    for row in result.trace:
        if row.employee_no in wanted:
            _note(row, nodes, amounts)
    found: dict[str, list[_Segment]] = defaultdict(list)
    for score in result.scores:
        if score.employee_no in wanted:
            node = nodes[score.employee_no, score.segment_from.isoformat()]
            plan = plans[score.plan_id, score.plan_version]
            found[score.employee_no].append(_Segment(score, plan, amounts[score.employee_no, node]))
    return found


def _note(
    row: TraceRow, nodes: dict[tuple[str, str], str], amounts: dict[tuple[str, str], dict[str, Fraction]]
) -> None:
    segment, _, rest = row.node.partition("/")
    if not rest and "from" in row.inputs:
        nodes[row.employee_no, row.inputs["from"]] = segment
    elif rest.startswith("pay/") and rest.count("/") == 1 and row.value is not None:
        amounts[row.employee_no, segment][rest.removeprefix("pay/")] = row.value


def _add(sums: dict[Part, Fraction], part: PayComponent, plan: Plan, segments: list[_Segment]) -> None:
    component = next(item for item in plan.payout.components if item.id == part.component)
    mine = [segment for segment in segments if segment.plan is plan and component.id in segment.amounts]
    whole = sum((segment.amounts[component.id] for segment in mine), Fraction(0))
    own: Part = ("component", component.id)
    for segment in mine:
        amount = segment.amounts[component.id]
        for key, share in _shares(component, segment).items():
            sums[key] += amount * share
    final = part.amount or Fraction(0)
    is_whole = component.team_rule is not None or component.clawback is not None
    sums[own if is_whole else LIMITS] += final - whole


def _shares(component: Component, segment: _Segment) -> dict[Part, Fraction]:
    """What part of a segment's amount each rule brought; the shares add up to 1."""
    own: Part = ("component", component.id)
    used = {name for item in (component.formula, component.amount) if item is not None for name in names(item)}
    score = segment.score
    scored = {category.id for category in segment.plan.categories if f"{category.id}.score" in used}
    if used & {"score", "total_score"}:
        scored = {category.id for category in segment.plan.categories}
        total = score.total or Fraction(0)
    else:
        weights = {category.id: category.weight / 100 for category in segment.plan.categories}
        total = sum((weights[item] * score.categories.get(item, Fraction(0)) for item in scored), Fraction(0))
    if not scored or not total:
        return {own: Fraction(1)}
    category_of = {metric.metric_id: metric.category for metric in score.metrics}
    parts = brought(score, segment.plan)
    shares: dict[Part, Fraction] = {
        ("metric", metric_id): points / total for metric_id, points in parts.items() if category_of[metric_id] in scored
    }
    shares[SCORE_RULES] = 1 - sum(shares.values(), Fraction(0))
    return shares
