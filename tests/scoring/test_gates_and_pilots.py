"""What no gate may do, and what a pilot would have paid."""

import random
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from orchestration.plans import PlanBundle, PlanErrors, bundle_from_files
from orchestration.scoring import score
from orchestration.scoring.pilots import compare_pilots
from orchestration.scoring.simulate import totals

sys.path.insert(0, str(Path(__file__).parent))

from generated import PERIOD, WORKED, generated_company, generated_plan

PLAN = "plans/worked/v1.yaml"


def without_gates(bundle: PlanBundle) -> PlanBundle:
    plans = (
        replace(plan, gates=(), metrics=tuple(replace(metric, gates=()) for metric in plan.metrics))
        for plan in bundle.plans
    )
    return replace(bundle, plans=tuple(plans))


def test_no_gate_but_one_that_leaves_a_metric_out_raises_pay() -> None:
    compared = 0
    for seed in range(60):
        chance = random.Random(seed)
        bundle, inputs = generated_plan(chance), generated_company(chance, 15)
        # A component that takes back is left out of the comparison: less of a deduction is more pay.
        if "exclude_renormalise}" in bundle.files[PLAN] or "id: less" in bundle.files[PLAN]:
            continue
        gated, free = totals(score(bundle, PERIOD, inputs)), totals(score(without_gates(bundle), PERIOD, inputs))
        for employee_no, amount in gated.items():
            other = free[employee_no]
            assert amount is None or other is None or amount <= other
            compared += amount is not None and other is not None and amount < other
    assert compared > 30


def with_pilot(weight: str) -> PlanBundle:
    pilot = f"{{cohort: T-TEST, from: 2026-01-01, to: null{weight}}}"
    metric = f"  x: {{category: business, target: 100, curve: {{type: linear}}, pilot: {pilot}}}\n"
    return bundle_from_files({**WORKED.files, PLAN: WORKED.files[PLAN].replace("payout:\n", f"{metric}payout:\n", 1)})


def test_a_cohort_sees_what_its_pilot_would_have_paid() -> None:
    bundle, inputs = with_pilot(", would_weigh: 25"), generated_company(random.Random(1), 12)
    paid = score(bundle, PERIOD, inputs)
    rows = compare_pilots(paid, score(bundle, PERIOD, inputs, pilots_count=True), bundle.plans)
    assert {row.employee_no for row in rows} == {one.employee_no for one in paid.scores}
    base = {row.employee_no: Fraction(row.base_amount) for row in inputs.bases}
    compared = 0
    for row in rows:
        if row.paid is None or row.points[0] is None or row.as_if is None or len(paid.scores) == 0:
            continue
        single = [one for one in paid.scores if one.employee_no == row.employee_no]
        if len(single) == 1 and single[0].segment_to == PERIOD.end and single[0].segment_from == PERIOD.start:
            points = single[0].metrics[0].points
            if points is None or sum(one.employee_no == row.employee_no for one in inputs.bases) != 1:
                continue
            assert row.as_if == base[row.employee_no] * (points * Fraction(75, 100) + row.points[0] * 25 / 100) / 100
            assert row.change == row.as_if - row.paid
            compared += 1
    assert compared > 5


def test_a_pilot_without_a_trial_weight_is_not_compared() -> None:
    bundle, inputs = with_pilot(""), generated_company(random.Random(1), 5)
    paid = score(bundle, PERIOD, inputs)
    assert compare_pilots(paid, score(bundle, PERIOD, inputs, pilots_count=True), bundle.plans) == ()


@pytest.mark.parametrize("weight", ["100", "120", "0", "-5"])
def test_a_trial_weight_leaves_some_weight_to_the_others(weight: str) -> None:
    with pytest.raises(PlanErrors, match="pilots of category business would weigh"):
        with_pilot(f", would_weigh: {weight}")
