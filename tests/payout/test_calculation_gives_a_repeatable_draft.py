import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from close_steps import AS_OF, OCTOBER, close_period, make_room
from simple_scoring import SimplePlans
from test_four_eyes_before_a_payout import ACTORS, AT

from orchestration.payout.approval import approve, review
from orchestration.payout.audit import verify_audit
from orchestration.payout.canonical import sha256_file
from orchestration.payout.close import calculate
from orchestration.payout.close_folder import read_closed_inputs, read_rows, verify_close_folder
from orchestration.payout.contents import COLUMNS
from orchestration.payout.errors import GateNotGreen
from orchestration.payout.ledger import open_ledger
from orchestration.payout.lines import RunKey
from orchestration.payout.measurements import measurement_hash, read_inputs
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import read_calculation


def folder_of(room: CloseRoom) -> Path:
    return room.payouts / "2026-10" / "CN01-1"


def draft(room: CloseRoom) -> list[dict[str, str]]:
    with (folder_of(room) / "payout.draft.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def manifest(room: CloseRoom) -> dict:
    return json.loads((folder_of(room) / "payout.manifest.json").read_text(encoding="utf-8"))


def contents(home: Path) -> dict[str, bytes]:
    """Every file of the outputs, by relative path."""
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for top in ("out", "closed")
        for path in sorted((home / top).rglob("*"))
        if path.is_file()
    }


