import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from close_steps import close_period
from test_four_eyes_before_a_payout import ACTORS, AT, KEY

from orchestration.payout.actors import Actor
from orchestration.payout.approval import approve, review, statement_to_sign
from orchestration.payout.audit import verify_audit
from orchestration.payout.errors import ApprovalRefused, ExportRefused, RulesInvalid, VerificationFailed
from orchestration.payout.export import export
from orchestration.payout.room import CloseRoom
from orchestration.payout.rules import SAMPLE_RULES, ApprovalRules, load_close_rules
from orchestration.payout.runs import Run, read_evidence, require_run
from orchestration.payout.signatures import can_verify, check_signatures

PEOPLE = ACTORS | {
    "director": Actor("director", "E0050", frozenset({"approve"}), None),
    "director.other.login": Actor("director.other.login", "E0050", frozenset({"approve"}), None),
}


def ruled(room: CloseRoom, **approval) -> CloseRoom:
    return replace(room, rules=replace(room.rules, approval=ApprovalRules(**approval)))


def run_of(room: CloseRoom) -> Run:
    with room.ledger.read() as connection:
        return require_run(connection, KEY)


@pytest.fixture
def reviewed(room: CloseRoom, warehouse) -> CloseRoom:
    """October (8,343.62 yuan) calculated and reviewed, with two approvals above 8,000 yuan."""
    room = ruled(room, second_above_fen=800_000)
    close_period(room, warehouse)
    review(room, PEOPLE, KEY, actor="maker", at=AT)
    return room


def test_above_the_limit_one_approval_is_not_enough(reviewed: CloseRoom):
    first = approve(reviewed, PEOPLE, KEY, actor="checker", at=AT)
    assert (first.state, first.is_locked) == ("reviewed", False)
    with pytest.raises(ExportRefused, match="reviewed and approved"):
        export(reviewed, PEOPLE, KEY, actor="maker", at=AT)
    assert approve(reviewed, PEOPLE, KEY, actor="director", at=AT).state == "locked"
    export(reviewed, PEOPLE, KEY, actor="maker", at=AT)
    with reviewed.ledger.read() as connection:
        assert verify_audit(connection).ok
    assert [event.event for event in run_of(reviewed).events][1:4] == ["reviewed", "endorsed", "approved"]


def test_the_same_person_does_not_approve_twice(reviewed: CloseRoom):
    for _ in range(2):
        assert not approve(reviewed, PEOPLE, KEY, actor="checker", at=AT).is_locked
    review_again = run_of(reviewed)
    assert [event.event for event in review_again.events].count("endorsed") == 1


def test_neither_under_another_login(reviewed: CloseRoom):
    approve(reviewed, PEOPLE, KEY, actor="director", at=AT)
    with pytest.raises(ApprovalRefused, match="who is the same person"):
        approve(reviewed, PEOPLE, KEY, actor="director.other.login", at=AT)


def test_a_first_approval_dies_with_its_revision_and_with_a_new_review(reviewed: CloseRoom, warehouse):
    approve(reviewed, PEOPLE, KEY, actor="checker", at=AT)
    review(reviewed, PEOPLE, KEY, actor="maker.as.employee", at=AT)
    assert not approve(reviewed, PEOPLE, KEY, actor="director", at=AT).is_locked
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000 where subject_id = 'E0001'")
    close_period(reviewed, warehouse)
    review(reviewed, PEOPLE, KEY, actor="maker", at=AT)
    assert not approve(reviewed, PEOPLE, KEY, actor="checker", at=AT).is_locked


def test_up_to_the_limit_one_approval_is_enough(room: CloseRoom, warehouse):
    room = ruled(room, second_above_fen=834_362)
    close_period(room, warehouse)
    review(room, PEOPLE, KEY, actor="maker", at=AT)
    assert approve(room, PEOPLE, KEY, actor="checker", at=AT).state == "locked"


def test_the_companys_own_reference_is_kept_and_can_be_demanded(room: CloseRoom, warehouse):
    room = ruled(room, ticket="required")
    close_period(room, warehouse)
    review(room, PEOPLE, KEY, actor="maker", at=AT)
    with pytest.raises(ApprovalRefused, match="give --ticket"):
        approve(room, PEOPLE, KEY, actor="checker", at=AT, ticket=" ")
    approve(room, PEOPLE, KEY, actor="checker", at=AT, ticket="OA-2026-1107")
    with room.ledger.read() as connection:
        [(event, evidence)] = read_evidence(connection, run_of(room))
    assert (event.actor, evidence.ticket, evidence.signer) == ("checker", "OA-2026-1107", "")
    assert "total: CNY 8343.62\napprover: checker\nticket: OA-2026-1107\n" in evidence.statement


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with the checker's key and the file of allowed signers."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("checker", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    kind, key, *_ = (folder / "checker.pub").read_text().split()
    (folder / "allowed").write_text(f'checker namespaces="incentives-payout" {kind} {key}\n')
    return folder


