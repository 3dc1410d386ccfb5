"""The warehouse can be thrown away: the landing files give it back."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.registry import known_specs
from orchestration.warehouse.connect import open_warehouse, read_warehouse
from orchestration.warehouse.errors import WarehouseError
from orchestration.warehouse.rebuild import rebuild
from tests.warehouse.contents import contents
from tests.warehouse.land import NIGHT, land
from tests.warehouse.sample import AS_OF, SampleWarehouse, build_sample
from tests.warehouse.streams import STREAMS, stream

SPECS = [*STREAMS, *known_specs()]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleWarehouse:
    nights = [AS_OF - timedelta(days=9), AS_OF - timedelta(days=1), AS_OF]
    return build_sample(tmp_path_factory.mktemp("sample"), scale=0.02, nights=nights)


def _copy(sample: SampleWarehouse, to: Path) -> Path:
    shutil.copytree(sample.home, to)
    return to


def test_a_rebuild_gives_the_same_contents(sample: SampleWarehouse, tmp_path: Path) -> None:
    home = _copy(sample, tmp_path / "again")
    rebuilt = rebuild(home, SPECS)
    assert contents(home) == contents(sample.home)
    assert rebuilt.ignored == ()


def test_a_lost_warehouse_comes_back_from_the_landing_files_alone(sample: SampleWarehouse, tmp_path: Path) -> None:
    home = _copy(sample, tmp_path / "lost")
    (home / "warehouse.duckdb").unlink()
    rebuild(home, SPECS, use_records=False)
    ours, theirs = contents(home), contents(sample.home)
    for table in ours:
        if table.startswith("raw_"):  # the order of loads inside one night may differ, versions may not
            assert _versions(home, table) == _versions(sample.home, table), table
    assert len(ours["etl.loads"]) == len(theirs["etl.loads"])
    assert {row[0] for row in ours["etl.nights"]} == {row[0] for row in theirs["etl.nights"]}


def test_as_known_then_is_a_rebuild_from_the_loads_up_to_that_moment(sample: SampleWarehouse, tmp_path: Path) -> None:
    home = _copy(sample, tmp_path / "then")
    then = AS_OF - timedelta(days=1)
    rebuild(home, SPECS, until=then)
    with read_warehouse(home) as con:
        newest = con.execute(
            "select max(extracted_at), (select max(as_of) from etl.stream_outcomes) from etl.loads"
        ).fetchone()
    assert newest == (then, then)


def test_a_recorded_load_that_is_gone_stops_the_rebuild_before_it_changes_anything(
    sample: SampleWarehouse, tmp_path: Path
) -> None:
    home = _copy(sample, tmp_path / "gone")
    shutil.rmtree(next((home / "landing" / "zoho_crm" / "leads").iterdir()))
    before = contents(home)
    with pytest.raises(WarehouseError, match="1 recorded loads are not in the landing folder"):
        rebuild(home, SPECS)
    assert contents(home) == before


def test_half_packages_and_unknown_streams_are_named(tmp_path: Path) -> None:
    leads = stream("zoho_crm", "leads")
    (tmp_path / "landing/zoho_crm/leads/.tmp-dead").mkdir(parents=True)
    land(tmp_path / "landing", leads, [{"id": "1"}], as_of=NIGHT)
    rebuilt = rebuild(tmp_path, [stream("ihr360", "staff")])
    assert rebuilt.loads == 0
    assert sorted(name.split(":")[1] for name in rebuilt.ignored) == [" no such stream", " unfinished"]


def test_a_rebuild_forgets_the_models_so_that_they_are_built_anew(sample: SampleWarehouse, tmp_path: Path) -> None:
    home = _copy(sample, tmp_path / "models")
    with open_warehouse(home, holder="x") as con:
        con.execute("create schema staging_control; create table staging_control.staged_through as select 9 as seq")
    rebuild(home, SPECS)
    with read_warehouse(home) as con:
        found = con.execute("select 1 from information_schema.tables where table_schema = 'staging_control'").fetchall()
    assert found == []


def _versions(home: Path, table: str) -> list[tuple[object, ...]]:
    with read_warehouse(home) as con:
        return con.execute(
            f"select * exclude (_load_seq), rank() over (partition by _account, _key order by _load_seq) "
            f"from {table} order by all"
        ).fetchall()
