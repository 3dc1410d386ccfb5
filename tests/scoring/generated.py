"""Plans and people by chance, for tests that hold two calculations to the same fen. Seeded: a failure can be repeated.

Values are drawn so that the awkward ones are common: exactly on a threshold, zero, zero denominators, values that are
missing or do not apply, amounts that end on half a fen.
"""

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.periods import Period
from orchestration.plans import PlanBundle, bundle_from_files, load_bundle
from orchestration.scoring.inputs import (
    Absence,
    Assignment,
    BonusBase,
    Measurement,
    ScoringEvent,
    ScoringInputs,
    TrainingResult,
)

WORKED = load_bundle(Path(__file__).parent / "worked")
PERIOD = Period.parse("2026-03")
QUARTER = Period.parse("2026-Q1")
METRICS = ("amount", "amount_b", "quota", "pieces", "x", "y", "z", "rate_a", "rate_b", "rate_c")
_RATIOS, _MARKS = ("rate_a", "rate_b", "rate_c"), ("x", "y", "z")


def generated_plan(chance: random.Random) -> PlanBundle:
    """A plan of a few metrics with random curves, gates, deductions, bonus points and components."""
    chosen = chance.sample(METRICS, chance.randint(2, 5))
    weights = _weights(chance, len(chosen))
    lines = [
        "plan: worked",
        "version: 1",
        "name: {zh: 生成, en: Generated}",
        "effective: {from: 2026-01-01}",
        "period: month",
        "currency: CNY",
        "weight_basis: category",
        f"categories: {{business: {{weight: 100, clamp: {chance.choice((100, 110, 150))}, max_deduction: 60%}}}}",
        "metrics:",
        *(_metric(chance, name, weight) for name, weight in zip(chosen, weights, strict=True)),
        *_combined(chance, chosen),
        "deductions:",
        f'  - {{category: business, when: "{_condition(chance)}", points: {chance.choice((3, 2.5, "1 / 3"))}}}',
        _events(chance),
        "bonus:",
        f'  - {{category: business, when: "{_condition(chance)} and {_condition(chance)}", points: 5}}',
        *_gates(chance),
        "payout:",
        "  base: {kind: fixed_base}",
        "  components:",
        _score_bonus(chance),
        *_components(chance),
        *([f'  cap: "{chance.choice(("2 * base", "9000"))}"'] if chance.random() < 0.4 else []),
        "rating: {at_edge: " + chance.choice(("upper", "lower")) + ", bands: {A: 90, B: 80, C: 70, D: 0}}",
        "proration: {basis: calendar_days, apply_to: [target, base], min_days: 10}",
    ]
    return bundle_from_files({**WORKED.files, "plans/worked/v1.yaml": "\n".join(lines) + "\n"})


def generated_company(chance: random.Random, people: int) -> ScoringInputs:
    """People of one team under the generated plan; some have a transfer, leave, two bases or no values."""
    measurements: list[Measurement] = []
    seats: list[Assignment] = []
    bases: list[BonusBase] = []
    events: list[ScoringEvent] = []
    training: list[TrainingResult] = []
    absences: list[Absence] = []
    for index in range(people):
        no = f"E{index:04d}"
        seats += _seats(chance, no)
        bases += _bases(chance, no)
        for metric_id in METRICS:
            measurements += _values(chance, metric_id, no)
        for number in range(chance.choice((0, 0, 0, 1, 2, 12))):
            on = date(2026, chance.choice((2, 3, 3)), chance.randint(1, 28))
            status = chance.choice(("confirmed", "confirmed", "open"))
            events.append(ScoringEvent(f"{no}-{number}", "price_policy_breach", no, on, on, status))
        if chance.random() < 0.5:
            done = date(2026, chance.choice((1, 3, 4)), 15)
            mark = chance.choice((None, Decimal(100), Decimal("87.5"), Decimal(0)))
            training.append(TrainingResult(no, "C-1", done, done if mark else None, mark, done))
        if chance.random() < 0.05:
            absences.append(Absence(no, "sick", date(2026, 3, 5), date(2026, 3, 9)))
    rows = [measurement("company", "company", metric_id, "1", "2", "ok") for metric_id in _RATIOS]
    return ScoringInputs(
        (*measurements, *rows), tuple(seats), tuple(bases), tuple(events), tuple(training), (), tuple(absences)
    )


def measurement(
    grain: Any,
    subject: str,
    metric_id: str,
    numerator: str,
    denominator: str | None,
    state: Any,
    period: Period = PERIOD,
) -> Measurement:
    """One row of the KPI fact."""
    unit = WORKED.metrics[metric_id].unit
    parts = (
        (Decimal(numerator), None if denominator is None else Decimal(denominator)) if state == "ok" else (None, None)
    )
    return Measurement(metric_id, grain, subject, period.cadence, period.start, period.end, *parts, None, unit, state)


