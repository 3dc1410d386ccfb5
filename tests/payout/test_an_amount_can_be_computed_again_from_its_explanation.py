"""A person with the printed text and nothing else must reach the same fen."""

import ast
import json
import operator
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from care_month import fill_care_month
from close_steps import AS_OF, NOVEMBER, OCTOBER, close_period
from test_late_facts_become_adjustments import DECEMBER_4, open_november, set_october, settle

from orchestration.payout.close import calculate
from orchestration.payout.errors import PayoutRefused, VerificationFailed
from orchestration.payout.explain import explain
from orchestration.payout.explain_text import as_json, as_table, as_text
from orchestration.payout.gate_checks import run_gate
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import round_fen, yuan_text
from orchestration.plans.bundle import load_bundle
from orchestration.scoring.engine import score

_APPROXIMATION = re.compile(r"(\d+/\d+)≈-?[\d.]+(%?)")
_OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: dict[str, Callable] = {"min": min, "max": max, "mean": lambda *values: sum(values) / len(values)}


def value_of(text: str) -> Fraction | None:
    """The exact value of printed arithmetic, or None where the text is not arithmetic."""
    text = _APPROXIMATION.sub(r"(\1)", text.strip().removesuffix("元").strip())
    text = re.sub(r"([\d.]+)%", r"(\1/100)", text)
    try:
        return _evaluate(ast.parse(text, mode="eval").body)
    except (SyntaxError, LookupError):
        return None


def _evaluate(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() | float()):
            return Fraction(str(node.value))
        case ast.BinOp():
            return _OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
        case ast.UnaryOp(op=ast.USub()):
            return -_evaluate(node.operand)
        case ast.Call(func=ast.Name()):
            return _FUNCTIONS[node.func.id](*(_evaluate(each) for each in node.args))
    raise LookupError(ast.dump(node))


def equations(text: str) -> list[tuple[str, list[Fraction]]]:
    """Lines that state `... = ... = ...` with the exact values of their arithmetic sides."""
    found = []
    for line in text.splitlines():
        sides = list(re.split(r"(?<![<>])=|:|:(?! )", re.sub(r"[((]31 (天|days).*$", "", line)))
        values = [value for side in sides if (value := value_of(side)) is not None]
        if len(values) > 1:
            found.append((line, values))
    return found


@pytest.fixture
def care_room(sqlite_room: CloseRoom, warehouse) -> CloseRoom:
    """A calculated October of one person, scored by the real engine under the sample company's plans."""
    fill_care_month(warehouse)
    room = replace(sqlite_room, score=score, load_plans=load_bundle)
    run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    calculate(room, warehouse, OCTOBER, plans=load_bundle(), pay_month="2026-11", as_of=AS_OF)
    return room


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_printed_equation_is_true(care_room: CloseRoom, lang):
    found = equations(as_text(explain(care_room, OCTOBER, "E0004", lang=lang)))
    assert len(found) >= 15
    for line, values in found:
        if "四舍五入" in line or "rounded" in line:
            assert round_fen(values[0]) == values[1] * 100, line
        else:
            assert len(set(values)) == 1, line


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_amount_follows_from_the_printed_text_alone(care_room: CloseRoom, lang):
    """No step uses an exact fraction that an earlier line did not give, and the last one is rounded to the amount."""
    text = as_text(explain(care_room, OCTOBER, "E0004", lang=lang))
    steps = [line for line in text.splitlines() if re.match(r"   \[\d+\] ", line)]
    points = {Fraction(number) for number in re.findall(r"(?:加|扣|plus|minus) (\d+) (?:分|points)", text)}
    known: set[Fraction] = set()
    for line in steps:
        sides = [side for side in re.split(r"(?<![<>])=|:|:(?! )", line) if value_of(side) is not None]
        operands, results = sides[:-1], sides[-1:]
        for side in operands:
            assert {Fraction(number) for number in re.findall(r"(\d+/\d+)≈", side)} <= known, line
        for side in results if not operands and "≈" in line else ():
            value = value_of(side)
            assert value in known or known & {value + sign * each for each in points for sign in (1, -1)}, line
        known |= {Fraction(number) for number in re.findall(r"(\d+/\d+)≈", line)}
        known |= {value for side in sides if (value := value_of(side)) is not None}
    rounded = next(line for line in text.splitlines() if "四舍五入" in line or "rounded" in line)
    exact, amount = (
        value_of(side)
        for side in re.split(r"(?<![<>])=|精确金额|exact amount|,", rounded)
        if value_of(side) is not None
    )
    assert exact in known
    assert amount == Fraction(round_fen(exact), 100)
    assert yuan_text(round_fen(exact)) in text.splitlines()[0]


