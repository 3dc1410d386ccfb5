"""The base that scores multiply: the person's dated bonus base by days, a share of it, or a measured amount."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from orchestration.plans.expression import Unavailable
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.inputs import BonusBase
from orchestration.scoring.reasons import without_value
from orchestration.scoring.segments import prorated_base
from orchestration.scoring.trace import money_words, number, term


@dataclass(frozen=True, slots=True)
class BaseOf:
    """The base money of one segment and the row in force on its last day."""

    amount: Fraction
    last: BonusBase


def base_of(ctx: SegmentContext) -> BaseOf | str:
    """The base of a segment, noted in the trace; a text says why there is none."""
    rows = ctx.run.bases.get(ctx.person.employee_no, [])
    segment, proration = ctx.segment, ctx.plan.proration
    found = prorated_base(rows, segment, ctx.run.period, proration.basis, ctx.run.days_off)
    if isinstance(found, date):
        return without_value("bonus base", "missing", f"missing on {found.isoformat()}")
    amount, pieces = found
    if any(row.currency != ctx.plan.currency for row, _ in pieces):
        return without_value("bonus base", "missing", f"not in {ctx.plan.currency}, the currency of the plan")
    last = pieces[-1][0]
    terms = [f"{number(Fraction(row.base_amount))} * {term(share)}" for row, share in pieces]
    if not proration.base:
        amount, terms = _unprorated(ctx, last)
    kind = ctx.plan.payout.base
    if kind.percent is not None:
        share = ctx.figure(kind.percent)
        terms = [f"({' + '.join(terms)}) * {number(share)}"]
        amount *= share
    elif kind.metric is not None:
        try:
            with ctx.paying():
                value = ctx.value_of(kind.metric)
        except Unavailable as unavailable:
            return without_value(unavailable.name, unavailable.state, unavailable.reason)
        amount, terms = Fraction(value), [f"{kind.metric} = {number(Fraction(value))}"]
    text = f"{' + '.join(terms)} = {number(amount)}"
    zh, en = money_words(ctx.plan.currency)
    ctx.trace.add(
        f"{ctx.node}/base",
        11,
        f"奖金基数 = {text} {zh}({segment.counted_days} 天,{proration.basis})",
        f"bonus base = {text} {en} ({segment.counted_days} days, {proration.basis})",
        parent=ctx.node,
        value=amount,
        unit="currency",
        inputs={"days": str(segment.counted_days), "period_days": str(ctx.run.period.days)},
        parameter=ctx.cite(ctx.plan.payout.where, "F178", kind.percent),
    )
    return BaseOf(amount, last)


def _unprorated(ctx: SegmentContext, last: BonusBase) -> tuple[Fraction, list[str]]:
    """The full base, shared among the person's segments of this period by their days."""
    days = sum(segment.days for segment in ctx.person.segments)
    months = (ctx.run.period.end.year - ctx.run.period.start.year) * 12
    months += ctx.run.period.end.month - ctx.run.period.start.month
    share = Fraction(ctx.segment.days, days) * months
    return Fraction(last.base_amount) * share, [f"{number(Fraction(last.base_amount))} * {number(share)}"]
