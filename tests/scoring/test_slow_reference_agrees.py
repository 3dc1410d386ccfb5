"""The engine and a slow reference, written apart from it, give the same fractions for generated plans and people."""

import random
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from orchestration.plans import PlanBundle
from orchestration.scoring import score
from orchestration.scoring.attribution import attribute
from orchestration.scoring.inputs import ScoringInputs

sys.path.insert(0, str(Path(__file__).parent))

from generated import PERIOD, generated_company, generated_plan
from generated_rich import rich_company, rich_plans
from slow_reference import Outcome, calculate


def both(bundle: PlanBundle, inputs: ScoringInputs) -> tuple[Outcome, Outcome]:
    """What the engine gives, in the shape of the reference, and what the reference gives."""
    result, found = score(bundle, PERIOD, inputs), Outcome()
    found.held = {part.employee_no for part in result.components if part.amount is None}
    found.lines = {
        (part.employee_no, part.plan_id, part.component): Fraction(part.amount)
        for part in result.components
        if part.amount is not None
    }
    found.scores = {(row.employee_no, row.segment_from): (row.total, row.rating) for row in result.scores}
    paid = {(row.employee_no, row.plan_id) for row in result.scores}
    for row in result.carried:
        # What people without pay pass on is the subject of tests of its own.
        if (row.employee_no, row.plan_id) in paid:
            found.carried[row.employee_no, row.plan_id, row.component, row.kind] = (row.amount, row.periods_left)
    return found, calculate(dict(bundle.files), PERIOD.start, inputs)


def assert_same(seed: int, people: int, *, rich: bool) -> Outcome:
    chance = random.Random(seed)
    bundle = rich_plans(chance) if rich else generated_plan(chance)
    inputs = rich_company(chance, people) if rich else generated_company(chance, people)
    engine, slow = both(bundle, inputs)
    assert engine.scores == slow.scores
    assert engine.held == slow.held
    assert engine.lines == slow.lines
    assert engine.carried == slow.carried
    return engine


@pytest.mark.parametrize("seed", range(40))
def test_plans_of_one_team_are_paid_the_same_fraction(seed: int) -> None:
    assert_same(seed, 25, rich=False)


def test_plans_with_everything_are_paid_the_same_fraction() -> None:
    paid = held = 0
    for seed in range(100):
        outcome = assert_same(seed, 20, rich=True)
        paid += len({no for no, _, _ in outcome.lines})
        held += len(outcome.held)
    # Two held people agree easily: the paid ones are the proof.
    assert paid > 400
    assert held > 300


def test_nothing_of_the_reference_comes_from_the_engine() -> None:
    # Otherwise a mistake could agree with itself.
    for path in (Path(__file__).parent / "slow_reference").glob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if line.startswith(("import orchestration", "from orchestration"))]


def test_generated_plans_use_what_the_language_has() -> None:
    """A generator that never draws a rule would prove nothing about it."""
    texts = "".join(text for seed in range(60) for text in rich_plans(random.Random(seed)).files.values())
    words = "rank table2d rubric yoy lag( trailing( pip] pool: year_cap draw: forfeit carry_last 30_360 working_days"
    for word in (*words.split(), "fixed_pool", "pct_of_base", "period_cap", "accumulate: year", "cap_rest: carried"):
        assert word in texts, word


def test_the_parts_of_every_payment_add_up_to_it() -> None:
    for seed in range(30):
        chance = random.Random(seed)
        bundle, inputs = rich_plans(chance), rich_company(chance, 20)
        result = score(bundle, PERIOD, inputs)
        paid = {part.employee_no for part in result.components if part.amount is not None}
        for plan in bundle.plans:
            parts = attribute(bundle, result, plan.id, paid)
            amounts = [part.amount or 0 for part in result.components if part.plan_id == plan.id]
            assert sum(parts.values()) == sum(amounts)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 5000, 250))
def test_thousands_of_plans_are_paid_the_same_fraction(first: int) -> None:
    for seed in range(first, first + 250):
        assert_same(seed, 20, rich=True)
