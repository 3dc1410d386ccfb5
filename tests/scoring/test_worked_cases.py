"""Numeric cases of other people's documents, through plan files, at tolerance zero."""

from pathlib import Path

import pytest

from orchestration.plans import PlanBundle, load_bundle
from orchestration.plans.yaml_source import Node
from orchestration.scoring.plan_tests import read_cases, run_case

WORKED = Path(__file__).parent / "worked"
CASES = [case for name in ("money.yaml", "scores.yaml", "language.yaml") for case in read_cases(WORKED / name)]


@pytest.fixture(scope="module")
def bundle() -> PlanBundle:
    return load_bundle(WORKED)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.mapping()["name"].text())
def test_the_worked_case_comes_out_exactly(bundle: PlanBundle, case: Node) -> None:
    result = run_case(bundle, case)
    assert result.passed, str(result)
