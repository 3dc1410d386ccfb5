"""Deliver the files of an exported run to a target, each content once.

The ledger says how far a file is: `started`, `renaming` right before the part gets its name, `delivered`. A file that
may have been taken away by its receiver after the rename, without us knowing, is never sent again by itself: a person
finds out and says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import paramiko
from sqlalchemy import Connection

from connectors.failpoints import failpoint
from orchestration.payout.actors import Actors, require_actor
from orchestration.payout.atomic import only_one, write_file
from orchestration.payout.contents import sha256_bytes
from orchestration.payout.delivery.encryption import encrypted
from orchestration.payout.delivery.log import DeliveryEvent, Event, append_delivery, delivered_as, last_event
from orchestration.payout.delivery.sftp import Server, connected
from orchestration.payout.delivery.targets import Destination, taken_names
from orchestration.payout.errors import DeliveryFailed, DeliveryRefused
from orchestration.payout.exported import ExportedFile, files_of
from orchestration.payout.files import run_folder
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import Run, require_run

_BROKEN = (OSError, EOFError, paramiko.SSHException)
Settled = Literal["", "delivered", "lost"]


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file and where it is now; `is_new` is false when it had been delivered before."""

    name: str
    remote_path: str
    is_new: bool
    at: str


def deliver(
    room: CloseRoom,
    actors: Actors,
    key: RunKey,
    destination: Destination,
    *,
    actor: str,
    at: datetime,
    settled: Settled = "",
) -> list[Delivered]:
    """Bring every file that a target takes there; repeating it sends nothing twice.

    `settled` is a person's word on files whose fate is unknown: `delivered` (the receiver has them) or `lost` (send
    again). Raises `DeliveryRefused` for what a person has to put right and `DeliveryFailed` when the connection broke
    too often; delivering again resumes.
    """
    person = require_actor(actors, actor, "export")
    with only_one(room.payouts / ".delivering"):
        with room.ledger.read() as connection:
            run = require_run(connection, key)
            files = {file.name: file for file in files_of(connection, key)}
        names = _names(run, destination, files)
        for name in names:
            _settle(room, destination, files[name], settled, person.id, at)
        done = {name: _done_before(room, destination, files[name]) for name in names}
        waiting = [_letter(room, run, destination, files[name], person.id, at) for name in names if done[name] is None]
        for result in _send_all(room, destination, waiting):
            done[result.name] = result
        return [each for each in done.values() if each is not None]


@dataclass(frozen=True, slots=True)
class _Letter:
    """A file, the bytes that go out for it, and the copy of them that waits until they are delivered."""

    event: DeliveryEvent
    content: bytes
    waiting: Path | None


def _names(run: Run, destination: Destination, files: dict[str, ExportedFile]) -> list[str]:
    target = destination.target
    if run.state not in {"exported", "paid"}:
        raise DeliveryRefused(f"{run.key} is {run.state}; it is delivered after it was exported")
    if target.pay_groups is not None and run.key.pay_group not in target.pay_groups:
        raise DeliveryRefused(f"{destination.name} takes {', '.join(target.pay_groups)}, not {run.key.pay_group}")
    names = taken_names(target, files)
    if not names:
        raise DeliveryRefused(
            f"{destination.name} takes {', '.join(target.files)}, and {run.key} has none of them "
            f"({', '.join(sorted(files)) or 'no recorded files'})"
        )
    remote = [_remote_name(destination, name) for name in names]
    if twice := sorted({name for name in remote if remote.count(name) > 1}):
        raise DeliveryRefused(f"{destination.name}: two files would be called {twice[0]}; deliver them to two targets")
    return names


def _remote_name(destination: Destination, name: str) -> str:
    return Path(name).name + (".age" if destination.target.encrypt_to else "")


def _remote_path(destination: Destination, name: str) -> str:
    return f"{destination.target.folder.rstrip('/')}/{_remote_name(destination, name)}"


def _letter(
    room: CloseRoom, run: Run, destination: Destination, file: ExportedFile, actor: str, at: datetime
) -> _Letter:
    path = run_folder(room.payouts, run.key) / file.name
    content = path.read_bytes() if path.is_file() else b""
    if sha256_bytes(content) != file.sha256:
        raise DeliveryRefused(f"{file.name} of {run.key} is not the file that was exported; verify it, export again")
    waiting = None
    if destination.target.encrypt_to:
        # Encrypting again gives other bytes: what was begun is kept until it has arrived.
        waiting = _outgoing(room, run, destination) / f"{file.sha256[:16]}-{_remote_name(destination, file.name)}"
        if not waiting.is_file():
            write_file(waiting, encrypted(content, destination.target.encrypt_to))
        content = waiting.read_bytes()
    event = DeliveryEvent(
        target=destination.name,
        sha256=file.sha256,
        event="started",
        run=run.key,
        revision=run.revision,
        name=file.name,
        remote_path=_remote_path(destination, file.name),
        sent_sha256=sha256_bytes(content),
        sent_bytes=len(content),
        actor=actor,
        note="",
        at=at.isoformat(),
    )
    return _Letter(event, content, waiting)


