"""Pool funding: when the lines of a plan exceed its pool, every line is reduced by one factor."""

from dataclasses import replace
from fractions import Fraction

from orchestration.plans.expression import evaluate
from orchestration.scoring.results import PayComponent
from orchestration.scoring.run import Run
from orchestration.scoring.trace import Trace, number, term


def fund_from_pools(run: Run, parts: list[PayComponent], traces: dict[str, Trace]) -> list[PayComponent]:
    """Reduce the lines of plans whose sum exceeds the pool. A held line makes the sum unknown: all lines wait."""
    pools = {(plan.id, plan.version): plan for plan in run.bundle.plans if plan.payout.pool is not None}
    for key, plan in sorted(pools.items()):
        mine = [part for part in parts if (part.plan_id, part.plan_version) == key]
        if not mine or plan.payout.pool is None:
            continue
        held = sorted({part.employee_no for part in mine if part.held_reason})
        if held:
            reason = f"the pool waits for held lines of {len(held)} people"  # who they are is nobody else's business
            parts = [_hold(part, reason) if (part.plan_id, part.plan_version) == key else part for part in parts]
            continue
        pool = evaluate(plan.payout.pool, run.parameter)
        total = sum((part.amount or Fraction(0) for part in mine), Fraction(0))
        if not isinstance(pool, Fraction) or total <= pool:
            continue
        parts = [
            _reduce(part, pool, total, traces) if (part.plan_id, part.plan_version) == key else part for part in parts
        ]
    return parts


def _hold(part: PayComponent, reason: str) -> PayComponent:
    return replace(part, amount=None, held_reason=part.held_reason or reason)


def _reduce(part: PayComponent, pool: Fraction, total: Fraction, traces: dict[str, Trace]) -> PayComponent:
    amount = (part.amount or Fraction(0)) * pool / total
    text = f"{term(part.amount or Fraction(0))} * {number(pool)} / {term(total)} = {number(amount)}"
    traces[part.employee_no].add(
        f"{part.trace_node}/pool",
        13,
        f"奖金池不足,按比例发放:{text}",
        f"the pool is smaller than the sum, paid in proportion: {text}",
        parent=part.trace_node,
        value=amount,
        unit="currency",
        parameter=f"{part.plan_id} v{part.plan_version}",
    )
    return replace(part, amount=amount, allocation_group=f"{part.plan_id}/pool")
