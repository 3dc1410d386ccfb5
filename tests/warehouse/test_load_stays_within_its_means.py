"""Loads of any size fit into bounded memory, and a full disk leaves the old state."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.errors import LoadError
from orchestration.warehouse.load import load
from orchestration.warehouse.schema import ensure_tables
from tests.warehouse.land import land
from tests.warehouse.streams import STREAMS, stream

_LEADS = stream("zoho_crm", "leads")
_PEAK = """
import sys
from pathlib import Path
from connectors.landing import list_landed
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.load import load
from orchestration.warehouse.schema import ensure_tables
from tests.warehouse.streams import STREAMS, stream
home = Path(sys.argv[1])
with open_warehouse(home, holder="x", memory_limit="100MB", threads=2) as con:
    ensure_tables(con, STREAMS)
    result = load(con, list_landed(home / "landing").loads[0], stream("zoho_crm", "leads"))
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(result.inserted, int(peak.split()[1]) // 1024)
"""


def _records(count: int, size: int) -> list[dict[str, object]]:
    # Random digits do not compress in memory the way repeated text would.
    return [{"id": str(10**18 + number), "Note": os.urandom(size // 2).hex()} for number in range(count)]


def test_a_load_larger_than_the_memory_limit_spills_instead_of_growing(home: Path) -> None:
    land(home / "landing", _LEADS, _records(150_000, 640))
    output = subprocess.run(
        [sys.executable, "-c", _PEAK, str(home)], capture_output=True, text=True, check=True
    ).stdout.split()
    inserted, peak_mb = map(int, output)
    assert inserted == 150_000
    # Beside the 100 MB, DuckDB holds a row group per thread and its readers' buffers, however long the load is.
    assert peak_mb < 600, peak_mb


def test_a_full_disk_leaves_the_old_state_and_the_next_load_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_warehouse(home, holder="x") as con:
        ensure_tables(con, STREAMS)
        load(con, land(home / "landing", _LEADS, _records(10, 100)), _LEADS)
    large = land(home / "landing", _LEADS, _records(40_000, 1_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = _ignore_file_size_signal()
    with open_warehouse(home, holder="x") as con:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 1024 * 1024, limits[1]))
        try:
            with pytest.raises((LoadError, duckdb.Error)):
                load(con, large, _LEADS)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            previous()
    with open_warehouse(home, holder="x") as con:
        assert con.execute("select count(*), (select count(*) from etl.loads) from raw_zoho_crm.leads").fetchone() == (
            10,
            1,
        )
        assert load(con, large, _LEADS).inserted == 40_000


def _ignore_file_size_signal() -> Callable[[], object]:
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    return lambda: signal.signal(signal.SIGXFSZ, handler)
