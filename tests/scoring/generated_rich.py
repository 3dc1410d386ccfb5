"""Plans and people with everything the language has: two plans, transfers, leave, windows, ranks, draws, caps, pools,
team rules. For the engine and the slow reference; the set-based engine leaves such plans to the plain one.
"""

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from generated import METRICS, WORKED, generated_company, measurement
from generated_pay import payout, team_rule

from orchestration.periods import Period
from orchestration.plans import PlanBundle, bundle_from_files
from orchestration.scoring.inputs import (
    Absence,
    Assignment,
    BonusBase,
    Carried,
    ImprovementPlan,
    Measurement,
    ScoringInputs,
)

_RATIOS = ("rate_a", "rate_b", "rate_c")
_MARKS = ("x", "y", "z")
_PERIODS = ("2026-02", "2026-01", "2025-12", "2025-03", "2025-Q4", "2025-Q3", "2025-Q1", "2025", "2024", "2023")
_AMOUNTS = (Fraction(0), Fraction(450), Fraction(1000, 3), Fraction(8000))
_KINDS = ("accumulated", "draw_owed", "cap_rest", "plan_rest", "paid_in_year")


def rich_plans(chance: random.Random) -> PlanBundle:
    """One or two plans, often with a team rule."""
    rule = chance.random() < 0.6
    files = {**WORKED.files, "plans/worked/v1.yaml": _plan(chance, "worked", rule=rule, alone=True)}
    if chance.random() < 0.5:
        files["plans/worked/v1.yaml"] = _plan(chance, "worked", rule=rule, alone=False)
        files["plans/other/v1.yaml"] = _plan(chance, "other", rule=rule, alone=False)
        files["assignments.yaml"] += "- {plan: other, position: P-OTHER, from: 2000-01-01, to: null}\n"
    if rule:
        files["team_rules.yaml"] = team_rule(chance)
    return bundle_from_files(files)


def rich_company(chance: random.Random, people: int) -> ScoringInputs:
    """A generated company with more transfers, leave, rehires, earlier periods, spans of its own and carried rows."""
    inputs = generated_company(chance, people)
    numbers = sorted({row.employee_no for row in inputs.assignments})
    seats, absences, carried, rows = list(inputs.assignments), list(inputs.absences), [], list(inputs.measurements)
    bases: list[BonusBase] = [
        replace(row, valid_from=date(2024, 1, 1)) if row.valid_from.year == 2025 else row for row in inputs.bases
    ]
    for no in numbers:
        seats += _moved(chance, seats, no)
        absences += [_absence(chance, no) for _ in range(chance.choice((0, 0, 0, 0, 0, 1, 2)))]
        for text in _PERIODS:
            if chance.random() < 0.98:
                rows += [_value(chance, no, metric, Period.parse(text)) for metric in METRICS]
        for kind in _KINDS:
            carried += _carried(chance, no, kind)
        if chance.random() < 0.02:
            bases = [row for row in bases if row.employee_no != no]
    rows += _spans(chance, seats)
    rows += _teams(chance)
    rows = [
        replace(row, target=Decimal(chance.choice((0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5))))
        if chance.random() < 0.97 and row.state == "ok"
        else row
        for row in rows
    ]
    unique = {(r.metric_id, r.grain, r.subject_id, r.period_start, r.period_end): r for r in rows}
    return replace(
        inputs,
        measurements=tuple(unique.values()),
        assignments=tuple(seats),
        bases=tuple(bases),
        absences=tuple(absences),
        carried=tuple(carried),
        improvement_plans=tuple(ImprovementPlan(no, date(2026, 3, 31), None) for no in numbers[:3]),
    )


def _plan(chance: random.Random, identity: str, *, rule: bool, alone: bool) -> str:
    chosen = chance.sample(METRICS, chance.randint(3, 6))
    half = len(chosen) // 2
    business = chance.choice((60, 50, 75))
    basis = chance.choice(("plan", "category"))
    weights = _split(chance, business if basis == "plan" else 100, half)
    weights += _split(chance, 100 - business if basis == "plan" else 100, len(chosen) - half)
    clamp = f", clamp: {chance.choice((100, 110))}" if chance.random() < 0.6 else ""
    limit = f", max_deduction: {chance.choice(('60%', '12.5'))}" if chance.random() < 0.6 else ""
    lines = [
        f"plan: {identity}",
        "version: 1",
        "name: {zh: 生成, en: Generated}",
        f"effective: {{from: {chance.choice(('2025-01-01', '2026-01-01', '2026-03-01'))}}}",
        "period: month",
        "currency: CNY",
        f"weight_basis: {basis}",
        "categories:",
        f"  business: {{weight: {business}{clamp}}}",
        f"  management: {{weight: {100 - business}{limit}}}",
        *([f"score: {{max: {chance.choice((100, 120))}}}"] if chance.random() < 0.4 else []),
        f"leaver: {chance.choice(('pay_earned', 'pay_earned', 'forfeit'))}",
        "metrics:",
    ]
    for place, name in enumerate(chosen):
        category = "business" if place < half else "management"
        lines.append(_metric(chance, name, category, weights[place]))
    lines += _extra_metrics(chance, chosen)
    events = f"per_event: {chance.choice(('10%', '4'))}, mode: {chance.choice(('linear', 'compound'))}"
    events += f", counts_on: {chance.choice(('confirmed', 'occurred'))}"
    lines += [
        "deductions:",
        f'  - {{category: management, when: "{_condition(chance)}", points: {chance.choice((3, "7 / 3"))}}}',
        f"  - {{category: management, event: price_policy_breach, {events}}}",
        "bonus:",
        f'  - {{category: business, when: "{_condition(chance)}", points: 5}}',
        *_gates(chance),
        *payout(chance, rule=rule, alone=alone),
        "rating: {at_edge: " + chance.choice(("upper", "lower")) + ", bands: {A: 90, B: 80, C: 70, D: 0}}",
        _proration(chance),
    ]
    if chance.random() < 0.3:
        lines.append("ramp: [{months: 2, quota: 50%}, {months: 14, quota: 2/3}]")
    return "\n".join(lines) + "\n"


