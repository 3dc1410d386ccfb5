"""House rules of the intermediate and mart models, read from the manifest and the compiled SQL."""

import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import PROJECT_ROOT
from tests.marts.conftest import BuiltMarts

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # sqlglotrs says so at import, and nothing can be done about it
    import sqlglot
    import sqlglot.errors

FLOATS = {"float", "double", "real"}


@pytest.fixture(scope="module")
def models(marts: BuiltMarts) -> list[dict[str, Any]]:
    manifest = json.loads((marts.result.target / "manifest.json").read_text(encoding="utf-8"))
    ours = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in {"intermediate", "marts"}
    ]
    assert len(ours) > 50
    return ours


def _sql(model: dict[str, Any]) -> str:
    code = re.sub(r"(?s)/\*.*?\*/|--.*?$", "", model["compiled_code"], flags=re.MULTILINE)
    return re.sub(r"'[^']*'", "''", code)


def test_every_mart_is_contracted_public_and_grouped(models: list[dict[str, Any]]) -> None:
    marts = [m for m in models if m["schema"] == "marts"]
    assert [m["name"] for m in marts if not m["config"]["contract"]["enforced"]] == []
    assert [m["name"] for m in marts if m["config"]["access"] != "public" or not m["config"]["group"]] == []


def test_every_model_states_its_grain_and_describes_each_column(models: list[dict[str, Any]]) -> None:
    assert [m["name"] for m in models if not m["description"].startswith("One row per ")] == []
    undescribed = [f"{m['name']}.{c['name']}" for m in models for c in m["columns"].values() if not c["description"]]
    assert undescribed == []


def test_described_columns_are_the_columns_built(models: list[dict[str, Any]], marts: BuiltMarts) -> None:
    rows = marts.ask(
        "select table_name, list(column_name order by ordinal_position) from information_schema.columns "
        "where table_schema in ('intermediate', 'marts') group by 1"
    )
    built = dict(rows)
    assert {m["name"]: list(m["columns"]) for m in models} == {m["name"]: built[m["name"]] for m in models}


def test_no_measured_or_paid_number_is_a_float(marts: BuiltMarts) -> None:
    rows = marts.ask(
        "select table_name, column_name, data_type from information_schema.columns "
        "where table_schema in ('intermediate', 'marts')"
    )
    assert [row for row in rows if row[2].lower() in FLOATS] == []


def test_no_model_reads_a_clock_divides_or_rounds(models: list[dict[str, Any]]) -> None:
    forbidden = re.compile(r"\b(now|current_date|current_timestamp|today|random|round|avg)\s*\(|\bcurrent_date\b|/")
    assert {m["name"]: forbidden.findall(_sql(m)) for m in models if forbidden.search(_sql(m))} == {}


def test_models_are_short_and_join_few_tables(models: list[dict[str, Any]]) -> None:
    lengths = {m["name"]: len(m["raw_code"].splitlines()) for m in models}
    assert {name: length for name, length in lengths.items() if length > 120} == {}
    joins = {m["name"]: len(re.findall(r"\bjoin\b", _sql(m))) for m in models}
    assert {name: count for name, count in joins.items() if count > 7} == {}


def test_compiled_sql_moves_to_spark(models: list[dict[str, Any]]) -> None:
    stuck = {}
    for model in models:
        try:
            sqlglot.transpile(
                model["compiled_code"], read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
            )
        except sqlglot.errors.SqlglotError as error:
            stuck[model["name"]] = str(error)[:200]
    assert stuck == {}


def test_no_plan_figure_hides_in_sql() -> None:
    """Thresholds of counting live in the seed; a number in SQL is a position, a unit or a placeholder."""
    harmless = {"0", "1", "2", "3", "4", "7", "8", "100", "0.01", "3600"}
    found = {}
    for path in sorted((PROJECT_ROOT / "dbt_project" / "models").glob("[im]*/**/*.sql")):
        text = re.sub(
            r"--.*|'[^']*'|decimal\([^)]*\)|texts\[\d+\]|\{#.*?#\}", "", Path(path).read_text(encoding="utf-8")
        )
        numbers = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", text)) - harmless
        if numbers:
            found[path.name] = numbers
    assert found == {}
