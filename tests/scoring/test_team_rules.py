"""Awards of teams: tested once, paid to the members of the last day, conserved to the last fraction."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from orchestration.periods import Period
from orchestration.plans import PlanBundle, bundle_from_files
from orchestration.plans.bundle import read_files
from orchestration.scoring import PayComponent, ScoringInputs, score
from orchestration.scoring.inputs import Assignment, BonusBase, ImprovementPlan, Measurement

PERIOD = Period.parse("2026-10")
FILES = read_files(Path(__file__).parent / "worked")
PLAN = "plans/worked/v1.yaml"


def bundle(award: str, *, gate: bool = False) -> PlanBundle:
    texts = dict(FILES)
    texts["team_rules.yaml"] = (
        "together:\n"
        "  name: {zh: 团队奖, en: Team award}\n"
        "  effective: {from: 2026-01-01}\n"
        "  subjects: {us: {team: T1}}\n"
        "  members: [{team: T1}]\n"
        "  when: us.amount >= 100\n"
        f"  award: {award}\n"
    )
    component = "    - {id: award, name: {zh: 奖, en: Award}, pay_item: A, team_rule: together}\nproration:"
    texts[PLAN] = texts[PLAN].replace("proration:", component)
    if gate:
        texts[PLAN] = texts[PLAN].replace("target: 100%}", "target: 100%, gates: [{when: 'rate_c >= 50%'}]}")
    return bundle_from_files(texts)


def people(values: dict[str, int], fact: str | None = "100", **seats: tuple[Assignment, ...]) -> ScoringInputs:
    span = ("month", PERIOD.start, PERIOD.end)
    rows = [
        Measurement("rate_c", "employee", no, *span, Decimal(value), Decimal(100), None, "ratio", "ok")
        for no, value in values.items()
    ]
    if fact is not None:
        rows.append(Measurement("amount", "team", "T1", *span, Decimal(fact), None, None, "currency", "ok"))
    default = {no: (Assignment(no, date(2025, 1, 1), None, "D", "T1", "P-TEST", None),) for no in values}
    bases = [
        BonusBase(no, date(2025, 1, 1), None, Decimal(1000 * (place + 1)), "CNY", "X", "G", "C")
        for place, no in enumerate(values)
    ]
    assignments = [row for no in values for row in (seats.get(no) or default[no])]
    return ScoringInputs(tuple(rows), tuple(assignments), tuple(bases), (), ())


def awards(plans: PlanBundle, inputs: ScoringInputs) -> dict[str, PayComponent]:
    result = score(plans, PERIOD, inputs)
    return {part.employee_no: part for part in result.components if part.component == "award"}


@pytest.mark.parametrize(
    ("award", "expected"),
    [
        ("{type: per_head, amount: 50}", {"A": "50", "B": "50"}),
        ("{type: pct_of_base, amount: 10%}", {"A": "100", "B": "200"}),
        ("{type: fixed_pool, amount: 100, distribute: equal}", {"A": "50", "B": "50"}),
        ("{type: fixed_pool, amount: 100, distribute: by_base}", {"A": "100/3", "B": "200/3"}),
        ("{type: fixed_pool, amount: 100, distribute: by_score}", {"A": "40", "B": "60"}),
    ],
)
def test_an_award_is_shared_as_the_rule_says(award: str, expected: dict[str, str]) -> None:
    found = awards(bundle(award), people({"A": 60, "B": 90}))
    assert {no: part.amount for no, part in found.items()} == {no: Fraction(text) for no, text in expected.items()}


def test_a_pool_by_days_counts_the_days_in_the_team() -> None:
    seats = (
        Assignment("B", date(2025, 1, 1), date(2026, 10, 16), "D", "T2", "P-TEST", None),
        Assignment("B", date(2026, 10, 16), None, "D", "T1", "P-TEST", None),
    )
    found = awards(bundle("{type: fixed_pool, amount: 47, distribute: by_days}"), people({"A": 60, "B": 90}, B=seats))
    assert {no: part.amount for no, part in found.items()} == {"A": 31, "B": 16}


def test_a_percentage_is_of_the_base_earned_in_the_team_alone() -> None:
    seats = (
        Assignment("B", date(2025, 1, 1), date(2026, 10, 16), "D", "T2", "P-TEST", None),
        Assignment("B", date(2026, 10, 16), None, "D", "T1", "P-TEST", None),
    )
    found = awards(bundle("{type: pct_of_base, amount: 10%}"), people({"A": 60, "B": 90}, B=seats))
    assert found["B"].amount == Fraction(2000 * 16, 31) / 10


@pytest.mark.parametrize("last_day", [date(2026, 10, 31), date(2026, 10, 16)])
def test_who_left_the_team_before_the_last_day_is_not_awarded(last_day: date) -> None:
    seats = (
        Assignment("B", date(2025, 1, 1), last_day, "D", "T1", "P-TEST", None),
        Assignment("B", last_day, None, "D", "T2", "P-TEST", None),
    )
    assert awards(bundle("{type: per_head, amount: 50}"), people({"A": 60, "B": 90}, B=seats)).keys() == {"A"}


def test_a_condition_just_missed_awards_nobody() -> None:
    assert awards(bundle("{type: per_head, amount: 50}"), people({"A": 60, "B": 90}, fact="99.99")) == {}


def test_a_missing_team_fact_holds_the_members_and_not_the_others() -> None:
    elsewhere = (Assignment("B", date(2025, 1, 1), None, "D", "T2", "P-TEST", None),)
    inputs = people({"A": 60, "B": 90}, fact=None, B=elsewhere)
    result = score(bundle("{type: per_head, amount: 50}"), PERIOD, inputs)
    assert {part.employee_no for part in result.components if part.held_reason} == {"A"}
    assert {part.amount for part in result.components if part.employee_no == "B"} == {1800}


def test_a_failed_gate_takes_the_award_and_leaves_it_to_the_others() -> None:
    award = "{type: fixed_pool, amount: 100, distribute: equal, exclude_if: [gate_failed]}"
    found = awards(bundle(award, gate=True), people({"A": 40, "B": 90, "C": 95}))
    assert {no: part.amount for no, part in found.items()} == {"B": 50, "C": 50}


def test_one_unknown_score_makes_every_share_by_score_unknown() -> None:
    inputs = people({"A": 60, "B": 90})
    inputs = replace(inputs, measurements=inputs.measurements[1:])
    result = score(bundle("{type: fixed_pool, amount: 100, distribute: by_score}"), PERIOD, inputs)
    assert all(part.held_reason for part in result.components)


def test_an_award_may_leave_out_people_on_an_improvement_plan() -> None:
    rule = bundle("{type: fixed_pool, amount: 90, distribute: equal, exclude_if: [pip]}")
    inputs = people({"A": 60, "B": 90, "C": 90})
    ended, running = date(2026, 10, 31), date(2026, 11, 1)
    plans = (ImprovementPlan("A", date(2026, 9, 1), running), ImprovementPlan("B", date(2026, 8, 1), ended))
    found = awards(rule, replace(inputs, improvement_plans=plans))
    assert {no: part.amount for no, part in found.items()} == {"B": 45, "C": 45}
    texts = [row.text_zh for row in score(rule, PERIOD, replace(inputs, improvement_plans=plans)).trace]
    assert "团队奖:期末处于绩效改进期,不参与" in texts


def test_the_gate_of_a_pilot_costs_nobody_the_award() -> None:
    award = "{type: fixed_pool, amount: 100, distribute: equal, exclude_if: [gate_failed]}"
    texts = dict(bundle(award).files)
    pilot = (
        "{pilot: {cohort: T1, from: 2026-01-01}, curve: {type: linear}, target: 1, gates: [{when: 'rate_c >= 200%'}]}"
    )
    texts[PLAN] = texts[PLAN].replace("payout:", f"  amount: {pilot}\npayout:", 1)
    found = awards(bundle_from_files(texts), people({"A": 60, "B": 90}))
    assert {no: part.amount for no, part in found.items()} == {"A": 50, "B": 50}