def as_table(rows: tuple[Measurement, ...]) -> pa.Table:
    """The rows as the KPI fact keeps them."""
    decimal, text, day = pa.decimal128(38, 6), pa.string(), pa.date32()
    kinds = {"numerator": decimal, "denominator": decimal, "target": decimal, "period_start": day, "period_end": day}
    names = ("metric_id", "grain", "subject_id", "cadence", *kinds, "state")
    return pa.table({name: pa.array([getattr(row, name) for row in rows], kinds.get(name, text)) for name in names})


def _events(chance: random.Random) -> str:
    mode = chance.choice(("linear", "compound"))
    return f"  - {{category: business, event: price_policy_breach, per_event: 10%, mode: {mode}}}"


def _score_bonus(chance: random.Random) -> str:
    formula = chance.choice(("base * score / 100", "base * business.score / 100 * 2/3", "base * min(score, 100) / 100"))
    return f'    - {{id: pay, name: {{zh: 奖金, en: Pay}}, pay_item: PAY, formula: "{formula}"}}'


def _weights(chance: random.Random, count: int) -> list[str]:
    cuts = sorted(chance.sample(range(1, 100), count - 1))
    return [str(high - low) for low, high in zip([0, *cuts], [*cuts, 100], strict=True)]


def _metric(chance: random.Random, name: str, weight: str) -> str:
    parts = [
        f"category: business, weight: {weight}, cap: {chance.choice((100, 120, 150))}",
        f"curve: {_curve(chance, name)}",
    ]
    parts.append(f"target: {_target(name)}")
    parts.append("prorate: none")
    if chance.random() < 0.3:
        on_fail = chance.choice(("zero", "factor(0.75)", "factor(0.5)", "exclude_renormalise", "hold"))
        gates = [
            f'{{when: "{_condition(chance)}", on_fail: {on_fail}}}',
            f'{{when: "{_condition(chance)}", on_fail: factor(1/3)}}',
        ]
        parts.append(f"gates: [{', '.join(gates[: chance.randint(1, 2)])}]")
    if chance.random() < 0.3:
        add = chance.choice(("fixed(5)", "exam_score * 10%"))
        parts.append(f"training: {{course: C-1, add: {add}, gate: {chance.choice(('completed', 'none'))}}}")
    if chance.random() < 0.3:
        parts.append(f"on_missing: {chance.choice(('zero', 'neutral(60)', 'exclude_renormalise', 'block'))}")
    if chance.random() < 0.15:
        parts.append("cadence: quarter")
    return f"  {name}: {{{', '.join(parts)}}}"


def _target(name: str) -> str:
    return "100%" if name in _RATIOS else "100" if name in _MARKS else "10" if name == "pieces" else "1000"


def _curve(chance: random.Random, name: str) -> str:
    unit = 100 if name in _MARKS else 10 if name == "pieces" else 1 if name in _RATIOS else 1000
    edge, above = chance.choice(("upper", "lower")), chance.choice(("hold", "extend"))
    points = f"[[0, 0], [{unit * 0.8}, 60], [{unit}, 100], [{unit * 2}, 120]]"
    steps = f"[[0, {unit * 0.8}, 40], [{unit * 0.8}, {unit}, 80], [{unit}, null, 110]]"
    expression = f'{{type: expr, expr: "min({name} / {unit}, 1.2) * 100 / 1"}}'
    return chance.choice(
        (
            "{type: linear}",
            "{type: linear, min_attainment: 60%}",
            "{type: linear, floor: 10}",
            "{type: inverse, method: ratio}",
            "{type: inverse, method: linear}",
            f"{{type: points, points: {points}, below: hold, above: {above}}}",
            f"{{type: step, at_edge: {edge}, tiers: {steps}}}",
            f"{{type: step, of: attainment, at_edge: {edge}, tiers: [[null, 80%, 40], [80%, null, 100]]}}",
            "{type: band, slope: 150}",
            f'{{type: binary, when: "{_condition(chance)}"}}',
            expression if name in _RATIOS or name in _MARKS else "{type: linear}",
        )
    )


def _combined(chance: random.Random, chosen: Sequence[str]) -> list[str]:
    if chance.random() < 0.5:
        return []
    other = chosen[0]
    texts = (
        "mean(rate_a, rate_b / 95%, 1) * 100",
        "if(rate_a >= 80%, x, clamp(y, 0, 50))",
        "max(x - y, 2 * z, 10)",
        "coalesce(rate_a, rate_b, 50%) * 100",
        f"min({other}.points, 80)",
    )
    curve = f'{{type: expr, expr: "{chance.choice(texts)}"}}'
    names = "{zh: 合, en: Together}"
    return [f"  together: {{name: {names}, category: business, weight: 0, cap: 120, curve: {curve}}}"]


