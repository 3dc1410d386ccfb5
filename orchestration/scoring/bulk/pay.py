"""Steps 11-13 over columns: base, components, caps; and the fen of every line.

A line is rounded half away from zero, as `orchestration.payout.rounding` does it; a test holds both to the same fen. A
limit that reaches over several lines shares fen among them: those people are left to the plain engine.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce

import numpy as np

from orchestration.plans.model import Component
from orchestration.scoring.bulk.curves import tier_column
from orchestration.scoring.bulk.expressions import compared, numbers, verdicts
from orchestration.scoring.bulk.metrics import apply_gates
from orchestration.scoring.bulk.sheet import NotForBulk, Sheet
from orchestration.scoring.bulk.vector import Column, add, choose, constant, greatest_of, least_of, multiply
from orchestration.scoring.team import RuleResult

ZERO = Fraction(0)


def base_column(sheet: Sheet, base_fen: np.ndarray) -> None:
    """The base of everybody for the whole period: the monthly base for each of its months."""
    kind = sheet.plan.payout.base
    if kind.metric is not None:
        raise NotForBulk("a base that is a measured amount")
    months = (sheet.period.end.year - sheet.period.start.year) * 12 + sheet.period.end.month - sheet.period.start.month
    if sheet.exact:
        values = np.empty(sheet.size, dtype=object)
        values[:] = [Fraction(fen, 100) * months for fen in base_fen.tolist()]
        base = Column(values)
    else:
        base = multiply(
            Column(base_fen.astype(float), relative=0.0), constant(Fraction(months, 100), sheet.size, exact=False)
        )
    if kind.percent is not None:
        base = multiply(base, numbers(sheet, kind.percent))
    sheet.base = base
    sheet.trace["base"] = base


def component_columns(sheet: Sheet, rules: Mapping[str, RuleResult]) -> list[tuple[Component, Column, np.ndarray]]:
    """Every component, its amounts, and where it is due."""
    payout = sheet.plan.payout
    if payout.pool is not None or payout.period_cap is not None or payout.year_cap is not None:
        raise NotForBulk("a pool, or a cap over plans or years")
    if any(component.clawback is not None for component in payout.components):
        raise NotForBulk("a clawback at stored rates")
    lines: list[tuple[Component, Column, np.ndarray]] = []
    for component in payout.components:
        if component.draw is not None or component.cap_rest != "lost" or component.accumulate in {"quarter", "year"}:
            raise NotForBulk(f"{component.id} carries something from period to period")
        found = _award(sheet, component, rules) if component.team_rule else _amount(sheet, component)
        if found is not None:
            lines.append((component, _limited(sheet, component, found[0]), found[1]))
    return _limit_plan(sheet, lines)


def fen(sheet: Sheet, amounts: Column, due: np.ndarray) -> np.ndarray:
    """Amounts as integers of 1/100, half away from zero; where the bound does not decide the person is in doubt."""
    if sheet.exact:
        exact = [value * 100 for value in amounts.values]
        whole = [(2 * abs(value.numerator) + value.denominator) // (2 * value.denominator) for value in exact]
        return np.array([part if value >= 0 else -part for part, value in zip(whole, exact, strict=True)], np.int64)
    hundredths = multiply(amounts, constant(Fraction(100), sheet.size, exact=False))
    size = np.abs(hundredths.values)
    whole = np.floor(size + 0.5)
    margin = hundredths.error() + size * 2.0**-52
    sheet.doubt |= (np.abs(size + 0.5 - whole) <= margin) & due
    sheet.doubt |= (np.abs(size + 0.5 - whole - 1) <= margin) & due
    if sheet.size and float(size.max()) >= 2**52:
        raise NotForBulk("amounts beyond 45 trillion")
    return np.copysign(whole, hundredths.values).astype(np.int64)


def _amount(sheet: Sheet, component: Component) -> tuple[Column, np.ndarray]:
    due = np.ones(sheet.size, bool)
    if component.when is not None:
        verdict = verdicts(sheet, component.when)
        sheet.slow |= ~(verdict.yes | verdict.no)
        due = verdict.yes
    expression = component.formula or component.amount
    if expression is None:
        raise NotForBulk(f"{component.id} computes nothing")
    amount = numbers(sheet, expression)
    if component.tiers is not None:
        amount = tier_column(sheet, component.tiers, amount)
        if component.tiers.kind == "interpolated":
            amount = multiply(numbers(sheet, expression), amount)
    if amount.known is not None:
        sheet.slow |= ~amount.known & due
    gates = [gate for gate in sheet.plan.gates if gate.scope == "payout"]
    return (apply_gates(sheet, gates, amount) if gates else amount), due


def _award(sheet: Sheet, component: Component, rules: Mapping[str, RuleResult]) -> tuple[Column, np.ndarray] | None:
    result = rules.get(component.team_rule or "")
    if result is None:
        return None
    rule = result.rule
    if rule.award.type == "fixed_pool" or rule.award.exclude_if_gate_failed or rule.award.exclude_if_on_pip:
        raise NotForBulk(f"the award of {rule.id} depends on other people")
    by_seat = [
        any(
            subject.grain == "company" or {"team": team, "department": department}.get(subject.grain) == subject.id
            for subject in rule.members
        )
        for department, team, _ in sheet.roster.seats
    ]
    members = np.array(by_seat, bool)[sheet.seat_codes]
    if any(subject.grain == "employee" for subject in rule.members):
        raise NotForBulk(f"{rule.id} names single employees")
    if result.awarded is None:
        sheet.slow |= members
        return None
    if not result.awarded:
        return None
    share = numbers(sheet, rule.award.amount)
    if rule.award.type == "per_head":
        return share, members
    return multiply(_base(sheet), share), members


def _limited(sheet: Sheet, component: Component, amount: Column) -> Column:
    if component.cap is not None:
        amount = least_of(amount, sheet.need(numbers(sheet, component.cap)))
    if component.floor is not None:
        floor = sheet.need(numbers(sheet, component.floor))
        lifted = compared(sheet, amount, ">=", sheet.constant(0))
        amount = choose(lifted, greatest_of(amount, floor), amount)
    return amount


def _limit_plan(
    sheet: Sheet, lines: list[tuple[Component, Column, np.ndarray]]
) -> list[tuple[Component, Column, np.ndarray]]:
    payout = sheet.plan.payout
    if not lines or (payout.cap is None and payout.floor is None):
        return lines
    zero = sheet.constant(0)
    total = reduce(add, (choose(due, amount, zero) for _, amount, due in lines))
    if payout.cap is not None:
        sheet.slow |= compared(sheet, total, ">", sheet.need(numbers(sheet, payout.cap)))
    if payout.floor is not None:
        below = compared(sheet, total, "<", sheet.need(numbers(sheet, payout.floor)))
        sheet.slow |= below & compared(sheet, total, ">=", zero)
    return lines


def _base(sheet: Sheet) -> Column:
    if sheet.base is None:
        raise NotForBulk("an award before the base is known")
    return sheet.base
