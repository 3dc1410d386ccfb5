"""What authors are told when a plan file is wrong: what, where, what to do."""

from datetime import date
from pathlib import Path

import pytest

from orchestration.plans import SAMPLE, PlanErrors, bundle_from_files, load_bundle
from orchestration.plans.bundle import read_files

PLAN = """\
plan: demo
version: 1
name: {zh: 示例, en: Demo}
effective: {from: 2026-01-01, to: null}
period: month
currency: CNY
weight_basis: plan
categories: {business: 60, management: 40}
metrics:
  revenue: {category: business, weight: 60, cap: 120, target: 100, curve: {type: linear}}
  coverage: {category: management, weight: 40, cap: 100, target: floor, curve: {type: linear}}
deductions:
  - {category: management, when: "coverage < floor", points: 3}
payout:
  base: {kind: fixed_base}
  components:
    - {id: bonus, name: {zh: 奖金, en: Bonus}, pay_item: B, formula: "base * score / 100"}
proration: {basis: calendar_days, apply_to: [target, base], min_days: 15}
"""
CATALOGUE = """\
metrics:
  - {id: revenue, name_zh: 收入, name_en: Revenue, unit: currency, aggregation: sum}
  - id: coverage
    name_zh: 覆盖率
    name_en: Coverage
    unit: ratio
    denominator: customers
    on_zero_denominator: not_applicable
    grains: [employee, team]
  - {id: hours, name_zh: 时长, name_en: Hours, unit: hours}
"""
PARAMETERS = """\
floor:
  name: {zh: 下限, en: Floor}
  unit: ratio
  values: {2026-01-01: 95%}
"""


def files(**changes: str) -> dict[str, str]:
    texts = {
        "catalogue.yaml": CATALOGUE,
        "parameters/rules.yaml": PARAMETERS,
        "plans/demo/v1.yaml": PLAN,
        "assignments.yaml": "- {plan: demo, position: P, from: 2026-01-01, to: null}\n",
    }
    return texts | changes


def errors_of(old: str, new: str, where: str = "plans/demo/v1.yaml") -> str:
    texts = files()
    assert old in texts[where]
    with pytest.raises(PlanErrors) as caught:
        bundle_from_files(texts | {where: texts[where].replace(old, new)})
    return str(caught.value)


def test_the_demo_plan_is_fine() -> None:
    assert bundle_from_files(files()).plans[0].id == "demo"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight: 60,", "weight: 60.01,", "weights of the metrics add up to 100.01, not 100"),
        ("business: 60,", "business: 59,", "weights of the categories add up to 99, not 100"),
        (
            "category: business, weight",
            "category: busines, weight",
            "in category 'busines', which the plan does not have",
        ),
        ("cap: 120, ", "", "plans/demo/v1.yaml:10: error: metric revenue has no cap; money depends on it"),
        ("target: 100, ", "", "metric revenue has no target; write target: 100%"),
        ("  revenue:", "  revenu:", "'revenu' is no metric of the catalogue"),
        ("coverage < floor", "coverage < flor", "'flor' is not known here"),
        ("coverage < floor", "coverage < hours", "mixes hours and ratio"),
        ("coverage < floor", "coverage.points + coverage < 1", "mixes points and ratio"),
        ("coverage < floor", "coverage", "is ratio, here boolean is needed"),
        ("coverage < floor", "__import__('os')", "is no function of plans"),
        ("coverage < floor", "coverage < ", "a value is expected"),
        ("coverage < floor", "1 < coverage < 2", "comparisons do not chain"),
        ("base * score / 100", "score", "is points, here currency is needed"),
        ("base * score / 100", "base * base", "multiplies currency by currency"),
        ("weight_basis: plan\n", "", "the plan has no weight_basis; add weight_basis: plan or category"),
        ("period: month", "period: monthly", "period cannot be 'monthly'; write month or quarter"),
        ("version: 1", "versoin: 1", "the plan has no version"),
        ("min_days: 15", "min_day: 15", "'min_day' means nothing in proration; did you mean min_days?"),
        ("{type: linear}}\n  cov", "{type: lineal}}\n  cov", "type cannot be 'lineal'"),
        ("points: 3}", "points: 3.x}", "error"),
        ("cap: 120", "cap: 0.1e3", "is not an exact number"),
        ("effective: {from: 2026-01-01", "effective: {from: 2025-12-01", "its parameter floor only from 2026-01-01"),
        ("category: management, weight", "grain: company, category: management, weight", "not measured per company"),
        ("pay_item: B", "pay_itme: B", "component bonus has no pay_item"),
        ("plan: demo", "plan: demo\nplan: twice", "the key 'plan' stands here twice"),
        ("name: {zh", "name: [zh", "not YAML"),
    ],
)
def test_the_author_is_told_what_is_wrong_and_where(old: str, new: str, message: str) -> None:
    text = errors_of(old, new)
    assert message in text
    assert text.startswith("plans/demo/v1.yaml:")


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ("[[0, 50, 1], [60, null, 2]]", "gap from 50 to 60: values there have no tier"),
        ("[[0, 50, 1], [40, null, 2]]", "overlap from 40 to 50: values there have two tiers"),
        ("[[0, 50, 1], [50, 60, 2]]", "the last tier has an end"),
        ("[[0, null, 1], [50, null, 2]]", "only the first tier may be open below and only the last one above"),
        ("[[50, 40, 1], [40, null, 2]]", "the tier ends at 40, not above its start 50"),
        ("[[0, 1]]", "a tier has three parts"),
    ],
)
def test_tiers_have_no_gaps_no_overlaps_and_an_open_end(tiers: str, message: str) -> None:
    curve = f"{{type: step, at_edge: upper, tiers: {tiers}}}"
    assert message in errors_of("{type: linear}}\n  coverage", f"{curve}}}\n  coverage")


