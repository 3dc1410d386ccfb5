"""Step 4: the training link of a metric. Completion opens the gate, passing or the exam mark brings points."""

from datetime import date
from fractions import Fraction

from orchestration.plans.model import PlanMetric, Training
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.inputs import TrainingResult
from orchestration.scoring.trace import number, percent, term


def add_training(ctx: SegmentContext, metric: PlanMetric, points: Fraction, node: str) -> tuple[Fraction, str]:
    """Points with the add-on, and the reason of a failed training gate ("" when there is none)."""
    training = metric.training
    if training is None:
        return points, ""
    result = ctx.run.training.get((ctx.person.employee_no, training.course))
    added = _added(ctx, metric, training, result, points, node)
    missing = _gate(ctx, training, result, node) if training.needs_completion else ""
    return points + added, missing


def counts_on(training: Training, on: date | None, last_day: date) -> bool:
    """A training fact counts when it lies on or before the period's last day and is not older than the plan allows."""
    if on is None or on > last_day:
        return False
    if training.valid_months is None:
        return True
    return _months_later(on, training.valid_months) > last_day


def _added(
    ctx: SegmentContext,
    metric: PlanMetric,
    training: Training,
    result: TrainingResult | None,
    points: Fraction,
    node: str,
) -> Fraction:
    course, cited = training.course, ctx.cite(training.where, training.reference)
    add, zh, en = Fraction(0), f"课程 {course}:无记录,不加分", f"course {course}: no record, nothing added"
    if training.fixed_points is not None:
        passed = _counts(ctx, training, result.passed_on if result else None)
        zh, en = f"课程 {course} 考试未合格,不加分", f"exam of course {course} not passed, nothing added"
        if passed:
            add = training.fixed_points
            on = result.passed_on.isoformat() if result and result.passed_on else ""
            sum_text = f"{term(points)} + {number(add)} = {number(points + add)}"
            zh, en = f"课程 {course} 考试合格({on}):{sum_text}", f"exam of course {course} passed ({on}): {sum_text}"
    elif training.exam_share is not None and result and _has_mark(ctx, training, result):
        score = Fraction(result.exam_score or 0)
        add = score * training.exam_share
        sum_text = f"{term(points)} + {number(score)} * {percent(training.exam_share)} = {number(points + add)}"
        zh = f"{metric.names.zh} 加考试成绩(课程 {course}):{sum_text}"
        en = f"{metric.names.en} plus exam mark (course {course}): {sum_text}"
    if training.fixed_points is not None or training.exam_share is not None:
        inputs = {"course": course, "source_records": [result.source_record] if result else []}
        ctx.trace.add(
            f"{node}/training", 4, zh, en, parent=node, value=add, unit="points", inputs=inputs, parameter=cited
        )
    return add


def _gate(ctx: SegmentContext, training: Training, result: TrainingResult | None, node: str) -> str:
    completed = _counts(ctx, training, result.completed_on if result else None)
    course = training.course
    zh = f"课程 {course} {'已完成' if completed else '未完成 → 本指标计 0 分'}"
    en = f"course {course} {'completed' if completed else 'not completed -> this metric counts 0'}"
    inputs = {"course": course, "source_records": [result.source_record] if result else []}
    cited = ctx.cite(training.where, training.reference)
    ctx.trace.add(f"{node}/course", 5, zh, en, parent=node, inputs=inputs, parameter=cited, passed=completed)
    return "" if completed else f"课程 {course} 未完成 / course {course} not completed"


def _has_mark(ctx: SegmentContext, training: Training, result: TrainingResult) -> bool:
    return result.exam_score is not None and _counts(ctx, training, result.exam_on)


def _counts(ctx: SegmentContext, training: Training, on: date | None) -> bool:
    return counts_on(training, on, ctx.run.period.last_day)


def _months_later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    while True:
        try:
            return date(year, month, day.day)
        except ValueError:
            # 31 January plus one month: the last day there is.
            day = day.replace(day=day.day - 1)
