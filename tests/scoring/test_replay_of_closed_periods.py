"""Closed periods under another plan: what a range names, what a replay gives, and that it leaves no trace behind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.closing import close_room, pay
from orchestration.company import read_company
from orchestration.payout.canonical import sha256_file
from orchestration.payout.close_folder import CloseContents, Evidence, place_close_folder, write_close_folder
from orchestration.payout.errors import PayoutRefused, VerificationFailed
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import CalculationRecord, RunEvent, append_calculation, append_event, require_run
from orchestration.periods import Period
from orchestration.plans import SAMPLE as PLANS
from orchestration.plans import PlanBundle, bundle_from_files, load_bundle
from orchestration.plans.parameters import Parameter
from orchestration.plans.single import load_single
from orchestration.replay import past_periods, period_range
from orchestration.reviews import review
from orchestration.scoring import score
from orchestration.scoring.inputs import Measurement
from orchestration.scoring.plan_tests import case_inputs_of, read_cases
from orchestration.scoring.simulate import simulate
from orchestration.settings import Settings

SAMPLE = load_bundle()
PAYCARD = read_cases(Path(__file__).parents[1] / "paycards" / "sales_rep.yaml")[0]
REP = "plans/sales_rep_2026/v1.yaml"
PERIODS = [Period.parse("2026-09"), Period.parse("2026-10")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10", ["2026-10"]),
        ("2026-11..2027-01", ["2026-11", "2026-12", "2027-01"]),
        ("2026-Q3..2026-Q4", ["2026-Q3", "2026-Q4"]),
    ],
)
def test_a_range_names_every_period_from_its_first_to_its_last(text: str, expected: list[str]) -> None:
    assert [str(period) for period in period_range(text)] == expected


@pytest.mark.parametrize("text", ["2026-10..2026-09", "2026-10..2026-Q4", "2026-13", ".."])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 2026-"):
        period_range(text)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloseRoom]:
    """Two closed months of one sales representative who was on target in everything."""
    monkeypatch.setenv("INCENTIVES_HOME", str(tmp_path))
    settings = Settings.from_env()
    with close_room(settings, read_company(settings)) as opened:
        for period in PERIODS:
            close(opened, period)
        yield opened


def close(room: CloseRoom, period: Period, plans: PlanBundle = SAMPLE, more: tuple[Measurement, ...] = ()) -> None:
    inputs = case_inputs_of(plans, PAYCARD, period)
    inputs = replace(inputs, measurements=(*inputs.measurements, *more))
    evidence = Evidence(period, inputs, pa.table({"load_id": pa.array([], pa.string())}), score(plans, period, inputs))
    temporary, folder_sha256 = write_close_folder(room.closed, CloseContents(evidence, plans, "1", (), ()))
    place_close_folder(temporary, room.closed, str(period), 1)
    with room.ledger.write() as connection:
        record = CalculationRecord(
            str(period), 1, "c", "m", plans.content_hash, "1", "2026-11-03T09:00:00+08:00", 1, {}, folder_sha256
        )
        append_calculation(connection, record, [(RunKey(str(period), "MONTHLY", 1), "2026-11", (), ())], actor="close")


def tried(tmp_path: Path, old: str, new: str) -> Path:
    assert old in SAMPLE.files[REP]
    path = tmp_path / "new.yaml"
    path.write_text(SAMPLE.files[REP].replace(old, new, 1), encoding="utf-8")
    return path


def test_closed_months_are_paid_again_under_another_plan(room: CloseRoom, tmp_path: Path) -> None:
    # Who is on target keeps every point; half of the bonus formula is half of the money.
    path = tried(tmp_path, '"base * score / 100"', '"base * score / 200"')
    source, plan = load_single(path, PLANS)
    simulation = simulate(past_periods(room, PERIODS, source, plan), plan.id)
    assert simulation.budget() == (16000, 8000)
    assert simulation.budget("2026-09") == (8000, 4000)
    assert [(row.employee_no, row.change) for row in simulation.people()] == [("E1", -8000)]
    assert sum(effect.before / effect.before_count for effect in simulation.effects) == 100
    assert all(effect.before == effect.after for effect in simulation.effects)


def test_the_budget_is_taken_apart_without_a_remainder(room: CloseRoom, tmp_path: Path) -> None:
    # On target every metric brings its weight in points: 30 of 100 are 2,400 of 8,000 a month, half of it afterwards.
    path = tried(tmp_path, '"base * score / 100"', '"base * score / 200"')
    source, plan = load_single(path, PLANS)
    simulation = simulate(past_periods(room, PERIODS, source, plan), plan.id)
    money = {(row.kind, row.name): (row.before, row.after) for row in simulation.money}
    assert money["metric", "sales_revenue_attainment"] == (4800, 2400)
    assert money["metric", "lead_followup_rate"] == (2400, 1200)
    sums = [sum(column) for column in zip(*money.values(), strict=True)]
    assert tuple(sums) == simulation.budget()
    assert sum(row.change for row in simulation.money) == -8000


def test_a_plan_of_the_future_is_tried_with_the_figures_of_its_first_day(room: CloseRoom, tmp_path: Path) -> None:
    path = tried(tmp_path, "effective: {from: 2026-01-01", "effective: {from: 2027-01-01")
    files = dict(SAMPLE.files)
    name = SAMPLE.parameters["follow_up_target"].where.file
    at = files[name].index("values:", files[name].index("follow_up_target:"))
    files[name] = files[name][:at] + files[name][at:].replace("values: {", "values: {2027-01-01: 100%, ", 1)
    source = bundle_from_files(files)
    plan = replace(load_single(path, PLANS)[1])
    simulation = simulate(past_periods(room, PERIODS, source, plan), plan.id)
    effect = next(effect for effect in simulation.effects if effect.metric_id == "lead_followup_rate")
    assert (effect.before, effect.after) == (30, 30 * Fraction(90, 100))


def test_a_period_that_was_never_calculated_is_refused(room: CloseRoom, tmp_path: Path) -> None:
    source, plan = load_single(tried(tmp_path, "version: 1", "version: 2"), PLANS)
    with pytest.raises(PayoutRefused, match="2026-08 was never calculated"):
        past_periods(room, [Period.parse("2026-08")], source, plan)


def test_changed_evidence_is_not_replayed(room: CloseRoom, tmp_path: Path) -> None:
    source, plan = load_single(tried(tmp_path, "version: 1", "version: 2"), PLANS)
    (room.closed / "2026-10" / "1" / "events.parquet").write_bytes(b"PAR1")
    with pytest.raises(VerificationFailed, match=r"2026-10/1/events\.parquet was changed"):
        past_periods(room, PERIODS, source, plan)


def test_the_command_shows_budget_and_losers_and_touches_nothing(room: CloseRoom, tmp_path: Path) -> None:
    path = tried(tmp_path, '"base * score / 100"', '"base * score / 200"')
    before = {file: sha256_file(file) for file in tmp_path.rglob("*") if file.is_file() and file.name != "out.csv"}
    command = ["simulate", f"--plan={path}", "--periods=2026-09..2026-10", f"--out={tmp_path / 'out.csv'}"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.stderr
    assert "0 gain, 1 lose, 0 are paid the same" in done.stdout
    assert "all           1   16000   8000   -8000" in " ".join(done.stdout.splitlines())
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1] == "2026-09,E1,8000,4000,-4000,-4000"
    after = {file: sha256_file(file) for file in before}
    assert after == before


def test_a_plan_that_nobody_had_is_refused(room: CloseRoom, tmp_path: Path) -> None:
    path = tried(tmp_path, "plan: sales_rep_2026", "plan: sales_rep_2030")
    done = CliRunner().invoke(app, ["simulate", f"--plan={path}", "--periods=2026-10"])
    assert done.exit_code == 1
    assert "no plan 'sales_rep_2030' was in force in 2026-10" in done.stderr


def test_pilots_of_a_closed_month_are_reported_as_if_they_had_counted(room: CloseRoom, tmp_path: Path) -> None:
    # On target everywhere and 10 points on a pilot that would weigh 10 of 100: 100 points become 91.
    pilot = "  roas: {category: business, pilot: {cohort: T-FUP, from: 2026-01-01, would_weigh: 10}, "
    pilot += "target: 100%, curve: {type: linear}, reference: F154}\n"
    plans = bundle_from_files({**SAMPLE.files, REP: SAMPLE.files[REP].replace("deductions:", f"{pilot}deductions:", 1)})
    november = Period.parse("2026-11")
    span = (november.cadence, november.start, november.end)
    low = Measurement("roas", "employee", "E1", *span, Decimal(1), Decimal(10), None, "ratio", "ok")
    close(room, november, plans, (low,))
    command = ["pilots", "2026-11", f"--out={tmp_path / 'pilots.csv'}"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.stderr
    assert "E1 sales_rep_2026 roas 10 8000 7280 -720" in " ".join(done.stdout.split())
    lines = (tmp_path / "pilots.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "E1,sales_rep_2026,1,roas,10,8000,7280,-720"
    none = CliRunner().invoke(app, ["pilots", "2026-10"])
    assert "no pilot with would_weigh: was shown to anybody in 2026-10" in none.stdout


def test_a_review_reads_approved_periods_only(room: CloseRoom) -> None:
    low = replace(SAMPLE, parameters={**SAMPLE.parameters, "pip_score": strict(SAMPLE.parameters["pip_score"])})
    with pytest.raises(PayoutRefused, match="2026-10 is not approved"):
        review(room, low, PERIODS[1])
    approve(room, PERIODS[0])
    assert [item.kind for item in review(room, low, PERIODS[0])] == ["watch"]
    approve(room, PERIODS[1])
    assert [item.kind for item in review(room, low, PERIODS[1])] == ["pip"]
    assert review(room, SAMPLE, PERIODS[1]) == ()


def strict(parameter: Parameter) -> Parameter:
    return replace(parameter, values=tuple(replace(entry, value=Fraction(101)) for entry in parameter.values))


def approve(room: CloseRoom, period: Period) -> None:
    with room.ledger.write() as connection:
        run = require_run(connection, RunKey(str(period), "MONTHLY", 1))
        append_event(connection, run, RunEvent("approved", "boss", "E9", "sha", "", "2026-11-04T09:00:00+08:00"))


def test_a_close_refuses_a_plan_whose_reversals_it_does_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = "{of: excess, metric: won_amount, method: stored_rate}"
    line = f"    - {{id: back, name: {{zh: 追回, en: Clawback}}, pay_item: BACK, clawback: {rule}}}\n"
    text = SAMPLE.files[REP].replace('  cap: "2.5', f'{line}  cap: "2.5', 1)
    plans = bundle_from_files({**SAMPLE.files, REP: text})
    monkeypatch.setenv("INCENTIVES_HOME", str(tmp_path))
    monkeypatch.setattr("orchestration.closing.load_bundle", lambda _folder: plans)
    settings = Settings.from_env()
    moment = datetime.fromisoformat("2026-11-03T09:00:00+08:00")
    with pytest.raises(ValueError, match="sales_rep_2026: a close settles reversals by recomputing their period"):
        pay(settings, read_company(settings), PERIODS[1], moment)
