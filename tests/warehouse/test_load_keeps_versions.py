"""Loading: nothing twice, nothing lost, deletions known, counts reconciled."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import pytest
import zstandard

from connectors.landing import list_landed
from connectors.registry import known_specs
from connectors.stream import Window, names_spec
from orchestration.warehouse.errors import LoadError
from orchestration.warehouse.load import load
from tests.warehouse.land import NIGHT, land
from tests.warehouse.streams import STREAMS, stream

LEADS = stream("zoho_crm", "leads")
STAFF = stream("ihr360", "staff")
REPORT = stream("oceanengine", "report")
DAY = timedelta(days=1)


def _lead(number: int, status: str = "New") -> dict[str, object]:
    return {"id": str(10**18 + number), "Lead_Status": status, "Owner": {"id": "7"}}


def _versions(con: duckdb.DuckDBPyConnection, table: str = "raw_zoho_crm.leads") -> list[tuple[str, bool]]:
    return con.execute(f"select payload->>'Lead_Status', _is_deleted from {table} order by _load_seq, _row").fetchall()


def test_the_same_load_twice_changes_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    landed = land(tmp_path, LEADS, [_lead(1), _lead(2)], cursor="c1", vendor_total=2)
    first = load(con, landed, LEADS)
    again = load(con, landed, LEADS)
    assert (first.landed, first.inserted, first.unchanged, first.deleted, first.repeated) == (2, 2, 0, 0, False)
    assert again.repeated
    assert (again.inserted, again.load_seq) == (first.inserted, first.load_seq)
    assert con.execute("select count(*) from raw_zoho_crm.leads").fetchone() == (2,)
    assert con.execute("select count(*), max(vendor_total) from etl.loads").fetchone() == (1, 2)
    assert con.execute("select cursor from etl.cursors").fetchall() == [("c1",)]


def test_a_value_that_changes_and_changes_back_is_kept_as_three_versions(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for night, status in enumerate(["A", "B", "A", "A"]):
        load(con, land(tmp_path, LEADS, [_lead(1, status)], as_of=NIGHT + night * DAY), LEADS)
    assert [status for status, _ in _versions(con)] == ["A", "B", "A"]
    assert con.execute("select rows_inserted, rows_unchanged from etl.loads order by load_seq").fetchall() == [
        (1, 0),
        (1, 0),
        (1, 0),
        (0, 1),
    ]


def test_of_a_key_that_comes_twice_in_one_load_the_last_line_is_the_version(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    result = load(con, land(tmp_path, LEADS, [_lead(1, "old"), _lead(2, "x"), _lead(1, "new")]), LEADS)
    assert (result.landed, result.inserted, result.unchanged) == (3, 2, 1)
    assert con.execute("select payload->>'Lead_Status', _row from raw_zoho_crm.leads order by _row").fetchall() == [
        ("x", 1),
        ("new", 2),
    ]


def test_lines_keep_their_number_across_parts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    load(con, land(tmp_path, LEADS, [_lead(number) for number in range(25)], rows_per_part=4), LEADS)
    rows = con.execute("select _row, payload->>'id' from raw_zoho_crm.leads order by _row").fetchall()
    assert rows == [(number, str(10**18 + number)) for number in range(25)]


def test_a_person_missing_from_a_complete_scan_is_deleted_and_may_come_back(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    both = [{"staffId": "s1", "staffStatus": "a"}, {"staffId": "s2", "staffStatus": "b"}]
    load(con, land(tmp_path, STAFF, both, full_scan=True), STAFF)
    gone = load(con, land(tmp_path, STAFF, both[:1], as_of=NIGHT + DAY, full_scan=True), STAFF)
    still = load(con, land(tmp_path, STAFF, both[:1], as_of=NIGHT + 2 * DAY, full_scan=True), STAFF)
    back = load(con, land(tmp_path, STAFF, both, as_of=NIGHT + 3 * DAY, full_scan=True), STAFF)
    assert [result.deleted for result in (gone, still, back)] == [1, 0, 0]
    assert back.inserted == 1
    history = con.execute(
        "select _is_deleted, payload->>'staffStatus' from raw_ihr360.staff where _key = 's2' order by _load_seq"
    ).fetchall()
    assert history == [(False, "b"), (True, "b"), (False, "b")]


@pytest.mark.parametrize("doubt", [{"complete": False}, {"vendor_total": 2}])
def test_a_scan_with_doubts_deletes_nobody(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, doubt: dict[str, int | bool]
) -> None:
    load(con, land(tmp_path, STAFF, [{"staffId": "s1"}, {"staffId": "s2"}], full_scan=True), STAFF)
    landed = land(tmp_path, STAFF, [{"staffId": "s1"}], as_of=NIGHT + DAY, full_scan=True, **doubt)  # type: ignore[arg-type]
    assert load(con, landed, STAFF).deleted == 0


def test_a_scan_that_lost_most_keys_is_refused_until_somebody_accepts_it(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    everybody = [{"staffId": f"s{number}"} for number in range(30)]
    load(con, land(tmp_path, STAFF, everybody, full_scan=True), STAFF)
    nobody = land(tmp_path, STAFF, [], as_of=NIGHT + DAY, full_scan=True)
    with pytest.raises(LoadError, match="lacks 30 of 30 known keys"):
        load(con, nobody, STAFF)
    assert con.execute("select count(*) from raw_ihr360.staff").fetchone() == (30,)
    assert load(con, nobody, STAFF, max_deleted_share=1.0).deleted == 30


def test_deletions_that_the_vendor_reports_mark_the_parent_once(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    deleted = stream("zoho_crm", "deleted_leads")
    load(con, land(tmp_path, LEADS, [_lead(1, "A"), _lead(2, "B")]), LEADS)
    report = [{"id": str(10**18 + 2), "deleted_time": "2026-11-02T10:00:00+08:00"}, {"id": "unknown"}]
    assert load(con, land(tmp_path, deleted, report), deleted).deleted == 1
    assert _versions(con) == [("A", False), ("B", False), ("B", True)]
    load(con, land(tmp_path, LEADS, [_lead(2, "restored")], as_of=NIGHT + DAY), LEADS)
    assert load(con, land(tmp_path, deleted, report, as_of=NIGHT + DAY), deleted).deleted == 0
    assert _versions(con)[-1] == ("restored", False)


def test_a_corrected_file_replaces_its_period_and_leaves_the_others(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    feed = stream("file_drop", "promotion_costs")

    def row(cost_id: str, day: str, amount: str) -> dict[str, object]:
        return {"cost_id": cost_id, "cost_on": day, "amount": amount}

    september = [row("s", "2026-09-30", "5")]
    october = [row("a", "2026-10-01", "10"), row("b", "2026-10-31", "20")]
    load(con, land(tmp_path, feed, september, scope={"cost_on": ("2026-09-01", "2026-10-01")}), feed)
    load(con, land(tmp_path, feed, october, scope={"cost_on": ("2026-10-01", "2026-11-01")}), feed)
    corrected = [row("a", "2026-10-01", "11")]
    result = load(con, land(tmp_path, feed, corrected, scope={"cost_on": ("2026-10-01", "2026-11-01")}), feed)
    assert (result.inserted, result.deleted) == (1, 1)
    latest = con.execute(
        "select _key, arg_max(_is_deleted, _load_seq) from raw_file_drop.promotion_costs group by 1 order by 1"
    ).fetchall()
    assert latest == [("a", False), ("b", True), ("s", False)]


def test_a_snapshot_of_tonight_does_not_delete_yesterdays(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    inventory = stream("kingdee", "inventory")

    def row(day: str, material: str) -> dict[str, object]:
        return {"snapshot_on": day, "FMaterialId.FNumber": material, "FStockId.FNumber": "W1", "FBaseQty": 1}

    load(con, land(tmp_path, inventory, [row("2026-11-01", "M1"), row("2026-11-01", "M2")], full_scan=True), inventory)
    tonight = land(tmp_path, inventory, [row("2026-11-02", "M1")], as_of=NIGHT + DAY, full_scan=True)
    assert load(con, tonight, inventory).deleted == 0
    assert con.execute("select _key from raw_kingdee.inventory order by 1").fetchall() == [
        ("2026-11-01|M1|W1",),
        ("2026-11-01|M2|W1",),
        ("2026-11-02|M1|W1",),
    ]


def test_reports_load_typed_columns_and_keep_the_rest(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    record = dict.fromkeys(REPORT.columns, "0") | {"stat_cost": "12.30", "show_cnt": "-", "brand_new_metric": "7"}
    load(con, land(tmp_path, REPORT, [record]), REPORT)
    row = con.execute("select stat_cost, show_cnt, payload, _key from raw_oceanengine.report").fetchone()
    assert row == ("12.30", "-", '{"brand_new_metric":"7"}', "0|0|0")


def test_a_restated_day_is_a_new_version_and_an_unchanged_one_is_not(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def rows(cost: str) -> list[dict[str, str]]:
        base = dict.fromkeys(REPORT.columns, "1")
        return [base | {"stat_time_day": "2026-11-01", "stat_cost": cost}, base | {"stat_time_day": "2026-11-02"}]

    def results(night: int, cost: str) -> tuple[int, int]:
        as_of = NIGHT + night * DAY
        landed = land(tmp_path, REPORT, rows(cost), as_of=as_of, window=Window(as_of - 8 * DAY, as_of))
        result = load(con, landed, REPORT)
        return result.inserted, result.unchanged

    assert results(0, "10") == (2, 0)
    assert results(1, "12") == (1, 1)
    assert results(2, "12") == (0, 2)


def test_a_record_without_its_key_is_kept_under_a_key_of_its_own(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    result = load(con, land(tmp_path, LEADS, [{"id": None, "n": 1}, {"n": 2}, {"id": "", "n": 3}, _lead(1)]), LEADS)
    assert result.inserted == 4
    odd = con.execute("select count(distinct _key) from raw_zoho_crm.leads where _key like 'no key: %'").fetchone()
    assert odd == (3,)


def test_names_load_into_the_restricted_schema(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    names = stream("ihr360", "staff")
    companion = names_spec(names)
    assert companion is not None
    load(con, land(tmp_path, companion, [{"key": "s1", "staffName": "Somebody"}]), companion)
    assert con.execute("select _key from restricted_ihr360.staff__names").fetchall() == [("s1",)]


def test_an_older_window_landed_again_does_not_set_the_cursor_back(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(con, land(tmp_path, LEADS, [_lead(1)], cursor="new"), LEADS)
    load(con, land(tmp_path, LEADS, [_lead(2)], as_of=NIGHT - DAY, cursor="old"), LEADS)
    assert con.execute("select cursor from etl.cursors").fetchall() == [("new",)]


def test_a_part_that_was_tampered_with_is_refused_whole(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    landed = land(tmp_path, LEADS, [_lead(1), _lead(2)])
    landed.parts[0].write_bytes(zstandard.compress(orjson.dumps(_lead(1)) + b"\n"))
    with pytest.raises(LoadError, match="content is not what was landed"):
        load(con, landed, LEADS)
    assert con.execute("select count(*) from etl.loads").fetchone() == (0,)


def test_a_half_written_folder_is_no_load(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    landed = land(tmp_path, LEADS, [_lead(1)])
    (landed.path / "manifest.json").unlink()
    found = list_landed(tmp_path)
    assert found.loads == ()
    assert len(found.ignored) == 1


def test_a_row_that_a_complete_window_lacks_is_deleted_and_earlier_days_are_not(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    def row(day: str, promotion: str) -> dict[str, str]:
        return dict.fromkeys(REPORT.columns, "1") | {"stat_time_day": day, "cdp_promotion_id": promotion}

    def night(first: int, last: int, rows: list[dict[str, str]]) -> int:
        start, end = (datetime(2026, 10, day, tzinfo=UTC) for day in (first, last))
        scope = {"stat_time_day": (f"2026-10-{first:02d}", f"2026-10-{last:02d}")}
        as_of = NIGHT + last * DAY
        return load(
            con, land(tmp_path, REPORT, rows, as_of=as_of, window=Window(start, end), scope=scope), REPORT
        ).deleted

    assert night(1, 9, [row("2026-10-01", "a"), row("2026-10-08", "a"), row("2026-10-08", "b")]) == 0
    assert night(2, 10, [row("2026-10-08", "a"), row("2026-10-09", "a")]) == 1
    gone = con.execute("select _key from raw_oceanengine.report where _is_deleted").fetchall()
    assert gone == [("1|2026-10-08|b",)]


def test_the_connectors_speak_of_the_streams_that_staging_knows() -> None:
    spoken = {(spec.source, spec.name): spec for spec in known_specs()}
    for spec in STREAMS:
        theirs = spoken[spec.source, spec.name]
        assert (theirs.key, theirs.mode, theirs.tombstones_of) == (spec.key, spec.mode, spec.tombstones_of), spec.name
        assert dict(theirs.columns) == dict(spec.columns), spec.name
        assert (names_spec(theirs) is None) == (names_spec(spec) is None), spec.name
