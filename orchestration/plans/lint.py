"""What a plan may say and probably should not: warnings, told apart from errors. A warning never stops a run."""

from collections.abc import Iterator
from itertools import pairwise

from orchestration.plans.bundle import PlanBundle
from orchestration.plans.curve_model import Formula, Tiered
from orchestration.plans.errors import Finding
from orchestration.plans.expression import names
from orchestration.plans.expressions import expressions_of
from orchestration.plans.model import Gate, Plan, Where
from orchestration.plans.quantities import decimal_text


def lint(bundle: PlanBundle) -> list[Finding]:
    """Every warning of a bundle, by file and line."""
    found = [finding for plan in bundle.plans for finding in _plan(plan)]
    found.extend(_unused(bundle))
    assigned = {assignment.plan_id for assignment in bundle.assignments}
    found.extend(
        _warn(plan.where, f"nobody is assigned to {plan.id}", "add it to assignments.yaml or end it")
        for plan in bundle.plans
        if plan.id not in assigned
    )
    return sorted(found)


def _plan(plan: Plan) -> Iterator[Finding]:
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
