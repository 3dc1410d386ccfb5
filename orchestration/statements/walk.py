"""From the base to the total, step by step. The exact steps add up to the exact components, and the shown fen to the
lines of the ledger: largest remainder, as everywhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from orchestration.payout.lines import PayoutLine
from orchestration.payout.rounding import FEN_PER_YUAN
from orchestration.plans.model import Component, Names, Plan
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.results import PayComponent, TraceRow
from orchestration.statements.evidence import PersonEvidence

WalkKind = Literal["base", "category", "deduction", "bonus", "limit", "component", "line", "subtotal", "total"]


@dataclass(frozen=True, slots=True)
class WalkStep:
    """One bar: `fen` is the change (of the base and the sums: the height), `names` what it is."""

    kind: WalkKind
    names: Names
    fen: int


class StatementError(RuntimeError):
    """The steps do not add up to the ledger's lines: the evidence and the ledger disagree. Nothing is shown then."""


def walk_of(evidence: PersonEvidence, contexts: Sequence[SegmentContext]) -> tuple[WalkStep, ...]:
    """The walk of one person. Raises `StatementError` when it does not end at the sum of the lines."""
    own = [line for line in evidence.lines if line.kind == "regular"]
    others = [line for line in evidence.lines if line.kind != "regular"]
    earned = sum(line.amount_fen for line in own)
    exact = list(_exact_steps(evidence, contexts)) if own else []
    steps = _rounded(exact, earned) if exact else [_line_step(evidence, line) for line in own]
    if sum(step.fen for step in steps) != earned:
        raise StatementError(
            f"{evidence.employee_no} {evidence.period}: the steps add up to {sum(step.fen for step in steps)} fen, the "
            f"lines to {earned}; verify the close folder (incentives payout verify) and report it"
        )
    total = sum(line.amount_fen for line in evidence.lines)
    if others:
        steps.append(WalkStep("subtotal", Names("本期应得", "Earned in the period"), earned))
        steps += [_line_step(evidence, line) for line in others]
    return (*steps, WalkStep("total", Names("应发合计(税前)", "Gross total"), total))


def component_names(evidence: PersonEvidence, plan_id: str, component: str) -> Names:
    """What people call a component of a plan; its id where no plan of the time names it."""
    for plan in evidence.bundle.plans:
        for one in plan.payout.components:
            if one.id == component and plan_id in {"", plan.id}:
                return one.names
    return _OWN.get(component, Names(component, component))


_OWN = {
    "carried_balance": Names("扣回以前结转的负数余额", "Negative balance of earlier runs taken back"),
    "carry_forward": Names("本期负数结转至下期", "Negative net carried to the next run"),
    "deduction_offset": Names("本期负数列为扣款项", "Negative net shown as a deduction"),
    "deduction": Names("扣款项", "Deduction"),
}


def _line_step(evidence: PersonEvidence, line: PayoutLine) -> WalkStep:
    names = component_names(evidence, line.plan_id, line.component)
    if line.kind == "adjustment":
        names = Names(f"{line.origin_period} 更正:{names.zh}", f"Correction of {line.origin_period}: {names.en}")
    return WalkStep("line", names, line.amount_fen)


_ORDER: tuple[WalkKind, ...] = ("base", "category", "deduction", "bonus", "component", "limit")


def _exact_steps(
    evidence: PersonEvidence, contexts: Sequence[SegmentContext]
) -> Iterator[tuple[WalkKind, Names, Fraction]]:
    """Exact yuan of every step of the period's own components; nothing where they are not what the lines pay: a part is
    held, or an earlier run of the period paid some of it."""
    parts = evidence.components
    was_paid = any(line.kind == "adjustment" and line.origin_period == str(evidence.period) for line in evidence.lines)
    if evidence.held or was_paid or any(part.amount is None for part in parts):
        return
    rows = {row.node: row for row in evidence.trace}
    sums: _Sums = {}
    scored = _add_scores(contexts, rows, sums)
    limits = Fraction(0)
    for part in parts:
        before = _before_limits(part, rows)
        amount = part.amount or Fraction(0)
        if (part.plan_id, part.component) not in scored:
            _add(sums, "component", component_names(evidence, part.plan_id, part.component), before)
        limits += amount - before
    if limits:
        _add(sums, "limit", Names("上限、下限与比例调整", "Caps, floors and proportional limits"), limits)
    steps = sorted(sums.items(), key=lambda item: _ORDER.index(item[0][0]))
    for (kind, names), amount in steps:
        if amount or kind == "base":
            yield kind, names, amount


_Sums = dict[tuple[WalkKind, Names], Fraction]


