"""Every expression of a plan, wherever it stands: for checks that ask what a plan uses."""

from collections.abc import Iterator

from orchestration.plans.expression import Expression
from orchestration.plans.model import Plan


def expressions_of(plan: Plan) -> Iterator[Expression]:
    """Every expression of a plan."""
    candidates: list[Expression | None] = [category.max_deduction for category in plan.categories]
    for metric in plan.metrics:
        candidates += [metric.target, *(gate.when for gate in metric.gates), *_of_curve(metric.curve)]
    candidates += [gate.when for gate in plan.gates]
    for rule in plan.deductions:
        candidates += [rule.per_event, rule.count_if, rule.when, rule.points]
    for bonus in plan.bonuses:
        candidates += [bonus.when, bonus.points]
    payout = plan.payout
    candidates += [payout.base.percent, *payout.caps, payout.floor, payout.pool]
    for part in payout.components:
        candidates += [part.when, part.formula, part.amount, part.cap, part.floor]
        candidates.append(part.draw.amount if part.draw else None)
        candidates.append(part.clawback.cap if part.clawback else None)
    if plan.lifecycle and plan.lifecycle.pip:
        candidates.append(plan.lifecycle.pip.below)
    if plan.lifecycle and plan.lifecycle.annual_award:
        candidates.append(plan.lifecycle.annual_award.when)
    yield from (expression for expression in candidates if expression is not None)


def _of_curve(curve: object) -> list[Expression]:
    found = (getattr(curve, name, None) for name in ("expression", "when", "row", "column"))
    return [expression for expression in found if expression is not None]
