import csv
import io
import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from close_steps import OCTOBER, close_period
from exported_month import ACTORS, AT, KEY, export_october, full_room
from made_runs import made_line, made_run
from openpyxl import load_workbook

from orchestration.payout.contents import payout_csv
from orchestration.payout.errors import AccountMissing, ExportRefused, VerificationFailed
from orchestration.payout.export import confirm_paid, export
from orchestration.payout.exports import Outputs
from orchestration.payout.layouts.load import parse_layout
from orchestration.payout.ledger import Ledger
from orchestration.payout.lines import HeldLine
from orchestration.payout.recompute import as_known_then
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import CalculationRecord, read_run
from orchestration.payout.verify import require_verified, verify_file
from orchestration.payout.workbook import CONTROL, HELD, LINES, payout_workbook

ALL_FILES = {
    "payout.draft.csv",
    "held.csv",
    "payout.manifest.json",
    "payout.csv",
    "payout.xlsx",
    "gl_posting.csv",
    "fixed_width_trailer/PE01_2026-11_CN01-1_CNY.txt",
    "payroll_import_gb18030/PE01_2026-11_CN01-1_CNY_001.csv",
}
RECORD = CalculationRecord("2026-10", 1, "c", "m", "p", "e", "2026-11-03T09:00:00+08:00", 1, {}, "f")


@pytest.fixture
def full(tmp_path: Path, ledger: Ledger) -> CloseRoom:
    return full_room(tmp_path, ledger)


@pytest.fixture
def sqlite_full(tmp_path: Path, sqlite_ledger: Ledger) -> CloseRoom:
    return full_room(tmp_path, sqlite_ledger)


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def failed(room: CloseRoom, path: Path) -> dict[str, str]:
    return {each.check: each.fault for each in verify_file(room, path) if not each.ok}


def test_an_export_writes_every_file_readable_to_its_owner_only_and_each_verifies(full: CloseRoom, warehouse):
    folder = export_october(full, warehouse)
    assert names_in(folder) == ALL_FILES
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")) if path.is_dir()} == {0o700}
    for name in ALL_FILES:
        require_verified(full, folder / name)
    manifest = json.loads((folder / "payout.manifest.json").read_text())
    told = {file["name"]: file for file in manifest["files"]}
    assert set(told) == ALL_FILES - {"payout.draft.csv", "held.csv", "payout.manifest.json"}
    expected = {"CNY": {"lines": 2, "sum_fen": 834362}}
    assert {json.dumps(file["totals"]["by_currency"]) for file in told.values() if file["kind"] != "gl"} == {
        json.dumps(expected)
    }
    assert told["gl_posting.csv"]["totals"] == {"postings": 2, "debit_fen": {"CNY": 834362}}


def test_exporting_again_or_confirming_changes_no_byte_whatever_the_configuration_says_by_then(
    sqlite_full: CloseRoom, warehouse
):
    folder = export_october(sqlite_full, warehouse)
    before = {name: (folder / name).read_bytes() for name in ALL_FILES}
    (folder / "gl_posting.csv").unlink()
    (folder / "payroll_import_gb18030" / "PE01_2026-11_CN01-1_CNY_001.csv").unlink()
    changed = replace(sqlite_full, outputs=Outputs())
    export(changed, ACTORS, KEY, actor="maker", at=AT)
    confirm_paid(changed, ACTORS, KEY, actor="maker", lines=2, total_yuan="8343.62", at=AT)
    assert {name: (folder / name).read_bytes() for name in ALL_FILES} == before
    for name in ALL_FILES:
        require_verified(changed, folder / name)


@pytest.mark.parametrize(
    ("name", "old", "new", "complaint"),
    [
        ("payout.csv", b"5843.62", b"9843.62", "the first that differs is line 2"),
        ("payout.draft.csv", b"5843.62", b"9843.62", "the first that differs is line 2"),
        ("gl_posting.csv", b"8343.62,,", b"9343.62,,", "the first that differs is line"),
        ("fixed_width_trailer/PE01_2026-11_CN01-1_CNY.txt", b"0584362", b"0984362", "the first that differs is line 2"),
        ("payroll_import_gb18030/PE01_2026-11_CN01-1_CNY_001.csv", b"5843.62", b"9843.62", "differs is line 2"),
        ("payout.xlsx", b"PK", b"PX", "it is not the file that was exported"),
        ("held.csv", b"reason", b"raison", "the first that differs is line 1"),
    ],
)
def test_a_tampered_value_in_any_file_is_found(
    sqlite_full: CloseRoom, warehouse, name: str, old: bytes, new: bytes, complaint: str
):
    path = export_october(sqlite_full, warehouse) / name
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    faults = failed(sqlite_full, path)
    assert faults["manifest"] == "the file is not the one its manifest describes (sha256 differs)"
    assert complaint in faults["ledger"]


