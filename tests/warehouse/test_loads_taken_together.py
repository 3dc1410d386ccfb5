"""Many loads at once give what one after another gives: every random history is loaded both ways and compared."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import pytest
import zstandard

from connectors.landing import list_landed
from connectors.stream import LandedLoad, StreamSpec, Window
from orchestration.warehouse.batch import groups
from orchestration.warehouse.connect import open_for_loading, open_warehouse
from orchestration.warehouse.errors import LoadError
from orchestration.warehouse.load import load, load_all
from orchestration.warehouse.schema import ensure_tables
from tests.warehouse.land import NIGHT, land
from tests.warehouse.streams import STREAMS, stream

FEED = stream("file_drop", "promotion_costs")
LEADS = stream("zoho_crm", "leads")
DELETED = stream("zoho_crm", "deleted_leads")
REPORT = stream("oceanengine", "report")
STAFF = stream("ihr360", "staff")
SEEDS = range(12)


def _warehouse(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_for_loading(home, holder="test") as con:
        ensure_tables(con, STREAMS)
        yield con


@pytest.fixture
def one_by_one(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    yield from _warehouse(tmp_path / "single")


@pytest.fixture
def together(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    yield from _warehouse(tmp_path / "batch")


def _contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table the loader writes, row order aside."""
    tables = con.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_schema like 'raw_%' or table_schema = 'etl'"
    ).fetchall()
    return {name: con.execute(f"from {name} order by all").fetchall() for (name,) in tables}


def _history(landing: Path, chance: random.Random) -> list[tuple[StreamSpec, list[LandedLoad]]]:
    """A few nights of loads of several streams: keys that come back, move between periods, repeat and vanish."""
    nights: list[tuple[StreamSpec, list[LandedLoad]]] = []
    for night in range(4):
        as_of = NIGHT + timedelta(days=night)
        spec = chance.choice([FEED, FEED, FEED, LEADS, DELETED, REPORT, STAFF])
        loads = [_load(landing, spec, as_of, chance) for _ in range(chance.randrange(1, 9))]
        nights.append((spec, loads))
    return nights


def _load(landing: Path, spec: StreamSpec, as_of: datetime, chance: random.Random) -> LandedLoad:
    day = chance.randrange(1, 9)
    period = f"2026{day:02d}"
    records = [_record(spec, period, chance) for _ in range(chance.randrange(12))]
    cursor = chance.choice([None, f"c{chance.randrange(100)}"])
    if spec is FEED:
        scope = chance.choice([{"_period": period}, {"_period": period}, {}])
        return land(landing, spec, records, as_of=as_of, scope=scope, cursor=cursor, complete=chance.random() < 0.9)
    if spec is REPORT:
        start = datetime(2026, 10, day, tzinfo=UTC)
        until = f"2026{day + 3:02d}"
        return land(
            landing,
            *(spec, records),
            as_of=as_of,
            window=Window(start, start + timedelta(days=3)),
            scope={"stat_time_day": (period, until)},
        )
    return land(landing, spec, records, as_of=as_of, cursor=cursor, full_scan=spec is STAFF)


def _record(spec: StreamSpec, period: str, chance: random.Random) -> dict[str, object]:
    number, version = str(chance.randrange(6)), chance.randrange(3)
    if spec is REPORT:
        base: dict[str, object] = dict.fromkeys(REPORT.columns, "1")
        return base | {
            "stat_time_day": period,
            "cdp_promotion_id": number,
            "stat_cost": str(version),
        }
    if spec is FEED:
        odd = chance.random() < 0.1  # a row of another period: as wrong as it is possible
        return {"cost_id": number, "amount": str(version), "_period": "202601" if odd else period}
    return {spec.key[0]: number if chance.random() < 0.95 else None, "version": version}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_history_loaded_together_is_the_one_loaded_one_by_one(
    tmp_path: Path, one_by_one: duckdb.DuckDBPyConnection, together: duckdb.DuckDBPyConnection, seed: int
) -> None:
    for spec, loads in _history(tmp_path / "landing", random.Random(seed)):
        singles = [load(one_by_one, it, spec, max_deleted_share=1.0) for it in loads]
        assert load_all(together, loads, spec, max_deleted_share=1.0) == singles
    assert _contents(together) == _contents(one_by_one)


def test_two_years_of_monthly_files_are_one_group_and_a_correction_starts_the_next(
    tmp_path: Path, one_by_one: duckdb.DuckDBPyConnection, together: duckdb.DuckDBPyConnection
) -> None:
    def file(period: str, version: int, rows: int) -> LandedLoad:
        records = [{"cost_id": f"{period}-{n}", "amount": str(version), "_period": period} for n in range(rows)]
        return land(tmp_path / "landing", FEED, records, scope={"_period": period}, cursor=f"{period}v{version}")

    months = [f"{year}{month:02d}" for year in (2025, 2026) for month in range(1, 13)]
    loads = [*(file(month, 1, 3) for month in months), file("202603", 2, 2)]
    assert [len(group) for group in groups(loads, FEED)] == [24, 1]
    results = load_all(together, loads, FEED)
    assert [(it.inserted, it.unchanged, it.deleted) for it in results] == [(3, 0, 0)] * 24 + [(2, 0, 1)]
    assert [it.load_seq for it in results] == list(range(1, 26))
    assert together.execute("select cursor from etl.cursors").fetchall() == [("202603v2",)]
    for it in loads:
        load(one_by_one, it, FEED)
    assert _contents(together) == _contents(one_by_one)


