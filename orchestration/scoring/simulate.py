"""What-if: past periods paid under another plan. Winners, losers, budget and what each metric brings (F158, F187).

Pure and without consequences: nothing here knows a ledger. Amounts are exact and before rounding; a person who is held
under one of the two readings is told apart from one whose amount is zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.scoring.attribution import Part, PartKind, attribute, brought
from orchestration.scoring.engine import score
from orchestration.scoring.inputs import Carried, ScoringInputs
from orchestration.scoring.results import ScoringResult


@dataclass(frozen=True, slots=True)
class PastPeriod:
    """A period as it was scored, and the plans to compare: those of its time, and the same with the plan to try."""

    period: Period
    inputs: ScoringInputs
    before: PlanBundle
    after: PlanBundle


@dataclass(frozen=True, slots=True)
class Simulated:
    """One person in one period. None: held, or not paid at all, under that reading."""

    period: str
    employee_no: str
    before: Fraction | None
    after: Fraction | None

    @property
    def change(self) -> Fraction | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True)
class MetricEffect:
    """Points of the total score that a metric brought over all person-months, under both readings.

    Weight x points on the scale of the total, before deductions and bonus; the counts are the person-months behind it.
    """

    metric_id: str
    before: Fraction
    before_count: int
    after: Fraction
    after_count: int


@dataclass(frozen=True, slots=True)
class MoneyEffect:
    """What one part of the pay brought under both readings, in exact yuan; `name` is a metric or a component."""

    kind: PartKind
    name: str
    before: Fraction
    after: Fraction

    @property
    def change(self) -> Fraction:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Simulation:
    """Everybody whom the tried plan concerns, period by period.

    `money` takes the budget apart: its rows add up to the budget before, the budget after and their difference.
    """

    plan_id: str
    rows: tuple[Simulated, ...]
    effects: tuple[MetricEffect, ...]
    money: tuple[MoneyEffect, ...] = ()

    @property
    def periods(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.period for row in self.rows))

    def budget(self, period: str = "") -> tuple[Fraction, Fraction]:
        """What is paid before and after, over the people who are paid under both readings; "" is all periods."""
        both = [row for row in self.rows if row.change is not None and period in {"", row.period}]
        before = sum((row.before or Fraction(0) for row in both), Fraction(0))
        return before, sum((row.after or Fraction(0) for row in both), Fraction(0))

    def people(self) -> tuple[Simulated, ...]:
        """One row per person over all periods that are paid under both readings, biggest gain first."""
        sums: dict[str, tuple[Fraction, Fraction]] = {}
        for row in self.rows:
            if row.change is not None:
                before, after = sums.get(row.employee_no, (Fraction(0), Fraction(0)))
                sums[row.employee_no] = (before + (row.before or 0), after + (row.after or 0))
        rows = [Simulated("", no, before, after) for no, (before, after) in sums.items()]
        return tuple(sorted(rows, key=lambda row: (-(row.change or Fraction(0)), row.employee_no)))

    @property
    def held(self) -> tuple[Simulated, ...]:
        """Person-months without an amount under one of the readings."""
        return tuple(row for row in self.rows if row.change is None)


def simulate(past: Iterable[PastPeriod], plan_id: str) -> Simulation:
    """Replay periods in order under both readings; what one period carries goes on to the next of its reading."""
    rows: list[Simulated] = []
    points: dict[str, dict[str, list[Fraction]]] = {"before": defaultdict(list), "after": defaultdict(list)}
    money: dict[str, dict[Part, Fraction]] = {"before": {}, "after": {}}
    carried: tuple[Carried, ...] | None = None
    for item in sorted(past, key=lambda one: one.period):
        before = score(item.before, item.period, item.inputs)
        tried = item.inputs if carried is None else _with_carried(item.inputs, carried, plan_id)
        after = score(item.after, item.period, tried)
        carried = after.carried
        old, new = totals(before, plan_id), totals(after, plan_id)
        people = sorted(set(old) | set(new))
        rows.extend(Simulated(str(item.period), no, old.get(no), new.get(no)) for no in people)
        paid = [no for no in people if old.get(no) is not None and new.get(no) is not None]
        for reading, bundle, result in (("before", item.before, before), ("after", item.after, after)):
            for metric_id, part in _brought(bundle, result, plan_id):
                points[reading][metric_id].append(part)
            for key, amount in attribute(bundle, result, plan_id, paid).items():
                money[reading][key] = money[reading].get(key, Fraction(0)) + amount
    effects = tuple(_effects(points["before"], points["after"]))
    return Simulation(plan_id, tuple(rows), effects, _money(money["before"], money["after"]))


def totals(result: ScoringResult, plan_id: str = "") -> dict[str, Fraction | None]:
    """What everybody (under one plan) gets in a result; None where something is held."""
    sums: dict[str, Fraction | None] = {}
    for row in result.scores:
        if plan_id in {"", row.plan_id}:
            sums.setdefault(row.employee_no, Fraction(0))
    for part in result.components:
        if plan_id in {"", part.plan_id}:
            known = sums.get(part.employee_no, Fraction(0))
            sums[part.employee_no] = None if known is None or part.amount is None else known + part.amount
    for row in result.scores:
        if row.held_reason and row.employee_no in sums:
            sums[row.employee_no] = None
    return sums


def _with_carried(inputs: ScoringInputs, carried: tuple[Carried, ...], plan_id: str) -> ScoringInputs:
    others = tuple(row for row in inputs.carried if row.plan_id != plan_id)
    return replace(inputs, carried=(*others, *(row for row in carried if row.plan_id == plan_id)))


def _brought(bundle: PlanBundle, result: ScoringResult, plan_id: str) -> Iterator[tuple[str, Fraction]]:
    plans = {(plan.id, plan.version): plan for plan in bundle.plans}
    for row in result.scores:
        if row.plan_id == plan_id and row.total is not None:
            yield from brought(row, plans[row.plan_id, row.plan_version]).items()


def _effects(before: dict[str, list[Fraction]], after: dict[str, list[Fraction]]) -> Iterator[MetricEffect]:
    for metric_id in sorted(set(before) | set(after)):
        old, new = before.get(metric_id, []), after.get(metric_id, [])
        yield MetricEffect(metric_id, sum(old, Fraction(0)), len(old), sum(new, Fraction(0)), len(new))


def _money(before: dict[Part, Fraction], after: dict[Part, Fraction]) -> tuple[MoneyEffect, ...]:
    order = ("metric", "score_rules", "component", "limits")
    keys = sorted(set(before) | set(after), key=lambda key: (order.index(key[0]), key[1]))
    rows = (MoneyEffect(*key, before.get(key, Fraction(0)), after.get(key, Fraction(0))) for key in keys)
    return tuple(row for row in rows if row.before or row.after)
