"""What one component takes from period to period: prior accumulation, draws, the rest above a cap.

A later period that finds no state of the earlier one is held: nothing carried is told apart from nothing known.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from orchestration.periods import Period
from orchestration.plans.expression import Unavailable
from orchestration.plans.model import Component, Draw
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.inputs import Carried
from orchestration.scoring.trace import number

Carry = Callable[..., None]


@dataclass(frozen=True, slots=True)
class DrawStep:
    """One period of a draw: what is paid, and what is owed after it."""

    paid: Fraction
    owed: Fraction


def draw_step(
    earned: Fraction, draw: Fraction, owed: Fraction, *, recoverable: bool, may_recover: bool, rate: Fraction
) -> DrawStep:
    """Earnings below the draw are lifted to it; a surplus pays back what is owed, and is not banked beyond that."""
    if earned < draw:
        return DrawStep(draw, owed + (draw - earned) if recoverable else owed)
    if not (recoverable and may_recover):
        return DrawStep(earned, owed)
    back = min(owed, (earned - draw) * rate)
    return DrawStep(earned - back, owed - back)


def prior_amount(ctx: SegmentContext, component: Component) -> Fraction:
    """What was accumulated before this period, in the component's quarter or year."""
    match component.accumulate:
        case "quarter" | "year" as cadence:
            window = Period.containing(ctx.run.period.start, cadence)
            return carried_before(ctx, component.id, "accumulated", window)
        case _:
            return Fraction(0)


def apply_draw(
    ctx: SegmentContext, component: Component, draw: Draw, amount: Fraction, steps: list[str], carry: Carry
) -> Fraction:
    """Lift earnings to the draw, or take back what is owed."""
    number_of_period = _period_number(ctx)
    owed = Fraction(0) if number_of_period == 1 else _carried(ctx, component.id, "draw_owed")
    ended = draw.recover_end is not None and ctx.run.period.start >= draw.recover_end
    advance = ctx.figure(draw.amount)
    step = draw_step(
        amount,
        advance,
        owed,
        recoverable=draw.recoverable,
        may_recover=number_of_period >= draw.recover_from and not ended,
        rate=draw.recover_rate,
    )
    carry(component, "draw_owed", step.owed)
    steps.append(f"draw {number(advance)}, owed {number(owed)} → {number(step.owed)}")
    return step.paid


def cap_with_rest(
    ctx: SegmentContext, component: Component, amount: Fraction, cap: Fraction, steps: list[str], carry: Carry
) -> Fraction:
    """Limit an amount; where the plan says so the rest waits for later periods."""
    earlier = ctx.run.carried.get((ctx.person.employee_no, ctx.plan.id, component.id, "cap_rest"))
    whole = amount + (earlier.amount if earlier and component.cap_rest == "carried" else Fraction(0))
    limited = min(whole, cap)
    if whole > cap:
        steps.append(f"{number(whole)}, max {number(cap)}")
    rest = whole - limited
    periods = component.cap_max_periods
    if earlier and rest:
        periods = min(periods, earlier.periods_left - 1) if amount <= cap else periods
    if component.cap_rest == "carried" and rest and periods > 0:
        carry(component, "cap_rest", rest, periods)
    return limited


def carried_before(ctx: SegmentContext, component: str, kind: str, window: Period) -> Fraction:
    """What was carried into this period within a window (a quarter, a year); 0 at its beginning.

    Kept over a change of the plan's version and over a pause; raises `Unavailable` when somebody who was paid before
    has no state.
    """
    if window.start >= ctx.run.period.start:
        return Fraction(0)
    is_first = max(ctx.plan.valid_from, ctx.person.entered_on) >= ctx.run.period.start
    if is_first and (ctx.person.employee_no, ctx.plan.id, component, kind) not in ctx.run.carried:
        return Fraction(0)
    return _carried(ctx, component, kind)


def waiting(ctx: SegmentContext, component: Component) -> list[Carried]:
    """What a component that is not due in this period passes on as it is; a remainder grows one period older."""
    rows = []
    for kind in ("draw_owed", "cap_rest"):
        row = ctx.run.carried.get((ctx.person.employee_no, ctx.plan.id, component.id, kind))
        if row and kind == "draw_owed":
            rows.append(row)
        elif row and row.periods_left > 1:
            rows.append(replace(row, periods_left=row.periods_left - 1))
    return rows


def _carried(ctx: SegmentContext, component: str, kind: str) -> Fraction:
    row = ctx.run.carried.get((ctx.person.employee_no, ctx.plan.id, component, kind))
    if row is None:
        raise Unavailable(component, "missing", f"no {kind} of the period before")
    return row.amount


def _period_number(ctx: SegmentContext) -> int:
    """1 in the first period of the person under this plan."""
    first = Period.containing(max(ctx.plan.valid_from, ctx.person.entered_on), ctx.run.period.cadence)
    count = 1
    while first.start < ctx.run.period.start:
        first, count = first.shift(1), count + 1
    return count
