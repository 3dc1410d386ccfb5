"""Full build, nightly build and random corrections of the models of advertising, on raw rows seeded by SQL.

A platform's report of two years: so many promotions a day that the rows come out. A night brings DELTA rows: two thirds
restate the last four days, one third is a new day. Corrections bring as many, of any day. Each model is built by a dbt
invocation of its own, from whose CPU seconds those of the same invocation with nothing to do are taken. Run as
`python -m benchmarks.builds ROWS DELTA`; prints one line of JSON.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

MODELS = ("stg_oceanengine__report", "int_spend", "fct_ad_performance", "fct_channel_performance")
DAYS, START = 730, "2024-11-01"
NIGHT = datetime(2026, 11, 3, 1, tzinfo=UTC)
_MEMORY = "4GB"


def main(rows: int, delta: int) -> dict[str, dict[str, float]]:
    """CPU seconds by model and kind of build,."""
    from connectors.registry import known_specs  # noqa: PLC0415 - import cost is no part of what is measured
    from orchestration.warehouse.reference import replace_metric_catalogue, replace_periods  # noqa: PLC0415
    from orchestration.warehouse.schema import ensure_tables  # noqa: PLC0415

    home = Path(os.environ["BENCHMARK_HOME"])
    with _warehouse(home) as con:
        ensure_tables(con, known_specs())
        replace_metric_catalogue(con)
        replace_periods(con, history_start=datetime.fromisoformat(START).date(), as_of=NIGHT)
        _seed(con, rows // DAYS)
    _dbt(home, "build", f"+{MODELS[-1]}", f"+{MODELS[2]}")  # all around them, on empty tables but the report
    found: dict[str, dict[str, float]] = {model: {} for model in MODELS}
    for model in MODELS:
        _dbt(home, "run", model)
        idle = _dbt(home, "run", model)
        found[model]["idle"] = idle
        found[model]["full"] = _dbt(home, "run", "--full-refresh", model) - idle
    for night, kind in ((1, "nightly"), (2, "random")):
        with _warehouse(home) as con:
            _add(con, delta, rows // DAYS, number=night, anywhere=kind == "random")
        for model in MODELS:
            found[model][kind] = _dbt(home, "run", model) - found[model]["idle"]
    return found


def _seed(con: duckdb.DuckDBPyConnection, a_day: int) -> None:
    con.execute(_rows(f"range({DAYS}) as days (day) cross join range({a_day}) as ads (ad)", "day", "ad", 1))
    _record(con, 1)


def _add(con: duckdb.DuckDBPyConnection, count: int, a_day: int, *, number: int, anywhere: bool) -> None:
    if anywhere:
        source = (
            f"(select range * 7919 % {DAYS} as day, range * 104729 % {a_day} as ad from range({count})) as restated"
        )
    else:
        source = (
            f"(select {DAYS} - 1 - range % 4 as day, range * 104729 % {a_day} as ad from range({count * 2 // 3}) "
            f"union all select {DAYS}, range from range({count // 3})) as restated"
        )
    con.execute(_rows(source, "day", "ad", number + 1))
    _record(con, number + 1)


def _rows(source: str, day: str, ad: str, load_seq: int) -> str:
    on = f"strftime(date '{START}' + to_days({day}::integer), '%Y-%m-%d')"
    numbers = f"(hash({day}, {ad}, {load_seq}) % 100000)"
    zeros = ", ".join("'0'" for _ in range(7))
    return f"""
        insert into raw_oceanengine.report
        select distinct
            '1', {on}, 'c' || ({ad} % 50), 'campaign', 'p' || {ad}, 'promotion',
            ({numbers} / 100)::decimal(18, 2)::varchar, ({numbers} * 10)::varchar, {numbers}::varchar, {zeros},
            '{{}}', '1|' || {on} || '|p' || {ad}, md5({numbers}::varchar), 'load-{load_seq}', {load_seq}, 0,
            timestamptz '{NIGHT.isoformat()}', timestamptz '{NIGHT.isoformat()}', timestamptz '{NIGHT.isoformat()}',
            '1', false
        from {source}
        order by 2"""


def _record(con: duckdb.DuckDBPyConnection, number: int) -> None:
    con.execute(
        "insert into etl.loads select ?, ?, 'oceanengine', 'report', '1', 'window', ?, ?, 1, 1, 0, 0, 1, 1, ?, ''",
        [number, f"load-{number}", NIGHT, NIGHT, NIGHT + timedelta(days=number)],
    )


def _warehouse(home: Path) -> duckdb.DuckDBPyConnection:
    home.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(home / "warehouse.duckdb"))
    con.execute(f"set memory_limit = '{_MEMORY}'; set timezone = 'Asia/Shanghai'")
    return con


def _dbt(home: Path, command: str, *words: str) -> float:
    from orchestration.warehouse.dbt import run_dbt  # noqa: PLC0415 - as above

    options = [word for word in words if word.startswith("--")]
    models = [word for word in words if not word.startswith("--")]
    untested = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"] if command == "build" else []
    started = time.process_time()
    run_dbt([command, *options, *untested, "--select", *models], home=home, as_of=NIGHT).raise_for_failure()
    return time.process_time() - started


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
