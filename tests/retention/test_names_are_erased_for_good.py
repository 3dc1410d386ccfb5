"""Names of a person leave landing and warehouse, and neither a night nor a rebuild nor a backup brings them back."""

import json
import shutil
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.landing import list_landed, read_lines, verify
from connectors.load_writer import LoadFacts
from connectors.privacy import Pseudonymiser
from connectors.sink import RecordSink
from connectors.stream import ExtractRequest, PersonalField, StreamSpec, Window, names_spec
from orchestration.payout.actors import Actor
from orchestration.payout.audit import verify_audit
from orchestration.payout.backup import back_up
from orchestration.payout.errors import ApprovalRefused, PayoutRefused
from orchestration.payout.room import CloseRoom
from orchestration.retention.erase import Subject, erase_person, reapply
from orchestration.retention.rules import NamesOf, RetentionRules
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.load import load_all
from orchestration.warehouse.rebuild import rebuild
from orchestration.warehouse.schema import ensure_tables

STAFF = StreamSpec("ihr360", "staff", "full", ("staffId",), personal=(PersonalField("staffName", "name"),))
NIGHT = datetime(2026, 11, 3, 1, tzinfo=UTC)
PEOPLE = {"dpo": Actor("dpo", "", frozenset({"erase"}), None), "maker": Actor("maker", "", frozenset({"review"}), None)}
RULES = RetentionRules((), (NamesOf("ihr360", "staff", "staffNo", ""),))
NAMES = {"1": "王小明", "2": "李雷"}


def night(home: Path, as_of: datetime = NIGHT, **more: str) -> None:
    """Land the staff list as the vendor shows it that night, through the real privacy step, and load it."""
    request = ExtractRequest(STAFF, "company", Window(NIGHT - timedelta(days=1), as_of), None, as_of)
    with RecordSink(home / "landing", request, Pseudonymiser("a key of sixteen or more")) as sink:
        sink.add([{"staffId": key, "staffNo": f"E000{key}", "staffName": name, **more} for key, name in NAMES.items()])
        loads = sink.finish(LoadFacts(pages=1, full_scan=True))
    with open_warehouse(home, holder="test") as con:
        ensure_tables(con, [STAFF])
        for load in loads:
            load_all(con, [load], STAFF if load.stream == "staff" else names_spec(STAFF))


def erase(room: CloseRoom, home: Path, **options):
    told = {"employee_no": "E0001", "reason": "asked on 5 November", "actor": "dpo", "at": NIGHT}
    with open_warehouse(home, holder="test") as con:
        return erase_person(home, room, con, PEOPLE, RULES, **(told | options))


def names_known(home: Path) -> list[str]:
    """Every name in the restricted schema, all versions."""
    with open_warehouse(home, holder="test") as con:
        rows = con.execute("select payload ->> 'staffName' from restricted_ihr360.staff__names order by all").fetchall()
    return [name for (name,) in rows if name]


def bytes_of_landing(home: Path) -> bytes:
    lines = [b"\n".join(read_lines(load)) for load in list_landed(home / "landing").loads]
    return b"\n".join(lines)