def _metric(chance: random.Random, name: str, category: str, weight: str) -> str:
    parts = [f"category: {category}, weight: {weight}, cap: {chance.choice((100, 120, 150))}"]
    curve = _curve(chance, name)
    parts.append(f"curve: {curve}")
    parts.append(f"target: {chance.choice((_target(name), _target(name), 'feed'))}")
    if chance.random() < 0.3:
        parts.append(f"prorate: {'denominator' if name in _RATIOS else chance.choice(('none', 'target'))}")
    if chance.random() < 0.25:
        parts.append(f"window: {chance.choice(('lag(1)', 'trailing(2)', 'trailing(3)', 'yoy'))}")
    if chance.random() < 0.2:
        parts.append(f"cadence: {chance.choice(('quarter', 'year'))}")
    if chance.random() < 0.3:
        on_fail = chance.choice(
            ("zero", "zero", "factor(0.75)", "factor(0.9)", "exclude_renormalise", "exclude_renormalise", "hold")
        )
        gates = [f'{{when: "{_condition(chance)}", on_fail: {action}}}' for action in (on_fail, "factor(1/3)")]
        parts.append(f"gates: [{', '.join(gates)}]")
    if chance.random() < 0.3:
        valid = chance.choice(("", ", valid_for: 1 months", ", valid_for: 12 months"))
        add = chance.choice(("fixed(5)", "exam_score * 10%"))
        parts.append(f"training: {{course: C-1, add: {add}, gate: {chance.choice(('completed', 'none'))}{valid}}}")
    if chance.random() < 0.6:
        parts.append(
            f"on_missing: {chance.choice(('zero', 'neutral(60)', 'exclude_renormalise', 'carry_last(max=2)'))}"
        )
    if chance.random() < 0.15:
        parts.append(f"full_points: {chance.choice((5, 100, 120))}")
    if chance.random() < 0.1:
        parts.append("round: 1")
    return f"  {name}: {{{', '.join(parts)}}}"


def _curve(chance: random.Random, name: str) -> str:
    unit = 100 if name in _MARKS else 10 if name == "pieces" else 1 if name in _RATIOS else 1000
    edge = chance.choice(("upper", "lower"))
    steps = f"[[null, {unit * 0.8}, 40], [{unit * 0.8}, {unit}, 80], [{unit}, null, 110]]"
    points = f"[[0, 0], [{unit * 0.8}, 60], [{unit}, 100]]"
    rank = f"ties: {chance.choice(('all', 'none', 'split'))}, min_population: {chance.choice((3, 30))}"
    return chance.choice(
        (
            "{type: linear}",
            "{type: linear, min_attainment: 60%, floor: 10}",
            "{type: inverse, method: ratio}",
            "{type: inverse, method: linear}",
            f"{{type: inverse, method: points, points: {points}, below: extend, above: hold}}",
            f"{{type: step, at_edge: {edge}, tiers: {steps}}}",
            "{type: band, slope: 150}",
            f"{{type: marginal, tiers: [[0, {unit}, 1/{unit}], [{unit}, null, 2/{unit}]]}}",
            f"{{type: rank, bands: [[20%, 100], [50%, 80], [100%, 60]], {rank}}}",
            f'{{type: binary, when: "{_condition(chance)}"}}',
        )
    )


def _extra_metrics(chance: random.Random, chosen: list[str]) -> list[str]:
    """Metrics out of others, without weight: their points are used, not counted."""
    names = "{zh: 合, en: Extra}"
    axes = "row: {of: rate_a, edges: [80%, 100%], at_edge: upper}, column: {of: rate_b, edges: [90%], at_edge: lower}"
    mixed = f"coalesce({chosen[0]}.points, 50) - round(x / 3, 1)"
    curves = {
        "report": "{type: rubric, parts: [x, y], parts_points: 60, rated: {z: 40}}",
        "both": f"{{type: table2d, {axes}, cells: [[0, 10], [20, 50], [60, 100]]}}",
        "mixed": f'{{type: expr, expr: "{mixed}"}}',
    }
    options = [
        f"  {identity}: {{name: {names}, category: business, weight: 0, cap: 110, curve: {curve}}}"
        for identity, curve in curves.items()
    ]
    return [option for option in options if chance.random() < 0.3]


