"""The templates of the articles: they load, quote their requirements, keep the quoted weights, and their cases pass."""

import re
from fractions import Fraction

import pytest
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.plans import TEMPLATES, PlanBundle, load_bundle
from orchestration.plans.lint import lint
from orchestration.scoring.plan_tests import run_files

REQUIREMENT = re.compile(r"\bF\d{3}\b")


@pytest.fixture(scope="module")
def templates() -> PlanBundle:
    return load_bundle(TEMPLATES)


def test_there_is_a_template_for_every_team_of_the_articles(templates: PlanBundle) -> None:
    assert {plan.id for plan in templates.plans} == {
        "marketing_team",
        "marketing_leads",
        "sales_team",
        "promotion_team",
    }


def test_every_rule_of_a_template_quotes_its_requirement(templates: PlanBundle) -> None:
    silent = []
    for plan in templates.plans:
        rules = [*plan.metrics, *plan.deductions, *plan.bonuses, *plan.payout.components]
        silent += [str(rule.where) for rule in rules if not REQUIREMENT.search(rule.reference)]
        silent += [str(gate.where) for metric in plan.metrics for gate in metric.gates if not gate.reference]
    figures = [value for parameter in templates.parameters.values() for value in parameter.values]
    silent += [str(figure) for figure in figures if not REQUIREMENT.search(figure.reference)]
    assert silent == []


@pytest.mark.parametrize(
    ("plan_id", "weights"),
    [
        ("marketing_leads", {"lead_count": 30, "lead_quality": 40, "ad_impressions": 30}),
        ("sales_team", {"sales_revenue_attainment": 50, "lead_to_won_rate": 30, "repeat_purchase_rate": 20}),
    ],
)
def test_weights_of_article_two_are_those_it_names(
    templates: PlanBundle, plan_id: str, weights: dict[str, int]
) -> None:
    plan = next(plan for plan in templates.plans if plan.id == plan_id)
    assert {metric.id: metric.weight for metric in plan.metrics} == weights


def test_weights_of_article_three_are_kept_for_every_metric_taken_from_it(templates: PlanBundle) -> None:
    plan = next(plan for plan in templates.plans if plan.id == "promotion_team")
    named = {"mql_count": 25, "cost_per_mql": 15, "mql_to_sql_rate": 20, "win_rate": 25, "average_order_value": 10}
    assert {metric.id: metric.weight for metric in plan.metrics if metric.id in named} == named
    assert sum(metric.weight for metric in plan.metrics) == Fraction(100)


def test_article_one_divides_sixty_to_forty(templates: PlanBundle) -> None:
    plan = next(plan for plan in templates.plans if plan.id == "marketing_team")
    assert {category.id: category.weight for category in plan.categories} == {"business": 60, "management": 40}


def test_the_linter_has_one_word_to_say_about_them(templates: PlanBundle) -> None:
    # The weights of F090 are not 6:4 and stay as they are quoted.
    assert [finding.what for finding in lint(templates)] == ["short and long-term weigh 80:20, balance says 60:40"]


def test_the_cases_of_the_templates_pass(templates: PlanBundle) -> None:
    files = sorted(TEMPLATES.glob("plans/*/tests/*.yaml"))
    results = run_files(templates, files)
    assert len(results) >= 6
    assert [str(result) for result in results if not result.passed] == []


def test_a_template_can_be_printed_and_copied(tmp_path) -> None:
    shown = CliRunner().invoke(app, ["plan", "template"])
    assert shown.exit_code == 0
    assert shown.stdout.split() == ["marketing_leads", "marketing_team", "promotion_team", "sales_team"]
    text = CliRunner().invoke(app, ["plan", "template", "sales_team"]).stdout
    assert text.startswith("# Sales of article 2: revenue 50")
    copied = CliRunner().invoke(app, ["plan", "template", f"--to={tmp_path / 'plans'}"])
    assert copied.exit_code == 0
    assert len(load_bundle(tmp_path / "plans").plans) == 4
    again = CliRunner().invoke(app, ["plan", "template", f"--to={tmp_path / 'plans'}"])
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    unknown = CliRunner().invoke(app, ["plan", "template", "nothing"])
    assert "there is no template 'nothing'" in unknown.stderr
