"""A company without the systems that keep its registers gets the same answers from the files of its inbox."""

import shutil
from pathlib import Path

import duckdb
import pytest

from connectors.sandbox import planted
from tests.marts.conftest import BuiltMarts, Rows, ask, dbt

ANSWERS = planted.load().answers
REGISTERS = {
    "fct_policy_breaches": ("breach_id", "occurred_on"),
    "fct_complaints": ("complaint_id", "received_on"),
    "fct_product_inputs": ("input_id", "submitted_on"),
    "fct_competitor_reports": ("report_id", "discovered_on"),
    "fct_service_scores": ("response_id", "answered_on"),
    "fct_training_results": ("course_id", "completed_on"),
}
SYSTEMS = ("jiandaoyun", "moodle")


@pytest.fixture(scope="module")
def without_systems(marts: BuiltMarts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same company, its systems never connected: their tables are empty, and no night asked them."""
    home = tmp_path_factory.mktemp("feeds") / "home"
    shutil.copytree(marts.home, home)
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        for system in SYSTEMS:
            con.execute("delete from etl.stream_outcomes where source = ?", [system])
            tables = con.execute(
                "select table_name from information_schema.tables where table_schema = ?", [f"raw_{system}"]
            ).fetchall()
            assert tables
            for (table,) in tables:
                con.execute(f"delete from raw_{system}.{table}")
    models = [f"+{model}" for model in REGISTERS]
    dbt(home, marts.sample.as_of, "run", "--full-refresh", "--select", *models).raise_for_failure()
    return home


def _october(home: Path, model: str) -> Rows:
    identity, day = REGISTERS[model]
    return ask(
        home,
        f"select {identity}, employee_no, {day} from marts.{model} where {day} < date '2026-11-01' order by all",
    )


@pytest.mark.parametrize("model", REGISTERS)
def test_systems_and_feeds_know_the_same_records(marts: BuiltMarts, without_systems: Path, model: str) -> None:
    known = _october(marts.home, model)
    assert len(known) > 3
    assert _october(without_systems, model) == known


@pytest.mark.parametrize("model", REGISTERS)
def test_with_both_on_every_record_comes_from_the_system_and_once(marts: BuiltMarts, model: str) -> None:
    sources = marts.ask(f"select distinct source_system from marts.{model}")
    assert [source for (source,) in sources if source not in SYSTEMS] == []


@pytest.mark.parametrize("model", REGISTERS)
def test_with_the_feeds_alone_every_record_comes_from_a_file(without_systems: Path, model: str) -> None:
    assert ask(without_systems, f"select distinct source_system from marts.{model}") == [("file_drop",)]


def test_planted_facts_are_the_same_from_files(without_systems: Path) -> None:
    inputs, breaches = ANSWERS["product_inputs"], ANSWERS["price_breaches"]
    assert ask(
        without_systems,
        "select count(*), count(*) filter (where is_adopted) from marts.fct_product_inputs "
        "where employee_no = 'E9002' and submitted_on between date '2026-10-01' and date '2026-10-31'",
    ) == [(inputs["inputs"], inputs["adopted"])]
    assert ask(
        without_systems,
        "select count(*) filter (where status = 'confirmed') from marts.fct_policy_breaches "
        "where employee_no = 'E9008' and occurred_on between date '2026-10-01' and date '2026-10-31'",
    ) == [(breaches["confirmed"],)]