@pytest.mark.parametrize("kind", ["step", "whole", "interpolated"])
def test_a_table_says_what_happens_at_its_edges(kind: str) -> None:
    curve = f"{{type: {kind}, tiers: [[0, 50, 1], [50, null, 2]]}}"
    message = errors_of("{type: linear}}\n  coverage", f"{curve}}}\n  coverage")
    assert f"a curve of type {kind} has no at_edge; add at_edge: upper or lower" in message


def test_a_discount_band_with_a_gap_between_its_ends_is_refused() -> None:
    # Bands 0-10 % and 10.01-100 % leave 10.005 % without a commission.
    curve = "{type: step, at_edge: lower, tiers: [[0, 10%, 15], [10.01%, null, 7.5]]}"
    assert "gap from 1/10 to 1001/10000" in errors_of("{type: linear}}\n  coverage", f"{curve}}}\n  coverage")


def test_metrics_that_need_each_other_are_a_circle() -> None:
    old = "  coverage: {category: management, weight: 40, cap: 100, target: floor, curve: {type: linear}}"
    metric = (
        "  {}: {{name: {{zh: 一, en: One}}, category: management, weight: 20, cap: 9, curve: {{type: expr, expr: {}}}}}"
    )
    new = "\n".join([metric.format("one", "two.points"), metric.format("two", "one.points")])
    assert "metrics need each other's points: one -> two -> one" in errors_of(old, new)


def test_all_errors_of_a_file_are_told_at_once() -> None:
    text = files()["plans/demo/v1.yaml"].replace("cap: 120, ", "").replace("coverage < floor", "coverage < flor")
    with pytest.raises(PlanErrors) as caught:
        bundle_from_files(files(**{"plans/demo/v1.yaml": text}))
    assert [finding.line for finding in caught.value.findings] == [10, 13]


def test_short_and_long_have_to_balance_when_the_plan_enforces_it() -> None:
    text = PLAN.replace("period: month", "period: month\nbalance: {short: 60, long: 40, mode: enforce}")
    text = text.replace("category: business,", "category: business, horizon: short,")
    with pytest.raises(PlanErrors, match="short-term metrics weigh 60 and long-term ones 0"):
        bundle_from_files(files(**{"plans/demo/v1.yaml": text}))
    whole = text.replace("category: management, weight", "category: management, horizon: long, weight")
    assert bundle_from_files(files(**{"plans/demo/v1.yaml": whole}))


