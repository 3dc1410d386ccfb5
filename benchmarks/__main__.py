"""`make bench`: run everything on a fresh sample company and print one table."""

import os
import platform
import shutil
import tempfile
from pathlib import Path

import duckdb
import psutil

from benchmarks.extracting import figures
from benchmarks.measure import Cost, run, typical
from connectors.sandbox.serve import serve
from connectors.sandbox.state import ensure

REPEATS = 3


def main() -> None:
    """Extract + load, a night with nothing new, scoring."""
    with tempfile.TemporaryDirectory(prefix="incentives-bench-") as folder:
        home = Path(folder) / "var"
        ensure(home, scale=1.0)
        with serve(home) as sandbox:
            environment = {**os.environ, **sandbox.env, "INCENTIVES_HOME": str(home)}
            rows = [*extract_load(environment, Path(folder)), *idle_night(environment, home)]
        rows += figures(Path(folder), dlt=False)
        rows += cold_page(environment)
        rows += scoring(Path(folder) / "scoring")
    print(f"\n{psutil.cpu_count()} cores, {psutil.virtual_memory().total >> 30} GiB, ", end="")
    print(f"Python {platform.python_version()}, duckdb {duckdb.__version__}; CPU seconds, median of {REPEATS}\n")
    print("| benchmark | CPU s | baseline CPU s | ratio | peak MB | goal |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(row)


def extract_load(environment: dict[str, str], folder: Path) -> list[str]:
    """Leads and calls of two years, against fetching and parsing the same pages."""
    floors, owns = [], []
    for repeat in range(REPEATS):
        floors.append(run(["-m", "benchmarks.extract_load", "floor"], environment))
        target = folder / f"extract-{repeat}"
        owns.append(run(["-m", "benchmarks.extract_load", "ours"], environment | {"BENCHMARK_HOME": str(target)}))
        shutil.rmtree(target)
    floor, own = typical(floors), typical(owns)
    assert floor.said.split()[-1] == own.said.split()[-1], (floor.said, own.said)
    return [_row(f"extract + land + load, {int(own.said.split()[-1]):,} records", own, floor, "<= 2.0x, <= 256 MB")]


def idle_night(environment: dict[str, str], home: Path) -> list[str]:
    """The same night once more after the first, against importing Dagster and dbt."""
    night = ["-m", "orchestration.cli", "nightly"]
    first = run(night, environment)
    imports = typical([run(["-c", "import dagster, dagster_dbt, dbt.cli.main"], environment) for _ in range(REPEATS)])
    again = typical([run(night, environment) for _ in range(REPEATS)])
    assert (home / "published" / "current").exists()
    return [
        _row("first night, 24 months", first, imports, "-"),
        _row("night with nothing new", again, imports, "<= 12 CPU s"),
    ]


def cold_page(environment: dict[str, str]) -> list[str]:
    """Statement and explanation of one person-month from a cold start, against importing the command."""
    command = ["-m", "orchestration.cli"]
    imports = "import orchestration.cli.statement, orchestration.statement_pages"
    imported = typical([run(["-c", imports], environment) for _ in range(REPEATS)])
    pages = {
        "statement": [*command, "statement", "2026-10", "E9003"],
        "explain": [*command, "explain", "2026-10", "E9003"],
    }
    costs = {name: typical([run(page, environment) for _ in range(REPEATS)]) for name, page in pages.items()}
    return [
        _row(f"{name} of one person-month, cold ({cost.wall:.1f} s wall)", cost, imported, "<= 1 s wall")
        for name, cost in costs.items()
    ]


def scoring(folder: Path) -> list[str]:
    """30 metrics of 100,000 people over 12 months, against reading the Parquet of the measurements."""
    folder.mkdir()
    environment = {**os.environ, "BENCHMARK_HOME": str(folder), "BENCHMARK_PEOPLE": "100000"}
    module = ["-m", "benchmarks.scoring"]
    run([*module, "prepare"], environment)
    floor, bulk, trace = (
        typical([run([*module, way], environment) for _ in range(REPEATS)]) for way in ("floor", "bulk", "trace")
    )
    assert bulk.said.split()[-1] == trace.said.split()[-1], (bulk.said, trace.said)
    vectorised, rows = (run([*module, way], environment) for way in ("pandas", "rows"))
    name = "scoring 36M values"
    return [
        _row(f"{name}, exact", bulk, floor, "<= 3.5x, <= 512 MB"),
        _row(f"{name}, exact, with its trace written", trace, floor, "<= 6x, <= 512 MB"),
        _row(f"{name}, pandas vectorised (floats: not exact)", vectorised, floor, "-"),
        _row(f"{name}, pandas row by row, decimals, 1 % of the people", rows, floor, "-"),
    ]


def _row(name: str, cost: Cost, baseline: Cost, goal: str) -> str:
    ratio = cost.cpu / baseline.cpu
    return f"| {name} | {cost.cpu:.1f} | {baseline.cpu:.1f} | {ratio:.2f} | {cost.peak:.0f} | {goal} |"


if __name__ == "__main__":
    main()
