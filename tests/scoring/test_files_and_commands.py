"""Scoring from CSV files, simulating a change, explaining an amount."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from orchestration.periods import Period
from orchestration.plans import SAMPLE, bundle_from_files, load_bundle
from orchestration.plans.bundle import INDEX
from orchestration.scoring import InputError, score
from orchestration.scoring.commands import explain, run_plan_tests, score_files
from orchestration.scoring.csv_io import read_folder
from orchestration.scoring.explain import first_difference
from orchestration.scoring.plan_tests import read_cases, run_case
from orchestration.scoring.simulate import PastPeriod, simulate

WORKED = Path(__file__).parent / "worked"
PERIOD = Period.parse("2026-03")
FILES = {
    "measurements.csv": (
        "metric_id,grain,subject_id,period_id,numerator,denominator,state\n"
        "rate_c,employee,E1,2026-03,97.5,100,ok\n"
        "rate_c,employee,E2,2026-03,,,missing\n"
    ),
    "assignments.csv": (
        "employee_no,valid_from,valid_to,department_id,team_id,position_id\n"
        "E1,2025-01-01,,D-TEST,T-TEST,P-TEST\n"
        "E2,2025-01-01,,D-TEST,T-TEST,P-TEST\n"
        "E3,2025-01-01,,D-TEST,T-TEST,P-OTHER\n"
    ),
    "bases.csv": (
        "employee_no,valid_from,base_amount,currency,pay_group\nE1,2025-01-01,8000.10,CNY,G\nE2,2025-01-01,1,CNY,G\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_of_csv_files_is_scored_and_written(folder: Path) -> None:
    result = score_files(folder, "2026-03", WORKED, folder / "out")
    assert result.without_plan == ("E3",)
    with (folder / "out" / "components.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["employee_no"], row["amount"], row["held_reason"] != "") for row in rows] == [
        ("E1", "7800.0975", False),
        ("E2", "", True),
    ]
    assert Fraction(rows[0]["amount_exact"]) == Fraction("8000.10") * Fraction("0.975")


def test_the_same_files_give_the_same_bytes(folder: Path) -> None:
    for name in ("one", "two"):
        score_files(folder, "2026-03", WORKED, folder / name)
    for path in sorted((folder / "one").iterdir()):
        assert path.read_bytes() == (folder / "two" / path.name).read_bytes()


def test_a_held_line_has_a_step_that_says_why(folder: Path) -> None:
    result = score_files(folder, "2026-03", WORKED)
    held = next(part for part in result.components if part.held_reason)
    steps = {(row.employee_no, row.node): row for row in result.trace}
    assert "missing" in steps[held.employee_no, held.trace_node].text_en


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("measurements.csv", "97.5", "97,5", "measurements.csv:2"),
        ("measurements.csv", "97.5", "much", "measurements.csv:2: numerator is 'much'; write a decimal"),
        ("measurements.csv", "97.5", "NaN", "measurements.csv:2: numerator is 'NaN'"),
        ("measurements.csv", "2026-03,97.5", "March,97.5", "measurements.csv:2: 'March' is no period"),
        ("measurements.csv", ",ok", ",fine", "state cannot be 'fine'"),
        ("measurements.csv", "metric_id,", "metric,", "measurements.csv:1: the columns metric_id are missing"),
        ("assignments.csv", "2025-01-01,,D-TEST", "01.01.2025,,D-TEST", "valid_from is '01.01.2025'; write a date"),
        ("bases.csv", "8000.10", "", "bases.csv:2: base_amount is empty"),
    ],
)
def test_a_wrong_cell_is_told_with_file_line_and_column(
    folder: Path, name: str, old: str, new: str, message: str
) -> None:
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_folder(folder)
    assert message in str(caught.value)


def test_a_missing_file_is_told(folder: Path) -> None:
    (folder / "bases.csv").unlink()
    with pytest.raises(InputError, match=r"bases\.csv: the file does not exist"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("measurements.csv", "rate_c,employee,E1,2026-03,50,100,ok\n", "stands in the measurements twice"),
        ("assignments.csv", "E1,2026-03-10,,D-TEST,T2,P-TEST\n", "E1 holds two seats on 2026-03-10"),
        ("bases.csv", "E1,2026-03-10,9000,CNY,G\n", "E1 has two bonus bases on 2026-03-10"),
    ],
)
def test_inputs_that_contradict_themselves_stop_the_run(folder: Path, name: str, line: str, message: str) -> None:
    path = folder / name
    path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        score_files(folder, "2026-03", WORKED)


def test_a_simulation_shows_who_gets_more_and_the_first_step_that_differs(folder: Path) -> None:
    before = load_bundle(WORKED)
    plan = "plans/worked/v1.yaml"
    after = bundle_from_files({**before.files, plan: before.files[plan].replace("target: 100%", "target: 97.5%")})
    inputs = read_folder(folder)
    simulation = simulate([PastPeriod(PERIOD, inputs, before, after)], "worked")
    assert [row.change for row in simulation.rows] == [Fraction("8000.10") * Fraction("0.025"), None]
    assert simulation.budget() == (Fraction("7800.0975"), Fraction("8000.10"))
    assert [row.employee_no for row in simulation.held] == ["E2"]
    effect = simulation.effects[0]
    assert (effect.metric_id, effect.before, effect.after) == ("rate_c", Fraction("97.5"), 100)
    difference = first_difference(score(before, PERIOD, inputs).trace, score(after, PERIOD, inputs).trace, "E1")
    assert difference is not None
    assert difference.node == "seg1/metric/rate_c/curve"
    assert difference.before == "比率丙 得分 = 100 * 97.5% / 100% = 97.5"


def test_two_equal_runs_have_no_first_difference(folder: Path) -> None:
    trace = score_files(folder, "2026-03", WORKED).trace
    assert first_difference(trace, trace, "E1") is None


def test_an_explanation_walks_from_the_amount_to_the_value(folder: Path) -> None:
    text = explain(score_files(folder, "2026-03", WORKED), "E1", "en", "pay")
    for step in ("Rate C (2026-03) = 97.5 / 100 = 97.5%", "bonus base = 8000.1", "Pay = 7800.0975 yuan"):
        assert step in text


def test_an_explanation_of_nobody_is_refused(folder: Path) -> None:
    result = score_files(folder, "2026-03", WORKED)
    with pytest.raises(LookupError, match="does not know the employee 'E9'"):
        explain(result, "E9")
    with pytest.raises(LookupError, match="E1 has no component 'bonus'"):
        explain(result, "E1", component="bonus")


def test_the_plan_tests_of_the_sample_company_pass() -> None:
    tested = run_plan_tests(SAMPLE)
    assert tested.is_ok, tested.text
    assert len(tested.results) >= 5


def test_a_bundle_without_cases_is_not_called_tested() -> None:
    assert (WORKED / INDEX).is_file()
    assert not run_plan_tests(WORKED).is_ok


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("output: {scor: 100}", "the result has no 'scor'"),
        ("output: {score: 100}\n  outputs: {}", "'outputs' means nothing in a test case; did you mean output?"),
        ("output: {score: 100}\n  parameters: {nothing: 1}", "there is no parameter 'nothing'"),
        ("output: {score: much}", "'much' is no number"),
        ("output: {score: 99.999}", "score: expected 99.999, got 100"),
        (
            "output: {score: 100}\n  trace_contains: [no such words]",
            "no step of the explanation contains 'no such words'",
        ),
        ("output: {score: 100}\n  plan_patch: {score: {mx: 3}}", "has no max"),
    ],
)
def test_a_case_that_is_wrong_or_fails_says_why(tmp_path: Path, case: str, message: str) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(
        f"- name: case\n  plan: worked\n  period: 2026-03\n  input: {{base: 1, metrics: {{rate_c: 1}}}}\n  {case}\n",
        encoding="utf-8",
    )
    result = run_case(load_bundle(WORKED), read_cases(path)[0])
    assert not result.passed
    assert message in str(result)