def test_versions_of_a_plan_follow_each_other_without_overlap() -> None:
    second = PLAN.replace("version: 1", "version: 2").replace("from: 2026-01-01", "from: 2026-07-01")
    with pytest.raises(PlanErrors, match=r"version 1 of demo is still in force on 2026-07-01"):
        bundle_from_files(files(**{"plans/demo/v2.yaml": second}))
    first = PLAN.replace("to: null", "to: 2026-07-01")
    bundle = bundle_from_files(files(**{"plans/demo/v1.yaml": first, "plans/demo/v2.yaml": second}))
    assert [plan.version for plan in bundle.plans] == [1, 2]


def test_a_new_version_begins_with_a_period() -> None:
    first = PLAN.replace("to: null", "to: 2026-07-16")
    second = PLAN.replace("version: 1", "version: 2").replace("from: 2026-01-01", "from: 2026-07-16")
    with pytest.raises(
        PlanErrors, match=r"version 2 of demo begins inside a month: its caps and draws would hold twice"
    ):
        bundle_from_files(files(**{"plans/demo/v1.yaml": first, "plans/demo/v2.yaml": second}))


def test_an_assignment_names_a_plan_that_exists_and_somebody() -> None:
    with pytest.raises(PlanErrors, match="there is no plan dmo"):
        bundle_from_files(files(**{"assignments.yaml": "- {plan: dmo, position: P, from: 2026-01-01}\n"}))
    with pytest.raises(PlanErrors, match="the assignment names nobody"):
        bundle_from_files(files(**{"assignments.yaml": "- {plan: demo, from: 2026-01-01}\n"}))


def test_a_parameter_may_not_take_the_name_of_a_metric() -> None:
    text = PARAMETERS.replace("floor:", "revenue:", 1)
    with pytest.raises(PlanErrors, match="the name revenue is taken by a metric"):
        bundle_from_files(files(**{"parameters/rules.yaml": PARAMETERS, "parameters/more.yaml": text}))


def test_a_ratio_without_a_rule_for_zero_denominators_is_refused() -> None:
    message = errors_of("    on_zero_denominator: not_applicable\n", "", "catalogue.yaml")
    assert "the catalogue does not say what a zero denominator of coverage means" in message


def test_a_folder_without_a_bundle_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlanErrors, match=r"holds no bundle\.yaml"):
        load_bundle(tmp_path)


def test_a_bundle_can_be_read_again_from_what_a_close_has_kept() -> None:
    bundle = load_bundle()
    again = bundle_from_files(bundle.files)
    assert again.content_hash == bundle.content_hash
    assert again.plans == bundle.plans


def test_one_changed_figure_changes_the_identity_of_the_bundle() -> None:
    changed = files(**{"plans/demo/v1.yaml": PLAN.replace("cap: 120", "cap: 121")})
    assert bundle_from_files(files()).content_hash != bundle_from_files(changed).content_hash


def test_the_most_specific_assignment_wins() -> None:
    second = PLAN.replace("plan: demo", "plan: other")
    assignments = (
        "- {plan: demo, position: P, from: 2026-01-01}\n"
        "- {plan: other, position: P, team: T2, from: 2026-01-01}\n"
        "- {plan: other, employee: E9, from: 2026-02-01, to: 2026-03-01}\n"
    )
    texts = files(**{"plans/other/v1.yaml": second, "assignments.yaml": assignments})
    bundle = bundle_from_files(texts)

    def plan(no: str, team: str, day: date) -> str | None:
        found = bundle.plan_of(no, "P", team, "D", day)
        return found.id if found else None

    assert plan("E1", "T1", date(2026, 1, 5)) == "demo"
    assert plan("E1", "T2", date(2026, 1, 5)) == "other"
    assert plan("E9", "T1", date(2026, 2, 28)) == "other"
    assert plan("E9", "T1", date(2026, 3, 1)) == "demo"
    assert plan("E1", "T1", date(2025, 12, 31)) is None


def test_the_files_of_the_sample_company_are_all_read() -> None:
    names = set(read_files(SAMPLE))
    assert {"catalogue.yaml", "team_rules.yaml", "assignments.yaml", "payroll_calendar.yaml"} <= names
