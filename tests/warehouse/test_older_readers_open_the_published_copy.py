"""Analysts' tools are older than the night's DuckDB: the published file opens in release 1.1, unlike the warehouse."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.publish import publish

LOCK = Path(__file__).with_name("older_duckdb.lock")
READER = """
import json, sys
import duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
query = "select sold_on, team, amount from marts.fct_sales join marts.dim_people using (employee_no) order by 1"
rows = con.execute(query).fetchall()
print(json.dumps({"version": duckdb.__version__, "rows": [[str(cell) for cell in row] for row in rows]}))
"""


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the older release, installed with pip as an analyst would."""
    if sys.version_info >= (3, 14):
        pytest.skip("release 1.1 of DuckDB has no wheel for this Python")
    folder = tmp_path_factory.mktemp("older")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    done = subprocess.run(
        [*command, "--only-binary=:all:", "--target", str(folder), "-r", str(LOCK)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"the package index is not reachable: {done.stderr.strip().splitlines()[-1][:120]}")
    return folder


def test_an_older_release_reads_tables_and_views_of_the_copy(older: Path, home: Path) -> None:
    with open_warehouse(home, holder="x") as con:
        con.execute("create schema marts")
        con.execute("create table marts.dim_people as select 'E0001' as employee_no, '跟进组' as team")
        con.execute(
            "create table marts.fct_sales as select 'E0001' as employee_no, date '2026-10-01' + i::integer as sold_on, "
            "(i * 1.25)::decimal(18, 2) as amount from range(3) as t(i)"
        )
    version = publish(home, as_of=datetime(2026, 11, 3, 1, tzinfo=UTC), table_rows=2)
    done = subprocess.run(
        [sys.executable, "-c", READER, str(version.path / "marts.duckdb")],
        env={"PYTHONPATH": str(older)}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    read = json.loads(done.stdout)
    assert read["version"] == "1.1.3"
    assert read["rows"] == [
        ["2026-10-01", "跟进组", "0.00"],
        ["2026-10-02", "跟进组", "1.25"],
        ["2026-10-03", "跟进组", "2.50"],
    ]
