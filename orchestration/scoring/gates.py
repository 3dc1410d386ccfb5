"""Gates: all are tested and shown; of those that fail the strongest decides: hold, zero, smallest factor, exclude.

On a value that does not apply a gate passes; on a missing one the line is held.
"""

from dataclasses import dataclass
from fractions import Fraction

from orchestration.plans.expression import Unavailable
from orchestration.plans.model import Gate, OnFail
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.reasons import both, reason_text, without_value
from orchestration.scoring.trace import number


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """The value after the gates. `action` None: every gate passed."""

    value: Fraction
    action: OnFail | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Failed:
    action: OnFail
    factor: Fraction
    reason: str


def apply_gates(
    ctx: SegmentContext, gates: tuple[Gate, ...], value: Fraction, node: str, step: int, *, extra: str = ""
) -> GateOutcome:
    """Test every gate on a value. `extra` is the reason of a failed gate that was tested elsewhere (a course)."""
    failed: list[_Failed] = [_Failed("zero", Fraction(0), extra)] if extra else []
    for position, gate in enumerate(gates, start=1):
        outcome = _test(ctx, gate, f"{node}/gate/{position}", node, step)
        if outcome:
            failed.append(outcome)
    if not failed:
        return GateOutcome(value, None)
    ctx.trace.failed_gates += len(failed)
    order: dict[OnFail, int] = {"hold": 0, "zero": 1, "factor": 2, "exclude_renormalise": 3}
    strongest = min(failed, key=lambda item: (order[item.action], item.factor))
    if strongest.action == "zero":
        return GateOutcome(Fraction(0), "zero", strongest.reason)
    if strongest.action == "factor":
        return GateOutcome(value * strongest.factor, "factor", strongest.reason)
    return GateOutcome(value, strongest.action, strongest.reason)


def _test(ctx: SegmentContext, gate: Gate, node: str, parent: str, step: int) -> _Failed | None:
    cited = ctx.cite(gate.where, gate.reference, gate.when)
    try:
        passed, told = ctx.condition(gate.when)
    except Unavailable as unavailable:
        reason = without_value(unavailable.name, unavailable.state, unavailable.reason)
        if unavailable.state == "not_applicable":
            zh, en = f"门槛「{gate.reason.zh}」不适用,视为通过", f"gate '{gate.reason.en}' does not apply, it passes"
            ctx.trace.add(
                node, step, zh, en, parent=parent, inputs={"unavailable": reason}, parameter=cited, passed=True
            )
            return None
        zh = f"门槛「{gate.reason.zh}」无法判断:{reason_text(reason, 'zh', ctx.names_of)}"
        en = f"gate '{gate.reason.en}' cannot be tested: {reason_text(reason, 'en', ctx.names_of)}"
        ctx.trace.add(node, step, zh, en, parent=parent, inputs={"unavailable": reason}, parameter=cited)
        return _Failed("hold", Fraction(0), reason)
    effect_zh, effect_en = _effect(gate)
    zh = f"门槛「{gate.reason.zh}」{'通过' if passed else f'未通过 → {effect_zh}'}:{told.zh}"
    en = f"gate '{gate.reason.en}' {'passed' if passed else f'failed -> {effect_en}'}: {told.en}"
    ctx.trace.add(node, step, zh, en, parent=parent, inputs={"conditions": told.code}, parameter=cited, passed=passed)
    return None if passed else _Failed(gate.on_fail, gate.factor, both(gate.reason))


def _effect(gate: Gate) -> tuple[str, str]:
    match gate.on_fail:
        case "zero":
            return "计 0 分", "counts 0"
        case "factor":
            return f"乘以 {number(gate.factor)}", f"times {number(gate.factor)}"
        case "hold":
            return "暂缓", "held"
        case _:
            return "不参与,权重分给其他指标", "left out, its weight goes to the others"
