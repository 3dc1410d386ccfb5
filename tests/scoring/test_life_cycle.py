"""Ratings over time: improvement plans, raises, promotions and the award of the year, as people would work them out."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.periods import Period
from orchestration.plans import PlanBundle, PlanErrors, bundle_from_files, load_bundle
from orchestration.plans.expression import parse
from orchestration.plans.lifecycle_model import ForcedRatings, ImprovementPlan
from orchestration.scoring.inputs import Measurement
from orchestration.scoring.lifecycle import (
    MonthScore,
    award_candidates,
    changed_recommendations,
    months_of,
    ratings_over,
    recommend,
    score_over,
)
from orchestration.scoring.lifecycle.pip import MonthOutcome, walk
from orchestration.scoring.lifecycle.ratings import distribute, in_top
from orchestration.scoring.results import Score

WORKED = load_bundle(Path(__file__).parent / "worked")
PLAN = "plans/worked/v1.yaml"
RULES = """
rating: {at_edge: upper, bands: {A: 90, B: 80, C: 70, D: 0}}
lifecycle:
  pip: {below: 70, misses: 2, observe_months: 3, must_meet: all, extend_months: 1, reference: "F150, F151"}
  raise: {top: 10%, quarters: 3, min_population: 5, reference: F146}
  promotion: {rating: B, years: 2, reference: F147}
  annual_award: {when: "rate_a >= 100%", reference: F034}