def _add(sums: _Sums, kind: WalkKind, names: Names, amount: Fraction) -> None:
    sums[kind, names] = sums.get((kind, names), Fraction(0)) + amount


def _add_scores(contexts: Sequence[SegmentContext], rows: dict[str, TraceRow], sums: _Sums) -> set[tuple[str, str]]:
    """Add the steps of the components that are base x score / 100; gives which (plan, component) they are."""
    scored: set[tuple[str, str]] = set()
    for plan in dict.fromkeys((ctx.plan.id, ctx.plan.version) for ctx in contexts):
        mine = [ctx for ctx in contexts if (ctx.plan.id, ctx.plan.version) == plan]
        component = _score_component(mine, rows)
        if component is not None:
            scored.add((plan[0], component.id))
            for ctx in mine:
                for kind, names, amount in _of_score(ctx, rows):
                    _add(sums, kind, names, amount)
    return scored


def _score_component(contexts: Sequence[SegmentContext], rows: dict[str, TraceRow]) -> Component | None:
    """The component that is base x score / 100 in every segment: by its numbers, whatever its formula looks like."""
    plan: Plan = contexts[0].plan
    for component in plan.payout.components:
        seen = [(ctx, rows.get(f"{ctx.node}/pay/{component.id}")) for ctx in contexts]
        if component.tiers is None and all(
            row is not None and ctx.base and ctx.total is not None and row.value == ctx.base * ctx.total / 100
            for ctx, row in seen
        ):
            return component
    return None


def _of_score(ctx: SegmentContext, rows: dict[str, TraceRow]) -> Iterator[tuple[WalkKind, Names, Fraction]]:
    """base x score / 100 as the base and what each category takes away or adds; exact, and adding up to it."""
    base, total = ctx.base or Fraction(0), ctx.total or Fraction(0)
    yield "base", Names("奖金基数", "Bonus base"), base
    known = Fraction(0)
    for category in ctx.plan.categories:
        node = f"{ctx.node}/category/{category.id}"
        unit = base * category.weight / 10000
        mean, final = _value(rows, f"{node}/mean"), _value(rows, node)
        deducted = _value(rows, f"{node}/deducted", mean)
        gains = sum(
            (row.value or Fraction(0) for name, row in rows.items() if name.startswith(f"{node}/bonus/")), Fraction(0)
        )
        zh, en = category.names.zh, category.names.en
        yield "category", Names(f"{zh}:指标得分(相对 100 分)", f"{en}: metrics against 100 points"), unit * (mean - 100)
        yield "deduction", Names(f"{zh}:扣分", f"{en}: deductions"), unit * (deducted - mean)
        yield "bonus", Names(f"{zh}:加分", f"{en}: bonus points"), unit * gains
        rest = final - deducted - gains
        yield "limit", Names(f"{zh}:封顶与门槛", f"{en}: limits and gates"), unit * rest
        known += category.weight * final / 100
    weights = sum((category.weight for category in ctx.plan.categories), Fraction(0))
    rest = base * (total - known) / 100 + base * (weights - 100) / 100
    yield "limit", Names("总分封顶与门槛", "Limits and gates of the total"), rest


def _value(rows: dict[str, TraceRow], node: str, default: Fraction = Fraction(0)) -> Fraction:
    row = rows.get(node)
    return default if row is None or row.value is None else row.value


def _before_limits(part: PayComponent, rows: dict[str, TraceRow]) -> Fraction:
    """The sum of the segments before caps, floors and draws; the award of a team rule is its own row."""
    own = [row for row in rows.values() if row.parent == part.trace_node and row.step == 11 and "/pay/" in row.node]
    paid = [row.value for row in own if row.value is not None and row.unit == "currency"]
    if paid:
        return sum(paid, Fraction(0))
    whole = rows.get(part.trace_node)
    return (whole.value if whole and whole.value is not None else part.amount) or Fraction(0)


def _rounded(exact: Sequence[tuple[WalkKind, Names, Fraction]], total_fen: int) -> list[WalkStep]:
    """Fen that add up to the lines' sum; each step is less than a fen away from its exact amount."""
    fen = [amount * FEN_PER_YUAN for _, _, amount in exact]
    parts = [value.numerator // value.denominator for value in fen]
    missing = total_fen - sum(parts)
    order = sorted(range(len(fen)), key=lambda at: (parts[at] - fen[at], at))
    if not 0 <= missing <= len(order):
        raise StatementError(f"the exact steps and the lines differ by {missing} fen, more than rounding can make")
    for at in order[:missing]:
        parts[at] += 1
    return [WalkStep(kind, names, parts[at]) for at, (kind, names, _) in enumerate(exact)]
