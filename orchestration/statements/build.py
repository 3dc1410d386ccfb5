"""One person's evidence put together as a statement. The steps are the recorded ones; what they do not hold (targets,
curves, next steps) comes from the same evidence scored again, and only where that gives the recorded steps."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from orchestration.payout.lines import PayoutLine
from orchestration.plans.catalogue import Metric
from orchestration.plans.expression import Unavailable
from orchestration.plans.model import Names, Plan, PlanMetric
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.results import Score, TraceRow
from orchestration.statements.evidence import PersonEvidence
from orchestration.statements.model import (
    CategoryPart,
    HeldPart,
    LinePart,
    MetricPart,
    SegmentPart,
    Statement,
    Told,
    Value,
)
from orchestration.statements.next_steps import next_steps
from orchestration.statements.past import PastPeriod, weighted_total
from orchestration.statements.plots import plots_of
from orchestration.statements.rerun import live_contexts
from orchestration.statements.walk import component_names, walk_of

_NAME = re.compile(r"[A-Za-z_]\w*")


def build_statement(evidence: PersonEvidence) -> Statement:
    """The statement of one person. Raises `StatementError` when steps and lines do not add up."""
    contexts = live_contexts(evidence)
    rows = {row.node: row for row in evidence.trace}
    score = weighted_total(evidence.scores)
    lines = tuple(_line_part(evidence, rows, line) for line in evidence.lines)
    total = sum(line.amount_fen for line in evidence.lines)
    plans = {(plan.id, plan.version): plan for plan in evidence.bundle.plans}
    segments = sorted(evidence.scores, key=lambda score: score.segment_from)
    return Statement(
        period=str(evidence.period),
        employee_no=evidence.employee_no,
        stand=evidence.stand,
        measured_on=evidence.measured_on,
        pay_month=next((line.pay_month for line in evidence.lines), ""),
        currency=next((line.currency for line in evidence.lines), "CNY"),
        score=score,
        segments=tuple(
            _segment(evidence.bundle.metrics, plans[one.plan_id, one.plan_version], one, contexts, rows)
            for one in segments
        ),
        walk=walk_of(evidence, contexts),
        lines=lines,
        held=tuple(HeldPart(row, component_names(evidence, row.plan_id, row.component)) for row in evidence.held),
        steps=next_steps(evidence, contexts),
        trend=(*evidence.past, PastPeriod(str(evidence.period), score, total)),
        metric_names={name: metric.names for name, metric in evidence.bundle.metrics.items()}
        | {metric.id: metric.names for plan in evidence.bundle.plans for metric in plan.metrics},
    )


def _segment(
    metrics: Mapping[str, Metric],
    plan: Plan,
    score: Score,
    contexts: Sequence[SegmentContext],
    rows: dict[str, TraceRow],
) -> SegmentPart:
    span = (score.segment_from.isoformat(), score.segment_to.isoformat())
    head = next(row for row in rows.values() if (row.inputs.get("from"), row.inputs.get("to")) == span)
    ctx = next((one for one in contexts if one.node == head.node), None)
    base = rows.get(f"{head.node}/base")
    return SegmentPart(
        node=head.node,
        plan=plan.names,
        plan_id=plan.id,
        plan_version=plan.version,
        start=score.segment_from,
        end=score.segment_to,
        position=head.inputs.get("position", ""),
        team=head.inputs.get("team", ""),
        base=base.value if base else None,
        total=score.total,
        rating=score.rating,
        held_reason=score.held_reason,
        categories=tuple(
            _category(metrics, plan, category.id, head.node, ctx, rows, score) for category in plan.categories
        ),
        gates=_told(_below(rows, f"{head.node}/score/gate")),
    )


def _category(
    metrics: Mapping[str, Metric],
    plan: Plan,
    category_id: str,
    node: str,
    ctx: SegmentContext | None,
    rows: dict[str, TraceRow],
    score: Score,
) -> CategoryPart:
    category = next(one for one in plan.categories if one.id == category_id)
    here = f"{node}/category/{category.id}"
    mean = rows.get(f"{here}/mean")
    rules = [row for row in _below(rows, here) if row.node.removeprefix(f"{here}/").split("/")[0] in _RULES]
    shown = [
        metric for metric in plan.metrics if metric.category == category.id and f"{node}/metric/{metric.id}" in rows
    ]
    return CategoryPart(
        id=category.id,
        names=category.names,
        weight=category.weight,
        score=score.categories.get(category.id),
        mean=mean.value if mean else None,
        metrics=tuple(_metric(metrics, metric, node, ctx, rows) for metric in shown),
        rules=_told(rules),
    )


_RULES = ("deduction", "bonus", "gate", "clamp")


def _metric(
    metrics: Mapping[str, Metric],
    metric: PlanMetric,
    segment: str,
    ctx: SegmentContext | None,
    rows: dict[str, TraceRow],
) -> MetricPart:
    node = f"{segment}/metric/{metric.id}"
    row = rows[node]
    below = [one for one in _below(rows, node) if one.node != f"{node}/value"]
    return MetricPart(
        id=metric.id,
        names=metric.names,
        weight=metric.weight,
        points=row.value,
        state=row.inputs.get("state", "ok"),
        cap=metric.cap,
        target=_target(ctx, metric),
        target_unit=_unit(ctx, metric),
        is_pilot=metric.pilot is not None,
        values=tuple(_values(metrics, metric, segment, ctx, rows)),
        steps=_told(below) or _told([row]),
        plots=plots_of(ctx, metric) if ctx else (),
    )


def _values(
    metrics: Mapping[str, Metric],
    metric: PlanMetric,
    segment: str,
    ctx: SegmentContext | None,
    rows: dict[str, TraceRow],
) -> Iterable[Value]:
    """The metric's own value, or the facts that its formula and gates name."""
    own = rows.get(f"{segment}/metric/{metric.id}/value")
    if own is not None:
        yield _value(own, metric.names, ctx, metric)
    texts = [
        getattr(metric.curve, name).text
        for name in ("expression", "when", "row", "column")
        if hasattr(metric.curve, name)
    ]
    texts += [gate.when.text for gate in metric.gates]
    names = dict.fromkeys(name for text in texts for name in _NAME.findall(text))
    names.update(dict.fromkeys(getattr(metric.curve, "parts", ())))
    names.update(dict.fromkeys(name for name, _ in getattr(metric.curve, "rated", ())))
    for name in names:
        fact = rows.get(f"{segment}/fact/{name}")
        if fact is not None:
            yield _value(fact, metrics[fact.inputs["metric_id"]].names, ctx, None)


