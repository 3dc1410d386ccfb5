"""dbt runs inside: it leaves the file free, says what failed, and never runs beside another writer."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.dbt import DbtError, run_dbt
from orchestration.warehouse.errors import WarehouseBusyError
from orchestration.warehouse.schema import ensure_tables
from tests.warehouse.land import NIGHT
from tests.warehouse.streams import STREAMS

_HOLD = """
import sys
from pathlib import Path
from orchestration.warehouse.lock import hold_warehouse
with hold_warehouse(Path(sys.argv[1]), holder="the nightly run"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with open_warehouse(tmp_path, holder="a test") as con:
        ensure_tables(con, STREAMS)
    return tmp_path


def test_the_project_parses_before_there_is_a_warehouse(tmp_path: Path) -> None:
    result = run_dbt(["parse"], home=tmp_path, as_of=NIGHT)
    assert result.success, result.message
    assert (tmp_path / "dbt" / "target" / "manifest.json").exists()
    assert not (tmp_path / "warehouse.duckdb").exists()


def test_loader_and_dbt_open_the_file_in_turn_and_other_processes_find_it_free(home: Path) -> None:
    for _ in range(2):
        run_dbt(["build", "--select", "stg_ihr360__staff"], home=home, as_of=NIGHT).raise_for_failure()
        with open_warehouse(home, holder="the loader") as con:
            assert con.execute("select count(*) from staging.stg_ihr360__staff").fetchone() == (0,)
    other = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", other, str(home / "warehouse.duckdb")], check=True)


def test_a_failing_test_is_listed_by_name(home: Path) -> None:
    run_dbt(["run", "--select", "stg_ihr360__staff"], home=home, as_of=NIGHT).raise_for_failure()
    with open_warehouse(home, holder="vandal") as con:
        con.execute(
            "insert into staging.stg_ihr360__staff by name select 's1' as source_key, 's1' as staff_id, 'E1' as "
            "employee_no, date '2026-01-01' as hired_on from range(2)"
        )
    result = run_dbt(["test", "--select", "stg_ihr360__staff"], home=home, as_of=NIGHT)
    assert not result.success
    assert [node.unique_id.split(".")[2] for node in result.failures] == ["unique_stg_ihr360__staff_source_key"]
    with pytest.raises(DbtError, match="unique_stg_ihr360__staff_source_key"):
        result.raise_for_failure()


def test_a_wrong_word_is_reported_not_swallowed(home: Path) -> None:
    result = run_dbt(["biuld"], home=home, as_of=NIGHT)
    assert not result.success
    with pytest.raises(DbtError, match="biuld"):
        result.raise_for_failure()


def test_dbt_does_not_start_beside_another_writer(home: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout
    holder.stdout.readline()
    try:
        with pytest.raises(WarehouseBusyError, match="the nightly run"):
            run_dbt(["build"], home=home, as_of=NIGHT)
    finally:
        holder.kill()
        holder.communicate()


def test_an_instant_without_zone_is_refused(home: Path) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        run_dbt(["parse"], home=home, as_of=NIGHT.replace(tzinfo=None))
