"""Steps 11-13: components of every segment, their sum, caps and floors. Amounts stay exact fractions of yuan."""

from dataclasses import dataclass, replace
from fractions import Fraction

from orchestration.plans.expression import Unavailable
from orchestration.plans.model import Clawback, Component, Plan
from orchestration.scoring.base import BaseOf, base_of
from orchestration.scoring.clawback import clawback_of, remembered, take_back
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.curves import marginal_between, tier_amount
from orchestration.scoring.draws import apply_draw, cap_with_rest, prior_amount, waiting
from orchestration.scoring.gates import apply_gates
from orchestration.scoring.inputs import Carried
from orchestration.scoring.limits import PlanParts, limit_person, whole_base
from orchestration.scoring.people import ScoredPerson
from orchestration.scoring.reasons import reason_text, without_value
from orchestration.scoring.results import PayComponent
from orchestration.scoring.team import AwardOf
from orchestration.scoring.trace import Told, money_words, number


@dataclass(frozen=True, slots=True)
class Paid:
    """The components of one person, and what their next period has to know."""

    components: tuple[PayComponent, ...]
    carried: tuple[Carried, ...]


def pay_person(scored: ScoredPerson, awards: dict[tuple[str, str], AwardOf]) -> Paid:
    """All components of a person. Where a score or a value is missing, every line waits with the reason."""
    plans: list[PlanParts] = []
    carried: list[Carried] = []
    for plan in scored.plans:
        contexts = [ctx for ctx in scored.contexts if (ctx.plan.id, ctx.plan.version) == (plan.id, plan.version)]
        if plan.leaver == "forfeit" and not scored.person.is_employed_on(contexts[-1].run.period.last_day):
            _note_forfeit(contexts[-1])
            continue
        parts, taken_along = _PlanPay(scored, plan, contexts, awards).pay()
        plans.append(parts)
        carried.extend(taken_along)
    held = "; ".join(dict.fromkeys(part.held_reason for plan in plans for part in plan.parts if part.held_reason))
    if not held:
        try:
            carried.extend(limit_person(plans))
        except Unavailable as unavailable:
            held = without_value(unavailable.name, unavailable.state, unavailable.reason)
    components = [part for plan in plans for part in plan.parts]
    if held:
        # One missing value holds the whole person: a partial payment would have to be explained, and corrected, twice.
        components = [replace(part, amount=None, held_reason=part.held_reason or held) for part in components]
        carried = []
    return Paid(tuple(components), tuple(carried))


