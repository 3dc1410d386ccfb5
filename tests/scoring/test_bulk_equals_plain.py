"""The set-based engine and the plain one give the same fen, ratings and held lines for generated plans and people."""

import random
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from orchestration.payout.rounding import round_fen
from orchestration.periods import Period
from orchestration.plans import PlanBundle, bundle_from_files, load_bundle
from orchestration.scoring import InputError, score
from orchestration.scoring.bulk import BulkResult, make_roster, score_in_bulk
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.plan_tests import case_inputs_of, read_cases
from orchestration.scoring.results import ScoringResult

sys.path.insert(0, str(Path(__file__).parent))

from generated import PERIOD, WORKED, as_table, generated_company, generated_plan

PEOPLE = 60


def bulk(bundle: PlanBundle, inputs: ScoringInputs, *, with_trace: bool = False) -> BulkResult:
    roster = make_roster(replace(inputs, measurements=()))
    return score_in_bulk(bundle, PERIOD, as_table(inputs.measurements), roster, with_trace=with_trace)


def lines_of(result: ScoringResult) -> dict[tuple[str, str], int | None]:
    """Fen by employee and component; None: held."""
    return {
        (part.employee_no, part.component): None if part.amount is None else round_fen(part.amount)
        for part in result.components
    }


def in_columns(result: BulkResult, inputs: ScoringInputs) -> dict[tuple[str, str], int | None]:
    employees = sorted({row.employee_no for row in inputs.assignments})
    return {
        (employees[person], line.component): fen
        for line in result.lines
        for person, fen in zip(line.people.tolist(), line.amount_fen.tolist(), strict=True)
    }


@pytest.mark.parametrize("seed", range(60))
def test_generated_plans_pay_the_same_fen_both_ways(seed: int) -> None:
    chance = random.Random(seed)
    bundle, inputs = generated_plan(chance), generated_company(chance, PEOPLE)
    plain = score(bundle, PERIOD, inputs)
    result = bulk(bundle, inputs)
    assert result.reasons == {}
    columns, slow = in_columns(result, inputs), lines_of(result.plain)
    assert not columns.keys() & slow.keys()
    assert columns | slow == lines_of(plain)
    employees = sorted({row.employee_no for row in inputs.assignments})
    for one in plain.scores:
        number = employees.index(one.employee_no)
        if result.ratings[number] < 0:
            continue
        assert one.total is not None
        assert "ABCD"[result.ratings[number]] == one.rating
        assert abs(Fraction(float(result.scores[number])) - one.total) < Fraction(1, 10**9)


def test_most_people_are_calculated_in_columns() -> None:
    # Otherwise the plain engine would be compared with itself.
    in_columns_count = 0
    for seed in range(20):
        chance = random.Random(seed)
        bundle, inputs = generated_plan(chance), generated_company(chance, PEOPLE)
        result = bulk(bundle, inputs)
        in_columns_count += int((result.ratings >= 0).sum())
    assert in_columns_count > 20 * PEOPLE / 2


def test_the_order_of_the_rows_changes_nothing() -> None:
    chance = random.Random(7)
    bundle, inputs = generated_plan(chance), generated_company(chance, PEOPLE)
    expected = bulk(bundle, inputs)
    rows = list(inputs.measurements)
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        mixed = bulk(bundle, replace(inputs, measurements=tuple(rows)))
        assert in_columns(mixed, inputs) == in_columns(expected, inputs)
        assert np.array_equal(mixed.scores, expected.scores, equal_nan=True)
        assert mixed.plain == expected.plain


def test_the_trace_of_a_plan_has_a_row_for_everybody_it_calculated() -> None:
    chance = random.Random(3)
    bundle, inputs = generated_plan(chance), generated_company(chance, PEOPLE)
    result = bulk(bundle, inputs, with_trace=True)
    traced = {row["employee_no"]: row for table in result.trace for row in table.to_pylist()}
    assert traced.keys() == {no for no, _ in in_columns(result, inputs)}
    exact = {one.employee_no: one for one in score(bundle, PERIOD, inputs).scores}
    for no, row in traced.items():
        assert abs(Fraction(row["score"]) - (exact[no].total or 0)) < Fraction(1, 10**9)
        for metric in exact[no].metrics:
            shown = row[f"metric/{metric.metric_id}"]
            assert (shown is None) == (metric.points is None)
            if shown is not None and metric.points is not None:
                assert abs(Fraction(shown) - metric.points) < Fraction(1, 10**9)


