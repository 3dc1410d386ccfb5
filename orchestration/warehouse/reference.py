"""What the company decides, put beside the data each night: the metric catalogue and the periods.

The catalogue is a file (orchestration/plans/library/metrics.yaml); models join it as `reference.metric_catalogue`.
"""

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from orchestration.periods import MONTHS, periods_between
from orchestration.settings import PROJECT_ROOT
from orchestration.warehouse.errors import WarehouseError

CATALOGUE = PROJECT_ROOT / "orchestration" / "plans" / "library" / "metrics.yaml"

_TEXTS = (
    *("name_zh", "name_en", "definition", "definition_zh", "numerator", "denominator", "unit", "direction"),
    *("category", "horizon", "aggregation", "on_zero_denominator", "credit_role", "counting", "owner"),
)
_OPTIONAL = {"definition_zh", "numerator", "denominator"}
_LISTS = ("grains", "cadences", "sources", "requirements")


def replace_metric_catalogue(
    con: duckdb.DuckDBPyConnection, path: Path = CATALOGUE, *, streams: Collection[str] | None = None
) -> int:
    """Make `reference.metric_catalogue` what the file says, and return how many metrics that are.

    `streams` are those the company has switched on (`source.stream`; None: all): a source that is not among them is
    replaced by what the file lets stand in for it, and one that the file calls optional is left out, so that
    a metric waits for what this company has. A metric that would wait for nothing keeps all: it stays missing.

    One row per metric: `metric_id`, the texts, the lists as VARCHAR[], and `applies_to_<what>` as VARCHAR[] (empty:
    everybody). Raises `WarehouseError` with file and line where a metric lacks a field or comes twice.
    """
    metrics, stand_ins, optional = _read(path)
    scopes = sorted({name for metric in metrics for name in metric.get("applies_to") or {}} | {"departments"})
    columns = [
        "metric_id VARCHAR",
        *(f"{name} VARCHAR" for name in _TEXTS),
        *(f"{name} VARCHAR[]" for name in _LISTS),
        *(f"applies_to_{name} VARCHAR[]" for name in scopes),
    ]
    rows = []
    for metric in metrics:
        applies = metric.get("applies_to") or {}
        rows.append(
            [
                metric["id"],
                *(metric.get(name) for name in _TEXTS),
                *(_listed(metric, name, stand_ins, optional, streams) for name in _LISTS),
                *([str(item) for item in applies.get(name) or []] for name in scopes),
            ]
        )
    _replace(con, "metric_catalogue", columns, rows)
    return len(rows)


def replace_periods(
    con: duckdb.DuckDBPyConnection, *, history_start: date, as_of: datetime, zone: ZoneInfo | None = None
) -> None:
    """Make `reference.periods` all periods of every cadence that overlap history_start .. as_of (today included)."""
    today = as_of.astimezone(zone or ZoneInfo("Asia/Shanghai")).date()
    end = date.fromordinal(today.toordinal() + 1)
    rows = [
        [str(period), cadence, period.start, period.end]
        for cadence in MONTHS
        for period in periods_between(history_start, end, cadence)
    ]
    columns = ["period_id VARCHAR", "cadence VARCHAR", "period_start DATE", "period_end DATE"]
    _replace(con, "periods", columns, rows)


def _listed(
    metric: Any, name: str, stand_ins: dict[str, list[list[str]]], optional: set[str], streams: Collection[str] | None
) -> list[str]:
    items = [str(item) for item in metric[name]]
    if name != "sources" or streams is None:
        return items
    waited_for = list(dict.fromkeys(it for item in items for it in _present(item, stand_ins.get(item, []), streams)))
    return [it for it in waited_for if it in streams or it not in optional] or waited_for


def _present(item: str, alternatives: list[list[str]], streams: Collection[str]) -> list[str]:
    """The stream itself where it is switched on, else the first alternative that is there whole."""
    if item in streams:
        return [item]
    return next((found for found in alternatives if all(it in streams for it in found)), [item])


def _read(path: Path) -> tuple[list[Any], dict[str, list[list[str]]], set[str]]:
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise WarehouseError(f"{path}: cannot be read as a metric catalogue: {error}") from error
    metrics = document.get("metrics") if isinstance(document, dict) else None
    if not metrics:
        raise WarehouseError(f"{path}: no list `metrics`; it must name every metric of the company")
    seen: set[str] = set()
    for metric in metrics:
        line = metric.lc.line + 1
        lacking = [name for name in ("id", *_TEXTS, *_LISTS) if metric.get(name) is None and name not in _OPTIONAL]
        if lacking:
            raise WarehouseError(f"{path}:{line}: metric {metric.get('id')} lacks {', '.join(lacking)}; add them")
        if metric["id"] in seen:
            raise WarehouseError(f"{path}:{line}: metric {metric['id']} comes twice; remove one")
        seen.add(metric["id"])
    stand_ins = {
        str(name): [str(it).split(" + ") for it in ([given] if isinstance(given, str) else given)]
        for name, given in (document.get("stands_in") or {}).items()
    }
    return list(metrics), stand_ins, {str(name) for name in document.get("optional") or ()}


def _replace(con: duckdb.DuckDBPyConnection, table: str, columns: list[str], rows: list[list[Any]]) -> None:
    con.begin()
    try:
        con.execute("create schema if not exists reference")
        con.execute(f"create or replace table reference.{table} ({', '.join(columns)})")
        con.executemany(f"insert into reference.{table} values ({', '.join('?' * len(columns))})", rows)
        con.commit()
    except BaseException:
        con.rollback()
        raise
