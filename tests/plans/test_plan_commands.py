"""Check, lint, diff, documents and the schema."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.app import app
from orchestration.plans import bundle_from_files, load_bundle
from orchestration.plans.commands import check_plans, plan_on, render, schema_text
from orchestration.plans.diff import diff_bundles
from orchestration.plans.lint import lint
from orchestration.plans.yaml_source import parse_yaml, plain

BUNDLE = load_bundle()
REP = "plans/sales_rep_2026/v1.yaml"


def changed(old: str, new: str, name: str = REP):
    assert old in BUNDLE.files[name]
    return bundle_from_files({**BUNDLE.files, name: BUNDLE.files[name].replace(old, new)})


def test_the_sample_company_has_no_errors_and_no_warnings() -> None:
    checked = check_plans()
    assert checked.is_ok
    assert checked.text == "7 plans, 0 errors, 0 warnings"


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("published: {from: 2025-12-10", "published: {from: 2026-01-10", "before it was published on 2026-01-10"),
        ("on_fail: zero", "on_fail: exclude_renormalise", "may gain by it"),
        (", max_deduction: greatest_deduction", "", "deductions of management are not limited"),
        ("cap: 110 #", "cap: 100 #", "training points of customer_file are lost"),
        ('  cap: "2.5 * base"', "", "nothing limits what sales_rep_2026 pays"),
        ("retro: {limit_months: 12}", "", "does not say how far back corrections reach"),
    ],
)
def test_doubtful_plans_are_warned_about_and_still_run(old: str, new: str, warning: str) -> None:
    warnings = lint(changed(old, new))
    assert any(warning in str(finding) for finding in warnings)
    assert all(finding.severity == "warning" for finding in warnings)


def test_a_diff_names_file_path_and_both_values() -> None:
    text = BUNDLE.files[REP].replace("    cap: 120", "    cap: 130", 1)
    after = {**BUNDLE.files, REP: text}
    changes = [str(change) for change in diff_bundles(BUNDLE, bundle_from_files(after))]
    assert changes == [f"{REP} metrics.sales_revenue_attainment.cap: 120 -> 130"]


def test_comments_and_order_are_no_difference() -> None:
    after = bundle_from_files({**BUNDLE.files, REP: "# reviewed\n" + BUNDLE.files[REP]})
    assert diff_bundles(BUNDLE, after) == []


def test_the_document_shows_names_figures_and_the_consultation_in_both_languages() -> None:
    zh = render(BUNDLE, "sales_rep_2026", date(2026, 10, 31))
    assert "| 销售额完成率 | 30 | 100% | 实际 / 目标 × 100,完成率低于 60% 计 0 分 | 120 |" in zh
    assert "扣分:客户档案覆盖率 < 95% → 扣 3 分" in zh
    assert "超额奖: 销售额完成率 > 120% → 奖金基数 * (销售额完成率 - 120%) * 50%" in zh
    assert "2025-12-05,职工代表大会,纪要 HR-2025-118" in zh
    en = render(BUNDLE, "sales_rep_2026", date(2026, 10, 31), "en")
    assert "Deduction: Customer file coverage < 95% -> minus 3 points" in en


@pytest.mark.parametrize("plan", [plan.id for plan in BUNDLE.plans])
def test_every_plan_can_be_printed_without_a_raw_name(plan: str) -> None:
    for language in ("zh", "en"):
        text = render(BUNDLE, plan, date(2026, 10, 31), language)  # type: ignore[arg-type]
        assert not [name for name in (*BUNDLE.metrics, *BUNDLE.parameters) if f" {name} " in text]


def test_a_plan_that_is_not_in_force_is_told_with_the_ones_that_are() -> None:
    with pytest.raises(LookupError, match="no version of 'sales_rep_2026' is in force on 2025-12-31"):
        plan_on(BUNDLE, "sales_rep_2026", date(2025, 12, 31))


def test_the_schema_knows_every_key_of_the_sample_plans() -> None:
    schema = json.loads(schema_text())
    for name, text in BUNDLE.files.items():
        if name.startswith("plans/"):
            assert _unknown(plain(parse_yaml(text, name)), schema) == []


def test_the_schema_notices_a_key_it_does_not_know() -> None:
    schema = json.loads(schema_text())
    assert _unknown({"plan": "x", "verison": "1"}, schema) == ["verison"]


def _unknown(value: object, schema: dict) -> list[str]:
    if isinstance(value, list):
        return [key for item in value for key in _unknown(item, schema.get("items", {}))]
    if not isinstance(value, dict):
        return []
    found = []
    properties, extra = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key, item in value.items():
        if key in properties:
            found += _unknown(item, properties[key])
        elif isinstance(extra, dict):
            options = extra.get("anyOf", [extra])
            found += min((_unknown(item, option) for option in options), key=len)
        elif extra is False:
            found.append(key)
    return found


def test_a_plan_that_does_not_exist_is_told_without_a_traceback() -> None:
    done = CliRunner().invoke(app, ["plan", "render", "nothing", "--on=2026-10-01"])
    assert done.exit_code == 1
    assert "no version of 'nothing' is in force on 2026-10-01; the plans are" in " ".join(done.stderr.split())


def test_a_clawback_is_written_into_the_document_people_sign() -> None:
    name = "plans/sales_rep_2026/v1.yaml"
    rule = "{of: excess, metric: won_amount, method: stored_rate, within: 180 days, cap: 2000}"
    line = f"    - {{id: back, name: {{zh: 追回, en: Clawback}}, pay_item: BACK, clawback: {rule}}}\n"
    files = load_bundle().files
    assert '  cap: "2.5 * base"' in files[name]
    bundle = bundle_from_files({**files, name: files[name].replace('  cap: "2.5', f'{line}  cap: "2.5', 1)})
    zh, en = (render(bundle, "sales_rep_2026", date(2026, 10, 1), language) for language in ("zh", "en"))
    assert "入账后 180 天内冲销的" in zh
    assert "追回超额奖,不超过已发金额,每期至多 2000" in zh
    assert "Excess award comes back at the rate it was paid with, no more than was paid, 2000 a period at most" in en


def test_a_plan_that_can_be_played_or_takes_what_was_earned_is_warned_about() -> None:
    text = BUNDLE.files[REP]
    no_record = text[: text.index("consultation:")] + text[text.index("categories:") :]
    small = text.replace("    weight: 30\n", "    weight: 26\n", 1).replace("    weight: 15\n", "    weight: 4\n", 1)
    small = small.replace("    weight: 15\n", "    weight: 30\n", 1)
    pilot = text.replace("deductions:", "  roas: {category: business, pilot: {cohort: T-FUP, from: 2026-01-01}, "
                         "target: 1, curve: {type: linear}, reference: F154}\ndeductions:", 1)  # fmt: skip
    forfeits = text.replace("period: month\n", "period: month\nleaver: forfeit\n", 1)
    for changed_text, warning in (
        (no_record, "sales_rep_2026 version 1 has no record of a consultation"),
        (small, "lead_followup_rate weighs 4 of 100: nobody will act on it"),
        (pilot, "the pilot roas cannot be shown as if it had counted"),
        (forfeits, "sales_rep_2026 takes what leavers have earned"),
    ):
        found = [finding.what for finding in lint(bundle_from_files({**BUNDLE.files, REP: changed_text}))]
        assert warning in found


def test_volume_without_quality_is_warned_about() -> None:
    worked = load_bundle(Path(__file__).parents[1] / "scoring" / "worked")
    name = "plans/worked/v1.yaml"
    pieces = "pieces: {category: business, weight: 100, cap: 100, curve: {type: linear}, target: 10}"
    ratio = next(line for line in worked.files[name].splitlines() if line.startswith("  rate_c:"))
    bundle = bundle_from_files({**worked.files, name: worked.files[name].replace(ratio, f"  {pieces}")})
    assert "worked pays volume and no quality: pieces" in [finding.what for finding in lint(bundle)]
    assert not [finding for finding in lint(worked) if "volume" in finding.what]