def _value(row: TraceRow, names: Names, ctx: SegmentContext | None, metric: PlanMetric | None) -> Value:
    inputs = row.inputs
    subject = ""
    if ctx is not None and metric is not None and metric.grain != "employee":
        subject = {"team": ctx.segment.team_id, "department": ctx.segment.department_id}.get(metric.grain, metric.grain)
    return Value(
        names=names,
        period=inputs.get("period", ""),
        unit=row.unit,
        value=row.value,
        numerator=_exact(inputs.get("numerator")),
        denominator=_exact(inputs.get("denominator")),
        state=inputs.get("state", "ok"),
        reason=None if row.value is not None else Names(row.text_zh, row.text_en),
        subject=subject,
    )


def _line_part(evidence: PersonEvidence, rows: dict[str, TraceRow], line: PayoutLine) -> LinePart:
    names = component_names(evidence, line.plan_id, line.component)
    if line.kind == "regular":
        nodes = line.trace_node.split()
        mine = [
            row
            for row in rows.values()
            if any(row.node == node or row.node.startswith(f"{node}/") or row.parent == node for node in nodes)
        ]
        limits = [row for row in rows.values() if row.node.startswith(f"pay/{line.plan_id}/limit")]
        return LinePart(line, names, _told([*sorted(mine, key=lambda row: row.sequence), *limits]))
    if line.kind != "adjustment":
        return LinePart(line, names)
    found = next((one.changes for one in evidence.origins if one.origin == line.origin_period), ())
    return LinePart(line, names, changes=tuple((_one(old), _one(new)) for old, new in found))


def _target(ctx: SegmentContext | None, metric: PlanMetric) -> Fraction | None:
    if ctx is None:
        return None
    try:
        return ctx.target_of(metric)
    except Unavailable:
        return None


def _unit(ctx: SegmentContext | None, metric: PlanMetric) -> str:
    if ctx is None or metric.metric_id is None:
        return "number"
    return ctx.run.bundle.metrics[metric.metric_id].unit


def _below(rows: dict[str, TraceRow], node: str) -> list[TraceRow]:
    return [row for row in rows.values() if row.node.startswith(f"{node}/")]


def _told(rows: Iterable[TraceRow]) -> tuple[Told, ...]:
    return tuple(told for row in rows if (told := _one(row)))


def _one(row: TraceRow | None) -> Told | None:
    if row is None:
        return None
    records = tuple(str(record) for record in row.inputs.get("source_records", ()))
    points = row.value if row.unit == "points" else None
    return Told(row.text_zh, row.text_en, row.passed, points, records)


def _exact(text: Any) -> Fraction | None:
    """A number as the steps write it: `1.25`, or `1/3≈0.333333`."""
    return None if text is None else Fraction(str(text).partition("≈")[0])