def test_half_a_fen_is_decided_on_fractions() -> None:
    found = 0
    for seed in range(30):
        chance = random.Random(seed)
        bundle, inputs = generated_plan(chance), generated_company(chance, 20)
        found += bulk(bundle, inputs).in_doubt
    assert found


def test_parts_of_a_company_give_what_the_whole_gives() -> None:
    chance = random.Random(11)
    bundle, inputs = generated_plan(chance), generated_company(chance, PEOPLE)
    whole = in_columns(bulk(bundle, inputs), inputs)
    roster = make_roster(replace(inputs, measurements=()))
    wide = [row for row in inputs.measurements if row.grain != "employee"]
    found: dict[tuple[str, str], int | None] = {}
    for start in range(0, len(roster.employees), 17):
        part = roster.part(start, start + 17)
        mine = tuple(row for row in inputs.measurements if row.subject_id in part.number)
        result = score_in_bulk(bundle, PERIOD, as_table(mine), part, wide=wide)
        found |= in_columns(result, part.inputs)
    assert found == whole


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("proration:", "  year_cap: 100000\nproration:", "a pool, or a cap over plans or years"),
        ("curve: {type: linear}", "window: lag(1), curve: {type: linear}", "rate_c over a window"),
        ("curve: {type: linear}", "round: 1, curve: {type: linear}", "round: of a metric"),
        ("kind: fixed_base", "kind: revenue, metric: amount", "a base that is a measured amount"),
    ],
)
def test_a_plan_that_cannot_be_calculated_in_columns_is_calculated_plainly(old: str, new: str, reason: str) -> None:
    inputs = generated_company(random.Random(5), 20)
    name = "plans/worked/v1.yaml"
    assert old in WORKED.files[name]
    bundle = bundle_from_files({**WORKED.files, name: WORKED.files[name].replace(old, new)})
    result = bulk(bundle, inputs)
    assert result.reasons == {"worked v1": reason}
    assert result.lines == ()
    assert result.plain == score(bundle, PERIOD, inputs)


def test_the_sample_company_is_paid_the_same_fen_both_ways() -> None:
    sample = load_bundle()
    cards = read_cases(Path(__file__).parents[1] / "paycards" / "sales_rep.yaml")
    october = Period.parse("2026-10")
    calculated = 0
    for card in cards:
        if "plan_patch" in card.mapping() or "parameters" in card.mapping():
            continue
        inputs = case_inputs_of(sample, card, october)
        roster = make_roster(replace(inputs, measurements=()))
        result = score_in_bulk(sample, october, as_table(inputs.measurements), roster)
        assert in_columns(result, inputs) | lines_of(result.plain) == lines_of(score(sample, october, inputs))
        assert result.reasons == {}
        calculated += len(result.lines[0].people) if result.lines else 0
    assert calculated > len(cards) / 2


def test_a_value_that_stands_twice_is_refused() -> None:
    inputs = generated_company(random.Random(5), 20)
    first = next(row for row in inputs.measurements if row.metric_id == "rate_c" and row.period_start == PERIOD.start)
    with pytest.raises(InputError, match="rate_c for 2026-03 stands in the measurements twice"):
        bulk(WORKED, replace(inputs, measurements=(*inputs.measurements, first)))


def test_a_table_without_a_column_is_refused() -> None:
    inputs = generated_company(random.Random(5), 20)
    table = as_table(inputs.measurements).drop_columns(["target"])
    with pytest.raises(InputError, match="the measurements have no target"):
        score_in_bulk(WORKED, PERIOD, table, make_roster(replace(inputs, measurements=())))
