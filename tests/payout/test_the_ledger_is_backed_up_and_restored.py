import hashlib
import json
import threading
import zipfile
from pathlib import Path

import pytest
from close_steps import NOVEMBER, close_period, make_room
from test_four_eyes_before_a_payout import ACTORS, AT, KEY, approved_run
from test_late_facts_become_adjustments import DECEMBER_4, lines, open_november, set_october, settle
from test_ledger_is_append_only_and_chained import write

from orchestration.payout.audit import verify_audit
from orchestration.payout.backup import back_up, restore
from orchestration.payout.close_folder import is_frozen
from orchestration.payout.errors import PayoutRefused, VerificationFailed
from orchestration.payout.export import export
from orchestration.payout.ledger import Ledger, open_ledger
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import require_run
from orchestration.payout.verify import require_verified


@pytest.fixture
def elsewhere(tmp_path: Path):
    """A close room with an empty SQLite ledger in another folder."""
    home = tmp_path / "elsewhere"
    home.mkdir()
    ledger = open_ledger(f"sqlite:///{home / 'ledger.db'}")
    yield make_room(home, ledger)
    ledger.close()


def state(room: CloseRoom) -> tuple[str, int, int]:
    with room.ledger.read() as connection:
        report = verify_audit(connection)
    assert report.ok
    return report.head, report.events, report.rows


def test_a_restored_ledger_is_the_one_backed_up_and_goes_on(room: CloseRoom, warehouse, elsewhere, tmp_path: Path):
    approved_run(room, warehouse)
    first = export(room, ACTORS, KEY, actor="maker", at=AT).read_bytes()
    done = back_up(room, tmp_path / "backups" / "ledger.zip")
    assert done.path.stat().st_mode & 0o777 == 0o600
    assert restore(elsewhere, done.path).head == done.head
    assert state(elsewhere) == state(room)
    assert is_frozen(elsewhere.closed / "2026-10" / "1")
    path = export(elsewhere, ACTORS, KEY, actor="maker", at=AT)
    assert path.read_bytes() == first
    require_verified(elsewhere, path)
    set_october(warehouse, "E0001", "81654.32")
    open_november(warehouse)
    settle(elsewhere, warehouse, NOVEMBER, DECEMBER_4)
    assert ("E0001", "adjustment", "score_bonus", "2026-10", -40000) in lines(elsewhere, NOVEMBER)


def test_a_backup_of_sqlite_is_restored_into_postgresql(
    sqlite_room: CloseRoom, warehouse, postgresql_ledger: Ledger, tmp_path: Path
):
    approved_run(sqlite_room, warehouse)
    file = back_up(sqlite_room, tmp_path / "ledger.zip").path
    (tmp_path / "pg").mkdir()
    other = make_room(tmp_path / "pg", postgresql_ledger)
    restore(other, file)
    assert state(other) == state(sqlite_room)
    with other.ledger.read() as there, sqlite_room.ledger.read() as here:
        assert require_run(there, KEY) == require_run(here, KEY)


def test_the_same_state_gives_the_same_bytes(sqlite_room: CloseRoom, warehouse, tmp_path: Path):
    close_period(sqlite_room, warehouse)
    first, second = (back_up(sqlite_room, tmp_path / name).path.read_bytes() for name in ("a.zip", "b.zip"))
    assert first == second


def test_a_backup_taken_while_others_write_is_whole(room: CloseRoom, elsewhere, tmp_path: Path):
    stop = threading.Event()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            write(room.ledger, number)
            number += 1

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        files = [back_up(room, tmp_path / f"{number}.zip") for number in range(4)]
    finally:
        stop.set()
        writer.join()
    assert files[0].events < state(room)[1]
    restore(elsewhere, files[-1].path)
    assert state(elsewhere)[:2] == (files[-1].head, files[-1].events)


def test_nothing_is_overwritten(sqlite_room: CloseRoom, warehouse, elsewhere, tmp_path: Path):
    close_period(sqlite_room, warehouse)
    file = back_up(sqlite_room, tmp_path / "ledger.zip").path
    with pytest.raises(PayoutRefused, match="never overwritten"):
        back_up(sqlite_room, file)
    with pytest.raises(PayoutRefused, match="into an empty one only"):
        restore(sqlite_room, file)
    foreign = elsewhere.closed / "2026-10" / "1" / "lines.parquet"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"something else")
    with pytest.raises(PayoutRefused, match="closed/2026-10/1 is there with other contents"):
        restore(elsewhere, file)
    assert foreign.read_bytes() == b"something else"
    assert state(elsewhere)[1] == 0


