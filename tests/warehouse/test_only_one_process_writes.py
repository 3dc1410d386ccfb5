"""The warehouse has one writer, and whoever waits is told for whom."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.connect import open_warehouse, read_warehouse
from orchestration.warehouse.errors import WarehouseBusyError
from orchestration.warehouse.lock import hold_warehouse

_HOLD = """
import sys
from pathlib import Path
from orchestration.warehouse.lock import hold_warehouse
with hold_warehouse(Path(sys.argv[1]), holder="the nightly run"):
    print("held", flush=True)
    sys.stdin.readline()
"""
_OPEN = """
import sys, duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.readline()
"""


@contextmanager
def _other_process(code: str, argument: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(argument)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    process.stdout.readline()
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_writer_is_refused_with_the_name_and_pid_of_the_first(home: Path) -> None:
    with (
        _other_process(_HOLD, home) as other,
        pytest.raises(WarehouseBusyError, match=rf"the nightly run \(PID {other.pid}\) is writing"),
        open_warehouse(home, holder="a second run"),
    ):
        pass
    with open_warehouse(home, holder="a second run"):
        pass


def test_a_second_writer_may_wait_for_the_first(home: Path) -> None:
    with _other_process(_HOLD, home) as other:

        def let_go(seconds: float) -> None:
            assert other.stdin
            other.stdin.write("\n")
            other.stdin.flush()
            other.wait(timeout=30)

        with hold_warehouse(home, holder="patient", wait_seconds=60, sleep=let_go):
            assert str(os.getpid()) in (home / "warehouse.lock").read_text()


def test_waiting_ends_and_says_how_long_it_was(home: Path) -> None:
    with (
        _other_process(_HOLD, home),
        pytest.raises(WarehouseBusyError, match="after waiting 2 s"),
        hold_warehouse(home, holder="patient", wait_seconds=2, sleep=lambda seconds: None),
    ):
        pass


def test_a_process_that_holds_the_lock_may_take_it_again(home: Path) -> None:
    with hold_warehouse(home, holder="outer"), open_warehouse(home, holder="inner") as con:
        assert con.execute("select 1").fetchone() == (1,)
    with _other_process(_HOLD, home):
        pass


def test_a_killed_holder_leaves_no_lock(home: Path) -> None:
    with _other_process(_HOLD, home) as other:
        other.kill()
        other.wait()
        with hold_warehouse(home, holder="next"):
            pass


def test_a_reader_that_holds_the_file_open_is_named(home: Path) -> None:
    with open_warehouse(home, holder="first"):
        pass
    with (
        _other_process(_OPEN, home / "warehouse.duckdb") as reader,
        pytest.raises(WarehouseBusyError, match=f"process {reader.pid} has warehouse.duckdb open"),
        open_warehouse(home, holder="night"),
    ):
        pass


def test_spilled_memory_stays_below_the_data_folder_and_times_are_of_the_business_zone(home: Path) -> None:
    with open_warehouse(home, holder="x", memory_limit="300MB") as con:
        settings = con.execute(
            "select current_setting('temp_directory'), current_setting('TimeZone'), current_setting('memory_limit')"
        ).fetchone()
    assert settings == (str(home / "warehouse.tmp"), "Asia/Shanghai", "286.1 MiB")


def test_a_thread_with_a_cursor_of_its_own_lives_in_the_business_zone_too(home: Path) -> None:
    with open_warehouse(home, holder="x") as con:
        cursor = con.cursor()
        assert cursor.execute("select timestamptz '2026-10-31 16:00:00+00'::date::varchar").fetchone() == (
            "2026-11-01",
        )


def test_reading_before_the_first_night_says_what_to_do(home: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run a night first"), read_warehouse(home):
        pass


def test_reading_changes_nothing(home: Path) -> None:
    with open_warehouse(home, holder="x") as con:
        con.execute("create table t as select 1 as a")
    with read_warehouse(home) as con, pytest.raises(duckdb.InvalidInputException):
        con.execute("drop table t")
