"""Steps 6-10: category scores, deductions, bonus points, clamps, the total and its rating."""

from dataclasses import dataclass
from fractions import Fraction

from orchestration.plans.expression import Unavailable, evaluate
from orchestration.plans.model import Bonus, Category, Deduction, Names, Rating
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.gates import apply_gates
from orchestration.scoring.inputs import ScoringEvent
from orchestration.scoring.metrics import MetricOutcome
from orchestration.scoring.reasons import without_value
from orchestration.scoring.trace import Told, number, percent, term


@dataclass(frozen=True, slots=True)
class Held:
    """No score: the reason somebody has to clear first."""

    reason: str


def category_score(ctx: SegmentContext, category: Category, outcomes: list[MetricOutcome]) -> Fraction | Held:
    """The score of one category after deductions, bonus points, clamp and its gates, on the scale 0-100."""
    node = f"{ctx.node}/category/{category.id}"
    blocked = [outcome for outcome in outcomes if outcome.state in {"missing", "pending"} and outcome.metric.weight]
    if blocked:
        return Held("; ".join(outcome.reason for outcome in blocked))
    counted = [outcome for outcome in outcomes if outcome.points is not None and outcome.metric.weight]
    weight = sum((outcome.metric.weight for outcome in counted), Fraction(0))
    if not weight:
        return Held(f"{category.names.zh}:没有可用的指标 / no metric of {category.names.en} applies")
    total = sum((outcome.metric.weight * (outcome.points or 0) for outcome in counted), Fraction(0))
    score = total / weight
    terms = " + ".join(f"{number(item.metric.weight)} * {term(item.points or Fraction(0))}" for item in counted)
    text = f"({terms}) / {number(weight)} = {number(score)}"
    ctx.trace.add(
        f"{node}/mean",
        6,
        f"{category.names.zh} 加权得分 = {text}",
        f"{category.names.en} weighted score = {text}",
        parent=node,
        value=score,
        unit="points",
        inputs={"left_out": [item.metric.id for item in outcomes if item.points is None]},
        parameter=ctx.cite(category.where, "F047"),
    )
    try:
        score = _deduct(ctx, category, score, node)
        score = _reward(ctx, category, score, node)
    except Unavailable as unavailable:
        return Held(without_value(unavailable.name, unavailable.state, unavailable.reason))
    score = _clamp(ctx, category, score, node)
    gates = tuple(gate for gate in ctx.plan.gates if gate.scope == "category" and gate.category == category.id)
    outcome = apply_gates(ctx, gates, score, node, 8)
    if outcome.action == "hold":
        return Held(outcome.reason)
    zh, en = (
        f"{category.names.zh} 得分 = {number(outcome.value)}",
        f"{category.names.en} score = {number(outcome.value)}",
    )
    cited = ctx.cite(category.where, "F046")
    inputs = {"weight": number(category.weight)}
    ctx.trace.add(
        node, 8, zh, en, parent=f"{ctx.node}/score", value=outcome.value, unit="points", inputs=inputs, parameter=cited
    )
    return outcome.value


def total_score(ctx: SegmentContext, scores: dict[str, Fraction]) -> Fraction | Held:
    """The weighted sum of the categories, clamped, after the gates of the plan."""
    node = f"{ctx.node}/score"
    raw = sum((category.weight * scores[category.id] for category in ctx.plan.categories), Fraction(0)) / 100
    terms = " + ".join(f"{percent(item.weight / 100)} * {term(scores[item.id])}" for item in ctx.plan.categories)
    most = ctx.plan.score_max
    total = max(Fraction(0), raw if most is None else min(most, raw))
    limited_zh = "" if total == raw else f",限制为 {number(total)}"
    limited_en = "" if total == raw else f", limited to {number(total)}"
    outcome = apply_gates(ctx, tuple(gate for gate in ctx.plan.gates if gate.scope == "plan"), total, node, 9)
    if outcome.action == "hold":
        return Held(outcome.reason)
    if outcome.value != total:
        limited_zh += f",门槛后 {number(outcome.value)}"
        limited_en += f", {number(outcome.value)} after gates"
    text = f"{terms} = {number(raw)}"
    ctx.trace.add(
        node,
        9,
        f"绩效总分 = {text}{limited_zh}",
        f"total score = {text}{limited_en}",
        parent=ctx.node,
        value=outcome.value,
        unit="points",
        parameter=ctx.cite(ctx.plan.where, "F046, F047"),
    )
    return outcome.value