"""


def with_rules(rules: str = RULES) -> PlanBundle:
    files = dict(WORKED.files)
    files[PLAN] = files[PLAN].replace("effective: {from: 2026-01-01", "effective: {from: 2020-01-01") + rules
    return bundle_from_files(files)


BUNDLE = with_rules()
JANUARY = Period.parse("2026-01")


def row(employee_no: str, period: str, total: int | str | None, days: int = 30) -> MonthScore:
    value = None if total is None else Fraction(total)
    return MonthScore(employee_no, Period.parse(period), "worked", 1, value, days)


def months(totals: Sequence[int | None], *, employee_no: str = "E1", start: Period = JANUARY) -> list[MonthScore]:
    """One month after the other; None: no row, the person was not assessed."""
    periods = [start.shift(index) for index in range(len(totals))]
    pairs = zip(periods, totals, strict=True)
    return [row(employee_no, str(period), total) for period, total in pairs if total is not None]


RULE = ImprovementPlan(parse("70"), 2, "skip", 3, 3, 1, "")


def states(letters: str, rule: ImprovementPlan = RULE, extended: tuple[int, ...] = ()) -> str:
    """m met, x missed, . not assessed -> the state after every month, by its first letter (p pip, P passed)."""
    met = {"m": True, "x": False, ".": None}
    outcomes = [MonthOutcome(JANUARY.shift(index), met[letter]) for index, letter in enumerate(letters)]
    short = {"none": "-", "watch": "w", "pip": "p", "extended": "e", "passed": "P", "review": "R"}
    steps = walk(rule, outcomes, [JANUARY.shift(index) for index in extended])
    return "".join(short[step.state] for step in steps)


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ("mmm", "---"),
        ("mxm", "-w-"),  # one miss is watched and forgotten
        ("xx", "wp"),  # two in a row begin an improvement plan (F150)
        ("xxmmm", "wpppP"),  # three months of observation, all met (F151)
        ("xxmmxm", "wpppRR"),  # one of them missed: people decide, nothing moves by itself
        ("x.x", "wwp"),  # a month of leave neither counts nor breaks the row (T15)
        ("xxm..mm", "wpppppP"),  # leave pauses the clock of the observation
        ("xxmmmx", "wpppPw"),  # after it was passed the count begins again
        ("xmxmx", "w-w-w"),
    ],
)
def test_the_improvement_plan_walks_from_month_to_month(past: str, expected: str) -> None:
    assert states(past) == expected


def test_a_gap_may_break_a_row_of_misses_where_the_plan_says_so() -> None:
    assert states("x.x", ImprovementPlan(parse("70"), 2, "break", 3, 3, 0, "")) == "w-w"


def test_an_observation_may_ask_for_some_of_its_months_only() -> None:
    assert states("xxmxm", ImprovementPlan(parse("70"), 2, "skip", 3, 2, 0, "")) == "wpppP"


def test_a_person_may_prolong_the_observation_once() -> None:
    assert states("xxmmxm", extended=(4,)) == "wpppeP"
    assert states("xxmmxx", extended=(4, 5)) == "wpppeR"


@given(st.text("mx.", max_size=14))
def test_nobody_enters_without_two_misses_and_leaves_without_three_observed_months(past: str) -> None:
    walked = states(past)
    first = walked.find("p")
    if first >= 0:
        assert past[: first + 1].replace(".", "").endswith("xx")
    for index, state in enumerate(walked):
        if state == "P":
            assert past[: index + 1].replace(".", "").endswith("mmm")


def test_a_quarter_is_the_day_weighted_mean_of_its_unrounded_months() -> None:
    rows = [row("E1", "2026-01", 90, 31), row("E1", "2026-02", "200/3", 10), row("E1", "2026-03", 60, 31)]
    assert score_over(rows, Period.parse("2026-Q1")) == (90 * 31 + Fraction(2000, 3) + 60 * 31) / Fraction(72)
    assert score_over([*rows, row("E1", "2026-02", None)], Period.parse("2026-Q1")) is None


def test_seats_of_one_month_under_one_plan_are_one_score() -> None:
    def seat(start: Period, first: int, last: int, total: Fraction | None) -> Score:
        day = start.start
        return Score("E1", "worked", 1, day.replace(day=first), day.replace(day=last), (), {}, total, None)

    seats = [seat(JANUARY, 1, 11, Fraction(100)), seat(JANUARY, 11, 31, Fraction(70))]
    assert [(one.total, one.days) for one in months_of([(JANUARY, seats)])] == [(80, 30)]
    held = [seat(JANUARY, 1, 11, Fraction(100)), seat(JANUARY, 11, 31, None)]
    assert [one.total for one in months_of([(JANUARY, held)])] == [None]


def test_the_top_tenth_of_seven_is_one_person_and_everybody_who_ties() -> None:
    scores = {f"E{index}": Fraction(90 - index) for index in range(7)}
    assert in_top(scores, Fraction(1, 10), 5) == {"E0"}
    assert in_top({**scores, "E1": Fraction(90)}, Fraction(1, 10), 5) == {"E0", "E1"}
    assert in_top(dict(list(scores.items())[:4]), Fraction(1, 10), 5) == frozenset()


QUOTAS = ForcedRatings(
    (("A", Fraction(1, 10)), ("B", Fraction(4, 10)), ("C", Fraction(4, 10)), ("D", Fraction(1, 10))), 5
)


def test_seats_are_given_by_largest_remainder() -> None:
    scores = {f"E{index}": Fraction(90 - index) for index in range(7)}
    assert "".join(distribute(QUOTAS, scores)[f"E{index}"] for index in range(7)) == "ABBBCCC"


def test_a_tie_takes_the_better_band_and_the_next_one_loses_the_seats() -> None:
    scores = {f"E{index}": Fraction(90 - index) for index in range(10)}
    scores["E1"] = scores["E2"] = scores["E0"]
    assert "".join(distribute(QUOTAS, scores)[f"E{index}"] for index in range(10)) == "AAABBCCCCD"


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 9), min_size=1))
def test_a_better_score_never_has_a_worse_band(raw: dict[str, int]) -> None:
    bands = distribute(QUOTAS, {no: Fraction(value) for no, value in raw.items()})
    for one, score in raw.items():
        assert all(bands[one] <= bands[other] for other, lower in raw.items() if score >= lower)


def test_forced_ratings_stand_beside_the_plans_own_and_small_groups_keep_theirs() -> None:
    forced = RULES.replace("D: 0}}", "D: 0}, forced: {quotas: {A: 20%, B: 40%, C: 20%, D: 20%}, min_group: 5}}")
    bundle = with_rules(forced)
    rows = [row(f"E{index}", "2026-01", 95 - index) for index in range(5)]
    rated = ratings_over(bundle.plans[0], rows, JANUARY)
    assert [(rated[no].raw, rated[no].forced) for no in sorted(rated)] == [
        ("A", "A"),
        ("A", "B"),
        ("A", "B"),
        ("A", "C"),
        ("A", "D"),
    ]
    assert not any(one.was_moved for one in ratings_over(bundle.plans[0], rows[:4], JANUARY).values())


def kinds(rows: list[MonthScore], through: str, bundle: PlanBundle = BUNDLE) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in recommend(bundle, rows, Period.parse(through)):
        found.setdefault(item.employee_no, []).append(item.kind)
    return found


def test_two_months_below_the_score_recommend_an_improvement_plan_with_the_evidence() -> None:
    found = recommend(BUNDLE, months([80, 69, 65]), Period.parse("2026-03"))
    assert [(item.kind, item.reference) for item in found] == [("pip", "F150, F151")]
    assert found[0].evidence == (("2026-01", 80), ("2026-02", 69), ("2026-03", 65))
    assert kinds(months([80, 70, 70]), "2026-03") == {}


def company(best: list[int], others: int = 9) -> list[MonthScore]:
    rows = months([value for value in best for _ in range(3)], employee_no="E0")
    for index in range(1, others + 1):
        rows += months([80] * (3 * len(best)), employee_no=f"E{index}")
    return rows


def test_three_quarters_in_the_top_tenth_recommend_a_raise() -> None:
    assert kinds(company([90, 90, 90]), "2026-09") == {"E0": ["raise"]}
    assert kinds(company([90, 70, 90]), "2026-09") == {}
    assert kinds(company([90, 90]), "2026-06") == {}
    assert kinds(company([90, 90, 90], others=3), "2026-09") == {}


def test_a_quarter_without_a_score_neither_counts_nor_breaks_the_row() -> None:
    rows = [
        item
        for item in company([90, 90, 90, 90])
        if item.employee_no != "E0" or item.period.start.month not in {4, 5, 6}
    ]
    assert kinds(rows, "2026-12") == {"E0": ["raise"]}
    breaks = with_rules(RULES.replace("quarters: 3,", "quarters: 3, on_gap: break,"))
    assert kinds(rows, "2026-12", breaks) == {}


def test_two_years_rated_b_or_better_open_management_posts() -> None:
    start = Period.parse("2024-01")
    assert kinds(months([80] * 24, start=start), "2025-12") == {"E1": ["promotion"]}
    assert kinds(months([90] * 12 + [79] * 12, start=start), "2025-12") == {}
    assert kinds(months([90] * 12, start=start), "2024-12") == {}


def test_a_correction_of_the_past_becomes_a_proposal() -> None:
    before = recommend(BUNDLE, months([69, 65]), Period.parse("2026-02"))
    after = recommend(BUNDLE, months([71, 65]), Period.parse("2026-02"))
    changed = {
        item.kind: (item.before is not None, item.after is not None) for item in changed_recommendations(before, after)
    }
    assert changed == {"pip": (True, False), "watch": (False, True)}
    assert changed_recommendations(before, before) == ()


def test_the_award_of_the_year_needs_every_breach_rectified() -> None:
    year = Period.parse("2026")

    def value(no: str, numerator: str, state: str = "ok") -> Measurement:
        span = ("year", year.start, year.end)
        parts = (Decimal(numerator), Decimal(4)) if state == "ok" else (None, None)
        return Measurement("rate_a", "employee", no, *span, *parts, None, "ratio", state)  # type: ignore[arg-type]

    rows = [row(no, "2026-12", 90) for no in ("E1", "E2", "E3", "E4")]
    values = [value("E1", "4"), value("E2", "3"), value("E3", "0", "not_applicable"), value("E4", "0", "missing")]
    found = award_candidates(BUNDLE, rows, values, year)
    assert [item.employee_no for item in found] == ["E1", "E3"]
    assert "比率甲 100% ≥ 100%" in found[0].text_zh


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("must_meet: all", "must_meet: 4", "must_meet at most observe_months"),
        ("top: 10%", "top: 110%", "top is not between 0 and 100%"),
        ("rating: B, years", "rating: E, years", "rating cannot be 'E'"),
        ("below: 70", "below: 70%", "is ratio, here points is needed"),
        ("misses: 2", "missed: 2", "pip has no misses"),
        ("D: 0}}", "D: 0}, forced: {quotas: {A: 20%, B: 40%, C: 20%, D: 10%}}}", "the quotas add up to 90%"),
        ("D: 0}}", "D: 0}, forced: {quotas: {A: 20%, B: 80%}}}", "the quotas name A, B, the ratings are A, B, C, D"),
    ],
)
def test_a_rule_that_cannot_work_is_an_error_with_file_and_line(old: str, new: str, message: str) -> None:
    assert old in RULES
    with pytest.raises(PlanErrors, match=message) as caught:
        with_rules(RULES.replace(old, new))
    assert all(finding.file == PLAN and finding.line > 1 for finding in caught.value.findings)