def _condition(chance: random.Random) -> str:
    return chance.choice(
        (
            "rate_a >= 95%",
            "rate_b > 100% or x >= 60",
            "x = 100",
            "not (amount >= 1000)",
            "pieces > 5 or rate_c < 50%",
            "amount / quota >= 80%",
            "company.rate_a >= 50% and rate_c <= 1",
            "team.amount >= 500",
        )
    )


def _gates(chance: random.Random) -> list[str]:
    on_fail = chance.choice(("zero", "factor(0.5)", "factor(0.5)", "factor(1/3)", "hold"))
    gates = [
        f'  - {{scope: category, category: business, when: "{_condition(chance)}", on_fail: factor(0.9)}}',
        f'  - {{scope: plan, when: "management.score >= {chance.choice((20, 50))}", on_fail: factor(2/3)}}',
        f'  - {{scope: payout, when: "{_condition(chance)}", on_fail: {on_fail}}}',
    ]
    kept = [gate for gate in gates if chance.random() < 0.3]
    return ["gates:", *kept] if kept else []


def _proration(chance: random.Random) -> str:
    kinds = ("sick: not, annual: counts", "sick: not, annual: counts, personal: not")
    leave = chance.choice(("", *(f", leave: {{{rules}}}" for rules in kinds)))
    parts = chance.choice(("[target, base]", "[target, base]", "[base]", "[target]"))
    basis = chance.choice(("calendar_days", "working_days", "months", "30_360"))
    return f"proration: {{basis: {basis}, apply_to: {parts}, min_days: {chance.choice((0, 10))}{leave}}}"


def _split(chance: random.Random, total: int, count: int) -> list[str]:
    cuts = sorted(chance.sample(range(1, total), count - 1))
    return [str(high - low) for low, high in zip([0, *cuts], [*cuts, total], strict=True)]


def _target(name: str) -> str:
    return "95%" if name in _RATIOS else "90" if name in _MARKS else "9" if name == "pieces" else "900"


def _moved(chance: random.Random, seats: list[Assignment], no: str) -> list[Assignment]:
    """Sometimes the person changes to the other plan's position, or leaves and comes back."""
    mine = [row for row in seats if row.employee_no == no]
    draw = chance.random()
    if len(mine) > 1 or mine[0].valid_to is not None or mine[0].valid_from.year == 2026 or draw > 0.25:
        return []
    cut = date(2026, chance.choice((1, 3)), chance.randint(2, 28))
    seats.remove(mine[0])
    if draw < 0.05:
        back = date(2026, 3, 29)
        return [replace(mine[0], valid_to=cut), replace(mine[0], valid_from=back)]
    return [replace(mine[0], valid_to=cut), replace(mine[0], valid_from=cut, position_id="P-OTHER")]


def _absence(chance: random.Random, no: str) -> Absence:
    start = date(2026, chance.choice((2, 3)), chance.randint(1, 27))
    end = chance.choice((None, date(2026, 3, 31), date(2026, 4, 10)))
    return Absence(
        no, chance.choice(("sick", "annual", "personal")), start, end if end is None or end > start else None
    )


def _value(chance: random.Random, no: str, metric: str, period: Period) -> Measurement:
    state: Any = chance.choices(("ok", "not_applicable", "missing", "pending"), (60, 3, 1, 1))[0]
    if metric in _RATIOS:
        return measurement(
            "employee", no, metric, str(chance.randint(0, 120)), str(chance.choice((0, *(100,) * 15))), state, period
        )
    amount = str(chance.choice((0, 50, 500, 1000, -20)))
    return measurement("employee", no, metric, amount, None, state, period)


def _spans(chance: random.Random, seats: list[Assignment]) -> list[Measurement]:
    """Values measured for exactly the days of a part of the month."""
    rows = []
    for seat in seats:
        if (
            seat.valid_to is not None
            and date(2026, 3, 1) < seat.valid_to <= date(2026, 3, 31)
            and chance.random() < 0.5
        ):
            whole = measurement("employee", seat.employee_no, "amount", "321.09", None, "ok")
            rows.append(replace(whole, period_end=seat.valid_to))
    return rows


def _teams(chance: random.Random) -> list[Measurement]:
    state: Any = chance.choice(("ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "not_applicable", "missing"))
    return [
        measurement(
            "team", team, "amount", str(chance.choice((499, 500, 800))), None, state if team == "T-TEST" else "ok"
        )
        for team in ("T-TEST", "T-OTHER")
    ]


def _carried(chance: random.Random, no: str, kind: Any) -> list[Carried]:
    rows = []
    for plan in ("worked", "other"):
        for component in ("*",) if kind == "paid_in_year" else ("pay", "sales", "between", "drawn", "when_drawn"):
            if chance.random() < 0.97:
                amount = chance.choice(_AMOUNTS)
                rows.append(Carried(no, plan, component, kind, amount, chance.choice((1, 2))))
    return rows
