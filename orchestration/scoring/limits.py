"""Step 13: caps and floors over the sum of a plan's components, in the order plan, period, year.

`cap` and `floor` look at one plan in the period, `period_cap` at all plans of the person in the period, `year_cap` at
one plan since 1 January. A cap reduces every line in proportion; what it cuts off is lost or waits (`cap_rest`). A
floor lifts what was earned too little and never turns a refund into pay.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction

from orchestration.periods import Period
from orchestration.plans.expression import Expression
from orchestration.plans.model import Component, Plan
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.draws import carried_before
from orchestration.scoring.inputs import Carried
from orchestration.scoring.results import PayComponent
from orchestration.scoring.trace import number, term

WHOLE_PLAN = "*"
"""The component of a carried amount that belongs to the plan as a whole."""


@dataclass(slots=True)
class PlanParts:
    """The components of one plan before its limits. `ctx` is the last segment, `base` that of the whole period."""

    ctx: SegmentContext
    base: Fraction | None
    parts: list[PayComponent]
    line: Callable[[Component, Fraction | None, str], PayComponent]

    @property
    def plan(self) -> Plan:
        return self.ctx.plan

    @property
    def total(self) -> Fraction:
        return sum((part.amount or Fraction(0) for part in self.parts), Fraction(0))

    def figure(self, expression: Expression | None) -> Fraction | None:
        """A limit in money, with the base of the whole period."""
        if expression is None:
            return None
        with whole_base(self.ctx, self.base):
            return self.ctx.figure(expression)


def limit_person(plans: list[PlanParts]) -> list[Carried]:
    """Apply every limit to the parts in place; gives what the next period has to know.

    Raises `Unavailable` when a limit needs a value that is not there.
    """
    earned = [{part.component: part.amount or Fraction(0) for part in plan.parts} for plan in plans]
    for plan in plans:
        _add_rests(plan)
    due = [{part.component: part.amount or Fraction(0) for part in plan.parts} for plan in plans]
    for plan in plans:
        _limit_plan(plan)
    _limit_period(plans)
    carried: list[Carried] = []
    for plan, own, whole in zip(plans, earned, due, strict=True):
        carried += _limit_year(plan)
        carried += _rests(plan, own, whole)
    return carried


@contextmanager
def whole_base(ctx: SegmentContext, base: Fraction | None) -> Iterator[None]:
    """While limits are computed `base` is the base of the whole period, not that of one segment."""
    kept, ctx.base = ctx.base, base
    try:
        yield
    finally:
        ctx.base = kept


def _add_rests(plan: PlanParts) -> None:
    """Remainders of earlier caps of the plan become due again, also on components that earned nothing now."""
    by_component = {part.component: part for part in plan.parts}
    for component in plan.plan.payout.components:
        earlier = _earlier_rest(plan, component.id)
        if earlier is None:
            continue
        part = by_component.get(component.id) or plan.line(component, Fraction(0), "")
        own = part.amount or Fraction(0)
        text = f"{term(own)} + {term(earlier.amount)} = {number(own + earlier.amount)}"
        plan.ctx.trace.add(
            f"{part.trace_node}/rest",
            13,
            f"加上以前各期因上限顺延的金额:{text}",
            f"with what limits of earlier periods cut off: {text}",
            parent=part.trace_node,
            value=own + earlier.amount,
            unit="currency",
            parameter=plan.ctx.cite(plan.plan.payout.where, ""),
        )
        by_component[component.id] = replace(part, amount=own + earlier.amount)
    order = [component.id for component in plan.plan.payout.components]
    plan.parts = sorted(by_component.values(), key=lambda part: order.index(part.component))


def _limit_plan(plan: PlanParts) -> None:
    payout, total = plan.plan.payout, plan.total
    cap, floor = plan.figure(payout.cap), plan.figure(payout.floor)
    goal = total
    if cap is not None and total > cap:
        goal = max(cap, Fraction(0))
    elif floor is not None and 0 <= total < floor:
        goal = floor
    group = f"{plan.plan.id}/{plan.ctx.person.employee_no}/limit"
    _reduce([plan], total, goal, "limit", "limited", group, ("方案上下限", "limit of the plan"))


def _limit_period(plans: list[PlanParts]) -> None:
    caps = [cap for plan in plans if (cap := plan.figure(plan.plan.payout.period_cap)) is not None]
    if not caps:
        return
    total = sum((plan.total for plan in plans), Fraction(0))
    goal = max(min(caps), Fraction(0)) if total > min(caps) else total
    group = f"{plans[-1].ctx.person.employee_no}/period_limit"
    words = ("本期所有方案合计上限", "limit of all plans in the period")
    _reduce(plans, total, goal, "limit/period", "limited_period", group, words)


def _limit_year(plan: PlanParts) -> list[Carried]:
    cap = plan.figure(plan.plan.payout.year_cap)
    if cap is None:
        return []
    ctx = plan.ctx
    year = Period.containing(ctx.run.period.start, "year")
    before = carried_before(ctx, WHOLE_PLAN, "paid_in_year", year)
    room = max(cap - before, Fraction(0))
    total = plan.total
    group = f"{plan.plan.id}/{ctx.person.employee_no}/year_limit"
    words = (
        f"全年上限 {number(cap)},此前已发 {number(before)}",
        f"limit of the year {number(cap)}, paid before {number(before)}",
    )
    _reduce([plan], total, min(total, room), "limit/year", "limited_year", group, words)
    return [Carried(ctx.person.employee_no, plan.plan.id, WHOLE_PLAN, "paid_in_year", before + plan.total)]


def _reduce(
    plans: list[PlanParts],
    total: Fraction,
    goal: Fraction,
    node: str,
    leaf: str,
    group: str,
    words: tuple[str, str],
) -> None:
    """Scale every line by goal / total and note it."""
    if goal == total or not total:
        return
    text = f"{number(total)} → {number(goal)}"
    for plan in plans:
        payout, ctx = plan.plan.payout, plan.ctx
        cited = ctx.cite(payout.where, "", *payout.caps, payout.floor)
        top = f"pay/{plan.plan.id}/{node}"
        zh, en = f"{words[0]}:{text}", f"{words[1]}: {text.replace('→', '->')}"
        ctx.trace.add(top, 13, zh, en, value=goal, unit="currency", parameter=cited)
        plan.parts = [_scaled(ctx, part, goal / total, top, leaf, group, cited) for part in plan.parts]


def _scaled(
    ctx: SegmentContext, part: PayComponent, factor: Fraction, top: str, leaf: str, group: str, cited: str
) -> PayComponent:
    amount = (part.amount or Fraction(0)) * factor
    shown = f"{term(part.amount or Fraction(0))} * {term(factor)} = {number(amount)}"
    ctx.trace.add(
        f"{part.trace_node}/{leaf}",
        13,
        f"按比例调整:{shown}",
        f"adjusted in proportion: {shown}",
        parent=top,
        value=amount,
        unit="currency",
        parameter=cited,
    )
    return replace(part, amount=amount, allocation_group=group)


def _rests(plan: PlanParts, own: dict[str, Fraction], due: dict[str, Fraction]) -> list[Carried]:
    payout = plan.plan.payout
    if payout.cap_rest != "carried":
        return []
    rows = []
    for part in plan.parts:
        final = part.amount or Fraction(0)
        rest = due.get(part.component, Fraction(0)) - final
        if rest <= 0:
            continue
        earlier = _earlier_rest(plan, part.component)
        # A remainder that only comes from earlier periods grows old; new earnings start its time again.
        is_old = earlier is not None and own.get(part.component, Fraction(0)) <= final
        periods = (
            min(payout.cap_max_periods, earlier.periods_left - 1) if earlier and is_old else payout.cap_max_periods
        )
        if periods > 0:
            no = plan.ctx.person.employee_no
            rows.append(Carried(no, plan.plan.id, part.component, "plan_rest", rest, periods))
    return rows


def _earlier_rest(plan: PlanParts, component: str) -> Carried | None:
    if plan.plan.payout.cap_rest != "carried":
        return None
    return plan.ctx.run.carried.get((plan.ctx.person.employee_no, plan.plan.id, component, "plan_rest"))
