"""Measured amounts in a parted period: what of a flow is paid in one segment.

An amount or count that was measured over the whole period (sales, pieces) is paid once, however many segments the
person has. Where a value was measured for exactly the days of a segment it is that segment's; what is left of the
whole is divided among the other segments that pay by it, by their days. The parts add up to the whole.
"""

from collections.abc import Callable
from fractions import Fraction

from orchestration.plans.expression import names
from orchestration.plans.model import Plan
from orchestration.scoring.segments import Person, Segment


def flow_part(
    person: Person, segment: Segment, metric_id: str, whole: Fraction, own_value: Callable[[Segment], Fraction | None]
) -> tuple[Fraction, Fraction]:
    """The part of a flow that belongs to a segment, and the share of the rest it is (1: nobody shares).

    `own_value` gives what was measured for exactly the days of a segment, None where nothing was.
    """
    sharing = [other for other in person.assessed if pays_by(other.plan, metric_id)]
    if len(sharing) < 2:
        return whole, Fraction(1)
    own = {other.index: own_value(other) for other in sharing}
    mine = own.get(segment.index)
    if mine is not None:
        return mine, Fraction(1)
    rest = whole - sum((value for value in own.values() if value is not None), Fraction(0))
    open_days = sum(other.days for other in sharing if own[other.index] is None)
    share = Fraction(segment.days, open_days)
    return rest * share, share


def pays_by(plan: Plan, metric_id: str) -> bool:
    """Whether an amount of the plan is computed from a metric itself, not only from its points."""
    used = {plan.payout.base.metric} if plan.payout.base.metric else set()
    for component in plan.payout.components:
        for expression in (component.formula, component.amount):
            used |= set(names(expression)) if expression is not None else set()
    metrics = {metric.id: metric.metric_id for metric in plan.metrics}
    return any(metrics.get(name, name) == metric_id for name in used)
