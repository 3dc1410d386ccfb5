"""Figures of the connectors: memory at any size, connections side by side, and dlt over the same pages.

`python -m benchmarks.extracting [--dlt]` prints them alone. `--dlt` makes a virtual environment of dlt's own from
`benchmarks/dlt.lock` (42 packages) and needs a package index; nothing of dlt is installed otherwise.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import Cost, run

MODULE = "benchmarks.extract_many"
HERE = Path(__file__).parent


def figures(folder: Path, *, dlt: bool) -> list[str]:
    """Rows of the table, each a comparison within this run."""
    rows = []
    with pages(100_000) as url:
        floor = run(["-m", MODULE, "floor", url], os.environ)
        own = _load(folder / "few", url)
        rows.append(_row("extract + land + load, 100,000 calls", own, floor, "<= 2.0x, <= 256 MB"))
        if dlt:
            rows += [_row(name, cost, floor, "-") for name, cost in _dlt(folder, url)]
    with pages(1_000_000) as url:
        rows.append(_row("the same, 1,000,000 calls", _load(folder / "many", url), floor, "<= 256 MB"))
    with pages(1_200, pause=100) as url:
        environment = {**os.environ, "BENCHMARK_HOME": str(folder / "serial")}
        serial = run(["-m", MODULE, "side_by_side", url, "1"], environment)
        eight = run(["-m", MODULE, "side_by_side", url, "8"], environment | {"BENCHMARK_HOME": str(folder / "eight")})
        assert serial.said == eight.said, (serial.said, eight.said)
        told = f"{serial.wall:.2f} s / {eight.wall:.2f} s = {serial.wall / eight.wall:.1f}x"
        rows.append(f"| eight accounts at 100 ms a page, 1 and 8 connections, wall | - | - | {told} | - | >= 4.5x |")
    return rows


@contextmanager
def pages(records: int, pause: int = 0) -> Iterator[str]:
    """A server of so many records in a process of its own, which is not counted; gives its address."""
    command = [sys.executable, "-m", "benchmarks.pages", str(records), str(pause)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().decode().strip()
        finally:
            server.communicate()


def _load(home: Path, url: str) -> Cost:
    return run(["-m", MODULE, "ours", url], {**os.environ, "BENCHMARK_HOME": str(home)})


def _dlt(folder: Path, url: str) -> Iterator[tuple[str, Cost]]:
    home = folder / "dlt"
    python = home / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(home / "venv")], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*install, "-r", str(HERE / "dlt.lock")], check=True)
    for file_format in ("parquet", "insert_values"):
        target = home / file_format
        target.mkdir()
        command = [str(HERE / "dlt_rest_api.py"), url, file_format]
        cost = run(command, {**os.environ, "BENCHMARK_HOME": str(target)}, python=str(python))
        yield f"dlt 1.31 rest_api, {file_format}, 100,000 calls", cost


def _row(name: str, cost: Cost, baseline: Cost, goal: str) -> str:
    ratio = cost.cpu / baseline.cpu
    return f"| {name} | {cost.cpu:.1f} | {baseline.cpu:.1f} | {ratio:.2f} | {cost.peak:.0f} | {goal} |"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="incentives-bench-") as made:
        print("| benchmark | CPU s | baseline CPU s | ratio | peak MB | goal |\n|---|---|---|---|---|---|")
        print("\n".join(figures(Path(made), dlt="--dlt" in sys.argv[1:])))
