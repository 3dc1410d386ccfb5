"""The whole sample company passes staging, and a second night on top of it is small."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.warehouse.connect import read_warehouse
from orchestration.warehouse.dbt import PROJECT_DIR, run_dbt
from tests.warehouse.sample import AS_OF, SAMPLE_STREAMS, SampleWarehouse, build_sample
from tests.warehouse.streams import STREAMS

_BUILD = ["build", "--select", "staging", "--exclude-resource-type", "unit_test"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleWarehouse:
    made = build_sample(tmp_path_factory.mktemp("sample"), nights=[AS_OF - timedelta(days=1)])
    run_dbt(_BUILD, home=made.home, as_of=made.as_of).raise_for_failure()
    again = build_sample(made.home, nights=[AS_OF], world=made.world)
    run_dbt(_BUILD, home=made.home, as_of=AS_OF).raise_for_failure()
    return again


@pytest.fixture(scope="module")
def nodes(sample: SampleWarehouse) -> dict[str, dict[str, object]]:
    manifest = json.loads((sample.home / "dbt" / "target" / "manifest.json").read_text())
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["path"].startswith("staging/")
    }


def _model(source: str, stream: str) -> str:
    return f"stg_{source}__{stream}"


_STAGED = [spec for spec in STREAMS if not spec.tombstones_of]


def test_every_stream_has_one_staging_model(nodes: dict[str, dict[str, object]]) -> None:
    assert {_model(spec.source, spec.name) for spec in _STAGED} == nodes.keys() - {"staging_rejects"}


def test_no_record_is_lost_between_raw_and_staging(sample: SampleWarehouse) -> None:
    with read_warehouse(sample.home) as con:
        for spec in _STAGED:
            model = _model(spec.source, spec.name)
            row = con.execute(
                f"""select
                    (select count(distinct _key) from raw_{spec.source}.{spec.name}),
                    (select count(*) from staging.{model})
                        + (select count(distinct source_key) from staging.staging_rejects
                           where source_system = '{spec.source}' and source_stream = '{spec.name}')"""
            ).fetchone()
            assert row is not None
            assert row[0] == row[1], model
            assert (row[0] > 0) == (spec in SAMPLE_STREAMS), model


def test_staging_shows_the_latest_version_of_both_nights(sample: SampleWarehouse) -> None:
    with read_warehouse(sample.home) as con:
        for spec in _STAGED:
            stale = con.execute(
                f"""with latest as (
                    select _key, max(_load_seq) as load_seq from raw_{spec.source}.{spec.name} group by 1
                )
                select count(*) from staging.{_model(spec.source, spec.name)} as staged
                inner join latest on staged.source_key = latest._key
                where staged.load_seq != latest.load_seq"""
            ).fetchone()
            assert stale == (0,), spec.name


def test_the_sample_company_has_nothing_to_reject(sample: SampleWarehouse) -> None:
    with read_warehouse(sample.home) as con:
        assert con.execute("select * from staging.staging_rejects").fetchall() == []


def test_columns_are_described_in_the_order_of_the_table(
    sample: SampleWarehouse, nodes: dict[str, dict[str, dict[str, dict[str, str]]]]
) -> None:
    with read_warehouse(sample.home) as con:
        for name, node in nodes.items():
            columns = con.execute(
                "select column_name from information_schema.columns where table_schema = 'staging' and table_name = ? "
                "order by ordinal_position",
                [name],
            ).fetchall()
            assert list(node["columns"]) == [column for (column,) in columns], name
            assert all(column["description"] for column in node["columns"].values()), name


def test_money_is_decimal_and_never_a_float(sample: SampleWarehouse) -> None:
    with read_warehouse(sample.home) as con:
        floats = con.execute(
            "select table_name, column_name from information_schema.columns "
            "where table_schema = 'staging' and data_type in ('DOUBLE', 'FLOAT')"
        ).fetchall()
    assert floats == []


def test_only_staging_and_models_of_all_versions_read_raw_tables(sample: SampleWarehouse) -> None:
    manifest = json.loads((sample.home / "dbt" / "target" / "manifest.json").read_text())
    readers = {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and any(parent.startswith("source.incentives.raw_") for parent in node["depends_on"]["nodes"])
    }
    # What a record said when can only be told from all of its versions; staging keeps the latest.
    assert [name for name in sorted(readers) if not name.startswith("stg_") and not name.endswith("_versions")] == []


def test_no_model_or_macro_asks_the_clock() -> None:
    folders = [PROJECT_DIR / "models", PROJECT_DIR / "macros", PROJECT_DIR / "tests"]
    words = ("now()", "current_date", "current_timestamp", "get_current_timestamp", "run_started_at", "today()")
    guilty = [
        f"{path.relative_to(PROJECT_DIR)}: {word}"
        for folder in folders
        for path in sorted(Path(folder).rglob("*.sql"))
        for word in words
        if word in path.read_text(encoding="utf-8").lower()
    ]
    assert guilty == []
