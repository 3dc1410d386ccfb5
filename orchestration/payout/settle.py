"""What a run still owes: amounts recomputed now, minus everything earlier runs already gave for the same origin.

One rule serves off-cycle runs, people who were held, refunds and corrected data alike (plan language §1.10): three
corrections in a row add up to what one would have been. A recomputation that is held gives no correction: missing
data never takes money back.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from orchestration.payout.lines import HeldLine, LineKind, PayoutLine, RunKey
from orchestration.payout.rules import CloseRules

_SETTLED: tuple[LineKind, ...] = ("regular", "adjustment")
_CARRIED: tuple[LineKind, ...] = ("carry_out", "carry_in")


@dataclass(frozen=True, slots=True)
class Recomputed:
    """An origin period as it would be calculated now: rounded lines and what is held, of all pay groups."""

    period: str
    lines: tuple[PayoutLine, ...]
    held: tuple[HeldLine, ...]
    reason: str = "data_change"


def still_owed(
    now: Recomputed,
    earlier: Sequence[PayoutLine],
    *,
    settled_groups: Collection[str],
    run_of: Callable[[PayoutLine], RunKey],
    pay_month: str,
    returned: Sequence[PayoutLine] = (),
) -> list[PayoutLine]:
    """Adjustment lines: per person and component, the amount of now minus the sum of all earlier lines of that
    origin.

    `earlier` are lines of approved runs; those of other origins and kinds are ignored. A component nobody was paid
    for is owed only where the origin's run of that pay group is settled; before, it is that run's own business.
    `run_of` names the open run a person's line goes into. `returned` are lines that payroll gave back: what replaces
    one points at it.
    """
    back = {_settle_key(line): line.line_id for line in returned if line.origin_period == now.period}
    held = {(row.employee_no, row.component) for row in now.held}
    amounts: dict[tuple[str, str, str, str], int] = {}
    templates: dict[tuple[str, str, str, str], PayoutLine] = {}
    origins: dict[tuple[str, str, str, str], str] = {}
    for line in sorted(earlier, key=lambda line: (line.run, line.sort_key)):
        if line.origin_period == now.period and line.kind in _SETTLED:
            key = _settle_key(line)
            amounts[key] = amounts.get(key, 0) - line.amount_fen
            templates[key], origins[key] = line, line.line_id
    for line in now.lines:
        key = _settle_key(line)
        if key in origins or line.run.pay_group in settled_groups:
            amounts[key] = amounts.get(key, 0) + line.amount_fen
            templates[key] = line
    return [
        replace(
            templates[key],
            run=run_of(templates[key]),
            kind="adjustment",
            amount_fen=amount,
            pay_month=pay_month,
            origin_period=now.period,
            origin_line=origins.get(key) or back.get(key, ""),
            reason="returned" if key in back and key not in origins else now.reason,
            revision=0,
            line_id="",
        )
        for key, amount in sorted(amounts.items())
        if amount and (key[0], key[1]) not in held
    ]


def settle_negatives(
    lines: Iterable[PayoutLine],
    earlier: Sequence[PayoutLine],
    rules: CloseRules,
    limits: Mapping[tuple[str, str, str], int] | None = None,
) -> list[PayoutLine]:
    """The lines of one run plus what balances negative nets: a balance brought in from earlier runs, and what may not
    be taken back in this run carried out to the next one (or shown as a deduction, as the rules say).

    Per person, payer and currency. No more than `recovery_share` of what the person earns in the run is taken back.
    `limits` are the deductions payroll can make, in fen, where the rules say that it supplies them; nobody's is zero by
    being absent: it is carried.
    """
    groups: dict[tuple[str, str, str], list[PayoutLine]] = {}
    for line in lines:
        groups.setdefault((line.employee_no, line.payer_entity, line.currency), []).append(line)
    result: list[PayoutLine] = []
    for key, own in sorted(groups.items()):
        own.sort(key=lambda line: line.sort_key)
        # Carry lines of approved runs add up to what the person still owes: out is positive, in is negative.
        owed = sum(line.amount_fen for line in earlier if line.kind in _CARRIED and _net_key(line) == key)
        if owed:
            own.append(_balance(own[0], "carry_in", "carried_balance", rules.carry_pay_item_code, -owed))
        over = _taken_too_much(own, rules)
        deduct = 0
        if rules.negative_net == "deduct_line":
            deduct = over if rules.deduction_limit == "none" else min(over, (limits or {}).get(key, 0))
        if deduct:
            own.append(_balance(own[0], "deduction", "deduction_offset", rules.carry_pay_item_code, deduct))
            own.append(_balance(own[0], "deduction", "deduction", rules.deduction_pay_item_code, -deduct))
        if over > deduct:
            own.append(_balance(own[0], "carry_out", "carry_forward", rules.carry_pay_item_code, over - deduct))
        result.extend(own)
    return result


def _taken_too_much(own: Sequence[PayoutLine], rules: CloseRules) -> int:
    """Fen by which the negative lines exceed what may be taken back of the positive ones."""
    earned = sum(line.amount_fen for line in own if line.amount_fen > 0)
    taken = -sum(line.amount_fen for line in own if line.amount_fen < 0)
    share = Fraction(1) if rules.recovery_share is None else rules.recovery_share
    return max(taken - math.floor(earned * share), 0)


def outstanding(lines: Iterable[PayoutLine]) -> dict[tuple[str, str, str], int]:
    """Fen each (person, payer, currency) still owes from negative nets of approved runs."""
    owed: dict[tuple[str, str, str], int] = {}
    for line in lines:
        if line.kind in _CARRIED:
            owed[_net_key(line)] = owed.get(_net_key(line), 0) + line.amount_fen
    return {key: fen for key, fen in sorted(owed.items()) if fen}


def _settle_key(line: PayoutLine) -> tuple[str, str, str, str]:
    return (line.employee_no, line.component, line.pay_item_code, line.currency)


def _net_key(line: PayoutLine) -> tuple[str, str, str]:
    return (line.employee_no, line.payer_entity, line.currency)


def _balance(like: PayoutLine, kind: LineKind, component: str, pay_item_code: str, fen: int) -> PayoutLine:
    return replace(
        like,
        kind=kind,
        component=component,
        pay_item_code=pay_item_code,
        amount_fen=fen,
        plan_id="",
        plan_version=0,
        origin_period=like.run.period,
        origin_line="",
        reason="negative_net",
        trace_node="",
    )
