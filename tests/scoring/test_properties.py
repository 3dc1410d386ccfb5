"""What has to hold for any numbers: conservation, monotony, order, exactness."""

import json
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.periods import Period
from orchestration.plans import PlanBundle, load_bundle
from orchestration.plans.curve_model import Linear, Points, Tier, TierTable
from orchestration.scoring import score
from orchestration.scoring.credit import CreditRow, split_amount
from orchestration.scoring.curves import curve_points, marginal_between, piecewise, tier_amount
from orchestration.scoring.inputs import Assignment, BonusBase, Measurement, ScoringEvent, ScoringInputs
from orchestration.scoring.plan_tests import case_result, read_cases
from orchestration.scoring.results import TraceRow
from orchestration.scoring.segments import DaysOff, day_weight

PERIOD = Period.parse("2026-10")
WORKED = load_bundle(Path(__file__).parent / "worked")
NO_DAYS_OFF = DaysOff(frozenset(), frozenset())
DAYS = st.integers(0, 31).map(lambda offset: PERIOD.start + timedelta(days=offset))
MONEY = st.integers(-10_000_00, 10_000_00).map(lambda fen: Fraction(fen, 100))


@pytest.mark.parametrize("basis", ["calendar_days", "working_days", "months", "30_360"])
@given(cuts=st.lists(DAYS, max_size=4))
def test_the_day_weights_of_a_full_seat_add_up_to_exactly_one(basis: str, cuts: list[date]) -> None:
    edges = sorted({PERIOD.start, PERIOD.end, *cuts})
    parts = [day_weight(start, end, PERIOD, basis, NO_DAYS_OFF) for start, end in pairwise(edges)]
    assert sum(parts) == 1


@pytest.mark.parametrize("month", ["2026-02", "2028-02", "2026-Q1", "2026"])
@given(offset=st.integers(0, 400))
def test_day_weights_add_up_over_leap_days_and_long_periods(month: str, offset: int) -> None:
    period = Period.parse(month)
    cut = min(period.start + timedelta(days=offset), period.end)
    for basis in ("calendar_days", "30_360", "months"):
        first = day_weight(period.start, cut, period, basis, NO_DAYS_OFF)
        assert first + day_weight(cut, period.end, period, basis, NO_DAYS_OFF) == 1


TIERS = (
    Tier(Fraction(0), Fraction(1000), Fraction(1, 100)),
    Tier(Fraction(1000), Fraction(3000), Fraction(2, 100)),
    Tier(Fraction(3000), None, Fraction(5, 100)),
)


@given(prior=MONEY, first=MONEY, second=MONEY)
def test_slices_do_not_care_how_an_amount_is_split(prior: Fraction, first: Fraction, second: Fraction) -> None:
    whole, _ = marginal_between(TIERS, prior, first + second)
    one, _ = marginal_between(TIERS, prior, first)
    two, _ = marginal_between(TIERS, prior + first, second)
    assert whole == one + two


@given(prior=MONEY, amount=MONEY)
def test_a_sale_and_its_return_leave_nothing(prior: Fraction, amount: Fraction) -> None:
    there, _ = marginal_between(TIERS, prior, amount)
    back, _ = marginal_between(TIERS, prior + amount, -amount)
    assert there + back == 0


@given(low=MONEY, more=st.integers(0, 1_000_000).map(lambda fen: Fraction(fen, 100)))
def test_more_is_never_worth_less(low: Fraction, more: Fraction) -> None:
    table = TierTable("marginal", TIERS, "upper")
    assert tier_amount(table, low)[0] <= tier_amount(table, low + more)[0]
    curve = Points(
        ((Fraction(0), Fraction(0)), (Fraction(100), Fraction(80)), (Fraction(200), Fraction(120))), "hold", "hold"
    )
    assert piecewise(curve, low) <= piecewise(curve, low + more)
    linear, target = Linear(None, Fraction(1, 2)), Fraction(100)
    worse = curve_points(linear, low, target, Fraction(100), Fraction(120), "count").points
    assert worse <= curve_points(linear, low + more, target, Fraction(100), Fraction(120), "count").points or low < 0


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), MONEY)
def test_credit_shares_conserve_the_deal(shares: list[int], amount: Fraction) -> None:
    total = sum(shares)
    rows = [CreditRow(f"E{i}", "exclusive", Fraction(100 * share, total)) for i, share in enumerate(shares)]
    assert sum(split_amount(rows, amount).values()) == amount


@given(st.integers(1, 99), MONEY)
def test_what_nobody_owns_goes_to_a_row_of_its_own(share: int, amount: Fraction) -> None:
    parts = split_amount([CreditRow("E1", "exclusive", Fraction(share))], amount)
    assert parts["unassigned"] == amount * (100 - share) / 100
    assert sum(parts.values()) == amount


def company(people: int, *, seed: int = 1) -> ScoringInputs:
    chance = random.Random(seed)
    measurements, assignments, bases, events = [], [], [], []
    for index in range(people):
        no = f"E{index:04d}"
        assignments.append(Assignment(no, date(2025, 1, 1), None, "D-TEST", "T-TEST", "P-TEST", None))
        bases.append(BonusBase(no, date(2025, 1, 1), None, Decimal(chance.randint(3000, 9000)), "CNY", "X", "G", "C"))
        parts = (Decimal(chance.randint(0, 130)), Decimal(100))
        row = Measurement("rate_c", "employee", no, "month", PERIOD.start, PERIOD.end, *parts, None, "ratio", "ok")
        measurements.append(row)
        events.append(ScoringEvent(f"B{index}", "price_policy_breach", no, PERIOD.start, PERIOD.start, "confirmed"))
    return ScoringInputs(tuple(measurements), tuple(assignments), tuple(bases), tuple(events), ())


