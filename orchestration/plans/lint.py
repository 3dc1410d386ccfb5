"""What a plan may say and probably should not: warnings, told apart from errors. A warning never stops a run."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from orchestration.plans.bundle import PlanBundle
from orchestration.plans.curve_model import Formula, Tiered
from orchestration.plans.errors import Finding
from orchestration.plans.expression import names
from orchestration.plans.expressions import expressions_of
from orchestration.plans.model import Gate, Plan, Where
from orchestration.plans.quantities import decimal_text
from orchestration.plans.read_plan import horizon_weights

SMALL_WEIGHT = Fraction(5)
"""Below this weight of 100 a metric steers nobody; a rule of thumb of the linter, no figure of a plan."""


def lint(bundle: PlanBundle) -> list[Finding]:
    """Every warning of a bundle, by file and line."""
    found = [finding for plan in bundle.plans for finding in _plan(plan, bundle)]
    found.extend(_unused(bundle))
    assigned = {assignment.plan_id for assignment in bundle.assignments}
    found.extend(
        _warn(plan.where, f"nobody is assigned to {plan.id}", "add it to assignments.yaml or end it")
        for plan in bundle.plans
        if plan.id not in assigned
    )
    return sorted(found)


def _plan(plan: Plan, bundle: PlanBundle) -> Iterator[Finding]:
    yield from _consultation(plan)
    if plan.balance is None:
        yield _warn(plan.where, f"{plan.id} does not balance short and long-term metrics", "add balance: (F157)")
    if plan.retro_limit_months is None:
        yield _warn(
            plan.where, f"{plan.id} does not say how far back corrections reach", "add retro: {limit_months: 12}"
        )
    if plan.rating is None:
        yield _warn(plan.where, f"{plan.id} has no rating", "add rating: (F148)")
    yield from _categories(plan)
    yield from _metrics(plan)
    yield from _incentives(plan, bundle)
    if plan.payout.cap is None and all(component.cap is None for component in plan.payout.components):
        yield _warn(plan.payout.where, f"nothing limits what {plan.id} pays", "add cap: to payout")


def _consultation(plan: Plan) -> Iterator[Finding]:
    consultation = plan.consultation
    if consultation is None:
        yield _warn(
            plan.where, f"{plan.id} version {plan.version} has no record of a consultation", "add consultation: (F158)"
        )
        return
    if consultation.published_from > plan.valid_from:
        published = consultation.published_from.isoformat()
        message = f"{plan.id} takes effect on {plan.valid_from.isoformat()}, before it was published on {published}"
        yield _warn(plan.where, message, "publish first, or move effective: from")
    if consultation.held_on > consultation.published_from:
        yield _warn(plan.where, f"{plan.id} was published before it was discussed", "check the dates of consultation:")


def _categories(plan: Plan) -> Iterator[Finding]:
    for category in plan.categories:
        deducts = any(rule.category == category.id for rule in plan.deductions)
        if deducts and category.max_deduction is None:
            message = f"deductions of {category.id} are not limited"
            yield _warn(category.where, message, "add max_deduction: (F119)")
        if category.clamp is None and any(rule.category == category.id for rule in plan.bonuses):
            yield _warn(category.where, f"bonus points of {category.id} are not limited", "add clamp: 110")
        horizons = {m.horizon for m in plan.metrics if m.category == category.id and m.pilot is None}
        if None in horizons:
            yield _warn(
                category.where, f"metrics of {category.id} have no horizon", "add horizon: short or long (F157)"
            )


def _metrics(plan: Plan) -> Iterator[Finding]:
    for metric in plan.metrics:
        for gate in metric.gates:
            yield from _gate(gate)
        if metric.pilot is None and metric.weight == 0 and not _is_used(plan, metric.id):
            yield _warn(metric.where, f"{metric.id} weighs nothing", "write pilot: or remove it")
        if metric.pilot is None and metric.cap < metric.full_points:
            cap, full = decimal_text(metric.cap), decimal_text(metric.full_points)
            message = f"{metric.id} is capped at {cap}, below its full {full} points"
            yield _warn(metric.where, message, "raise cap or write full_points:")
        if metric.training and metric.cap <= metric.full_points:
            message = (
                f"the training points of {metric.id} are lost to anybody on target: cap {decimal_text(metric.cap)}"
            )
            yield _warn(metric.where, message, "raise cap (T7)")
        if isinstance(metric.curve, Tiered):
            values = [tier.value for tier in metric.curve.table.tiers]
            if any(low > high for low, high in pairwise(values)) and any(low < high for low, high in pairwise(values)):
                yield _warn(metric.where, f"the steps of {metric.id} rise and fall", "check the tiers")


def _incentives(plan: Plan, bundle: PlanBundle) -> Iterator[Finding]:
    """What people would do about this plan rather than what its author meant."""
    live = [metric for metric in plan.metrics if metric.pilot is None and metric.weight]
    shares = {category.id: category.weight / 100 for category in plan.categories}
    for metric in live:
        weight = metric.weight * (shares.get(metric.category, 1) if plan.weight_basis == "category" else 1)
        if weight < SMALL_WEIGHT:
            message = f"{metric.id} weighs {decimal_text(Fraction(weight))} of 100: nobody will act on it"
            yield _warn(metric.where, message, f"give it {decimal_text(SMALL_WEIGHT)} or more, or drop it")
    units = {bundle.metrics[metric.metric_id].unit if metric.metric_id else "points" for metric in live}
    if "count" in units and not units & {"ratio", "points", "hours"}:
        message = f"{plan.id} pays volume and no quality: {', '.join(metric.id for metric in live)}"
        yield _warn(plan.where, message, "add a ratio or a mark of quality, or a gate on one (F076)")
    if plan.balance is not None and horizon_weights(plan) != (plan.balance.short, plan.balance.long):
        short, long = (decimal_text(weight) for weight in horizon_weights(plan))
        asked = f"{decimal_text(plan.balance.short)}:{decimal_text(plan.balance.long)}"
        yield _warn(
            plan.where, f"short and long-term weigh {short}:{long}, balance says {asked}", "move weights (F157)"
        )
    if plan.leaver == "forfeit":
        yield _warn(plan.where, f"{plan.id} takes what leavers have earned", "write leaver: pay_earned; ask a lawyer")
    for metric in plan.metrics:
        if metric.pilot and metric.pilot.would_weigh is None:
            message = f"the pilot {metric.id} cannot be shown as if it had counted"
            yield _warn(metric.where, message, "add would_weigh: to pilot (F187)")


def _gate(gate: Gate) -> Iterator[Finding]:
    if gate.on_fail == "exclude_renormalise":
        message = "whoever fails this gate is measured by the other metrics and may gain by it"
        yield _warn(gate.where, message, "write on_fail: zero (T2)")


def _is_used(plan: Plan, metric_id: str) -> bool:
    curves = [metric.curve.expression for metric in plan.metrics if isinstance(metric.curve, Formula)]
    return any(name.partition(".")[0] == metric_id for curve in curves for name in names(curve))


def _unused(bundle: PlanBundle) -> Iterator[Finding]:
    used = {name for plan in bundle.plans for expression in expressions_of(plan) for name in names(expression)}
    for rule in bundle.team_rules:
        used.update([*names(rule.when), *names(rule.award.amount)])
    for identity, parameter in bundle.parameters.items():
        if identity not in used:
            yield _warn(parameter.where, f"no plan uses the parameter {identity}", "remove it or use it")


def _warn(where: Where, what: str, fix: str) -> Finding:
    return Finding(where.file, where.line, what, fix, "warning")
