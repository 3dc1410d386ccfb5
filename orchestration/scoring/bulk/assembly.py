"""Steps 6-10 over columns: category scores, deductions, bonus points, clamps, the total and its rating."""

from fractions import Fraction
from functools import reduce

import numpy as np

from orchestration.plans.expression import check, evaluate
from orchestration.plans.model import Category, Deduction, Rating
from orchestration.scoring.bulk.expressions import compared, numbers, quotient, verdicts
from orchestration.scoring.bulk.metrics import apply_gates
from orchestration.scoring.bulk.sheet import Sheet
from orchestration.scoring.bulk.vector import (
    Column,
    add,
    choose,
    clip,
    constant,
    everywhere,
    least_of,
    multiply,
    subtract,
)

ZERO = Fraction(0)


def total_column(sheet: Sheet, points: dict[str, Column]) -> Column:
    """The total score of everybody; who has none drops out."""
    for category in sheet.plan.categories:
        sheet.categories[category.id] = sheet.need(_category(sheet, category, points))
        sheet.trace[f"category/{category.id}"] = sheet.categories[category.id]
    shares = [
        multiply(sheet.constant(category.weight / 100), sheet.categories[category.id])
        for category in sheet.plan.categories
    ]
    total = clip(reduce(add, shares), ZERO, sheet.plan.score_max)
    gates = [gate for gate in sheet.plan.gates if gate.scope == "plan"]
    sheet.score = sheet.need(apply_gates(sheet, gates, total) if gates else total)
    sheet.trace["score"] = sheet.score
    return sheet.score


def rating_numbers(sheet: Sheet, rating: Rating, score: Column) -> np.ndarray:
    """The number of each person's band, 0 the best."""
    op = ">=" if rating.at_edge == "upper" else ">"
    band = np.full(sheet.size, len(rating.bands) - 1, np.int8)
    for number in range(len(rating.bands) - 2, -1, -1):
        reached = compared(sheet, score, op, sheet.constant(rating.bands[number][1]))
        band = np.where(reached, np.int8(number), band)
    return band


def _category(sheet: Sheet, category: Category, points: dict[str, Column]) -> Column:
    mine = [
        (metric.weight, points[metric.id])
        for metric in sheet.plan.metrics
        if metric.category == category.id and metric.pilot is None and metric.weight
    ]
    score = _mean(sheet, mine)
    score = _deducted(sheet, category, score)
    for rule in sheet.plan.bonuses:
        if rule.category == category.id:
            met = verdicts(sheet, rule.when).yes
            score = add(score, choose(met, numbers(sheet, rule.points), sheet.constant(0)))
    score = clip(score, ZERO, category.clamp)
    gates = [gate for gate in sheet.plan.gates if gate.scope == "category" and gate.category == category.id]
    return apply_gates(sheet, gates, score) if gates else score


def _mean(sheet: Sheet, weighted: list[tuple[Fraction, Column]]) -> Column:
    """The weighted mean of the points that apply; their weights are whole for most plans, so the sum stays exact."""
    if all(column.known is None for _, column in weighted):
        whole = sum((weight for weight, _ in weighted), ZERO)
        if not whole:
            sheet.slow |= np.ones(sheet.size, bool)
            return sheet.constant(0)
        return reduce(add, (multiply(column, sheet.constant(weight / whole)) for weight, column in weighted))
    zero = sheet.constant(0)
    terms, weights = [], []
    for weight, column in weighted:
        there = everywhere(column.known, sheet.size)
        share = choose(there, constant(weight, sheet.size, exact=sheet.exact), zero)
        filled = Column(np.where(there, column.values, zero.values), column.slack, column.relative)
        terms.append(multiply(filled, share))
        weights.append(share)
    whole = reduce(add, weights)
    nobody = whole.values == 0
    sheet.slow |= nobody
    one = sheet.constant(1)
    return quotient(sheet, reduce(add, terms), Column(np.where(nobody, one.values, whole.values), 0.0, whole.relative))


def _deducted(sheet: Sheet, category: Category, score: Column) -> Column:
    rules = [rule for rule in sheet.plan.deductions if rule.category == category.id]
    if not rules:
        return score
    taken = reduce(
        add, (_of_events(sheet, rule, score) if rule.event else _of_threshold(sheet, rule) for rule in rules)
    )
    if category.max_deduction is not None:
        limit = numbers(sheet, category.max_deduction)
        taken = least_of(taken, multiply(score, limit) if category.max_deduction_is_share else limit)
    return clip(subtract(score, taken), ZERO, None)


def _of_threshold(sheet: Sheet, rule: Deduction) -> Column:
    if rule.when is None or rule.points is None:
        return sheet.constant(0)
    return choose(verdicts(sheet, rule.when).yes, numbers(sheet, rule.points), sheet.constant(0))


def _of_events(sheet: Sheet, rule: Deduction, score: Column) -> Column:
    counts = _event_counts(sheet, rule)
    if rule.per_event is None or not counts.any():
        return sheet.constant(0)
    each = evaluate(rule.per_event, sheet.parameter)
    if not isinstance(each, Fraction):
        raise TypeError(f"{rule.where}: per_event is no number")
    unit = check(rule.per_event, lambda name: sheet.bundle.parameters[name].unit)
    taken = sheet.constant(0)
    for count in np.unique(counts[counts > 0]).tolist():
        figure = each * count
        if unit == "ratio":
            figure = 1 - (1 - each) ** count if rule.mode == "compound" else min(Fraction(1), figure)
        taken = choose(counts == count, sheet.constant(figure), taken)
    return multiply(score, taken) if unit == "ratio" else taken


def _event_counts(sheet: Sheet, rule: Deduction) -> np.ndarray:
    """How many events of everybody count in the period."""
    counts = np.zeros(len(sheet.roster.employees), np.int64)
    for event in sheet.roster.events.get(rule.event or "", ()):
        on = event.confirmed_on if rule.counts_on == "confirmed" else event.occurred_on
        if on is None or not sheet.period.start <= on < sheet.period.end:
            continue
        facts = {"status": event.status, "event_type": event.event_type}
        condition = rule.count_if
        if condition is None or evaluate(
            condition, lambda name, f=facts: f[name] if name in f else sheet.parameter(name)
        ):
            counts[sheet.roster.number[event.employee_no]] += 1
    return counts[sheet.people]