def test_a_restore_that_was_killed_is_completed(sqlite_room: CloseRoom, warehouse, elsewhere, tmp_path: Path):
    approved_run(sqlite_room, warehouse)
    file = back_up(sqlite_room, tmp_path / "ledger.zip").path
    # A kill between the folders and the ledger leaves this: all folders, no rows, something half written beside.
    with zipfile.ZipFile(file) as members:
        for name in members.namelist():
            if name.startswith("closed/"):
                members.extract(name, elsewhere.closed.parent)
    (elsewhere.closed / "2026-10" / ".restoring-1").mkdir()
    restore(elsewhere, file)
    assert state(elsewhere) == state(sqlite_room)
    assert is_frozen(elsewhere.closed / "2026-10" / "1")


def rewrite(source: Path, target: Path, change) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def test_a_touched_backup_is_refused(sqlite_room: CloseRoom, warehouse, elsewhere, tmp_path: Path):
    close_period(sqlite_room, warehouse)
    file = back_up(sqlite_room, tmp_path / "ledger.zip").path
    touched = rewrite(file, tmp_path / "touched.zip", lambda _, content: content.replace(b"250000", b"950000"))
    with pytest.raises(VerificationFailed, match=r"payout_lines\.jsonl is not what was backed up"):
        restore(elsewhere, touched)
    (tmp_path / "half.zip").write_bytes(file.read_bytes()[:2000])
    with pytest.raises(VerificationFailed, match="no whole backup"):
        restore(elsewhere, tmp_path / "half.zip")
    with pytest.raises(PayoutRefused, match="is not there"):
        restore(elsewhere, tmp_path / "none.zip")
    assert state(elsewhere)[1] == 0


def test_a_backup_touched_with_its_manifest_breaks_the_chain(
    sqlite_room: CloseRoom, warehouse, elsewhere, tmp_path: Path
):
    close_period(sqlite_room, warehouse)
    file = back_up(sqlite_room, tmp_path / "ledger.zip").path
    with zipfile.ZipFile(file) as members:
        manifest = json.loads(members.read("manifest.json"))
        touched = members.read("ledger/payout_lines.jsonl").replace(b"250000", b"950000")
    manifest["members"]["ledger/payout_lines.jsonl"] = hashlib.sha256(touched).hexdigest()
    contents = {"manifest.json": json.dumps(manifest).encode(), "ledger/payout_lines.jsonl": touched}
    adapted = rewrite(file, tmp_path / "adapted.zip", contents.get)
    with pytest.raises(VerificationFailed, match=r"payout_lines: row .* was changed"):
        restore(elsewhere, adapted)
    assert state(elsewhere)[1] == 0


def test_a_broken_ledger_or_missing_evidence_is_not_backed_up(sqlite_room: CloseRoom, warehouse, tmp_path: Path):
    approved_run(sqlite_room, warehouse)
    folder = sqlite_room.closed / "2026-10" / "1"
    folder.chmod(0o700)
    (folder / "trace.parquet").unlink()
    with pytest.raises(VerificationFailed, match=r"trace\.parquet"):
        back_up(sqlite_room, tmp_path / "ledger.zip")
    assert list(tmp_path.glob("*.zip")) == []
    assert list(tmp_path.glob(".*.tmp")) == []


def test_a_file_of_a_newer_program_is_refused(sqlite_room: CloseRoom, warehouse, elsewhere, tmp_path: Path):
    close_period(sqlite_room, warehouse)
    file = back_up(sqlite_room, tmp_path / "ledger.zip").path

    def newer(name: str, content: bytes) -> bytes:
        return json.dumps({**json.loads(content), "schema": 9999}).encode() if name == "manifest.json" else content

    with pytest.raises(PayoutRefused, match="newer program"):
        restore(elsewhere, rewrite(file, tmp_path / "newer.zip", newer))
