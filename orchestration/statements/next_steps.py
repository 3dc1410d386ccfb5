"""How far each measured value is from its next step, and what the step would bring: points and yuan (F044, F092).

The engine is asked, with the smallest change of the numerator that reaches the step; everything else stays as it is,
the values of teams and departments too. Nothing is estimated: what the engine does not pay more for is no step.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from orchestration.payout.used_values import window_of
from orchestration.plans.expression import Unavailable, names
from orchestration.plans.expressions import expressions_of
from orchestration.plans.model import Names
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.inputs import Measurement
from orchestration.scoring.values import MetricValue
from orchestration.statements.evidence import PersonEvidence
from orchestration.statements.rerun import Outcome, outcome
from orchestration.statements.thresholds import Threshold, is_lower_better, thresholds

_TRIES = 6
Kind = Literal["step", "highest", "held"]


@dataclass(frozen=True, slots=True)
class NextStep:
    """One measured value. `needed` and `numerator_needed` are what the step asks for; `gain_points` is of the total
    score, `gain_fen` of the period's pay. `kind` highest: no reachable value brings more."""

    segment: str
    name: str
    names: Names
    unit: str
    kind: Kind
    value: Fraction
    needed: Fraction | None = None
    numerator: Fraction | None = None
    numerator_needed: Fraction | None = None
    denominator: Fraction | None = None
    gain_metric_points: Fraction = Fraction(0)
    gain_points: Fraction = Fraction(0)
    gain_fen: int = 0


def next_steps(evidence: PersonEvidence, contexts: list[SegmentContext]) -> tuple[NextStep, ...]:
    """One entry for every value of the person that the plan reads and that has a step, in the order of the plan."""
    if not contexts:
        return ()
    now = outcome(evidence, {})
    if now.fen is None:
        return ()
    return tuple(step for ctx in contexts for name in own_values(ctx) if (step := _next(evidence, ctx, name, now)))


def own_values(ctx: SegmentContext) -> list[str]:
    """Names of the values measured on the person that the plan scores or compares, metrics first."""
    metrics = {metric.id: metric for metric in ctx.plan.metrics if metric.pilot is None}
    found = dict.fromkeys(
        name
        for name, metric in metrics.items()
        if metric.metric_id and metric.grain == "employee" and thresholds(ctx, name)
    )
    for expression in expressions_of(ctx.plan):
        for name in names(expression):
            head = name.partition(".")[0]
            if head in ctx.run.bundle.metrics and head not in metrics and thresholds(ctx, head):
                found[head] = None
    return list(found)


def _next(evidence: PersonEvidence, ctx: SegmentContext, name: str, now: Outcome) -> NextStep | None:
    try:
        value = ctx.metric_value(name)
    except Unavailable:
        return None
    row = _measurement(evidence, value)
    if value.value is None or value.numerator is None or row is None or row.numerator is None:
        return None
    names_of = ctx.names_of(name) or Names(name, name)
    unit = ctx.run.bundle.metrics[value.metric_id].unit
    metric = ctx.plan.metric(name)
    node = f"{ctx.node}/metric/{name}"
    value_node = f"{node}/value" if metric else f"{ctx.node}/fact/{name}"
    lower = is_lower_better(ctx, name)
    for threshold, numerator in _tries(ctx, name, value, row, lower=lower):
        then = outcome(evidence, {row: numerator})
        reached = then.values.get(value_node)
        if then.fen is None or reached is None or not _meets(reached, threshold, lower=lower):
            continue
        points = then.totals.get(ctx.node, Fraction(0)) - now.totals.get(ctx.node, Fraction(0))
        fen = then.fen - (now.fen or 0)
        if points > 0 or fen > 0:
            return NextStep(
                segment=ctx.node,
                name=name,
                names=names_of,
                unit=unit,
                kind="step",
                value=value.value,
                needed=threshold.value,
                numerator=value.numerator,
                numerator_needed=value.numerator + Fraction(numerator) - Fraction(row.numerator),
                denominator=value.denominator,
                gain_metric_points=then.points.get(node, Fraction(0)) - now.points.get(node, Fraction(0)),
                gain_points=points,
                gain_fen=fen,
            )
    return NextStep(
        ctx.node, name, names_of, unit, "highest", value.value, None, value.numerator, None, value.denominator
    )


def _tries(
    ctx: SegmentContext, name: str, value: MetricValue, row: Measurement, *, lower: bool
) -> Iterator[tuple[Threshold, Decimal]]:
    """The nearest thresholds that are still ahead, each with the numerator that just reaches it."""
    now, numerator = value.value or Fraction(0), value.numerator or Fraction(0)
    ahead = [one for one in thresholds(ctx, name) if not _meets(now, one, lower=lower)]
    ahead.sort(key=lambda one: (-one.value if lower else one.value, one.strict))
    quantum = ctx.run.bundle.metrics[value.metric_id].numerator_step
    for threshold in ahead[:_TRIES]:
        wanted = threshold.value * (value.denominator or 1)
        change = _whole(wanted - numerator, quantum, lower=lower, strict=threshold.strict)
        changed = Fraction(row.numerator or 0) + change
        if changed >= 0:
            yield threshold, _decimal(changed)


def _whole(change: Fraction, quantum: Fraction, *, lower: bool, strict: bool) -> Fraction:
    """The smallest change in whole steps that reaches (or passes) the threshold."""
    steps = change / quantum
    if lower:
        whole = steps.numerator // steps.denominator
        return (whole - 1 if strict and whole == steps else whole) * quantum
    whole = -(-steps.numerator // steps.denominator)
    return (whole + 1 if strict and whole == steps else whole) * quantum


def _meets(value: Fraction, threshold: Threshold, *, lower: bool) -> bool:
    if value == threshold.value:
        return not threshold.strict
    return value < threshold.value if lower else value > threshold.value


def _measurement(evidence: PersonEvidence, value: MetricValue) -> Measurement | None:
    """The row behind a value: of exactly its days, else the last one of those it was put together from."""
    start, end = window_of(value.period or str(evidence.period))
    mine: Iterable[Measurement] = (
        row
        for row in evidence.inputs.measurements
        if (row.metric_id, row.grain, row.subject_id) == (value.metric_id, "employee", evidence.employee_no)
        and start <= row.period_start
        and row.period_end <= end
    )
    rows = sorted(mine, key=lambda row: (row.period_end, row.period_start))
    exact = [row for row in rows if (row.period_start, row.period_end) == (start, end)]
    return exact[0] if exact else rows[-1] if rows else None


def _decimal(value: Fraction) -> Decimal:
    """A fraction of whole steps is a decimal."""
    return Decimal(value.numerator) / Decimal(value.denominator)