def rate(ctx: SegmentContext, score: Fraction) -> str | None:
    """The rating band of the unrounded score."""
    rating = ctx.plan.rating
    if rating is None:
        return None
    band, edge = band_of(rating, score)
    text = f"{number(score)} {'≥' if rating.at_edge == 'upper' else '>'} {number(edge)}"
    cited = ctx.cite(ctx.plan.where, "F148")
    ctx.trace.add(
        f"{ctx.node}/rating",
        10,
        f"评级 {band}({text})",
        f"rating {band} ({text})",
        parent=f"{ctx.node}/score",
        value=score,
        unit="points",
        parameter=cited,
    )
    return band


def band_of(rating: Rating, score: Fraction) -> tuple[str, Fraction]:
    """The best band whose lower edge the score reaches (`upper`) or passes (`lower`); the last one takes the rest."""
    for band, edge in rating.bands:
        if score > edge or (rating.at_edge == "upper" and score == edge):
            return band, edge
    return rating.bands[-1]


def _deduct(ctx: SegmentContext, category: Category, score: Fraction, node: str) -> Fraction:
    taken = Fraction(0)
    rules = [rule for rule in ctx.plan.deductions if rule.category == category.id]
    for position, rule in enumerate(rules, start=1):
        place = f"{node}/deduction/{position}"
        taken += _events(ctx, rule, score, place, node) if rule.event else _threshold(ctx, rule, place, node)
    if not taken:
        return score
    limited, limit_text = taken, ""
    if category.max_deduction is not None:
        limit = ctx.figure(category.max_deduction)
        limit = score * limit if category.max_deduction_is_share else limit
        if taken > limit:
            limited, limit_text = limit, f" (max {number(limit)})"
    result = max(Fraction(0), score - limited)
    text = f"{term(score)} - {term(taken)}{limit_text} = {number(result)}"
    zh, en = f"{category.names.zh} 扣减后:{text}", f"{category.names.en} after deductions: {text}"
    cited = ctx.cite(category.where, "F119", category.max_deduction)
    ctx.trace.add(f"{node}/deducted", 7, zh, en, parent=node, value=result, unit="points", parameter=cited)
    return result


def _events(ctx: SegmentContext, rule: Deduction, score: Fraction, place: str, parent: str) -> Fraction:
    counted = [event for event in ctx.run.events.get(ctx.person.employee_no, []) if _counts(ctx, rule, event)]
    per_event = ctx.figure(rule.per_event) if rule.per_event is not None else Fraction(0)
    is_share = rule.per_event is not None and ctx.unit(rule.per_event) == "ratio"
    if not is_share:
        points = per_event * len(counted)
        text = f"{len(counted)} * {number(per_event)} = {number(points)}"
    elif rule.mode == "compound":
        points = score * (1 - (1 - per_event) ** len(counted))
        text = f"{term(score)} * (1 - (1 - {percent(per_event)})^{len(counted)}) = {number(points)}"
    else:
        points = min(score, score * per_event * len(counted))
        text = f"{term(score)} * {percent(per_event)} * {len(counted)} = {number(points)}"
    zh = f"{rule.names.zh} {len(counted)} 次 → 扣 {text} 分" if counted else f"{rule.names.zh} 0 次,不扣分"
    en = f"{rule.names.en}: {len(counted)} -> minus {text}" if counted else f"{rule.names.en}: none, nothing deducted"
    inputs = {
        "events": [event.event_id for event in counted],
        "source_records": [event.source_record for event in counted if event.source_record],
    }
    cited = ctx.cite(rule.where, rule.reference, rule.per_event)
    ctx.trace.add(
        place, 7, zh, en, parent=parent, value=points, unit="points", inputs=inputs, parameter=cited, passed=not counted
    )
    return points


