import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest
from exported_month import ACTORS, AT, KEY, export_october, full_room
from sftp_server import SftpServer, sftp_server, why_not

from orchestration.payout.delivery.deliver import deliver
from orchestration.payout.delivery.log import deliveries_of
from orchestration.payout.delivery.targets import delivery_schema, load_destinations
from orchestration.payout.errors import (
    ApprovalRefused,
    DeliveryFailed,
    DeliveryRefused,
    RulesInvalid,
    VerificationFailed,
)
from orchestration.payout.exported import Rendered, record_files
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import require_run
from orchestration.payout.verify import require_verified

SHEET = "payroll_import_gb18030/PE01_2026-11_CN01-1_CNY_001.csv"
TEXT = "fixed_width_trailer/PE01_2026-11_CN01-1_CNY.txt"
pytestmark = [pytest.mark.system, pytest.mark.skipif(bool(why_not()), reason=why_not() or "there is one")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with sftp_server(tmp_path) as running:
        yield running


@pytest.fixture
def room(tmp_path: Path, sqlite_ledger, warehouse) -> CloseRoom:
    """October, exported."""
    made = full_room(tmp_path, sqlite_ledger)
    export_october(made, warehouse)
    warehouse.close()
    return made


def destination(tmp_path: Path, server: SftpServer, **changes: object):
    settings = {
        "host": "127.0.0.1",
        "port": server.wire.port,
        "user": server.user,
        "known_hosts": str(server.known_hosts),
        "private_key": str(server.key),
        "folder": str(server.inbox),
        "files": ["payroll_import_gb18030/*"],
        **changes,
    }
    lines = [f"    {name}: {value}" for name, value in settings.items() if value is not None]
    path = tmp_path / "delivery.yaml"
    path.write_text("targets:\n  payroll:\n" + "\n".join(lines) + "\n")
    return load_destinations(path)["payroll"]


def events(room: CloseRoom) -> list[str]:
    with room.ledger.read() as connection:
        return [each.event for each in deliveries_of(connection, KEY)]


def run_file(room: CloseRoom, name: str) -> Path:
    return room.payouts / "2026-10" / "CN01-1" / name


def big_sheet(room: CloseRoom, megabytes: int = 3) -> bytes:
    """Another recorded file with enough bytes for a connection to break in the middle of it."""
    content = os.urandom(megabytes * 1_000_000)
    with room.ledger.write() as connection:
        big = Rendered("big/big.bin", "layout", content, {}, {"text": "", "timezone": "UTC"})
        record_files(connection, require_run(connection, KEY), [big], actor="maker", at=AT.isoformat())
    path = run_file(room, "big/big.bin")
    path.parent.mkdir()
    path.write_bytes(content)
    return content


def test_files_arrive_whole_under_their_names_and_a_second_delivery_sends_nothing(room, server, tmp_path):
    place = destination(
        tmp_path, server, files="[payroll_import_gb18030/*, fixed_width_trailer/*]", checksum_file="true"
    )
    first = deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    assert [(each.name, each.is_new) for each in first] == [(TEXT, True), (SHEET, True)]
    for name in (SHEET, TEXT):
        assert (server.inbox / Path(name).name).read_bytes() == run_file(room, name).read_bytes()
    sums = (server.inbox / "PE01_2026-11_CN01-1_CNY.txt.sha256").read_text().split()
    with room.ledger.read() as connection:
        assert sums[0] in {each.sha256 for each in deliveries_of(connection, KEY)}
    assert {path.suffix for path in server.inbox.iterdir()} == {".csv", ".txt", ".sha256"}
    for path in server.inbox.iterdir():
        path.unlink()  # the receiver took them
    again = deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    assert [(each.name, each.is_new) for each in again] == [(TEXT, False), (SHEET, False)]
    assert list(server.inbox.iterdir()) == []
    assert events(room) == ["started", "renaming", "delivered"] * 2


def test_a_connection_cut_in_the_middle_of_a_file_is_taken_up_where_it_broke(room, server, tmp_path):
    content = big_sheet(room)
    place = destination(tmp_path, server, files="[big/*]", attempts="1")
    server.wire.cut_after = 1_500_000
    with pytest.raises(DeliveryFailed, match=r"broke 1 times .* deliver again, it resumes"):
        deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    part = server.inbox / "big.bin.part"
    arrived = part.stat().st_size
    assert 0 < arrived < len(content)
    assert not (server.inbox / "big.bin").exists()
    os.utime(part, (1, 1))
    inode = part.stat().st_ino
    (done,) = deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    assert done.is_new
    assert (server.inbox / "big.bin").read_bytes() == content
    assert (server.inbox / "big.bin").stat().st_ino == inode
    assert events(room) == ["started", "failed", "started", "renaming", "delivered"]


def test_a_cut_connection_is_opened_again_by_itself(room, server, tmp_path):
    content = big_sheet(room)
    server.wire.cut_after = 1_500_000
    deliver(room, ACTORS, KEY, destination(tmp_path, server, files="[big/*]"), actor="maker", at=AT)
    assert (server.inbox / "big.bin").read_bytes() == content
    assert server.wire.connections == 2


def test_a_part_that_is_not_the_beginning_of_ours_is_written_anew(room, server, tmp_path):
    (server.inbox / f"{Path(SHEET).name}.part").write_bytes(b"something else")
    deliver(room, ACTORS, KEY, destination(tmp_path, server), actor="maker", at=AT)
    assert (server.inbox / Path(SHEET).name).read_bytes() == run_file(room, SHEET).read_bytes()


def test_a_file_of_that_name_with_other_content_is_never_overwritten(room, server, tmp_path):
    (server.inbox / Path(SHEET).name).write_bytes(b"of somebody else")
    with pytest.raises(DeliveryRefused, match="is there with other content; nothing is overwritten"):
        deliver(room, ACTORS, KEY, destination(tmp_path, server), actor="maker", at=AT)
    assert (server.inbox / Path(SHEET).name).read_bytes() == b"of somebody else"


_SCRIPT = (
    "import sys; sys.path.insert(0, sys.argv[1])\n"
    "from pathlib import Path\n"
    "from exported_month import ACTORS, AT, KEY, full_room\n"
    "from orchestration.payout.delivery.deliver import deliver\n"
    "from orchestration.payout.delivery.targets import load_destinations\n"
    "from orchestration.payout.ledger import open_ledger\n"
    "home = Path(sys.argv[2])\n"
    "room = full_room(home, open_ledger(f'sqlite:///{home}/ledger.db'))\n"
    "deliver(room, ACTORS, KEY, load_destinations(home / 'delivery.yaml')['payroll'], actor='maker', at=AT)\n"
)


@pytest.mark.parametrize("point", ["before_delivery_rename", "after_delivery_rename"])
def test_a_killed_delivery_repeated_delivers_once(room, server, tmp_path, point):
    place = destination(tmp_path, server)
    command = [sys.executable, "-c", _SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    armed = {**os.environ, "INCENTIVES_FAILPOINT": point}
    assert subprocess.run(command, check=False, env=armed).returncode == -signal.SIGKILL
    deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    assert [path.name for path in server.inbox.iterdir()] == [Path(SHEET).name]
    assert events(room)[-1] == "delivered"
    assert events(room).count("delivered") == 1


@pytest.mark.parametrize(("settled", "sent"), [("delivered", False), ("lost", True)])
def test_a_file_that_may_have_been_taken_waits_for_a_persons_word(room, server, tmp_path, settled, sent):
    place = destination(tmp_path, server)
    command = [sys.executable, "-c", _SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    armed = {**os.environ, "INCENTIVES_FAILPOINT": "after_delivery_rename"}
    assert subprocess.run(command, check=False, env=armed).returncode == -signal.SIGKILL
    (server.inbox / Path(SHEET).name).unlink()  # the receiver took it before we could write it down
    for _ in range(2):
        with pytest.raises(DeliveryRefused, match=r"whether .* arrived is unknown"):
            deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    (done,) = deliver(room, ACTORS, KEY, place, actor="maker", at=AT, settled=settled)
    assert done.is_new == sent
    assert (server.inbox / Path(SHEET).name).exists() == sent


def test_an_encrypted_file_opens_with_the_recipients_key_only(room, server, tmp_path):
    identity, stranger = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    place = destination(tmp_path, server, encrypt_to=f"[{identity.to_public()}]")
    (done,) = deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    assert done.remote_path.endswith(".csv.age")
    sealed = (server.inbox / f"{Path(SHEET).name}.age").read_bytes()
    assert pyrage.decrypt(sealed, [identity]) == run_file(room, SHEET).read_bytes()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [stranger])
    require_verified(room, server.inbox / f"{Path(SHEET).name}.age")
    (tmp_path / "other.age").write_bytes(sealed[:-1])
    with pytest.raises(VerificationFailed, match="no exported file has this content"):
        require_verified(room, tmp_path / "other.age")
    (again,) = deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    assert not again.is_new
    assert not [path for path in run_file(room, ".outgoing").rglob("*") if path.is_file()]


def test_an_encrypted_upload_that_broke_goes_on_with_the_same_bytes(room, server, tmp_path):
    content = big_sheet(room)
    identity = pyrage.x25519.Identity.generate()
    place = destination(tmp_path, server, files="[big/*]", attempts="1", encrypt_to=f"[{identity.to_public()}]")
    server.wire.cut_after = 1_500_000
    with pytest.raises(DeliveryFailed):
        deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    begun = (server.inbox / "big.bin.age.part").read_bytes()
    (copy,) = [path for path in run_file(room, ".outgoing").rglob("*") if path.is_file()]
    assert copy.stat().st_mode & 0o777 == 0o600
    deliver(room, ACTORS, KEY, place, actor="maker", at=AT)
    sealed = (server.inbox / "big.bin.age").read_bytes()
    assert sealed.startswith(begun)
    assert pyrage.decrypt(sealed, [identity]) == content


def test_another_host_key_stops_before_anything_is_sent(room, server, tmp_path):
    other = (tmp_path / "sshd" / "client.pub").read_text().split()[:2]
    server.known_hosts.write_text(f"[127.0.0.1]:{server.wire.port} {' '.join(other)}\n")
    with pytest.raises(DeliveryRefused, match="shows another host key"):
        deliver(room, ACTORS, KEY, destination(tmp_path, server), actor="maker", at=AT)
    server.known_hosts.write_text("")
    with pytest.raises(DeliveryRefused, match=r"is not in .*known_hosts; add its host key"):
        deliver(room, ACTORS, KEY, destination(tmp_path, server), actor="maker", at=AT)
    server.known_hosts.unlink()
    with pytest.raises(DeliveryRefused, match="known_hosts is not there"):
        deliver(room, ACTORS, KEY, destination(tmp_path, server), actor="maker", at=AT)
    assert list(server.inbox.iterdir()) == []
    assert "delivered" not in events(room)


def test_a_key_the_server_does_not_know_is_refused(room, server, tmp_path):
    place = destination(tmp_path, server, private_key=str(tmp_path / "sshd" / "host"))
    with pytest.raises(DeliveryRefused, match=r"does not let .* in with this key"):
        deliver(room, ACTORS, KEY, place, actor="maker", at=AT)


def test_what_cannot_be_delivered_is_said_before_a_connection(room, server, tmp_path):
    for changes, complaint in (
        ({"files": "[nothing/*]"}, "takes nothing/\\*, and 2026-10 CN01-1 has none of them"),
        ({"pay_groups": "[HK02]"}, "takes HK02, not CN01"),
    ):
        with pytest.raises(DeliveryRefused, match=complaint):
            deliver(room, ACTORS, KEY, destination(tmp_path, server, **changes), actor="maker", at=AT)
    with pytest.raises(ApprovalRefused, match="checker may not export"):
        deliver(room, ACTORS, KEY, destination(tmp_path, server), actor="checker", at=AT)
    run_file(room, SHEET).write_bytes(b"changed")
    with pytest.raises(DeliveryRefused, match="is not the file that was exported"):
        deliver(room, ACTORS, KEY, destination(tmp_path, server), actor="maker", at=AT)
    assert server.wire.connections == 0


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"private_key": None}, "delivery.yaml:2: targets.payroll: write either private_key or password"),
        ({"password": "hunter2"}, "delivery.yaml:10: targets.payroll.password"),
        ({"encrypt_to": "[age1nonsense]"}, "targets.payroll.encrypt_to: age1nonsense... is no age recipient"),
        ({"hots": "x"}, "delivery.yaml:10: targets.payroll.hots: no such setting here"),
    ],
)
def test_wrong_settings_are_refused_with_their_line_and_without_their_value(server, tmp_path, changes, complaint):
    with pytest.raises(RulesInvalid) as refused:
        destination(tmp_path, server, **changes)
    assert complaint in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_schema_has_every_setting_of_a_target():
    assert {"host", "known_hosts", "encrypt_to", "checksum_file"} <= set(
        delivery_schema()["$defs"]["Target"]["properties"]
    )
