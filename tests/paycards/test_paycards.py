"""People-months that HR can read: every card is one month of one person of the sample company, compared exactly."""

from pathlib import Path

import pytest

from orchestration.plans import PlanBundle, load_bundle
from orchestration.plans.yaml_source import Node
from orchestration.scoring.plan_tests import read_cases, run_case

CARDS = [case for path in sorted(Path(__file__).parent.glob("*.yaml")) for case in read_cases(path)]


@pytest.fixture(scope="module")
def bundle() -> PlanBundle:
    return load_bundle()


def _title(card: Node) -> str:
    return card.mapping()["name"].text()


@pytest.mark.parametrize("card", CARDS, ids=_title)
def test_the_paycard_comes_out_to_the_last_digit(bundle: PlanBundle, card: Node) -> None:
    result = run_case(bundle, card)
    assert result.passed, str(result)


def test_a_wrong_expectation_is_noticed(bundle: PlanBundle) -> None:
    card = next(card for card in CARDS if _title(card) == "everything exactly on target pays exactly one base")
    output = Node(card.file, card.line, {"pay.total": Node(card.file, card.line, "8000.01")})
    result = run_case(bundle, Node(card.file, card.line, {**card.mapping(), "output": output}))
    assert not result.passed
    assert "expected 8000.01, got 8000" in str(result)