def _outgoing(room: CloseRoom, run: Run, destination: Destination) -> Path:
    """Where encrypted copies wait until they have arrived."""
    return run_folder(room.payouts, run.key) / ".outgoing" / destination.name


def _settle(
    room: CloseRoom, destination: Destination, file: ExportedFile, settled: Settled, actor: str, at: datetime
) -> None:
    """Record a person's word on a file whose fate is unknown."""
    if not settled:
        return
    with room.ledger.write() as connection:
        last = last_event(connection, destination.name, file.sha256, besides="failed")
        if last is not None and last.event == "renaming":
            said = replace(last, event=settled, actor=actor, note="said by a person", at=at.isoformat())
            append_delivery(connection, said)


def _done_before(room: CloseRoom, destination: Destination, file: ExportedFile) -> Delivered | None:
    """The earlier delivery of a content, or None. Raises `DeliveryRefused` when its name went to other content."""
    remote_path = _remote_path(destination, file.name)
    with room.ledger.read() as connection:
        last = last_event(connection, destination.name, file.sha256)
        taken = delivered_as(connection, destination.name, remote_path)
    if last is not None and last.event == "delivered":
        return Delivered(file.name, last.remote_path, is_new=False, at=last.at)
    if taken is not None:
        raise DeliveryRefused(
            f"{destination.name}: {remote_path} was delivered at {taken.at} as {taken.name} of {taken.run}; a "
            "delivered name is never used for other content: give the layout's file_name a part that differs"
        )
    return None


def _send_all(room: CloseRoom, destination: Destination, letters: list[_Letter]) -> Iterator[Delivered]:
    """Send what waits, over as many connections as the target allows."""
    waiting = list(letters)
    for attempt in range(1, destination.target.attempts + 1):
        if not waiting:
            return
        try:
            with connected(destination) as server:
                while waiting:
                    yield _send(room, server, waiting[0], checksum=destination.target.checksum_file)
                    waiting.pop(0)
        except _BROKEN as error:
            _record(room, waiting[0].event, "failed", note=type(error).__name__)
            if attempt == destination.target.attempts:
                raise DeliveryFailed(
                    f"{destination.name}: the connection to {destination.target.host} broke {attempt} times "
                    f"({type(error).__name__}: {error}); {len(waiting)} files are not delivered: deliver again, it "
                    "resumes"
                ) from error


def _send(room: CloseRoom, server: Server, letter: _Letter, *, checksum: bool) -> Delivered:
    event = letter.event
    name = Path(event.remote_path).name
    seen = server.look(name, event.sent_sha256)
    with room.ledger.read() as connection:
        was_renaming = _was_renaming(connection, event)
    if seen == "other":
        raise DeliveryRefused(
            f"{event.target}: {event.remote_path} is there with other content; nothing is overwritten: "
            "ask who put it there"
        )
    if seen == "nothing" and was_renaming:
        raise DeliveryRefused(
            f"{event.target}: whether {event.remote_path} arrived is unknown (the receiver may have taken it); ask "
            "them, then deliver with --settled delivered or --settled lost"
        )
    if seen != "same":
        _record(room, event, "started")
        server.put(name, letter.content)
        failpoint("before_delivery_rename")
        _record(room, event, "renaming")
        server.finish(name)
        failpoint("after_delivery_rename")
    if checksum:
        server.write_small(f"{name}.sha256", f"{event.sent_sha256}  {name}\n".encode())
    _record(room, event, "delivered")
    if letter.waiting is not None:
        letter.waiting.unlink()
    return Delivered(event.name, event.remote_path, is_new=True, at=event.at)


def _was_renaming(connection: Connection, event: DeliveryEvent) -> bool:
    """Whether the last thing known before breaks of the connection is that the part was getting its name."""
    last = last_event(connection, event.target, event.sha256, besides="failed")
    return last is not None and last.event == "renaming"


def _record(room: CloseRoom, event: DeliveryEvent, kind: Event, note: str = "") -> None:
    with room.ledger.write() as connection:
        append_delivery(connection, replace(event, event=kind, note=note))
