import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from close_steps import AS_OF, OCTOBER, close_period
from simple_scoring import SimplePlans
from sqlalchemy import select

from orchestration.payout.actors import Actor, Actors, load_actors
from orchestration.payout.approval import approve, review
from orchestration.payout.audit import verify_audit
from orchestration.payout.canonical import sha256_file
from orchestration.payout.close import calculate
from orchestration.payout.close_folder import is_frozen
from orchestration.payout.errors import (
    ApprovalRefused,
    ExportRefused,
    GateNotGreen,
    RulesInvalid,
    RunLocked,
    VerificationFailed,
)
from orchestration.payout.export import confirm_paid, export
from orchestration.payout.gate_checks import run_gate
from orchestration.payout.lines import RunKey
from orchestration.payout.overview import list_runs
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import read_run
from orchestration.payout.schema import audit_log
from orchestration.payout.verify import require_verified, verify_file

KEY = RunKey("2026-10", "CN01", 1)
AT = datetime.fromisoformat("2026-11-06T10:00:00+08:00")
ACTORS: Actors = {
    actor.id: actor
    for actor in (
        Actor("maker", "", frozenset({"review", "approve", "export", "confirm"}), None),
        Actor("checker", "", frozenset({"approve"}), None),
        Actor("maker.other.login", "E0007", frozenset({"approve"}), None),
        Actor("maker.as.employee", "E0007", frozenset({"review"}), None),
        Actor("paid.approver", "E0002", frozenset({"approve"}), None),
        Actor("small.limit", "", frozenset({"approve"}), 800000),
    )
}


def files_of(room: CloseRoom) -> Path:
    return room.payouts / "2026-10" / "CN01-1"


def approved_run(room: CloseRoom, warehouse) -> None:
    close_period(room, warehouse)
    review(room, ACTORS, KEY, actor="maker", at=AT)
    approve(room, ACTORS, KEY, actor="checker", at=AT)


def refusals(room: CloseRoom) -> int:
    with room.ledger.read() as connection:
        return sum('"action":"refused"' in event for event in connection.execute(select(audit_log.c.event)).scalars())