def _counts(ctx: SegmentContext, rule: Deduction, event: ScoringEvent) -> bool:
    on = event.confirmed_on if rule.counts_on == "confirmed" else event.occurred_on
    if event.event_type != rule.event or on is None or not ctx.segment.start <= on < ctx.segment.end:
        return False
    if rule.count_if is None:
        return True
    facts = {"status": event.status, "event_type": event.event_type}
    return bool(evaluate(rule.count_if, lambda name: facts[name] if name in facts else ctx.run.parameter(name)))


def _threshold(ctx: SegmentContext, rule: Deduction, place: str, parent: str) -> Fraction:
    if rule.when is None or rule.points is None:
        return Fraction(0)
    cited = ctx.cite(rule.where, rule.reference, rule.when, rule.points)
    try:
        missed, told = ctx.condition(rule.when)
    except Unavailable as unavailable:
        if unavailable.state != "not_applicable":
            raise
        zh, en = f"{rule.names.zh}:不适用,不扣分", f"{rule.names.en}: does not apply, nothing deducted"
        ctx.trace.add(place, 7, zh, en, parent=parent, value=Fraction(0), unit="points", parameter=cited, passed=True)
        return Fraction(0)
    points = ctx.figure(rule.points) if missed else Fraction(0)
    zh = f"{told.zh} → 扣 {number(points)} 分({rule.names.zh})" if missed else f"{told.zh},不扣分"
    en = f"{told.en} -> minus {number(points)} points ({rule.names.en})" if missed else f"{told.en}, nothing deducted"
    ctx.trace.add(
        place,
        7,
        zh,
        en,
        parent=parent,
        value=points,
        unit="points",
        inputs={"conditions": told.code},
        parameter=cited,
        passed=not missed,
    )
    return points


def _reward(ctx: SegmentContext, category: Category, score: Fraction, node: str) -> Fraction:
    rules = [rule for rule in ctx.plan.bonuses if rule.category == category.id]
    for position, rule in enumerate(rules, start=1):
        score += _bonus(ctx, rule, f"{node}/bonus/{position}", node)
    return score


def _bonus(ctx: SegmentContext, rule: Bonus, place: str, parent: str) -> Fraction:
    cited = ctx.cite(rule.where, rule.reference, rule.when, rule.points)
    try:
        met, told = ctx.condition(rule.when)
    except Unavailable as unavailable:
        if unavailable.state != "not_applicable":
            raise
        labels = ctx.names_of(unavailable.name) or Names(unavailable.name, unavailable.name)
        met, told = False, Told([], f"{labels.zh} 不适用", f"{labels.en} does not apply")
    points = ctx.figure(rule.points) if met else Fraction(0)
    zh = f"{rule.names.zh}:{told.zh} → {f'加 {number(points)} 分' if met else '不加分'}"
    en = f"{rule.names.en}: {told.en} -> {f'plus {number(points)} points' if met else 'nothing added'}"
    ctx.trace.add(
        place,
        8,
        zh,
        en,
        parent=parent,
        value=points,
        unit="points",
        inputs={"conditions": told.code},
        parameter=cited,
        passed=met,
    )
    return points


def _clamp(ctx: SegmentContext, category: Category, score: Fraction, node: str) -> Fraction:
    clamped = max(Fraction(0), score if category.clamp is None else min(category.clamp, score))
    if clamped != score:
        most = number(category.clamp) if category.clamp is not None else "∞"
        zh = f"{category.names.zh} 限制在 0 至 {most}:{number(score)} → {number(clamped)}"
        en = f"{category.names.en} limited to 0..{most}: {number(score)} -> {number(clamped)}"
        cited = ctx.cite(category.where, "")
        ctx.trace.add(f"{node}/clamp", 8, zh, en, parent=node, value=clamped, unit="points", parameter=cited)
    return clamped