def shuffled(inputs: ScoringInputs, seed: int) -> ScoringInputs:
    chance = random.Random(seed)

    def mixed(rows: tuple) -> tuple:
        return tuple(chance.sample(rows, len(rows)))

    return replace(
        inputs,
        measurements=mixed(inputs.measurements),
        assignments=mixed(inputs.assignments),
        bases=mixed(inputs.bases),
        events=mixed(inputs.events),
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_the_inputs_changes_nothing(seed: int) -> None:
    inputs = company(6)
    assert score(WORKED, PERIOD, shuffled(inputs, seed)) == score(WORKED, PERIOD, inputs)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 120), st.integers(0, 120))
def test_a_better_value_never_pays_less(first: int, second: int) -> None:
    low, high = sorted((first, second))
    inputs = company(1)

    def paid(hundredths: int) -> Fraction:
        row = replace(inputs.measurements[0], numerator=Decimal(hundredths))
        result = score(WORKED, PERIOD, replace(inputs, measurements=(row,)))
        return result.components[0].amount or Fraction(0)

    assert paid(low) <= paid(high)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30), st.integers(1, 100))
def test_a_change_of_team_conserves_the_pay_of_a_full_month(day: int, hundredths: int) -> None:
    inputs = company(1)
    row = replace(inputs.measurements[0], numerator=Decimal(hundredths))
    cut = PERIOD.start + timedelta(days=day)
    seat = inputs.assignments[0]
    split = (replace(seat, valid_to=cut), replace(seat, valid_from=cut, team_id="T-OTHER"))
    whole = score(WORKED, PERIOD, replace(inputs, measurements=(row,)))
    parted = score(WORKED, PERIOD, replace(inputs, measurements=(row,), assignments=split))
    assert len(parted.scores) == 2
    assert parted.components[0].amount == whole.components[0].amount


@pytest.mark.parametrize("seed", range(3))
def test_one_persons_missing_value_holds_nobody_else(seed: int) -> None:
    inputs = company(5, seed=seed)
    result = score(WORKED, PERIOD, replace(inputs, measurements=inputs.measurements[1:]))
    held = {part.employee_no: part.held_reason for part in result.components if part.held_reason}
    assert held.keys() == {"E0000"}
    assert "no measurement for 2026-10" in held["E0000"]
    assert sum(part.amount is not None for part in result.components) == 4


def test_every_amount_hangs_on_a_trace_row_with_the_same_value() -> None:
    result = score(WORKED, PERIOD, company(5))
    values = {(row.employee_no, row.node): row.value for row in result.trace}
    for part in result.components:
        assert values[part.employee_no, part.trace_node] == part.amount


@pytest.mark.parametrize("is_held", [False, True])
def test_the_explanation_is_numbered_without_gaps_and_every_parent_exists(*, is_held: bool) -> None:
    inputs = company(3)
    rows = inputs.measurements[1:] if is_held else inputs.measurements
    assert_whole_trees(score(WORKED, PERIOD, replace(inputs, measurements=rows)).trace)


def test_the_explanation_of_the_sample_company_hangs_together_with_and_without_values() -> None:
    sample = load_bundle()
    paycards = Path(__file__).parent.parent / "paycards"
    cases = [
        case for name in ("sales_rep.yaml", "transfers.yaml", "others.yaml") for case in read_cases(paycards / name)
    ]
    for case in cases:
        assert_whole_trees(case_result(sample, case).trace)


def assert_whole_trees(trace: tuple[TraceRow, ...]) -> None:
    for no in {row.employee_no for row in trace}:
        rows = [row for row in trace if row.employee_no == no]
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
        nodes = [row.node for row in rows]
        assert {row.parent for row in rows} - set(nodes) <= {""}
        assert len(set(nodes)) == len(nodes)
        json.dumps([row.inputs for row in rows])


def test_pools_of_a_team_rule_add_up_to_the_pool(tmp_path: Path) -> None:
    bundle = _with_pool()
    inputs = company(7)
    fact = Measurement(
        "amount", "department", "D-TEST", "month", PERIOD.start, PERIOD.end, Decimal(1), None, None, "currency", "ok"
    )
    result = score(bundle, PERIOD, replace(inputs, measurements=(*inputs.measurements, fact)))
    shares = [part for part in result.components if part.component == "pool"]
    assert len(shares) == 7
    assert sum(part.amount or Fraction(0) for part in shares) == 1000
    assert {part.allocation_group for part in shares} == {"team_rule/together"}


def _with_pool() -> PlanBundle:
    from orchestration.plans import bundle_from_files  # noqa: PLC0415

    files = dict(WORKED.files)
    files["team_rules.yaml"] = (
        "together:\n"
        "  name: {zh: 团队奖, en: Team award}\n"
        "  effective: {from: 2026-01-01}\n"
        "  subjects: {us: {department: D-TEST}}\n"
        "  members: [{department: D-TEST}]\n"
        "  when: us.amount > 0\n"
        "  award: {type: fixed_pool, amount: 1000, distribute: by_base}\n"
    )
    plan = "plans/worked/v1.yaml"
    files[plan] = files[plan].replace(
        "proration:", "    - {id: pool, name: {zh: 池, en: Pool}, pay_item: POOL, team_rule: together}\nproration:"
    )
    return bundle_from_files(files)