def test_review_approval_export_and_confirmation(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    path = export(room, ACTORS, KEY, actor="maker", at=AT)
    assert path.read_bytes() == (files_of(room) / "payout.draft.csv").read_bytes()
    manifest = json.loads((files_of(room) / "payout.manifest.json").read_text())
    assert manifest["status"] == "exported"
    assert manifest["file"]["name"] == "payout.csv"
    assert [(each["step"], each["actor"]) for each in manifest["approvals"]] == [
        ("reviewed", "maker"),
        ("approved", "checker"),
        ("exported", "maker"),
    ]
    assert {each["sha256"] for each in manifest["approvals"]} == {sha256_file(path)}
    confirm_paid(room, ACTORS, KEY, actor="maker", lines=2, total_yuan="8343.62", at=AT)
    require_verified(room, path)
    with room.ledger.read() as connection:
        run = read_run(connection, KEY)
        assert run is not None
        assert [event.event for event in run.events] == [
            "calculated",
            "reviewed",
            "approved",
            "locked",
            "exported",
            "paid",
        ]
        assert verify_audit(connection).ok


def test_an_overview_tells_how_far_each_run_is(room: CloseRoom, warehouse):
    warehouse.execute("update marts.dim_bonus_bases set pay_group = 'HK02' where employee_no = 'E0002'")
    approved_run(room, warehouse)
    first, second = list_runs(room, "2026-10")
    assert (first.key, first.state, first.people, first.total_fen) == (KEY, "locked", 1, {"CNY": 584362})
    assert (first.reviewed_by, first.approved_by) == ("maker", "checker")
    assert (second.key.pay_group, second.state, second.approved_by) == ("HK02", "calculated", "")
    assert list_runs(room, "2026-09") == []


def test_nothing_is_exported_before_it_is_approved(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    for _ in range(2):
        with pytest.raises(ExportRefused, match="reviewed and approved"):
            export(room, ACTORS, KEY, actor="maker", at=AT)
        review(room, ACTORS, KEY, actor="maker", at=AT)
    assert not (files_of(room) / "payout.csv").exists()


@pytest.mark.parametrize(
    ("reviewer", "approver", "complaint"),
    [
        ("maker", "maker", "another person approves"),
        ("maker.as.employee", "maker.other.login", "another person approves"),
        ("maker", "paid.approver", "their own pay"),
        ("maker", "small.limit", "above the limit"),
        ("maker", "nobody", "not in the register"),
        ("maker", "maker.as.employee", "may not approve"),
    ],
)
def test_who_may_not_approve(room: CloseRoom, warehouse, reviewer: str, approver: str, complaint: str):
    close_period(room, warehouse)
    review(room, ACTORS, KEY, actor=reviewer, at=AT)
    with pytest.raises(ApprovalRefused, match=complaint):
        approve(room, ACTORS, KEY, actor=approver, at=AT)
    assert refusals(room) == 1
    with room.ledger.read() as connection:
        run = read_run(connection, KEY)
    assert run is not None
    assert run.state == "reviewed"


def test_somebody_who_is_held_in_the_run_does_not_approve_it_either(sqlite_room: CloseRoom, warehouse):
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0002'")
    close_period(sqlite_room, warehouse)
    review(sqlite_room, ACTORS, KEY, actor="maker", at=AT)
    with pytest.raises(ApprovalRefused, match="their own pay"):
        approve(sqlite_room, ACTORS, KEY, actor="paid.approver", at=AT)


def test_an_unreviewed_run_is_not_approved(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    with pytest.raises(ApprovalRefused, match="a maker reviews it first"):
        approve(room, ACTORS, KEY, actor="checker", at=AT)


def test_a_review_dies_when_the_content_changes(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    review(room, ACTORS, KEY, actor="maker", at=AT)
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000 where subject_id = 'E0001'")
    close_period(room, warehouse)
    with pytest.raises(ApprovalRefused, match="revision 2 was not reviewed"):
        approve(room, ACTORS, KEY, actor="checker", at=AT)


def test_a_draft_changed_on_disk_is_neither_reviewed_nor_approved(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    review(room, ACTORS, KEY, actor="maker", at=AT)
    draft = files_of(room) / "payout.draft.csv"
    draft.write_bytes(draft.read_bytes().replace(b"2500.00", b"9500.00"))
    for step, actor in ((review, "maker"), (approve, "checker")):
        with pytest.raises(ApprovalRefused, match="was changed"):
            step(room, ACTORS, KEY, actor=actor, at=AT)


def test_the_approver_is_bound_to_the_file_they_saw(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    review(room, ACTORS, KEY, actor="maker", at=AT, seen_sha256=sha256_file(files_of(room) / "payout.draft.csv"))
    with pytest.raises(ApprovalRefused, match="not the file that was seen"):
        approve(room, ACTORS, KEY, actor="checker", at=AT, seen_sha256="0" * 64)


def test_an_approval_without_its_evidence_does_not_happen(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    review(room, ACTORS, KEY, actor="maker", at=AT)
    (room.closed / "2026-10" / "1" / "trace.parquet").write_bytes(b"")
    with pytest.raises(VerificationFailed, match=r"trace\.parquet was changed"):
        approve(room, ACTORS, KEY, actor="checker", at=AT)
    with room.ledger.read() as connection:
        run = read_run(connection, KEY)
    assert run is not None
    assert run.state == "reviewed"


def test_an_error_found_after_the_calculation_stops_approval_and_export(room: CloseRoom, warehouse):
    close_period(room, warehouse)
    review(room, ACTORS, KEY, actor="maker", at=AT)
    warehouse.execute("insert into marts.unmapped_identities values ('zoho_crm', '9', '2026-10-02', '2026-10-03', 1)")
    run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    with pytest.raises(ApprovalRefused, match="the gate is red"):
        approve(room, ACTORS, KEY, actor="checker", at=AT)
    warehouse.execute("truncate marts.unmapped_identities")
    run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    approve(room, ACTORS, KEY, actor="checker", at=AT)
    warehouse.execute("insert into marts.unmapped_identities values ('zoho_crm', '9', '2026-10-02', '2026-10-03', 1)")
    run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    with pytest.raises(GateNotGreen, match="the gate is red"):
        export(room, ACTORS, KEY, actor="maker", at=AT)


def test_approval_freezes_the_close_folder(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    folder = room.closed / "2026-10" / "1"
    assert is_frozen(folder)
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o400}


def test_after_approval_a_calculation_changes_nothing(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    before = {path: path.read_bytes() for path in files_of(room).iterdir()}
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 1")
    again = close_period(room, warehouse)
    assert (again.revision, again.is_new, again.runs, again.locked) == (1, False, (), (KEY,))
    assert {path: path.read_bytes() for path in files_of(room).iterdir()} == before


def test_a_plan_edited_after_approval_is_refused(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    edited = SimplePlans({"plans/simple.yaml": "plan: simple\nversion: 1 # edited\n"})
    with pytest.raises(RunLocked, match="takes effect from the next open period"):
        calculate(room, warehouse, OCTOBER, plans=edited, pay_month="2026-11", as_of=AS_OF)


def test_an_open_pay_group_is_calculated_again_beside_an_approved_one(room: CloseRoom, warehouse):
    warehouse.execute("update marts.dim_bonus_bases set pay_group = 'HK02' where employee_no = 'E0002'")
    approved_run(room, warehouse)
    assert not close_period(room, warehouse).is_new  # the approval of one group is no change of the other
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000")
    calculation = close_period(room, warehouse)
    assert calculation.runs == (RunKey("2026-10", "HK02", 1),)
    assert calculation.locked == (KEY,)
    rows = (files_of(room) / "payout.draft.csv").read_text()
    assert "5843.62" in rows
    assert "5000.00" in (room.payouts / "2026-10" / "HK02-1" / "payout.draft.csv").read_text()


def test_steps_repeated_are_no_ops(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    approve(room, ACTORS, KEY, actor="checker", at=AT)
    first = export(room, ACTORS, KEY, actor="maker", at=AT).read_bytes()
    with room.ledger.read() as connection:
        events = verify_audit(connection).events
    assert export(room, ACTORS, KEY, actor="maker", at=AT).read_bytes() == first
    with room.ledger.read() as connection:
        assert verify_audit(connection).events == events


def test_a_handed_over_file_is_never_overwritten(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    path = export(room, ACTORS, KEY, actor="maker", at=AT)
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ExportRefused, match="never overwritten"):
        export(room, ACTORS, KEY, actor="maker", at=AT)


@pytest.mark.parametrize(("lines", "total"), [(3, "8343.62"), (2, "8343.63")])
def test_payroll_confirms_by_typing_back_count_and_total(room: CloseRoom, warehouse, lines: int, total: str):
    approved_run(room, warehouse)
    export(room, ACTORS, KEY, actor="maker", at=AT)
    with pytest.raises(ExportRefused, match="do not send it again"):
        confirm_paid(room, ACTORS, KEY, actor="maker", lines=lines, total_yuan=total, at=AT)


def test_verify_names_what_was_touched(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    path = export(room, ACTORS, KEY, actor="maker", at=AT)
    path.write_bytes(path.read_bytes().replace(b"2500.00", b"9500.00"))
    failed = {each.check for each in verify_file(room, path) if not each.ok}
    assert failed == {"manifest", "control totals", "ledger", "approvals"}
    with pytest.raises(VerificationFailed, match="sha256 differs"):
        require_verified(room, path)


def test_verify_sees_a_file_whose_manifest_was_adapted(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    path = export(room, ACTORS, KEY, actor="maker", at=AT)
    path.write_bytes(path.read_bytes().replace(b"2500.00", b"9500.00"))
    manifest = files_of(room) / "payout.manifest.json"
    told = json.loads(manifest.read_text())
    told["file"]["sha256"] = sha256_file(path)
    told["files"][0]["sha256"] = sha256_file(path)
    told["totals"]["by_currency"]["CNY"]["sum_fen"] += 700000
    manifest.write_text(json.dumps(told))
    assert {each.check for each in verify_file(room, path) if not each.ok} == {"ledger", "approvals"}


def test_verify_sees_changed_evidence(room: CloseRoom, warehouse):
    approved_run(room, warehouse)
    path = export(room, ACTORS, KEY, actor="maker", at=AT)
    member = room.closed / "2026-10" / "1" / "measurements.parquet"
    member.chmod(0o600)
    member.write_bytes(member.read_bytes()[:-1])
    assert [each.check for each in verify_file(room, path) if not each.ok] == ["close folder"]


@pytest.mark.parametrize("name", ["after_approval", "before_freeze", "after_freeze", "before_payout_rename"])
def test_a_killed_approval_or_export_repeated_completes(sqlite_room: CloseRoom, warehouse, tmp_path: Path, name: str):
    close_period(sqlite_room, warehouse)
    warehouse.close()
    review(sqlite_room, ACTORS, KEY, actor="maker", at=AT)
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from close_steps import make_room\n"
        "from test_four_eyes_before_a_payout import ACTORS, AT, KEY, approve, export\n"
        "from orchestration.payout.ledger import open_ledger\n"
        "room = make_room(Path(sys.argv[2]), open_ledger('sqlite:///' + sys.argv[2] + '/ledger.db'))\n"
        "approve(room, ACTORS, KEY, actor='checker', at=AT)\n"
        "export(room, ACTORS, KEY, actor='maker', at=AT)\n"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent), str(tmp_path)]
    for armed, code in ((name, -signal.SIGKILL), ("", 0)):
        environment = {**os.environ, "INCENTIVES_FAILPOINT": armed}
        assert subprocess.run(command, check=False, env=environment).returncode == code
    require_verified(sqlite_room, files_of(sqlite_room) / "payout.csv")
    assert is_frozen(sqlite_room.closed / "2026-10" / "1")


def test_the_sample_register_keeps_maker_and_checker_apart():
    actors = load_actors()
    assert not [actor.id for actor in actors.values() if {"review", "approve"} <= actor.may]
    assert actors["finance.controller"].limit_fen == 300000000


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("actors:\n  - {id: a, may: [approve, pay]}\n", "approvers.yaml:2: 'pay' is no step"),
        (
            "actors:\n  - {id: a, may: [approve]}\n  - {id: A, may: [review]}\n",
            "approvers.yaml:3: A is in the register",
        ),
        ("actors:\n  - {id: a, may: [approve], limt: 3}\n", "limt"),
    ],
)
def test_a_wrong_register_is_refused_with_its_line(tmp_path: Path, text: str, complaint: str):
    path = tmp_path / "approvers.yaml"
    path.write_text(text)
    with pytest.raises(RulesInvalid, match=complaint):
        load_actors(path)