def test_the_file_metric_is_computed_as_the_text_says(care_room: CloseRoom):
    text = as_text(explain(care_room, OCTOBER, "E0004"))
    coverage, update = Fraction(70, 76) / Fraction("0.95"), Fraction(21, 76) / Fraction("0.30")
    points = (min(coverage, 1) + min(update, 1)) / 2 * 100
    values = [value for _, values in equations(text) for value in values]
    assert points in values
    assert points + Fraction(85, 10) in values


def test_the_text_walks_down_to_the_records_of_the_source(care_room: CloseRoom):
    explanation = explain(care_room, OCTOBER, "E0004")
    text = as_text(explanation)
    for part in ("zoho_crm/accounts", "rec-customer_file_coverage", "load1", "70 / 76", "plans"):
        assert part in text or part in as_json(explanation)
    measured = {value.metric_id: value for value in explanation.lines[0].measured}
    assert [record.source_key for record in measured["service_score"].records] == ["rec-service_score"]
    told = json.loads(as_json(explanation))
    assert told["lines"][0]["exact"] == str(explanation.lines[0].exact)
    assert as_table(explanation)[-1]["line_id"] == told["lines"][0]["line_id"]


def test_an_explanation_reads_the_close_folder_and_not_the_warehouse(care_room: CloseRoom, warehouse):
    before = as_text(explain(care_room, OCTOBER, "E0004"))
    warehouse.execute("drop schema marts cascade")
    assert as_text(explain(care_room, OCTOBER, "E0004")) == before


def test_an_explanation_from_changed_evidence_is_refused(care_room: CloseRoom):
    (care_room.closed / "2026-10" / "1" / "trace.parquet").write_bytes(b"other")
    with pytest.raises(VerificationFailed, match=r"trace\.parquet"):
        explain(care_room, OCTOBER, "E0004")


def test_an_adjustment_is_explained_by_what_was_already_given(sqlite_room: CloseRoom, warehouse):
    settle(sqlite_room, warehouse, OCTOBER, AS_OF)
    open_november(warehouse)
    set_october(warehouse, "E0001", "81654.32")
    settle(sqlite_room, warehouse, NOVEMBER, DECEMBER_4)
    explanation = explain(sqlite_room, NOVEMBER, "E0001")
    assert explanation.total_fen == 300000 - 40000
    text = as_text(explanation)
    assert "已发 2026-10 CN01-1" in text
    assert "本次调整 = 5443.62 - (5843.62) = -400.00 元" in text


def test_a_closed_month_is_corrected_by_the_plans_it_was_closed_with(care_room: CloseRoom, warehouse):
    bundle = load_bundle()
    settle(care_room, warehouse, OCTOBER, AS_OF, plans=bundle)
    open_november(warehouse)
    warehouse.execute(
        "update marts.fct_kpi_measurements set numerator = 96 "
        "where metric_id = 'service_score' and period_id = '2026-10'"
    )
    settle(care_room, warehouse, NOVEMBER, DECEMBER_4, plans=bundle)
    explanation = explain(care_room, NOVEMBER, "E0004")
    (adjustment,) = (each for each in explanation.lines if each.line.kind == "adjustment")
    assert adjustment.line.origin_period == "2026-10"
    assert adjustment.line.amount_fen < 0
    assert sum(each.amount_fen for each in adjustment.earlier) + adjustment.line.amount_fen == round_fen(
        adjustment.exact or 0
    )
    assert any("96 / 12" in step.text for step in adjustment.steps)


def test_somebody_held_reads_why(sqlite_room: CloseRoom, warehouse):
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001'")
    close_period(sqlite_room, warehouse)
    assert "暂缓发放 score_bonus:sales_revenue_attainment is missing" in as_text(explain(sqlite_room, OCTOBER, "E0001"))


def test_a_stranger_has_no_amount(sqlite_room: CloseRoom, warehouse):
    with pytest.raises(PayoutRefused, match="no run of it was calculated"):
        explain(sqlite_room, OCTOBER, "E9999")
    close_period(sqlite_room, warehouse)
    with pytest.raises(PayoutRefused, match="neither pay nor hold"):
        explain(sqlite_room, OCTOBER, "E9999")
