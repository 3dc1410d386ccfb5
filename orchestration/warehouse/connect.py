"""The one place that opens `warehouse.duckdb`.

Every setting is applied after opening, none while opening: DuckDB refuses a second connection of one process whose
opening configuration differs, and dbt opens the same file in the same process (dbt_project/profiles.yml).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.warehouse.errors import WarehouseBusyError
from orchestration.warehouse.lock import hold_warehouse

WAREHOUSE_NAME = "warehouse.duckdb"
SPILL_NAME = "warehouse.tmp"
TIME_ZONE = "Asia/Shanghai"
MEMORY_LIMIT = "1GB"
LOADING_MEMORY = "96MB"
_STORAGE = "v1.2.0"


@contextmanager
def open_warehouse(
    home: Path,
    *,
    holder: str,
    wait_seconds: float = 0.0,
    memory_limit: str = MEMORY_LIMIT,
    threads: int | None = None,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse of a data folder for writing, as the only process, and close it again.

    Raises `WarehouseBusyError` naming the process that is in the way. Memory beyond the limit spills below `home`.
    """
    home.mkdir(parents=True, exist_ok=True)
    with hold_warehouse(home, holder=holder, wait_seconds=wait_seconds):
        con = _connect(home / WAREHOUSE_NAME, read_only=False)
        try:
            configure(con, home, memory_limit, threads)
            yield con
        finally:
            con.close()


@contextmanager
def open_for_loading(
    home: Path, *, holder: str, wait_seconds: float = 0.0, memory_limit: str = LOADING_MEMORY
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse to load into it: reading lines is one thread's work, and keeping what was written is nobody's.

    A load that needs more memory gets it (`load.load_all`). Raises as `open_warehouse` does.
    """
    with open_warehouse(home, holder=holder, wait_seconds=wait_seconds, memory_limit=memory_limit, threads=1) as con:
        # Above it a commit writes its rows to their place in the file instead of to the log first and there again.
        con.execute("set checkpoint_threshold = '4MB'")
        yield con


def create(path: Path) -> None:
    """Make an empty warehouse file whose format knows zstd; who opens it later need not say so."""
    with duckdb.connect() as con:
        con.execute(f"attach '{_quoted(path)}' as warehouse (storage_version '{_STORAGE}')")


@contextmanager
def read_warehouse(home: Path, *, memory_limit: str = MEMORY_LIMIT) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the working file for reading only. Analysts read the published copy instead, which is never busy.

    Raises `WarehouseBusyError` while a writer has the file open, `FileNotFoundError` before the first night.
    """
    path = home / WAREHOUSE_NAME
    if not path.exists():
        raise FileNotFoundError(f"{path}: no warehouse yet; run a night first (incentives nightly)")
    con = _connect(path, read_only=True)
    try:
        configure(con, home, memory_limit)
        yield con
    finally:
        con.close()


def configure(
    con: duckdb.DuckDBPyConnection, home: Path, memory_limit: str = MEMORY_LIMIT, threads: int | None = None
) -> None:
    """Give a connection the warehouse's settings: bounded memory, spilling below `home`, one time zone."""
    con.execute(f"set temp_directory = '{_quoted(home / SPILL_NAME)}'")
    con.execute(f"set memory_limit = '{memory_limit}'")
    con.execute(f"set global timezone = '{TIME_ZONE}'")
    con.execute("set enable_progress_bar = false")
    if threads is not None:
        con.execute(f"set threads = {threads}")


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    if not read_only and not path.exists():
        create(path)
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        match = re.search(r"Conflicting lock is held in .*\(PID (\d+)\)", str(error))
        if not match:
            raise
        raise WarehouseBusyError(
            f"process {match[1]} has {path.name} open. Close it (analysts read published/current instead), "
            "then run this again."
        ) from error


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
