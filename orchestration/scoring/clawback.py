"""Clawback at the stored rate: a reversed deal takes back what it once brought, at the rate it was paid with.

Only where a plan says `method: stored_rate`; everywhere else a reversal is settled by recomputing its period, never
both. Every period stores for a component that may be clawed back what it earned before floors and caps, the amount it
was credited with, and what was paid. The rate is earned / credited; no period gives back more than it paid. Attainment
stays as it was: the metric of such a plan has to be one that returns do not reduce.
"""

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction

from orchestration.periods import Period
from orchestration.plans.expression import Unavailable
from orchestration.plans.model import Clawback, Component, Plan
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.inputs import Carried, CarriedKind, Reversal
from orchestration.scoring.trace import number, term

STORED: tuple[CarriedKind, ...] = ("earned_at", "credited_at", "paid_at")


def take_back(ctx: SegmentContext, component: Component, rule: Clawback, carried: list[Carried]) -> Fraction | None:
    """What this period's reversals take back, as a negative amount; None when nothing is due.

    Appends to `carried` what later periods have to know. Raises `Unavailable` for a reversal of a period whose state is
    not known.
    """
    stored = _stored(ctx, rule)
    rest = ctx.run.carried.get((ctx.person.employee_no, ctx.plan.id, component.id, "clawback_rest"))
    due = rest.amount if rest else Fraction(0)
    mine = [row for row in ctx.run.reversals.get(ctx.person.employee_no, []) if row.metric_id == rule.metric]
    for row in mine:
        due += _one(ctx, component, rule, row, stored)
    taken = due
    if rule.cap is not None:
        taken = min(due, ctx.figure(rule.cap))
    if due > taken:
        carried.append(Carried(ctx.person.employee_no, ctx.plan.id, component.id, "clawback_rest", due - taken))
    carried.extend(_kept(ctx, rule, stored))
    return -taken if taken else None


def remembered(ctx: SegmentContext, component: Component, earned: Fraction, credited: Fraction) -> list[Carried]:
    """The state of this period that a later reversal is settled with; `paid_at` comes when the limits are known."""
    period = str(ctx.run.period)
    pairs = zip(STORED, (earned, credited, Fraction(0)), strict=True)
    no, plan_id = ctx.person.employee_no, ctx.plan.id
    return [Carried(no, plan_id, component.id, kind, amount, 0, period) for kind, amount in pairs]


def clawback_of(plan: Plan, component_id: str) -> Clawback | None:
    """The rule that may take a component back."""
    rules = (component.clawback for component in plan.payout.components)
    return next((rule for rule in rules if rule is not None and rule.of == component_id), None)


def with_paid(rows: Iterable[Carried], paid: dict[tuple[str, str, str], Fraction], period: Period) -> list[Carried]:
    """The rows with what was really paid in this period, by employee, plan and component."""
    return [
        Carried(row.employee_no, row.plan_id, row.component, row.kind, amount, 0, row.period)
        if row.kind == "paid_at" and row.period == str(period)
        and (amount := paid.get((row.employee_no, row.plan_id, row.component))) is not None
        else row
        for row in rows
    ]  # fmt: skip


def _one(
    ctx: SegmentContext, component: Component, rule: Clawback, row: Reversal, stored: dict[tuple[str, str], Fraction]
) -> Fraction:
    node = f"pay/{ctx.plan.id}/{component.id}/reversal/{row.record_id}"
    parent = f"pay/{ctx.plan.id}/{component.id}"
    inputs = {"record": row.record_id, "source_records": [row.source_record] if row.source_record else []}
    cited = ctx.cite(component.where, component.reference, rule.cap)
    origin = str(Period.containing(row.credited_on, ctx.plan.period))
    days = (row.reversed_on - row.credited_on).days
    if rule.within_days is not None and days > rule.within_days:
        zh = f"{row.record_id} 冲销距入账 {days} 天,超过 {rule.within_days} 天,不追回"
        en = f"{row.record_id} was reversed after {days} days, more than {rule.within_days}: nothing is taken back"
        ctx.trace.add(
            node, 11, zh, en, parent=parent, value=Fraction(0), unit="currency", inputs=inputs, parameter=cited
        )
        return Fraction(0)
    if (origin, "paid_at") not in stored:
        raise Unavailable(component.id, "missing", f"no paid_at of {origin}")
    earned, credited, paid = (stored[origin, kind] for kind in STORED)
    rate = earned / credited if credited > 0 else Fraction(0)
    full = rate * Fraction(row.amount)
    back = max(Fraction(0), min(full, paid))
    stored[origin, "paid_at"] = paid - back
    text = f"{number(Fraction(row.amount))} * {term(earned)} / {term(credited)} = {number(full)}"
    limit_zh = "" if back == full else f",至多已发 {number(paid)}"
    limit_en = "" if back == full else f", at most the {number(paid)} that were paid"
    zh = f"{row.record_id} 冲销,按 {origin} 的费率追回 {text}{limit_zh}"
    en = f"{row.record_id} reversed, taken back at the rate of {origin}: {text}{limit_en}"
    ctx.trace.add(node, 11, zh, en, parent=parent, value=-back, unit="currency", inputs=inputs, parameter=cited)
    return back


def _stored(ctx: SegmentContext, rule: Clawback) -> dict[tuple[str, str], Fraction]:
    rows = ctx.run.stored.get((ctx.person.employee_no, ctx.plan.id, rule.of), [])
    return {(row.period, row.kind): row.amount for row in rows}


def _kept(ctx: SegmentContext, rule: Clawback, stored: dict[tuple[str, str], Fraction]) -> list[Carried]:
    """Earlier periods as they are now; those no later reversal can reach are forgotten."""
    following = ctx.run.period.end
    rows = []
    for (period, kind), amount in sorted(stored.items()):
        last = Period.parse(period).last_day
        if rule.within_days is None or last + timedelta(days=rule.within_days) >= following:
            rows.append(Carried(ctx.person.employee_no, ctx.plan.id, rule.of, kind, amount, 0, period))  # type: ignore[arg-type]
    return rows
