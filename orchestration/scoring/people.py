"""Steps 0-10 for one person: eligibility, then a score for every segment."""

from dataclasses import dataclass, field
from fractions import Fraction

from orchestration.plans.expression import Unavailable
from orchestration.plans.model import Plan, PlanMetric
from orchestration.scoring.assembly import Held, category_score, rate, total_score
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.metrics import MetricOutcome, score_metric
from orchestration.scoring.reasons import reason_text
from orchestration.scoring.results import MetricScore, Score
from orchestration.scoring.run import Run
from orchestration.scoring.segments import Person, Segment
from orchestration.scoring.trace import Trace


@dataclass(slots=True)
class ScoredPerson:
    """Everything known about one person after scoring and before money."""

    person: Person
    trace: Trace
    contexts: list[SegmentContext] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)

    @property
    def held_reason(self) -> str:
        """Why this person's lines wait; "" when every segment has a score."""
        return "; ".join(dict.fromkeys(score.held_reason for score in self.scores if score.held_reason))

    @property
    def plans(self) -> list[Plan]:
        """Plan versions in the order of their segments."""
        return list({(ctx.plan.id, ctx.plan.version): ctx.plan for ctx in self.contexts}.values())


def score_person(run: Run, person: Person) -> ScoredPerson:
    """Score every segment of a person that counts enough days."""
    trace = Trace(person.employee_no)
    scored = ScoredPerson(person, trace)
    for segment in person.segments:
        if not person.is_assessed(segment):
            _too_few_days(trace, segment, person.days_in_seats)
            continue
        ctx, outcomes = segment_context(run, person, segment, trace)
        scored.contexts.append(ctx)
        scored.scores.append(_score(ctx, outcomes))
    return scored


def segment_context(
    run: Run, person: Person, segment: Segment, trace: Trace
) -> tuple[SegmentContext, dict[str, MetricOutcome]]:
    """A context whose metrics are scored on demand, and the outcomes as they come."""
    outcomes: dict[str, MetricOutcome] = {}

    def points_of(metric_id: str) -> Fraction:
        metric = segment.plan.metric(metric_id)
        if metric is None:
            raise Unavailable(metric_id, "missing", "not a metric of this plan")
        outcome = _outcome(ctx, metric, outcomes)
        if outcome.points is None:
            state = "not_applicable" if outcome.state in {"not_applicable", "excluded"} else "missing"
            raise Unavailable(f"{metric_id}.points", state, outcome.reason)
        return outcome.points

    ctx = SegmentContext(run, person, segment, trace, points_of)
    return ctx, outcomes


def _outcome(ctx: SegmentContext, metric: PlanMetric, outcomes: dict[str, MetricOutcome]) -> MetricOutcome:
    if metric.id not in outcomes:
        outcomes[metric.id] = score_metric(ctx, metric)
    return outcomes[metric.id]


def _score(ctx: SegmentContext, outcomes: dict[str, MetricOutcome]) -> Score:
    _note_segment(ctx)
    for metric in ctx.plan.metrics:
        if metric.pilot is None or _in_pilot(ctx, metric):
            _outcome(ctx, metric, outcomes)
    held = [_unruled(kind) for kind in ctx.segment.unruled_leave]
    for category in ctx.plan.categories:
        mine = [item for item in outcomes.values() if item.metric.category == category.id and not item.metric.pilot]
        mine.sort(key=lambda item: [metric.id for metric in ctx.plan.metrics].index(item.metric.id))
        result = category_score(ctx, category, mine)
        if isinstance(result, Held):
            held.append(result.reason)
            zh = f"{category.names.zh} 暂缓:{reason_text(result.reason, 'zh', ctx.names_of)}"
            en = f"{category.names.en} is held: {reason_text(result.reason, 'en', ctx.names_of)}"
            node, parent = f"{ctx.node}/category/{category.id}", f"{ctx.node}/score"
            ctx.trace.add(node, 8, zh, en, parent=parent, inputs={"reason": result.reason}, passed=False)
        else:
            ctx.categories[category.id] = result
    rating = None
    if not held:
        total = total_score(ctx, ctx.categories)
        if isinstance(total, Held):
            held.append(total.reason)
        else:
            ctx.total = total
            rating = rate(ctx, total)
    reason = "; ".join(held)
    if reason:
        zh = f"得分暂缓:{reason_text(reason, 'zh', ctx.names_of)}"
        en = f"the score is held: {reason_text(reason, 'en', ctx.names_of)}"
        ctx.trace.add(f"{ctx.node}/score", 9, zh, en, parent=ctx.node, inputs={"reason": reason}, passed=False)
    return Score(
        employee_no=ctx.person.employee_no,
        plan_id=ctx.plan.id,
        plan_version=ctx.plan.version,
        segment_from=ctx.segment.start,
        segment_to=ctx.segment.end,
        metrics=tuple(
            MetricScore(metric.id, metric.category, metric.weight, item.state, item.points)
            for metric in ctx.plan.metrics
            if (item := outcomes.get(metric.id))
        ),
        categories=dict(ctx.categories),
        total=ctx.total,
        rating=rating,
        held_reason=reason,
    )


def _in_pilot(ctx: SegmentContext, metric: PlanMetric) -> bool:
    return metric.pilot is not None and metric.pilot.is_on(ctx.segment.team_id, ctx.run.period.last_day)


def _unruled(kind: str) -> str:
    return f"the plan does not say whether leave of type {kind} counts"


def _note_segment(ctx: SegmentContext) -> None:
    segment, plan = ctx.segment, ctx.plan
    span = f"{segment.start.isoformat()}..{segment.last_day.isoformat()}"
    seat = f"{segment.position_id} / {segment.team_id}"
    zh = f"{plan.names.zh}(第 {plan.version} 版),{span},{segment.days} 天,岗位 {seat}"
    en = f"{plan.names.en} (version {plan.version}), {span}, {segment.days} days, seat {seat}"
    if segment.away:
        away = segment.days - segment.counted_days
        zh, en = f"{zh},其中 {away} 天假期不计", f"{en}, {away} days of leave not counted"
    inputs = {"from": segment.start.isoformat(), "to": segment.end.isoformat(), "days": str(segment.days)}
    inputs |= {"position": segment.position_id, "team": segment.team_id, "department": segment.department_id}
    ctx.trace.add(ctx.node, 0, zh, en, inputs=inputs, parameter=ctx.cite(plan.where, ""))


def _too_few_days(trace: Trace, segment: Segment, days: int) -> None:
    least = max(1, segment.plan.proration.min_days)
    zh = f"本期在岗 {days} 天,少于方案要求的 {least} 天,不参与考核"
    en = f"{days} days in the period, fewer than the {least} the plan asks for: not eligible"
    where = f"{segment.plan.id} v{segment.plan.version} {segment.plan.where}"
    trace.add(segment.node, 0, zh, en, parameter=where, passed=False)