def test_the_name_is_gone_from_landing_and_warehouse_and_the_others_stay(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    done = erase(room, tmp_path)
    assert (done.lines, done.rows, done.subjects) == (1, 1, (Subject("ihr360", "staff", "1"),))
    assert names_known(tmp_path) == ["李雷"]
    assert "王小明".encode() not in bytes_of_landing(tmp_path)
    assert "李雷".encode() in bytes_of_landing(tmp_path)
    for load in list_landed(tmp_path / "landing").loads:
        verify(load)
        assert load.rows == 2


def test_neither_later_nights_nor_a_rebuild_bring_it_back(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    erase(room, tmp_path)
    night(tmp_path, NIGHT + timedelta(days=1))
    night(tmp_path, NIGHT + timedelta(days=2), staffStatus="left")
    assert set(names_known(tmp_path)) == {"李雷"}
    rebuild(tmp_path, [STAFF])
    assert set(names_known(tmp_path)) == {"李雷"}
    assert "王小明".encode() not in bytes_of_landing(tmp_path)
    (tmp_path / "warehouse.duckdb").unlink()
    rebuild(tmp_path, [STAFF])
    assert set(names_known(tmp_path)) == {"李雷"}


def test_the_act_is_recorded_without_the_name_and_repeating_it_records_nothing(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    first, second = erase(room, tmp_path), erase(room, tmp_path)
    assert (first.erasure_id, second.lines, second.rows) == (second.erasure_id, 0, 0)
    with room.ledger.read() as connection:
        report = verify_audit(connection)
    assert (report.ok, report.events, report.rows) == (True, 1, 1)
    file = back_up(room, tmp_path / "ledger.zip").path
    with zipfile.ZipFile(file) as members:
        every = b"".join(members.read(name) for name in members.namelist())
    assert "王小明".encode() not in every
    assert json.loads(zipfile.ZipFile(file).read("ledger/erasures.jsonl"))["employee_no"] == "E0001"


def test_landing_restored_from_an_older_backup_is_cleaned_again(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    shutil.copytree(tmp_path / "landing", tmp_path / "older")
    erase(room, tmp_path)
    shutil.rmtree(tmp_path / "landing")
    shutil.copytree(tmp_path / "older", tmp_path / "landing")
    with open_warehouse(tmp_path, holder="test") as con:
        [again] = reapply(tmp_path, room, con)
    assert again.lines == 1
    assert "王小明".encode() not in bytes_of_landing(tmp_path)
    rebuild(tmp_path, [STAFF])
    assert names_known(tmp_path) == ["李雷"]


def test_an_erasure_killed_between_parts_and_manifest_is_completed(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    folder = next((tmp_path / "landing" / "ihr360" / "staff__names").glob("[0-9a-f]*"))
    manifest = (folder / "manifest.json").read_bytes()
    erase(room, tmp_path)
    (folder / "manifest.json").write_bytes(manifest)
    erase(room, tmp_path)
    [load] = list_landed(tmp_path / "landing", stream="staff__names").loads
    verify(load)


def test_files_of_people_that_hold_the_name_are_reported_not_touched(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    feed = tmp_path / "inbox" / "notes" / "notes_202610.csv"
    feed.parent.mkdir(parents=True)
    feed.write_text("employee_no,remark\nE0001,王小明 asked\n", encoding="utf-8")
    assert erase(room, tmp_path).mentions == ("inbox/notes/notes_202610.csv",)
    assert "王小明" in feed.read_text(encoding="utf-8")


def test_somebody_who_is_no_employee_is_named_by_record(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    done = erase(room, tmp_path, employee_no="", records=[Subject("ihr360", "staff", "2")])
    assert done.rows == 1
    assert names_known(tmp_path) == ["王小明"]


def test_who_why_and_whom_is_demanded(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    with pytest.raises(ApprovalRefused, match="may not erase"):
        erase(room, tmp_path, actor="maker")
    with pytest.raises(PayoutRefused, match="says why"):
        erase(room, tmp_path, reason=" ")
    with pytest.raises(PayoutRefused, match="no record with names is known of E0009"):
        erase(room, tmp_path, employee_no="E0009")
    assert sorted(names_known(tmp_path)) == sorted(NAMES.values())


def test_user_accounts_are_found_through_the_mapping_to_employees(room: CloseRoom, tmp_path: Path):
    night(tmp_path)
    with open_warehouse(tmp_path, holder="test") as con:
        con.execute("create schema intermediate")
        con.execute(
            "create table intermediate.int_identities__employees as select 'ihr360' as source_system, "
            "'2' as source_user_id, 'E0001' as employee_no"
        )
        rules = replace(RULES, names=(NamesOf("ihr360", "staff", "", "ihr360"),))
        done = erase_person(
            tmp_path, room, con, PEOPLE, rules, employee_no="E0001", reason="asked", actor="dpo", at=NIGHT
        )
    assert done.subjects == (Subject("ihr360", "staff", "2"),)