def _condition(chance: random.Random) -> str:
    return chance.choice(
        (
            "rate_a >= 95%",
            "rate_a < 80%",
            "rate_b > 100%",
            "x >= 60",
            "x = 100",
            "amount >= 1000",
            "pieces > 5 or rate_c < 50%",
            "rate_a + rate_b >= 175%",
            "amount / quota >= 80%",
            "not (y < 30)",
            "company.rate_a >= 50%",
        )
    )


def _gates(chance: random.Random) -> list[str]:
    on_fail = chance.choice(("zero", "factor(2/3)"))
    scopes = [
        f'  - {{scope: category, category: business, when: "{_condition(chance)}", on_fail: factor(0.9)}}',
        f'  - {{scope: plan, when: "business.score >= {chance.choice((20, 50))}", on_fail: {on_fail}}}',
        f'  - {{scope: payout, when: "{_condition(chance)}", on_fail: {on_fail}}}',
    ]
    kept = [gate for gate in scopes if chance.random() < 0.3]
    return ["gates:", *kept] if kept else []


def _components(chance: random.Random) -> list[str]:
    tiers = chance.choice(
        (
            "{type: marginal, tiers: [[0, 500, 1%], [500, 1000, 2%], [1000, null, 5%]]}",
            "{type: whole, at_edge: upper, tiers: [[0, 500, 1%], [500, 1000, 2%], [1000, null, 5%]]}",
            "{type: interpolated, at_edge: upper, tiers: [[0, 500, 1%], [500, 1000, 2%], [1000, null, 1%]]}",
            "{type: marginal, tiers: [[0, 100, 0], [100, 500, 1%], [500, null, 3%]]}",
        )
    )
    excess = 'when: "rate_a > 100%", formula: "base * (rate_a - 100%) * 50%"'
    options = [
        f"    - {{id: excess, name: {{zh: 超额, en: Excess}}, pay_item: X, {excess}}}",
        f"    - {{id: sales, name: {{zh: 提成, en: Sales}}, pay_item: S, amount: amount, tiers: {tiers}}}",
        '    - {id: fixed, name: {zh: 固定, en: Fixed}, pay_item: F, formula: "base * 1/7", cap: 500, floor: 300}',
        '    - {id: less, name: {zh: 扣回, en: Less}, pay_item: L, formula: "0 - amount_b / 3", floor: 10}',
    ]
    return [option for option in options if chance.random() < 0.4]


def _seats(chance: random.Random, no: str) -> list[Assignment]:
    seat = Assignment(no, date(2025, 1, 1), None, "D-TEST", "T-TEST", "P-TEST", None)
    draw = chance.random()
    if draw < 0.9:
        return [seat]
    cut = date(2026, 3, chance.randint(2, 30))
    if draw < 0.93:
        return [Assignment(no, seat.valid_from, cut, "D-TEST", "T-TEST", "P-TEST", None)]
    if draw < 0.96:
        return [Assignment(no, cut, None, "D-TEST", "T-TEST", "P-TEST", None)]
    return [
        Assignment(no, seat.valid_from, cut, "D-TEST", "T-TEST", "P-TEST", None),
        Assignment(no, cut, None, "D-TEST", "T-OTHER", "P-TEST", None),
    ]


def _bases(chance: random.Random, no: str) -> list[BonusBase]:
    amount = chance.choice((Decimal(8000), Decimal(chance.randint(300000, 900000)) / 100, Decimal("5000.05")))
    whole = BonusBase(no, date(2025, 1, 1), None, amount, "CNY", "X", "G", "C")
    if chance.random() < 0.95:
        return [whole]
    cut = date(2026, 3, chance.randint(2, 30))
    first = BonusBase(no, date(2025, 1, 1), cut, amount, "CNY", "X", "G", "C")
    return [first, BonusBase(no, cut, None, amount + 100, "CNY", "X", "G", "C")]


def _values(chance: random.Random, metric_id: str, no: str) -> list[Measurement]:
    rows = []
    for period in (PERIOD, QUARTER):
        state = chance.choices(("ok", "not_applicable", "missing", "absent"), (90, 6, 2, 2))[0]
        if state != "absent":
            rows.append(measurement("employee", no, metric_id, *_parts(chance, metric_id), state, period))
    return rows


def _parts(chance: random.Random, metric_id: str) -> tuple[str, str | None]:
    if metric_id in _RATIOS:
        usual = (("95", "100"), ("0", "7"), ("380", "400"), ("1", "1"), ("0", "0"), ("60", "100"), ("4", "5"))
        return (
            chance.choice(usual)
            if chance.random() < 0.5
            else (str(chance.randint(0, 500)), str(chance.randint(1, 400)))
        )
    if metric_id in _MARKS:
        return chance.choice(("0", "60", "80", "100", str(chance.randint(0, 12000) / 100))), None
    if metric_id == "pieces":
        return str(chance.randint(0, 20)), None
    return chance.choice(("0", "500", "800", "1000", str(chance.randint(0, 300000) / 100), "-250.5", "0.000001")), None