@pytest.mark.parametrize("name", sorted(name for name in ALL_FILES if name.endswith((".csv", ".txt"))))
def test_a_missing_row_in_any_file_is_found(sqlite_full: CloseRoom, warehouse, name: str):
    path = export_october(sqlite_full, warehouse) / name
    rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*rows[:-1], b""]))
    assert f"it has {len(rows) - 1} lines, the ledger's has {len(rows)}" in failed(sqlite_full, path)["ledger"]


def test_a_file_of_another_run_is_named(sqlite_full: CloseRoom, warehouse):
    warehouse.execute("update marts.dim_bonus_bases set pay_group = 'HK02' where employee_no = 'E0002'")
    folder = export_october(sqlite_full, warehouse)
    other = folder.parent / "HK02-1" / "payout.draft.csv"
    shutil.copy(other, folder / "payout.csv")
    assert failed(sqlite_full, folder / "payout.csv")["ledger"] == "it has lines of 2026-10 HK02-1 revision 1"


def test_a_layout_file_of_another_run_is_known_by_its_content(sqlite_full: CloseRoom, warehouse):
    folder = export_october(sqlite_full, warehouse)
    layouts = folder / "payroll_import_gb18030"
    shutil.copy(folder / "gl_posting.csv", layouts / "PE01_2026-11_CN01-1_CNY_001.csv")
    fault = failed(sqlite_full, layouts / "PE01_2026-11_CN01-1_CNY_001.csv")["ledger"]
    assert fault == "it is gl_posting.csv of 2026-10 CN01-1 revision 1"


def test_a_file_of_an_earlier_revision_is_found(sqlite_full: CloseRoom, warehouse):
    close_period(sqlite_full, warehouse)
    folder = sqlite_full.payouts / "2026-10" / "CN01-1"
    kept = {name: (folder / name).read_bytes() for name in ("payout.draft.csv", "payout.manifest.json")}
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000 where subject_id = 'E0001'")
    close_period(sqlite_full, warehouse)
    (folder / "payout.draft.csv").write_bytes(kept["payout.draft.csv"])
    assert failed(sqlite_full, folder / "payout.draft.csv")["ledger"] == "it has lines of 2026-10 CN01-1 revision 1"
    (folder / "payout.manifest.json").write_bytes(kept["payout.manifest.json"])
    fault = failed(sqlite_full, folder / "payout.draft.csv")["ledger"]
    assert fault == "the ledger has revision 2, the file is of revision 1"


def test_a_changed_manifest_is_found(sqlite_full: CloseRoom, warehouse):
    folder = export_october(sqlite_full, warehouse)
    path = folder / "payout.manifest.json"
    told = json.loads(path.read_text())
    told["totals"]["by_component"]["score_bonus CNY"]["sum_fen"] += 1
    path.write_text(json.dumps(told))
    complaint = "the manifest is not what the ledger tells of this run"
    assert failed(sqlite_full, path) == {"ledger": complaint}
    assert failed(sqlite_full, folder / "gl_posting.csv") == {"ledger": complaint}


def test_a_file_handed_back_alone_is_known_by_its_content_and_a_changed_one_is_not(
    sqlite_full: CloseRoom, warehouse, tmp_path: Path
):
    folder = export_october(sqlite_full, warehouse)
    alone = tmp_path / "mail" / "from payroll" / "sheet.txt"
    alone.parent.mkdir(parents=True)
    shutil.copy(folder / "fixed_width_trailer" / "PE01_2026-11_CN01-1_CNY.txt", alone)
    require_verified(sqlite_full, alone)
    alone.write_bytes(alone.read_bytes().replace(b"E0001", b"E0002"))
    with pytest.raises(VerificationFailed, match="no exported file has this content"):
        verify_file(sqlite_full, alone)


def test_a_file_that_the_run_does_not_have_is_told(sqlite_full: CloseRoom, warehouse):
    folder = export_october(sqlite_full, warehouse)
    (folder / "extra.csv").write_text("a,b\n")
    faults = failed(sqlite_full, folder / "extra.csv")
    assert faults == {
        "manifest": "the manifest names no extra.csv",
        "ledger": "the ledger knows no extra.csv of 2026-10 CN01-1",
    }


