"""Pool funding: when the lines of a plan exceed its pool, every line is reduced by one factor.

A held line makes the sum of its pool unknown: everybody paid from it waits, with all their lines, and with them every
other pool they are paid from. What is carried to the next period follows what is really paid.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from orchestration.plans.expression import evaluate
from orchestration.plans.model import Plan
from orchestration.scoring.inputs import Carried
from orchestration.scoring.results import PayComponent
from orchestration.scoring.run import Run
from orchestration.scoring.trace import Trace, number, term


@dataclass(frozen=True, slots=True)
class Funded:
    """Lines and carried rows after the pools."""

    parts: tuple[PayComponent, ...]
    carried: tuple[Carried, ...]


def fund_from_pools(
    run: Run, parts: Iterable[PayComponent], carried: Iterable[Carried], traces: dict[str, Trace]
) -> Funded:
    """Hold or reduce the lines of plans with a pool; a held person carries nothing on."""
    pools = {(plan.id, plan.version): plan for plan in run.bundle.plans if plan.payout.pool is not None}
    funded = _held(list(parts), pools)
    cut: dict[tuple[str, str], Fraction] = {}
    for key, plan in sorted(pools.items()):
        mine = [part for part in funded if _plan_of(part) == key]
        pool = evaluate(plan.payout.pool, run.parameter) if plan.payout.pool else None
        total = sum((part.amount or Fraction(0) for part in mine), Fraction(0))
        if not isinstance(pool, Fraction) or total <= pool or any(part.amount is None for part in mine):
            continue
        for part in mine:
            place = (part.employee_no, part.plan_id)
            cut[place] = cut.get(place, Fraction(0)) + (part.amount or 0) * (1 - pool / total)
        funded = [_reduce(part, pool, total, traces) if _plan_of(part) == key else part for part in funded]
    waiting = {part.employee_no for part in funded if part.amount is None}
    kept = (_after(row, cut) for row in carried if row.employee_no not in waiting)
    return Funded(tuple(funded), tuple(kept))


def _held(parts: list[PayComponent], pools: dict[tuple[str, int], Plan]) -> list[PayComponent]:
    while True:
        reasons: dict[str, str] = {}
        for key in sorted(pools):
            mine = [part for part in parts if _plan_of(part) == key]
            held = sorted({part.employee_no for part in mine if part.held_reason})
            if held:
                # Who they are is nobody else's business.
                reason = f"the pool waits for held lines of {len(held)} people"
                reasons |= {part.employee_no: reason for part in mine if not part.held_reason}
        if not reasons:
            return parts
        parts = [_hold(part, reasons[part.employee_no]) if part.employee_no in reasons else part for part in parts]


def _plan_of(part: PayComponent) -> tuple[str, int]:
    return part.plan_id, part.plan_version


def _after(row: Carried, cut: dict[tuple[str, str], Fraction]) -> Carried:
    """What was paid in the year is what the pool left of it."""
    if row.kind != "paid_in_year":
        return row
    return replace(row, amount=row.amount - cut.get((row.employee_no, row.plan_id), Fraction(0)))


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