def test_loads_that_came_before_are_skipped_and_the_rest_is_taken_in(
    tmp_path: Path, together: duckdb.DuckDBPyConnection
) -> None:
    loads = [land(tmp_path / "landing", LEADS, [{"id": "1", "n": n}], as_of=NIGHT + timedelta(n)) for n in range(3)]
    load(together, loads[1], LEADS)
    results = load_all(together, [*loads, loads[0]], LEADS)
    assert [it.repeated for it in results] == [False, True, False, True]
    assert together.execute("select count(*) from etl.loads").fetchone() == (3,)


def test_a_load_that_is_refused_leaves_those_before_it(tmp_path: Path, together: duckdb.DuckDBPyConnection) -> None:
    def scan(night: int, people: int) -> LandedLoad:
        records = [{"staffId": f"s{number}"} for number in range(people)]
        return land(tmp_path / "landing", STAFF, records, as_of=NIGHT + timedelta(night), full_scan=True)

    loads = [scan(0, 30), scan(1, 29), scan(2, 0), scan(3, 30)]
    with pytest.raises(LoadError, match="lacks 29 of 29 known keys"):
        load_all(together, loads, STAFF)
    assert together.execute("select rows_landed, rows_deleted from etl.loads order by 1").fetchall() == [
        (29, 1),
        (30, 0),
    ]


def test_a_load_with_other_lines_than_its_manifest_says_is_refused_by_name(
    tmp_path: Path, together: duckdb.DuckDBPyConnection
) -> None:
    loads = [land(tmp_path / "landing", LEADS, [{"id": "1"}, {"id": "2"}], as_of=NIGHT + timedelta(n)) for n in (0, 1)]
    second = land(tmp_path / "other", LEADS, [{"id": "1"}], as_of=NIGHT + timedelta(2))
    manifest = second.path / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"rows": 1', b'"rows": 3'))
    (spoilt,) = list_landed(tmp_path / "other").loads
    with pytest.raises(LoadError, match=f"load {spoilt.load_id}: 1 lines where the manifest says 3"):
        load_all(together, [*loads, spoilt], LEADS)
    assert together.execute("select count(*) from etl.loads").fetchone() == (2,)


def test_text_of_every_kind_lands_in_the_warehouse_as_it_was(
    tmp_path: Path, one_by_one: duckdb.DuckDBPyConnection
) -> None:
    odd = ["a\x01b", "\x02", "\r\n", 'say "yes"', "it's", "\u2028", "#", "\\N", "", " ", "é你🙂", "\x00x", "x" * 3000]
    records = [{"id": str(n), "note": text} for n, text in enumerate(odd)]
    load(one_by_one, land(tmp_path / "landing", LEADS, records), LEADS)
    rows = one_by_one.execute(
        "select payload, _payload_hash, md5(payload) from raw_zoho_crm.leads order by _row"
    ).fetchall()
    assert [orjson.loads(payload) for payload, _, _ in rows] == records
    assert all(kept == made for _, kept, made in rows)


def test_a_damaged_line_is_refused_without_quoting_it(tmp_path: Path, one_by_one: duckdb.DuckDBPyConnection) -> None:
    landed = land(tmp_path / "landing", LEADS, [{"id": "1"}])
    packed = zstandard.compress(b'{"id": "13812345678"\n')
    landed.parts[0].write_bytes(packed)
    manifest = landed.path / "manifest.json"
    body = orjson.loads(manifest.read_bytes())
    body["parts"][0]["sha256"] = hashlib.sha256(packed).hexdigest()
    manifest.write_bytes(orjson.dumps(body))
    with pytest.raises(LoadError, match="no whole JSON object") as caught:
        load(one_by_one, landed, LEADS)
    assert "13812345678" not in str(caught.value)


def test_keys_that_do_not_fit_into_the_memory_for_loading_are_compared_with_more(tmp_path: Path) -> None:
    loads = [
        land(
            tmp_path / "landing",
            LEADS,
            [{"id": f"{n:0>40}", "v": v} for n in range(60_000)],
            as_of=NIGHT + timedelta(v),
        )
        for v in (0, 1)
    ]
    with open_warehouse(tmp_path / "home", holder="test", memory_limit="24MB", threads=1) as con:
        ensure_tables(con, [LEADS])
        assert load(con, loads[0], LEADS).inserted == 60_000
        assert con.execute("select current_setting('memory_limit')").fetchone() == ("22.8 MiB",)
        assert load(con, loads[1], LEADS).inserted == 60_000
        assert con.execute("select current_setting('memory_limit')").fetchone() == ("953.6 MiB",)