def sign(folder: Path, key: str, text: str) -> str:
    (folder / "statement").write_text(text)
    (folder / "statement.sig").unlink(missing_ok=True)
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", "incentives-payout", "-f", str(folder / key)]
    subprocess.run([*command, str(folder / "statement")], check=True, capture_output=True)
    return (folder / "statement.sig").read_text()


@pytest.mark.system
@pytest.mark.skipif(not can_verify(), reason="openssh-client is not installed")
def test_a_signature_over_what_was_seen_is_verified_offline_and_kept(room: CloseRoom, warehouse, keys: Path):
    room = ruled(room, signature="required")
    close_period(room, warehouse)
    review(room, PEOPLE, KEY, actor="maker", at=AT)
    with pytest.raises(ApprovalRefused, match="want a signature"):
        approve(room, PEOPLE, KEY, actor="checker", at=AT)
    text = statement_to_sign(room, KEY, actor="checker", ticket="OA-7")
    signed = {"signature": sign(keys, "checker", text), "allowed_signers": keys / "allowed"}
    with pytest.raises(ApprovalRefused, match="not checker's over this statement"):
        approve(room, PEOPLE, KEY, actor="checker", at=AT, ticket="OA-8", **signed)
    foreign = {**signed, "signature": sign(keys, "stranger", text)}
    with pytest.raises(ApprovalRefused, match="not checker's over this statement"):
        approve(room, PEOPLE, KEY, actor="checker", at=AT, ticket="OA-7", **foreign)
    with pytest.raises(ApprovalRefused, match="no file of allowed signers"):
        approve(room, PEOPLE, KEY, actor="checker", at=AT, ticket="OA-7", signature=signed["signature"])
    assert approve(room, PEOPLE, KEY, actor="checker", at=AT, ticket="OA-7", **signed).state == "locked"
    with room.ledger.read() as connection:
        [(_, evidence)] = read_evidence(connection, run_of(room))
        assert verify_audit(connection).ok
        assert check_signatures(connection, keys / "allowed") == (1, 1)
        assert check_signatures(connection, keys / "none") == (0, 1)
        (keys / "allowed").write_text((keys / "allowed").read_text().replace("checker", "somebody.else"))
        with pytest.raises(VerificationFailed, match="approval of 2026-10 CN01-1 revision 1: the signature is not"):
            check_signatures(connection, keys / "allowed")
    assert (evidence.signer, evidence.statement, evidence.signature) == ("checker", text, signed["signature"])


@pytest.mark.system
@pytest.mark.skipif(not can_verify(), reason="openssh-client is not installed")
def test_a_signature_dies_when_the_content_changes(sqlite_room: CloseRoom, warehouse, keys: Path):
    close_period(sqlite_room, warehouse)
    signature = sign(keys, "checker", statement_to_sign(sqlite_room, KEY, actor="checker"))
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 90000 where subject_id = 'E0001'")
    close_period(sqlite_room, warehouse)
    review(sqlite_room, PEOPLE, KEY, actor="maker", at=AT)
    with pytest.raises(ApprovalRefused, match="not checker's over this statement"):
        approve(sqlite_room, PEOPLE, KEY, actor="checker", at=AT, signature=signature, allowed_signers=keys / "allowed")


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("{second_above: lots}", "'lots' is not an exact number"),
        ("{ticket: sometimes}", "ticket cannot be 'sometimes'"),
        ("{tickets: required}", "did you mean ticket"),
    ],
)
def test_rules_of_approval_are_checked_with_file_and_line(tmp_path: Path, written: str, complaint: str):
    path = tmp_path / "close.yaml"
    text = SAMPLE_RULES.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("approval:"))
    path.write_text(text.replace(line, f"approval: {written}"), encoding="utf-8")
    number = text.splitlines().index(line) + 1
    with pytest.raises(RulesInvalid, match=complaint) as refusal:
        load_close_rules(path)
    assert f"close.yaml:{number}" in str(refusal.value)
