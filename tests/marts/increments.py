"""Random increments on a company's raw tables: records inserted, restated, deleted, arriving late, moved to others.

What a vendor may send next is drawn from what it sent before: fields of one record stand in another, under its own or a
new key. So owners change hands, dates move across month ends, amounts, shares, links, seats, identities are restated,
in every stream alike and without this file knowing their fields.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import duckdb

from connectors.stream import StreamSpec
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.load import load
from orchestration.warehouse.reference import replace_periods
from tests.warehouse.land import land
from tests.warehouse.sample import HISTORY_START, SAMPLE_STREAMS, ZONE

Record = dict[str, Any]

STREAMS = tuple(spec for spec in SAMPLE_STREAMS if not spec.tombstones_of)
RARE = {"organizations", "users", "materials", "customers"}
"""Streams whose few records are everybody's: they change in one increment of four."""


def add_increment(home: Path, chance: Random, as_of: datetime, *, changes: int = 6) -> list[str]:
    """Load random changes of a few records of about half of the streams, known at `as_of`; tells what was done."""
    told = []
    with open_warehouse(home, holder="a random history") as con:
        for spec in STREAMS:
            if chance.random() < (0.75 if spec.name in RARE else 0.4):
                continue
            known = _known(con, spec)
            if not known:
                continue
            records = _restated(chance, spec, known, changes) + _inserted(chance, spec, known, changes // 2)
            _load(con, home, spec, records, as_of, full_scan=False)
            told.append(f"{spec.source}.{spec.name}: {len(records)}")
            if chance.random() < 0.5:
                lost = _lose(con, home, chance, spec, as_of)
                told.append(f"{spec.source}.{spec.name}: {lost} lost")
        replace_periods(con, history_start=HISTORY_START, as_of=as_of, zone=ZONE)
    return told


def differing_tables(home: Path, other: Path) -> dict[str, int]:
    """Tables of staging, intermediate and marts whose rows differ between two warehouses, with how many rows do."""
    found = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        con.execute(f"attach '{other / 'warehouse.duckdb'}' as other (read_only)")
        tables = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where database_name = 'warehouse' and schema_name in ('staging', 'intermediate', 'marts') order by 1"
        ).fetchall()
        assert len(tables) > 80
        for (table,) in tables:
            count = con.execute(
                f"select (select count(*) from (select * from {table} except all select * from other.{table}))"
                f" + (select count(*) from (select * from other.{table} except all select * from {table}))"
            ).fetchall()[0][0]
            if count:
                found[table] = count
    return found


def _known(con: duckdb.DuckDBPyConnection, spec: StreamSpec) -> list[Record]:
    columns = ", ".join(f'"{name}"' for name in spec.columns)
    rows = con.execute(
        f"select payload{', ' + columns if columns else ''} from raw_{spec.source}.{spec.name} "
        "qualify row_number() over (partition by _key order by _load_seq desc) = 1 and not _is_deleted order by _key"
    ).fetchall()
    return [dict(zip(spec.columns, row[1:], strict=True)) | json.loads(row[0]) for row in rows]


def _restated(chance: Random, spec: StreamSpec, known: Sequence[Record], count: int) -> list[Record]:
    return [_mixed(chance, spec, record, known) for record in chance.sample(known, min(count, len(known)))]


def _inserted(chance: Random, spec: StreamSpec, known: Sequence[Record], count: int) -> list[Record]:
    fresh = []
    for record in chance.choices(known, k=count):
        made = _mixed(chance, spec, record, known)
        part = spec.key[0]
        texts = [other for other in spec.key if not _is_date(made.get(other))] or [part]
        name = chance.choice(texts)
        made[name] = f"{made.get(name)}x{chance.randrange(10**6)}"
        fresh.append(made)
    return fresh


def _mixed(chance: Random, spec: StreamSpec, record: Record, known: Sequence[Record]) -> Record:
    other = chance.choice(known)
    names = sorted(other.keys() - set(spec.key))
    taken = chance.sample(names, min(len(names), chance.randint(1, 4)))
    return record | {name: other[name] for name in taken}


def _lose(con: duckdb.DuckDBPyConnection, home: Path, chance: Random, spec: StreamSpec, as_of: datetime) -> int:
    """A complete scan without some of the records known: they were deleted."""
    known = _known(con, spec)
    lost = chance.sample(range(len(known)), min(3, len(known) // 4))
    kept = [record for place, record in enumerate(known) if place not in lost]
    _load(con, home, spec, kept, as_of, full_scan=True)
    return len(lost)


def _load(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    spec: StreamSpec,
    records: list[Record],
    as_of: datetime,
    *,
    full_scan: bool,
) -> None:
    account = "sample" if spec.source != "file_drop" else spec.name
    load(con, land(home / "landing", spec, records, as_of=as_of, account=account, full_scan=full_scan), spec)


def _is_date(value: object) -> bool:
    return isinstance(value, str) and len(value) >= 10 and value[4:5] == "-" and value[7:8] == "-"
