"""The metric catalogue and the models that fill it say the same thing."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from orchestration.settings import PROJECT_ROOT
from tests.marts.conftest import BuiltMarts
from tests.warehouse.streams import STREAMS

CATALOGUE = PROJECT_ROOT / "orchestration" / "plans" / "library" / "metrics.yaml"
ALLOWED = {
    "unit": {"ratio", "count", "currency", "hours", "points"},
    "direction": {"higher", "lower"},
    "category": {"business", "management"},
    "horizon": {"short", "long"},
    "aggregation": {"sum", "last", "mean"},
    "on_zero_denominator": {"not_applicable", "zero", "full", "error"},
    "credit_role": {"marketing", "sales", "both", "owner", "individual", "team", "company"},
    "counting": {"event", "snapshot"},
}


def _metrics(path: Path = CATALOGUE) -> list[dict[str, Any]]:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["metrics"]


@pytest.mark.parametrize("field", sorted(ALLOWED))
def test_every_metric_uses_a_known_word(field: str) -> None:
    assert {metric["id"]: metric[field] for metric in _metrics() if metric[field] not in ALLOWED[field]} == {}


def test_there_are_metrics_of_both_kinds_and_ids_are_unique() -> None:
    metrics = _metrics()
    assert len({metric["id"] for metric in metrics}) == len(metrics) >= 24
    assert {metric["category"] for metric in metrics} == {"business", "management"}


def test_a_ratio_names_both_parts_and_a_count_only_one() -> None:
    def may_be(metric: dict[str, Any]) -> set[bool]:
        """A sum of money is an amount, and an average of money a ratio."""
        return {True, False} if metric["unit"] == "currency" else {metric["unit"] == "count"}

    wrong = [m["id"] for m in _metrics() if (m["denominator"] is None) not in may_be(m)]
    assert wrong == []


def test_every_source_is_a_stream_the_loader_knows() -> None:
    known = {f"{spec.source}.{spec.name}" for spec in STREAMS}
    assert {source for metric in _metrics() for source in metric["sources"]} <= known


def test_every_metric_is_fed_by_a_model_and_no_model_feeds_another(marts: BuiltMarts) -> None:
    fed = {row[0] for row in marts.ask("select distinct metric_id from marts.fct_kpi_contributions")}
    assert fed == {metric["id"] for metric in _metrics()}


def test_contributions_come_only_from_the_sources_a_metric_names(marts: BuiltMarts) -> None:
    named = {metric["id"]: set(metric["sources"]) for metric in _metrics()}
    rows = marts.ask(
        "select distinct metric_id, source_system || '.' || source_stream from marts.fct_kpi_contributions "
        "where source_stream <> 'targets'"  # a missing target is missing by itself, without the feed's completeness
    )
    assert [(metric, source) for metric, source in rows if source not in named[metric]] == []