def test_a_text_that_a_layout_cannot_encode_holds_its_line_and_the_file_goes_on(
    tmp_path: Path, sqlite_ledger, warehouse
):
    room = full_room(tmp_path, sqlite_ledger)
    gbk = parse_layout(room.outputs.layouts[1].text.replace("encoding: gb18030", "encoding: gbk"), "gbk.yaml")
    room = replace(room, outputs=Outputs((gbk,), None))
    warehouse.execute("update marts.dim_bonus_bases set cost_centre = '𠮷' where employee_no = 'E0002'")
    folder = export_october(room, warehouse)
    with room.ledger.read() as connection:
        run = read_run(connection, KEY)
    assert run is not None
    assert [line.employee_no for line in run.lines] == ["E0001"]
    assert [(held.employee_no, held.reason) for held in run.held] == [
        ("E0002", "layout payroll_import_gb18030, 成本中心: '𠮷' does not exist in gbk")
    ]
    (sheet,) = (folder / "payroll_import_gb18030").iterdir()
    assert sheet.read_bytes().decode("gbk").count("\r\n") == 2


def test_a_line_that_is_booked_nowhere_keeps_the_run_from_being_exported(sqlite_full: CloseRoom, warehouse):
    warehouse.execute("update marts.dim_bonus_bases set cost_centre = 'XX' where employee_no = 'E0002'")
    with pytest.raises(AccountMissing, match=r"no rule of accounts.yaml takes line .* of E0002 .* cost centre XX"):
        export_october(sqlite_full, warehouse)
    folder = sqlite_full.payouts / "2026-10" / "CN01-1"
    assert names_in(folder) == {"payout.draft.csv", "held.csv", "payout.manifest.json"}
    with sqlite_full.ledger.read() as connection:
        run = read_run(connection, KEY)
    assert run is not None
    assert run.state == "locked"


def test_a_foreign_file_in_the_place_of_one_of_ours_stops_the_export(sqlite_full: CloseRoom, warehouse):
    place = sqlite_full.payouts / "2026-10" / "CN01-1" / "gl_posting.csv"
    place.parent.mkdir(parents=True)
    place.write_text("something else\n")
    with pytest.raises(ExportRefused, match=r"gl_posting\.csv of 2026-10 CN01-1 is there with other content"):
        export_october(sqlite_full, warehouse)


def made_workbook():
    held = HeldLine("E0003", "score_bonus", "simple", 1, "PERF_BONUS", "PE01", "CN01", "CC10", '=HYPERLINK("x")\n')
    run = replace(made_run(made_line("00012345678901234567", 834362), made_line("E0002", -7)), held=(held,))
    return run, payout_workbook(run, RECORD, "s" * 64)


def test_the_workbook_reads_back_with_ids_as_text_exact_amounts_and_no_formula():
    run, content = made_workbook()
    book = load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    rows = list(book[LINES].iter_rows(values_only=True))
    by_csv = list(csv.reader(io.StringIO(payout_csv(run).decode())))
    assert [[text.split(" ")[1] for text in rows[0]]] == by_csv[:1]
    assert rows[1][5] == "00012345678901234567"
    assert [Decimal(str(row[8])) for row in rows[1:]] == [Decimal(row[8]) for row in by_csv[1:]]
    control = {row[0]: row[1:] for row in book[CONTROL].iter_rows(values_only=True) if row[0]}
    assert control["人数 People"][0] == 2
    assert control["币种 Currency CNY"][:2] == (2, 8343.55)
    assert control["payout.csv sha256"][0] == "s" * 64
    assert control["approved"][:1] == ("checker",)
    assert list(book[HELD].iter_rows(values_only=True))[1][-1] == '\'=HYPERLINK("x")\\u000a'


def test_the_workbook_has_the_same_bytes_every_time():
    assert made_workbook()[1] == made_workbook()[1]


def test_without_layouts_and_accounts_there_are_the_csv_and_the_workbook(sqlite_room: CloseRoom, warehouse):
    folder = export_october(sqlite_room, warehouse)
    assert names_in(folder) == {"payout.draft.csv", "held.csv", "payout.manifest.json", "payout.csv", "payout.xlsx"}


def test_a_month_with_a_line_that_no_layout_could_write_replays_to_the_byte_under_other_layouts(
    tmp_path: Path, sqlite_ledger, warehouse
):
    room = full_room(tmp_path, sqlite_ledger)
    gbk = parse_layout(room.outputs.layouts[1].text.replace("encoding: gb18030", "encoding: gbk"), "gbk.yaml")
    warehouse.execute("update marts.dim_bonus_bases set cost_centre = '𠮷' where employee_no = 'E0002'")
    export_october(replace(room, outputs=Outputs((gbk,), None)), warehouse)
    (replayed,) = as_known_then(room, OCTOBER)
    assert replayed.is_same
