"""Why a value is not there, told in Chinese and in English; nothing of one language shows inside the other."""

import ast
import re
from pathlib import Path

import pytest

from orchestration.plans.model import Names
from orchestration.scoring.reasons import REASONS, is_known, reason_text, state_text

ROOT = Path(__file__).resolve().parents[2]
LATIN_WORDS = re.compile(r"[A-Za-z]{2,}")


def sentences_of_the_engine() -> set[str]:
    """Third argument of every `Unavailable`, `MetricValue` and `without_value` in the engine, places as `{what}`."""
    found = set()
    for path in [*ROOT.glob("orchestration/scoring/**/*.py"), *ROOT.glob("orchestration/plans/expression/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if name in {"Unavailable", "MetricValue", "without_value", "_known"} and len(node.args) > 2:
                found |= _sentence(node.args[2])
    return found - {""}


def _sentence(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(part.value) if isinstance(part, ast.Constant) else "2026-10" for part in node.values)}
    return set()  # a reason that is handed on


def test_every_reason_of_the_engine_has_a_chinese_text() -> None:
    sentences = sentences_of_the_engine()
    assert {"no target", "the denominator is zero", "no measurement for 2026-10"} <= sentences
    kinds = ("accumulated", "draw_owed", "cap_rest", "plan_rest", "paid_in_year")
    sentences = (sentences - {"no 2026-10 of the period before"}) | {
        f"no {kind} of the period before" for kind in kinds
    }
    assert sorted(text for text in sentences if not is_known(text)) == []


def test_every_reason_of_the_mart_has_a_chinese_text() -> None:
    sql = (ROOT / "dbt_project/models/marts/kpi/fct_kpi_measurements.sql").read_text(encoding="utf-8")
    body = re.search(r"when state = 'ok' then ''(.*?)end as state_reason", sql, re.DOTALL)
    assert body is not None
    texts = re.findall(r"(?:then|else) '([^']+)'", body[1])
    assert len(texts) >= 4
    assert [text for text in texts if not is_known(text + ("oceanengine.report" if text.endswith(": ") else ""))] == []


@pytest.mark.parametrize("sentence", REASONS)
def test_a_chinese_reason_has_no_english_words(sentence: str) -> None:
    filled = sentence.format(what="2026-10", why="0x0A")
    told = reason_text(filled, "zh")
    assert LATIN_WORDS.findall(told.replace("2026-10", "").replace("0x0A", "")) == []
    assert reason_text(filled, "en") == filled


def test_a_held_line_is_told_with_the_names_people_know() -> None:
    names = {"win_rate": Names("成单率", "Win rate"), "customer_file": Names("客户档案", "Customer files")}
    stored = (
        "win_rate: missing (no measurement for 2026-10); "
        "customer_file.points: missing (win_rate: not_applicable (nothing to divide by)); "
        "档案须齐全 / files must be complete"
    )
    assert reason_text(stored, "zh", names.get) == (
        "成单率:数据缺失(2026-10 没有测量值);客户档案:数据缺失(成单率:不适用(分母为零,无从计算));档案须齐全"
    )
    assert reason_text(stored, "en", names.get) == (
        "Win rate: missing (no measurement for 2026-10); "
        "Customer files: missing (Win rate: does not apply (nothing to divide by)); files must be complete"
    )


def test_a_sentence_with_a_semicolon_of_its_own_stays_whole() -> None:
    negative = "the target is negative; such a metric needs a curve of type points"
    assert (
        reason_text(f"target: missing ({negative})", "zh") == "目标:数据缺失(目标为负数,此类指标须使用按点插值的曲线)"
    )


def test_free_text_is_given_as_it_is() -> None:
    assert reason_text("waits for the works council", "zh") == "waits for the works council"
    assert (state_text("pending", "zh"), state_text("pending", "en")) == ("待填报", "still due")
