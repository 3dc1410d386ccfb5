"""Readers of the published copy are never blocked and never see half."""

import json
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.errors import PublishError
from orchestration.warehouse.publish import current_version, open_published, publish, verify_published

AS_OF = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)


def _make_marts(home: Path, stamp: int, rows: int = 90) -> None:
    with open_warehouse(home, holder="x") as con:
        con.execute("create schema if not exists marts")
        con.execute(
            f"""create or replace table marts.fct_sales as
            select date '2026-09-01' + (i % 60)::integer as sold_on, i as sale_id, {stamp} as stamp,
                (i * 1.25)::decimal(18, 2) as amount
            from range({rows}) as t(i)"""
        )
        con.execute(f"create or replace table marts.dim_people as select 'E0001' as employee_no, {stamp} as stamp")


def _inodes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*.parquet")}


def test_marts_are_cut_by_month_and_readable_as_parquet_and_database(home: Path) -> None:
    _make_marts(home, 1)
    version = publish(home, as_of=AS_OF, table_rows=10)
    names = sorted(_inodes(version.path))
    assert names == ["dim_people/all.parquet", "fct_sales/2026-09.parquet", "fct_sales/2026-10.parquet"]
    con = open_published(home)
    kinds = con.execute("select table_name, table_type from information_schema.tables order by 1").fetchall()
    assert kinds == [("dim_people", "BASE TABLE"), ("fct_sales", "VIEW")]
    assert con.execute("select count(*), sum(amount) from marts.fct_sales").fetchone() == (90, Decimal("5006.25"))
    con.close()


def test_publishing_the_same_again_changes_nothing(home: Path) -> None:
    _make_marts(home, 1)
    first = publish(home, as_of=AS_OF)
    before = _inodes(first.path)
    again = publish(home, as_of=AS_OF)
    assert (again.version, again.written, again.kept) == (first.version, 0, 3)
    assert _inodes(again.path) == before


def test_only_the_months_that_changed_are_written(home: Path) -> None:
    _make_marts(home, 1)
    first = publish(home, as_of=AS_OF)
    with open_warehouse(home, holder="x") as con:
        con.execute("update marts.fct_sales set amount = 9.99 where sold_on = '2026-10-05'")
    second = publish(home, as_of=AS_OF + timedelta(days=1))
    assert (second.written, second.kept) == (1, 2)
    old, new = _inodes(first.path), _inodes(second.path)
    assert {name for name in new if new[name] != old[name]} == {"fct_sales/2026-10.parquet"}


def test_the_same_rows_give_the_same_bytes(home: Path, tmp_path: Path) -> None:
    sums = []
    for folder, order in ((home, "sale_id"), (tmp_path / "other", "hash(sale_id)")):
        _make_marts(folder, 1, rows=30_000)
        with open_warehouse(folder, holder="x") as con:
            con.execute(f"create or replace table marts.fct_sales as select * from marts.fct_sales order by {order}")
        version = publish(folder, as_of=AS_OF)
        manifest = json.loads((version.path / "manifest.json").read_text())
        sums.append([(file["table"], file["month"], file["sha256"]) for file in manifest["files"]])
    assert sums[0] == sums[1]


def test_a_reader_never_sees_two_states_at_once(home: Path) -> None:
    _make_marts(home, 0)
    publish(home, as_of=AS_OF, table_rows=10, keep=50)
    stop, torn, reads = threading.Event(), [], [0]

    def read() -> None:
        while not stop.is_set():
            con = open_published(home)
            stamps = con.execute(
                "select distinct stamp from fct_sales union select distinct stamp from dim_people"
            ).fetchall()
            con.close()
            reads[0] += 1
            if len(stamps) != 1:
                torn.append(stamps)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for stamp in range(1, 13):
            _make_marts(home, stamp)
            publish(home, as_of=AS_OF + timedelta(minutes=stamp), table_rows=10, keep=50)
    finally:
        stop.set()
        reader.join()
    assert torn == []
    assert reads[0] >= 12


def test_old_versions_are_pruned_and_the_current_one_stays(home: Path) -> None:
    for day in range(5):
        _make_marts(home, day)
        publish(home, as_of=AS_OF + timedelta(days=day), keep=2)
    versions = sorted((home / "published").glob("2*"))
    assert [version.name[:8] for version in versions] == ["20261106", "20261107"]
    assert current_version(home) == versions[-1].resolve()


def test_a_damaged_file_is_named_and_publishing_anew_repairs_it(home: Path) -> None:
    _make_marts(home, 1)
    version = publish(home, as_of=AS_OF)
    damaged = version.path / "fct_sales" / "2026-09.parquet"
    damaged.chmod(0o640)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(PublishError, match=r"2026-09\.parquet: missing or damaged; publish again with rewrite"):
        verify_published(version.path)
    repaired = publish(home, as_of=AS_OF, rewrite=True)
    assert verify_published(repaired.path) == 3
    assert current_version(home) == repaired.path


def test_readers_cannot_leave_the_published_folder(home: Path) -> None:
    _make_marts(home, 1)
    publish(home, as_of=AS_OF)
    con = open_published(home)
    for statement in (
        "select * from read_csv('/etc/hostname')",
        "copy (select 1) to '/tmp/never.csv'",
        "create table x as select 1",
        "set enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            con.execute(statement)
    con.close()


def test_nothing_to_publish_says_what_to_do(home: Path) -> None:
    with pytest.raises(PublishError, match="run the models first"):
        publish(home, as_of=AS_OF)
    with pytest.raises(PublishError, match="nothing was published yet"):
        current_version(home)


def test_a_version_that_cannot_be_written_leaves_the_one_before(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make_marts(home, 1)
    first = publish(home, as_of=AS_OF)
    _make_marts(home, 2)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("orchestration.warehouse.published_files.seal", full)
    with pytest.raises(PublishError, match="No space left on device"):
        publish(home, as_of=AS_OF + timedelta(days=1))
    assert current_version(home) == first.path
    assert len(list((home / "published").glob("2*"))) == 1


def test_a_dimension_and_an_empty_mart_are_one_file_each(home: Path) -> None:
    with open_warehouse(home, holder="x") as con:
        con.execute("create schema marts")
        con.execute("create table marts.fct_none (sold_on date, amount decimal(18, 2))")
        con.execute("create table marts.dim_x as select date '2026-01-01' as valid_from")
    version = publish(home, as_of=AS_OF)
    assert sorted(_inodes(version.path)) == ["dim_x/all.parquet", "fct_none/all.parquet"]
