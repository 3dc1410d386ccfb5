"""A plan as a document people sign (F136, F158): Markdown, in Chinese or in English, with every figure of the day."""

import re
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Literal

from orchestration.plans.bundle import PlanBundle
from orchestration.plans.curve_model import (
    Band,
    Binary,
    Curve,
    Formula,
    Inverse,
    Linear,
    Points,
    Rank,
    Rubric,
    Table2d,
    Tiered,
)
from orchestration.plans.expression import Expression, names
from orchestration.plans.model import Clawback, Component, Deduction, Gate, Names, Plan, PlanMetric
from orchestration.plans.quantities import decimal_text, quantity_text

Language = Literal["zh", "en"]
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def render_plan(bundle: PlanBundle, plan: Plan, day: date, language: Language = "zh") -> str:
    """The document of one plan version with the figures in force on a day."""
    return "\n".join(_Document(bundle, plan, day, language).lines()) + "\n"


class _Document:
    def __init__(self, bundle: PlanBundle, plan: Plan, day: date, language: Language) -> None:
        self._bundle, self._plan, self._day, self._zh = bundle, plan, day, language == "zh"

    def lines(self) -> Iterator[str]:
        plan = self._plan
        yield f"# {self._name(plan.names)}"
        yield ""
        until = plan.valid_to.isoformat() if plan.valid_to else self._say("长期", "open")
        yield self._say(
            f"方案 {plan.id} 第 {plan.version} 版,生效日期 {plan.valid_from.isoformat()} 至 {until};"
            f"以下参数取自 {self._day.isoformat()}。",
            f"Plan {plan.id}, version {plan.version}, in force from {plan.valid_from.isoformat()} to {until}; "
            f"figures as of {self._day.isoformat()}.",
        )
        if plan.consultation:
            yield self._say(
                f"民主程序:{plan.consultation.held_on.isoformat()},{plan.consultation.form},"
                f"纪要 {plan.consultation.minutes}。",
                f"Consultation: {plan.consultation.held_on.isoformat()}, minutes {plan.consultation.minutes}.",
            )
        for category in plan.categories:
            yield ""
            yield f"## {self._name(category.names)} ({decimal_text(category.weight)}%)"
            yield ""
            yield self._say("| 指标 | 权重 | 目标 | 计分 | 上限 |", "| Metric | Weight | Target | Points | Cap |")
            yield "|---|---|---|---|---|"
            for metric in plan.metrics:
                if metric.category == category.id and metric.pilot is None:
                    yield self._row(metric)
            yield from self._notes(category.id)
        yield from self._payout()
        yield from self._over_time()

    def _row(self, metric: PlanMetric) -> str:
        cells = [
            self._name(metric.names),
            decimal_text(metric.weight),
            self._target(metric),
            self._curve(metric.curve),
            decimal_text(metric.cap),
        ]
        return f"| {' | '.join(cells)} |"

    def _target(self, metric: PlanMetric) -> str:
        if metric.target_from_feed:
            return self._say("按下达目标", "as agreed for the period")
        return "-" if metric.target is None else self._expression(metric.target)

    def _curve(self, curve: Curve) -> str:  # noqa: C901, PLR0911 - one sentence per curve
        match curve:
            case Linear():
                least = curve.min_attainment
                extra = (
                    ""
                    if least is None
                    else self._say(
                        f",完成率低于 {quantity_text(least, 'ratio')} 计 0 分",
                        f", 0 below {quantity_text(least, 'ratio')}",
                    )
                )
                return self._say("实际 / 目标 × 100", "actual / target x 100") + extra
            case Inverse(method="linear"):
                return self._say("(2 - 实际 / 目标) × 100", "(2 - actual / target) x 100")
            case Inverse():
                return self._say("目标 / 实际 × 100(越低越好)", "target / actual x 100 (lower is better)")
            case Points(pairs=pairs):
                listed = ", ".join(f"{decimal_text(x)} → {decimal_text(y)}" for x, y in pairs)
                return self._say(f"按点插值:{listed}", f"between points: {listed}")
            case Tiered(table=table):
                return "; ".join(
                    f"{_edge(tier.lower, '-∞')} … {_edge(tier.upper, '∞')}: {decimal_text(tier.value)}"
                    for tier in table.tiers
                )
            case Binary(when=when):
                return self._say(
                    f"满足「{self._expression(when)}」得满分", f"full points when {self._expression(when)}"
                )
            case Formula(expression=expression):
                return f"`{self._expression(expression)}`"
            case Band(slope=slope):
                return self._say(
                    f"偏离目标每 1% 扣 {decimal_text(slope / 100)} 分", f"minus {decimal_text(slope / 100)} per 1 % off"
                )
            case Rubric(parts=parts, rated=rated):
                listed = ", ".join([*parts, *(name for name, _ in rated)])
                return self._say(f"要件评分:{listed}", f"rubric: {listed}")
            case Rank(bands=bands):
                return ", ".join(
                    f"≤ {quantity_text(share, 'ratio')}: {decimal_text(points)}" for share, points in bands
                )
            case Table2d(row=row, column=column):
                return self._say("双轴表", "table") + f": {row.text} × {column.text}"

    def _notes(self, category: str) -> Iterator[str]:
        notes: list[str] = []
        for metric in self._plan.metrics:
            if metric.category == category:
                notes += [self._gate(metric.names, gate) for gate in metric.gates]
                notes += self._training(metric)
        notes += [self._deduction(rule) for rule in self._plan.deductions if rule.category == category]
        for bonus in self._plan.bonuses:
            if bonus.category == category:
                condition, points = self._expression(bonus.when), self._expression(bonus.points)
                notes.append(
                    self._say(f"加分:{condition} → 加 {points} 分", f"Bonus: {condition} -> plus {points} points")
                )
        if notes:
            yield ""
            yield from (f"- {note}" for note in notes)

    def _gate(self, metric: Names, gate: Gate) -> str:
        effects = {
            "zero": ("计 0 分", "counts 0"),
            "hold": ("暂缓", "is held"),
            "factor": (f"乘以 {decimal_text(gate.factor)}", f"times {decimal_text(gate.factor)}"),
            "exclude_renormalise": ("不参与", "is left out"),
        }
        zh, en = effects[gate.on_fail]
        return self._say(
            f"门槛:{gate.reason.zh}(`{self._expression(gate.when)}`),否则「{metric.zh}」{zh}",
            f"Gate: {gate.reason.en} (`{self._expression(gate.when)}`), else {metric.en} {en}",
        )

    def _training(self, metric: PlanMetric) -> list[str]:
        training = metric.training
        if training is None:
            return []
        notes = []
        if training.fixed_points is not None:
            points = decimal_text(training.fixed_points)
            notes.append(
                self._say(
                    f"课程 {training.course} 合格:{metric.names.zh} 加 {points} 分",
                    f"Course {training.course} passed: plus {points} points on {metric.names.en}",
                )
            )
        if training.exam_share is not None:
            share = quantity_text(training.exam_share, "ratio")
            notes.append(
                self._say(
                    f"{metric.names.zh} 加 课程 {training.course} 考试成绩 × {share}",
                    f"{metric.names.en} plus exam mark of {training.course} x {share}",
                )
            )
        if training.needs_completion:
            notes.append(
                self._say(
                    f"课程 {training.course} 未完成:{metric.names.zh} 计 0 分",
                    f"Course {training.course} not completed: {metric.names.en} counts 0",
                )
            )
        return notes

    def _deduction(self, rule: Deduction) -> str:
        if rule.event and rule.per_event is not None:
            share = self._expression(rule.per_event)
            return self._say(f"扣分:{rule.names.zh},每次扣 {share}", f"Deduction: {rule.names.en}, {share} each")
        condition = self._expression(rule.when) if rule.when else ""
        points = self._expression(rule.points) if rule.points else ""
        return self._say(f"扣分:{condition} → 扣 {points} 分", f"Deduction: {condition} -> minus {points} points")

    def _payout(self) -> Iterator[str]:
        yield ""
        yield self._say("## 奖金(税前应发)", "## Pay (gross)")
        yield ""
        for component in self._plan.payout.components:
            yield f"- {self._component(component)}"
        if self._plan.payout.cap is not None:
            cap = self._expression(self._plan.payout.cap)
            yield self._say(f"- 合计上限:{cap}", f"- Limit of the sum: {cap}")
        for limit, zh, en in (
            (self._plan.payout.period_cap, "本期所有方案合计上限", "Limit of all plans in the period"),
            (self._plan.payout.year_cap, "本方案全年上限", "Limit of this plan in the year"),
        ):
            if limit is not None:
                yield self._say(f"- {zh}:{self._expression(limit)}", f"- {en}: {self._expression(limit)}")
        if self._plan.payout.cap_rest == "carried":
            periods = self._plan.payout.cap_max_periods
            yield self._say(
                f"- 超出上限部分顺延,最多 {periods} 期",
                f"- What a limit cuts off is carried for at most {periods} periods",
            )
        if self._plan.rating:
            bands = ", ".join(f"{band} ≥ {decimal_text(edge)}" for band, edge in self._plan.rating.bands)
            yield self._say(f"- 评级:{bands}", f"- Rating: {bands}")
        least = self._plan.proration.min_days
        yield self._say(f"- 在岗少于 {least} 天不参与考核", f"- Fewer than {least} days: not assessed")
        for kind, counts in self._plan.proration.leave or ():
            yield self._say(
                f"- 假期 {kind}:{'计入' if counts else '不计入'}在岗天数",
                f"- Leave {kind}: {'counts' if counts else 'does not count'} as days in the seat",
            )
        if self._plan.leaver == "forfeit":
            yield self._say("- 期末前离职者本期不发放", "- Leavers are paid nothing for the period they leave in")

    def _over_time(self) -> Iterator[str]:
        rules = self._plan.lifecycle
        if rules is None:
            return
        yield ""
        yield self._say("## 评级的运用(均为建议,由人决定)", "## What follows from ratings (proposals, people decide)")
        yield ""
        if rules.pip:
            score, pip = self._expression(rules.pip.below), rules.pip
            yield self._say(
                f"- 连续 {pip.misses} 个月总分低于 {score}:进入改进计划,观察 {pip.observe_months} 个月,"
                f"其中 {pip.must_meet} 个月须达标",
                f"- Below {score} for {pip.misses} months in a row: improvement plan, {pip.observe_months} months are "
                f"observed, {pip.must_meet} of them have to reach it",
            )
        if rules.raise_:
            top = quantity_text(rules.raise_.top, "ratio")
            yield self._say(
                f"- 连续 {rules.raise_.quarters} 个季度位于前 {top}:优先加薪",
                f"- Among the best {top} for {rules.raise_.quarters} quarters in a row: first for a raise",
            )
        if rules.promotion:
            band, years = rules.promotion.rating, rules.promotion.years
            yield self._say(
                f"- 最近 {years} 个年度评级不低于 {band}:可晋升管理岗",
                f"- Rated {band} or better in the last {years} years: open to management posts",
            )
        if rules.annual_award:
            condition = self._expression(rules.annual_award.when)
            yield self._say(f"- 年度评优条件:{condition}", f"- Award of the year: {condition}")

    def _component(self, component: Component) -> str:
        name = self._name(component.names)
        when = f"{self._expression(component.when)} → " if component.when else ""
        if component.formula is not None:
            return f"{name}: {when}{self._expression(component.formula)}"
        if component.team_rule:
            rule = next(rule for rule in self._bundle.team_rules if rule.id == component.team_rule)
            return f"{name}: {self._expression(rule.when)} → {self._expression(rule.award.amount)}"
        if component.clawback is not None:
            return f"{name}: {self._clawback(component.clawback)}"
        table = component.tiers
        tiers = (
            []
            if table is None
            else [
                f"{_edge(tier.lower, '-∞')} … {_edge(tier.upper, '∞')}: {quantity_text(tier.value, 'ratio')}"
                for tier in table.tiers
            ]
        )
        return f"{name}: {when}{self._expression(component.amount) if component.amount else ''} ({'; '.join(tiers)})"

    def _clawback(self, rule: Clawback) -> str:
        taken = next(item for item in self._plan.payout.components if item.id == rule.of)
        metric = self._name(self._bundle.metrics[rule.metric].names)
        cap = self._expression(rule.cap) if rule.cap is not None else ""
        if self._zh:
            within = f"入账后 {rule.within_days} 天内" if rule.within_days is not None else ""
            most = f",每期至多 {cap}" if cap else ""
            return f"{within}冲销的{metric}按当期费率追回{self._name(taken.names)},不超过已发金额{most}"
        within = f" within {rule.within_days} days of its credit" if rule.within_days is not None else ""
        most = f", {cap} a period at most" if cap else ""
        what = f"{self._name(taken.names)} comes back at the rate it was paid with, no more than was paid"
        return f"{metric} reversed{within}: {what}{most}"

    def _expression(self, expression: Expression) -> str:
        """The text with names people know, and parameters as their figures."""
        used = set(names(expression))
        return _NAME.sub(lambda match: self._word(match[0]) if match[0] in used else match[0], expression.text)

    def _word(self, name: str) -> str:
        parameter = self._bundle.parameters.get(name)
        if parameter is not None:
            return quantity_text(parameter.at(self._day).value or Fraction(0), parameter.unit)
        metric = self._plan.metric(name)
        if metric is not None:
            return self._name(metric.names)
        head, _, part = name.partition(".")
        entry = self._bundle.metrics.get(part or head)
        if entry is not None:
            return f"{head} {self._name(entry.names)}" if part else self._name(entry.names)
        words = {"base": ("奖金基数", "base"), "score": ("绩效总分", "score"), "total_score": ("绩效总分", "score")}
        zh, en = words.get(name, (name, name))
        return self._say(zh, en)

    def _name(self, labels: Names) -> str:
        return labels.zh if self._zh else labels.en

    def _say(self, zh: str, en: str) -> str:
        return zh if self._zh else en


def _edge(value: Fraction | None, open_end: str) -> str:
    return open_end if value is None else decimal_text(value)