def test_the_draft_has_one_line_per_person_in_the_contracts_columns(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    rows = draft(room)
    assert tuple(rows[0]) == COLUMNS
    # 6000 x 87654.32 / 90000 = 5843.62 1333...; 5000 x 45000 / 90000 = 2500
    assert [(row["employee_no"], row["amount"]) for row in rows] == [("E0001", "5843.62"), ("E0002", "2500.00")]
    assert {(row["work_period"], row["pay_month"], row["origin_period"], row["revision"]) for row in rows} == {
        ("2026-10", "2026-11", "2026-10", "1")
    }


def test_the_manifest_adds_up_and_names_what_it_was_made_from(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    told = manifest(room)
    assert told["status"] == "calculated"
    assert told["file"]["sha256"] == sha256_file(folder_of(room) / "payout.draft.csv")
    assert told["totals"]["by_currency"] == {"CNY": {"lines": 2, "sum_fen": 834362}}
    assert told["totals"]["by_component"] == {"score_bonus CNY": {"lines": 2, "sum_fen": 834362}}
    assert told["totals"]["by_department"] == {"D-SAL CNY": {"lines": 2, "sum_fen": 834362}}
    assert told["totals"]["by_payer"] == {"PE01 CNY": {"lines": 2, "sum_fen": 834362}}
    assert told["plans"] == {"content_hash": SimplePlans().content_hash, "versions": ["simple@1"]}
    assert told["loads"] == {"used": ["load1"]}
    assert told["measurement_hash"] == measurement_hash(read_inputs(warehouse, OCTOBER))
    with room.ledger.read() as connection:
        assert told["audit_head"]["hash"] == verify_audit(connection).head


def test_files_are_readable_to_their_owner_only(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    modes = {path.stat().st_mode & 0o777 for path in room.payouts.rglob("*") if path.is_file()}
    modes |= {path.stat().st_mode & 0o777 for path in room.closed.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_calculating_twice_changes_no_byte_and_no_row(room: CloseRoom, warehouse, tmp_path: Path):
    first = close_period(room, warehouse)
    before = contents(tmp_path)
    second = close_period(room, warehouse)
    assert (first.is_new, second.is_new) == (True, False)
    assert contents(tmp_path) == before
    with room.ledger.read() as connection:
        assert verify_audit(connection).events == 2  # gate and calculation


def test_the_order_of_rows_in_the_warehouse_changes_no_byte(sqlite_room: CloseRoom, warehouse, tmp_path: Path):
    close_period(sqlite_room, warehouse)
    for table in ("fct_kpi_measurements", "dim_bonus_bases", "dim_employee_assignments", "fct_kpi_contributions"):
        warehouse.execute(f"create table shuffled as from marts.{table} order by all desc; truncate marts.{table}")
        warehouse.execute(f"insert into marts.{table} from shuffled; drop table shuffled")
    other = tmp_path / "other"
    other.mkdir()
    ledger = open_ledger(f"sqlite:///{other / 'ledger.db'}")
    close_period(make_room(other, ledger), warehouse)
    ledger.close()
    assert contents(other) == contents(tmp_path)


def test_changed_content_is_a_new_revision_with_new_ids(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    before = draft(room)
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000 where subject_id = 'E0001'")
    assert close_period(room, warehouse).revision == 2
    rows = draft(room)
    assert [row["amount"] for row in rows] == ["6000.00", "2500.00"]
    assert {row["revision"] for row in rows} == {"2"}
    assert not {row["line_id"] for row in rows} & {row["line_id"] for row in before}
    assert (room.closed / "2026-10" / "1").is_dir()


def test_a_changed_plan_is_a_new_revision(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    changed = SimplePlans({"plans/simple.yaml": "plan: simple\nversion: 2\n"})
    assert close_period(room, warehouse, plans=changed).revision == 2


def test_without_a_green_gate_for_exactly_these_measurements_nothing_is_written(room: CloseRoom, warehouse, tmp_path):
    with pytest.raises(GateNotGreen):
        calculate(room, warehouse, OCTOBER, plans=SimplePlans(), pay_month="2026-11", as_of=AS_OF)
    assert not list(tmp_path.rglob("*.csv"))
    close_period(room, warehouse)
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 1 where subject_id = 'E0001'")
    with pytest.raises(GateNotGreen, match="changed since"):
        calculate(room, warehouse, OCTOBER, plans=SimplePlans(), pay_month="2026-11", as_of=AS_OF)
    assert draft(room)[0]["amount"] == "5843.62"


def test_a_person_with_missing_data_is_held_and_the_others_are_paid(room: CloseRoom, warehouse):
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001'")
    close_period(room, warehouse)
    assert [row["employee_no"] for row in draft(room)] == ["E0002"]
    assert manifest(room)["held"] == [
        {"employee_no": "E0001", "component": "score_bonus", "reason": "sales_revenue_attainment is missing"}
    ]
    assert "E0001,B100,score_bonus,sales_revenue_attainment is missing" in (folder_of(room) / "held.csv").read_text()


@pytest.mark.parametrize("cost_centre", ["=HYPERLINK(1)", "＝1", "CC\t1", "CC\ufffd", " CC1", "@x", "CC\n1"])
def test_a_line_no_machine_may_read_is_held_and_not_altered(sqlite_room: CloseRoom, warehouse, cost_centre: str):
    warehouse.execute("update marts.dim_bonus_bases set cost_centre = ? where employee_no = 'E0001'", [cost_centre])
    close_period(sqlite_room, warehouse)
    assert [row["employee_no"] for row in draft(sqlite_room)] == ["E0002"]
    assert "cost_centre cannot stand in a machine file" in manifest(sqlite_room)["held"][0]["reason"]


def test_each_pay_group_has_its_own_run(room: CloseRoom, warehouse):
    warehouse.execute("update marts.dim_bonus_bases set pay_group = 'HK02' where employee_no = 'E0002'")
    calculation = close_period(room, warehouse)
    assert [str(run) for run in calculation.runs] == ["2026-10 CN01-1", "2026-10 HK02-1"]
    assert [row["employee_no"] for row in draft(room)] == ["E0001"]


def test_a_pay_group_that_lost_its_people_is_emptied_not_forgotten(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    warehouse.execute("update marts.dim_bonus_bases set pay_group = 'HK02'")
    close_period(room, warehouse)
    assert draft(room) == []
    assert manifest(room)["revision"] == 2


def test_the_close_folder_holds_what_was_scored(room: CloseRoom, warehouse):
    calculation = close_period(room, warehouse)
    folder = room.closed / "2026-10" / str(calculation.revision)
    inputs = read_inputs(warehouse, OCTOBER)
    assert measurement_hash(read_closed_inputs(folder)) == measurement_hash(inputs)
    assert {row["amount"] for row in read_rows(folder, "components")} == {"2500", "2191358/375"}
    assert [row["source_key"] for row in read_rows(folder, "contributions")] == ["1001|1", "1002|1", "1003|1"]
    assert (folder / "plans" / "plans" / "simple.yaml").read_text() == "plan: simple\nversion: 1\n"
    with room.ledger.read() as connection:
        recorded = read_calculation(connection, "2026-10", calculation.revision).close_folder_sha256
    verify_close_folder(folder, recorded)


FAILPOINTS = (
    "after_close_folder_written",
    "before_ledger_commit",
    "after_ledger_insert",
    "before_close_folder_rename",
    "after_close_folder_rename",
    "before_draft_rename",
    "after_draft_rename",
    "before_manifest_rename",
    "after_manifest_rename",
)


@pytest.mark.parametrize("name", FAILPOINTS)
def test_a_killed_calculation_repeated_gives_the_same_bytes(warehouse, tmp_path: Path, name: str):
    undisturbed = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    close_period(make_room(tmp_path, undisturbed), warehouse)
    undisturbed.close()
    warehouse.close()
    killed = tmp_path / "killed"
    killed.mkdir()
    (killed / "warehouse.duckdb").hardlink_to(tmp_path / "warehouse.duckdb")
    assert _run_script(killed, name) == -9
    assert _run_script(killed, "") == 0
    assert contents(killed) == contents(tmp_path)
    ledger = open_ledger(f"sqlite:///{killed / 'ledger.db'}")
    with ledger.read() as connection:
        assert verify_audit(connection).ok
        assert verify_audit(connection).events == 2
    ledger.close()


def _run_script(home: Path, armed: str) -> int:
    script = Path(__file__).parent / "close_steps.py"
    environment = {**os.environ, "INCENTIVES_FAILPOINT": armed}
    command = [sys.executable, str(script), str(home), f"sqlite:///{home / 'ledger.db'}"]
    return subprocess.run(command, check=False, env=environment, capture_output=True).returncode


def test_the_same_numbers_from_later_loads_keep_the_revision_and_its_review(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    key = RunKey("2026-10", "CN01", 1)
    review(room, ACTORS, key, actor="maker", at=AT)
    before = {path: path.read_bytes() for path in room.closed.rglob("*") if path.is_file()}
    warehouse.execute("update marts.fct_kpi_contributions set load_id = 'load2'")
    again = close_period(room, warehouse, as_of=AT)
    assert (again.revision, again.is_new) == (1, False)
    assert {path: path.read_bytes() for path in room.closed.rglob("*") if path.is_file()} == before
    assert approve(room, ACTORS, key, actor="checker", at=AT).state == "locked"


def test_the_same_amounts_from_other_records_are_a_new_revision(sqlite_room: CloseRoom, warehouse):
    close_period(sqlite_room, warehouse)
    warehouse.execute("update marts.fct_kpi_contributions set source_key = '9999|1' where contribution_id = 'c1'")
    assert close_period(sqlite_room, warehouse).revision == 2


def test_a_threshold_of_the_gate_is_no_part_of_the_calculation(sqlite_room: CloseRoom, warehouse):
    close_period(sqlite_room, warehouse)
    looser = replace(sqlite_room.rules.gate, max_reject_rows=99)
    room = replace(sqlite_room, rules=replace(sqlite_room.rules, gate=looser, content_hash="another"))
    assert close_period(room, warehouse).revision == 1


def test_evidence_lost_before_approval_is_written_anew_as_its_own_revision(sqlite_room: CloseRoom, warehouse):
    close_period(sqlite_room, warehouse)
    (sqlite_room.closed / "2026-10" / "1" / "trace.parquet").unlink()
    assert close_period(sqlite_room, warehouse).revision == 1
    (sqlite_room.closed / "2026-10" / "1" / "trace.parquet").unlink()
    warehouse.execute("update marts.fct_kpi_contributions set load_id = 'load2'")
    assert close_period(sqlite_room, warehouse).revision == 2
