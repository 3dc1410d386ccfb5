"""One plan file and CSV files named one by one; credits; the linter's look at the past; where two runs part."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.plans import PlanErrors
from orchestration.plans.single import load_single
from orchestration.scoring import InputError
from orchestration.scoring.commands import NamedFiles, check_with_history, score_named_files

PLAN = """
plan: deals
version: 1
name: {zh: 成交, en: Deals}
effective: {from: 2026-01-01}
period: month
currency: CNY
weight_basis: category
categories: {business: 100}
metrics:
  new_customer_count: {category: business, weight: 100, cap: 120, target: 10, curve: {type: linear}}
payout:
  base: {kind: fixed_base}
  components: [{id: bonus, name: {zh: 奖金, en: Bonus}, pay_item: B, formula: "base * score / 100"}]
  cap: "2 * base"
proration: {basis: calendar_days, apply_to: [target, base]}
"""
PEOPLE = """employee_no,valid_from,valid_to,department_id,team_id,position_id,base_amount,currency,pay_group
E1,2025-01-01,,D-SAL,T-FUP,P-REP,8000.10,CNY,G
E2,2025-01-01,,D-SAL,T-FUP,P-ANY,1000,CNY,G
"""
CREDITS = """record_id,metric_id,occurred_on,amount,employee_no,share_percent,group
L1,new_customer_count,2026-03-01,6,E1,50,
L1,new_customer_count,2026-03-01,6,E2,50,exclusive
L2,new_customer_count,2026-03-31,4,E1,100,exclusive
L2,new_customer_count,2026-03-31,4,E2,100,overlay
L3,new_customer_count,2026-04-01,99,E1,100,exclusive
"""
MEASUREMENTS = "metric_id,grain,subject_id,period_id,numerator,denominator\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {"plan.yaml": PLAN, "people.csv": PEOPLE, "credits.csv": CREDITS, "measurements.csv": MEASUREMENTS}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def files(folder: Path, **others: Path) -> NamedFiles:
    return NamedFiles(folder / "plan.yaml", folder / "people.csv", folder / "measurements.csv", **others)


def test_credited_records_become_values_and_pay_everybody_in_the_people_file(folder: Path) -> None:
    result = score_named_files(files(folder, credits=folder / "credits.csv"), "2026-03", folder / "out")
    amounts = {part.employee_no: part.amount for part in result.components}
    # E1: 3 + 4 of 10; E2: 3 and 4 as overlay. April's record belongs to April.
    assert amounts == {"E1": Fraction("8000.10") * Fraction(7, 10), "E2": Fraction(700)}
    with (folder / "out" / "components.csv").open(encoding="utf-8", newline="") as file:
        assert [row["amount"] for row in csv.DictReader(file)] == ["5600.07", "700"]


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("credits.csv", "6,E2,50", "7,E2,50", "credits.csv:3: record L1 has another metric, date or amount"),
        ("credits.csv", "6,E2,50", "6,E2,51", "record L1: exclusive shares add up to 101 %"),
        ("credits.csv", "6,E2,50", "6,E2,-1", "credits.csv:3: share_percent has to be a positive number"),
        ("credits.csv", "new_customer_count", "new_customers", "'new_customers' of the credits is no metric"),
        ("credits.csv", "100,overlay", "100,over", "credits.csv:5: group cannot be 'over'"),
        ("people.csv", "8000.10", "", "people.csv:2: base_amount is empty"),
        ("people.csv", "position_id", "position", "people.csv:1: the columns position_id are missing"),
    ],
)
def test_a_wrong_line_is_told_with_file_and_line(folder: Path, name: str, old: str, new: str, message: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        score_named_files(files(folder, credits=folder / "credits.csv"), "2026-03", folder / "out")


def test_a_value_that_is_measured_and_credited_is_refused(folder: Path) -> None:
    line = "new_customer_count,employee,E1,2026-03,5,\n"
    (folder / "measurements.csv").write_text(MEASUREMENTS + line, encoding="utf-8")
    with pytest.raises(InputError, match="new_customer_count of E1 stands in the measurements and in the credits"):
        score_named_files(files(folder, credits=folder / "credits.csv"), "2026-03", folder / "out")


def test_a_plan_of_another_time_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match=r"deals holds from 2026-01-01 .* not at the end of 2025-12"):
        score_named_files(files(folder), "2025-12", folder / "out")


def test_a_single_plan_takes_the_parameters_of_the_folder_it_lies_in() -> None:
    sample = Path(__file__).parents[2] / "orchestration" / "plans" / "sample" / "plans" / "sales_rep_2026" / "v1.yaml"
    bundle, plan = load_single(sample)
    assert [one.id for one in bundle.plans] == ["sales_rep_2026"] == [plan.id]
    assert "excess_threshold" in bundle.parameters


def test_a_single_plan_with_a_fault_is_told_with_file_and_line(folder: Path) -> None:
    (folder / "plan.yaml").write_text(PLAN.replace("weight: 100", "weight: 90"), encoding="utf-8")
    with pytest.raises(PlanErrors, match=r"plans/plan\.yaml:\d+: error: the metrics of category business weigh 90"):
        load_single(folder / "plan.yaml")


def test_the_command_scores_named_files_and_says_what_is_missing(folder: Path) -> None:
    run = CliRunner()
    named = [f"--{name}={folder / name}.csv" for name in ("people", "measurements", "credits")]
    common = ["score", "--period=2026-03", f"--out={folder / 'out'}"]
    done = run.invoke(app, [*common, f"--plan={folder / 'plan.yaml'}", *named])
    assert (done.exit_code, done.stdout.strip()) == (0, "2 scores, 2 components, 20 trace rows")
    refused = run.invoke(app, [*common, *named])
    assert refused.exit_code == 1
    assert "name a folder of files, or add --plan" in refused.stderr


def test_the_first_step_at_which_two_result_folders_part_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCENTIVES_HOME", str(folder / "var"))
    score_named_files(files(folder, credits=folder / "credits.csv"), "2026-03", folder / "one")
    (folder / "plan.yaml").write_text(PLAN.replace("target: 10", "target: 8"), encoding="utf-8")
    score_named_files(files(folder, credits=folder / "credits.csv"), "2026-03", folder / "two")
    command = ["explain", "2026-03", "E1", "--lang=en", "--diff"]
    found = CliRunner().invoke(app, [*command, str(folder / "one"), str(folder / "two")])
    assert "first difference: seg1/metric/new_customer_count/curve" in found.stdout
    assert "100 * 7 / 8 = 87.5" in found.stdout
    same = CliRunner().invoke(app, [*command, str(folder / "one"), str(folder / "one")])
    assert same.stdout.strip() == "no difference"
    refused = CliRunner().invoke(app, [*command, "1", str(folder / "one")])
    assert "2026-03 has no revision 1" in refused.stderr


HISTORY = (
    MEASUREMENTS
    + "".join(
        f"sales_revenue_attainment,employee,E{no},2026-0{month},{80 + no},100\n"
        f"lead_followup_rate,employee,E{no},2026-0{month},100,100\n"
        f"win_rate,employee,E{no},2026-0{month},45,100\n"
        for no in (1, 2)
        for month in (1, 2, 3)
    )
    + "".join(
        f"lead_to_won_rate,department,D-MKT,2026-0{month},20,100\n"
        f"sales_revenue_attainment,department,D-SAL,2026-0{month},130,100\n"
        for month in (1, 2, 3)
    )
)


def test_the_past_shows_thresholds_nobody_reached_and_caps_everybody_hits(folder: Path) -> None:
    (folder / "history.csv").write_text(HISTORY, encoding="utf-8")
    sample = Path(__file__).parents[2] / "orchestration" / "plans" / "sample"
    checked = check_with_history(sample, folder / "history.csv")
    assert checked.is_ok
    found = [finding.what for finding in checked.findings if "sales_rep" in finding.file or "team" in finding.file]
    assert "none of 6 past values of sales_revenue_attainment reached its target" in found
    assert "every one of 6 past values of lead_followup_rate reaches the cap 100" in found
    assert "every one of 6 past values of win_rate reaches the cap 120" in found
    assert any(
        what.startswith("excess: 'sales_revenue_attainment > excess_threshold' was never reached") for what in found
    )
    assert any(what.startswith("synergy: ") and "never reached in 3 values" in what for what in found)


def test_a_history_in_which_everything_happens_warns_of_nothing(folder: Path) -> None:
    rows = "".join(f"win_rate,employee,E{no},2026-01,{no * 10},100\n" for no in range(1, 6))
    (folder / "history.csv").write_text(MEASUREMENTS + rows, encoding="utf-8")
    sample = Path(__file__).parents[2] / "orchestration" / "plans" / "sample"
    assert check_with_history(sample, folder / "history.csv").findings == ()