class _PlanPay:
    def __init__(
        self,
        scored: ScoredPerson,
        plan: Plan,
        contexts: list[SegmentContext],
        awards: dict[tuple[str, str], AwardOf],
    ) -> None:
        self._scored = scored
        self._plan = plan
        self._contexts = contexts
        self._awards = awards
        self._last = contexts[-1]
        self._bases: list[BaseOf | str] = [base_of(ctx) for ctx in contexts]
        for ctx, base in zip(contexts, self._bases, strict=True):
            ctx.base = base.amount if isinstance(base, BaseOf) else None
        self._carried: list[Carried] = []

    def pay(self) -> tuple[PlanParts, list[Carried]]:
        """The components before the limits of the plan, and what their next period has to know."""
        held = self._scored.held_reason or "; ".join(base for base in self._bases if isinstance(base, str))
        if held:
            return PlanParts(self._last, self._total_base(), self._held_lines(held), self._line), []
        parts: list[PayComponent] = []
        for component in self._plan.payout.components:
            try:
                amount = self._component(component)
            except Unavailable as unavailable:
                reason = without_value(unavailable.name, unavailable.state, unavailable.reason)
                self._note_held(component, reason)
                parts.append(self._line(component, None, reason))
                continue
            if amount is not None:
                parts.append(self._line(component, amount, ""))
        return PlanParts(self._last, self._total_base(), parts, self._line), self._carried

    def _held_lines(self, reason: str) -> list[PayComponent]:
        """A line for every component that is always due. Where each has a condition the first one stands for all: a
        held person without a line would be missing in silence."""
        components = self._plan.payout.components
        due = [item for item in components if item.when is None and item.team_rule is None] or components[:1]
        for component in due:
            self._note_held(component, reason)
        return [self._line(component, None, reason) for component in due]

    def _component(self, component: Component) -> Fraction | None:
        """The amount of a component over all segments; None when nothing is due under its condition."""
        if component.team_rule:
            return self._award(component)
        if component.clawback is not None:
            return self._clawback(component, component.clawback)
        amounts: list[Fraction] = []
        prior = prior_amount(self._last, component) if component.tiers else Fraction(0)
        for ctx in self._contexts:
            amount, used = self._in_segment(ctx, component, prior)
            prior += used
            if amount is not None:
                amounts.append(amount)
        if component.tiers and component.accumulate in {"quarter", "year"}:
            self._carry(component, "accumulated", prior)
        whole = sum(amounts, Fraction(0))
        rule = clawback_of(self._plan, component.id)
        if rule is not None:
            credited = sum((self._credited(ctx, rule) for ctx in self._contexts), Fraction(0))
            self._carried.extend(remembered(self._last, component, whole, credited))
        return self._whole(component, whole) if amounts else self._nothing(component)

    def _clawback(self, component: Component, rule: Clawback) -> Fraction | None:
        amount = take_back(self._last, component, rule, self._carried)
        return self._nothing(component) if amount is None else self._whole(component, amount)

    @staticmethod
    def _credited(ctx: SegmentContext, rule: Clawback) -> Fraction:
        with ctx.paying():
            value = ctx.value_of(rule.metric)
        return value if isinstance(value, Fraction) else Fraction(0)

    def _in_segment(
        self, ctx: SegmentContext, component: Component, prior: Fraction
    ) -> tuple[Fraction | None, Fraction]:
        """The amount of one segment (None: not due) and the amount that counts as accumulated."""
        node, parent = f"{ctx.node}/pay/{component.id}", self._node(component)
        cited = ctx.cite(component.where, component.reference, component.when, component.formula, component.amount)
        told = Told([], "", "")
        if component.when is not None:
            due, told = ctx.condition(component.when)
            if not due:
                zh, en = f"{component.names.zh}:{told.zh},不发放", f"{component.names.en}: {told.en}, nothing due"
                ctx.trace.add(
                    node,
                    11,
                    zh,
                    en,
                    parent=parent,
                    inputs={"conditions": told.code},
                    parameter=cited,
                    passed=False,
                )
                return None, Fraction(0)
        used = Fraction(0)
        expression = component.formula or component.amount
        if expression is None:
            raise TypeError(f"{component.where}: component {component.id} computes nothing")
        with ctx.paying():
            amount = ctx.figure(expression)
            shown = ctx.shown_inputs(expression)
            text = f"{expression.text} = {ctx.arithmetic(expression)} = {number(amount)}"
        if component.tiers is not None:
            used, (amount, tier_text) = amount, _tiers(component, prior, amount)
            text = f"{text}; {tier_text}"
        gates = tuple(gate for gate in ctx.plan.gates if gate.scope == "payout")
        outcome = apply_gates(ctx, gates, amount, node, 11)
        if outcome.action == "hold":
            raise Unavailable(component.id, "missing", outcome.reason)
        if outcome.value != amount:
            text += f" -> {number(outcome.value)}"
        ctx.trace.add(
            node,
            11,
            f"{component.names.zh}:{told.zh}{' → ' if told.zh else ''}{text}",
            f"{component.names.en}: {told.en}{' -> ' if told.en else ''}{text}",
            parent=parent,
            value=outcome.value,
            unit="currency",
            inputs={**shown, "conditions": told.code},
            parameter=cited,
            passed=True,
        )
        return outcome.value, used

    def _award(self, component: Component) -> Fraction | None:
        award = self._awards.get((component.team_rule or "", self._last.person.employee_no))
        if award is None or self._last is not self._scored.contexts[-1]:
            return None
        for row in award.rows:
            self._last.trace.add(
                f"{self._node(component)}/{row.node}",
                11,
                row.zh,
                row.en,
                parent=self._node(component),
                value=row.value,
                unit=row.unit,
                inputs=row.inputs,
                parameter=row.parameter,
                passed=row.passed,
            )
        if award.held_reason:
            raise Unavailable(component.team_rule or "", "missing", award.held_reason)
        return self._nothing(component) if award.amount is None else self._whole(component, award.amount)

    def _nothing(self, component: Component) -> None:
        for row in waiting(self._last, component):
            self._carry(component, row.kind, row.amount, row.periods_left)
        zh, en = f"{component.names.zh}:本期不发放", f"{component.names.en}: nothing due in this period"
        self._last.trace.add(self._node(component), 12, zh, en, value=Fraction(0), unit="currency")

    def _whole(self, component: Component, amount: Fraction) -> Fraction:
        """Cap, floor and draw of one component, and the row that its pay line points to."""
        limited, steps = amount, []
        if component.cap is not None or component.floor is not None:
            limited = self._between(component, amount, steps)
        if component.draw is not None:
            limited = apply_draw(self._last, component, component.draw, limited, steps, self._carry)
        detail = f"({';'.join(steps)})" if steps else ""
        zh, en = money_words(self._plan.currency)
        self._last.trace.add(
            self._node(component),
            12,
            f"{component.names.zh} = {number(limited)} {zh}{detail}",
            f"{component.names.en} = {number(limited)} {en}{detail}",
            value=limited,
            unit="currency",
            inputs={"before_limits": number(amount)},
            parameter=self._last.cite(component.where, component.reference, component.cap, component.floor),
        )
        return limited

    def _between(self, component: Component, amount: Fraction, steps: list[str]) -> Fraction:
        with whole_base(self._last, self._total_base()):
            cap = self._last.figure(component.cap) if component.cap is not None else None
            floor = self._last.figure(component.floor) if component.floor is not None else None
        limited = amount
        if cap is not None:
            limited = cap_with_rest(self._last, component, limited, cap, steps, self._carry)
        # A floor lifts what was earned too little, it never turns a refund into pay.
        if floor is not None and 0 <= limited < floor:
            steps.append(f"min {number(floor)}")
            limited = floor
        return limited

    def _line(self, component: Component, amount: Fraction | None, held: str) -> PayComponent:
        # The last base of the period decides who pays; a held line without any base still has to be shown.
        bases = [base for base in self._bases if isinstance(base, BaseOf)]
        row = bases[-1].last if bases else None
        return PayComponent(
            employee_no=self._last.person.employee_no,
            plan_id=self._plan.id,
            plan_version=self._plan.version,
            component=component.id,
            pay_item_code=component.pay_item,
            amount=amount,
            currency=self._plan.currency,
            payer_entity=row.payer_entity if row else "",
            pay_group=row.pay_group if row else "",
            cost_centre=row.cost_centre if row else "",
            held_reason=held,
            trace_node=self._node(component),
        )

    def _note_held(self, component: Component, reason: str) -> None:
        zh = f"{component.names.zh} 暂缓:{reason_text(reason, 'zh', self._last.names_of)}"
        en = f"{component.names.en} is held: {reason_text(reason, 'en', self._last.names_of)}"
        self._last.trace.add(self._node(component), 12, zh, en, inputs={"reason": reason}, passed=False)

    def _node(self, component: Component) -> str:
        return f"pay/{self._plan.id}/{component.id}"

    def _total_base(self) -> Fraction | None:
        amounts = [base.amount for base in self._bases if isinstance(base, BaseOf)]
        return sum(amounts, Fraction(0)) if len(amounts) == len(self._bases) else None

    def _carry(self, component: Component, kind: str, amount: Fraction, periods_left: int = 0) -> None:
        no = self._last.person.employee_no
        self._carried.append(Carried(no, self._plan.id, component.id, kind, amount, periods_left))  # type: ignore[arg-type]


def _note_forfeit(ctx: SegmentContext) -> None:
    zh, en = "期末不在职,按方案本期不发放", "not employed on the last day of the period, nothing is due under the plan"
    cited = ctx.cite(ctx.plan.where, "")
    ctx.trace.add(f"pay/{ctx.plan.id}/forfeit", 11, zh, en, value=Fraction(0), unit="currency", parameter=cited)


def _tiers(component: Component, prior: Fraction, amount: Fraction) -> tuple[Fraction, str]:
    table = component.tiers
    if table is None:
        raise TypeError(f"{component.where}: no tiers")
    if table.kind == "marginal":
        total, parts = marginal_between(table.tiers, prior, amount)
        return total, f"{number(prior)} + {number(amount)}: {' + '.join(parts) or '0'} = {number(total)}"
    if table.kind == "interpolated":
        rate, text = tier_amount(table, amount)
        return amount * rate, f"{text}; {number(amount)} * {number(rate)} = {number(amount * rate)}"
    before, _ = tier_amount(table, prior) if prior else (Fraction(0), "")
    after, text = tier_amount(table, prior + amount)
    return after - before, text if not before else f"{text} - {number(before)} = {number(after - before)}"
