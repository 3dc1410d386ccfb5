"""The ledger and its close folders as one file, in a form both databases read; and back from it.

A backup is a zip: `ledger/<table>.jsonl` (one row per line, as recorded), `closed/<period>/<revision>/...`, and a
`manifest.json` with the sha256 of every member, the schema's number and the head of the audit chain. It is taken in one
read of the ledger, so writers never spoil it. A restore goes into an empty ledger only, walks the whole chain before it
commits, and verifies every close folder: what is accepted is exactly what was backed up.
"""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection, func, insert, select

from orchestration.payout.atomic import make_private, only_one, replace_folder, sync_folder
from orchestration.payout.audit import verify_audit
from orchestration.payout.canonical import canonical_json
from orchestration.payout.close_folder import close_folder, freeze, is_frozen, verify_close_folder
from orchestration.payout.errors import PayoutRefused, VerificationFailed
from orchestration.payout.ledger import audit_head
from orchestration.payout.migrations import current_version
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import FINAL
from orchestration.payout.schema import RECORDED, audit_log, calculations, run_events

CONTRACT = 1
_MANIFEST = "manifest.json"
_TABLES = (audit_log, *RECORDED)
_MOMENT = (1980, 1, 1, 0, 0, 0)  # zip wants a date; a real one would make two backups of one state differ
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup file holds. `head` is the hash of the last audit event."""

    path: Path
    events: int
    rows: int
    folders: int
    head: str


def back_up(room: CloseRoom, path: Path) -> Backup:
    """Write a backup; raises `PayoutRefused` when the file is there, the chain is broken, or evidence of an approved
    run is missing or changed. The file is readable to its owner only and appears whole or not at all."""
    if path.exists():
        raise PayoutRefused(f"{path.name} is there already; a backup is never overwritten: name another file")
    make_private(path.parent)
    temporary = path.with_name(f".{path.name}.tmp")
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    members: dict[str, str] = {}
    try:
        # The lock keeps close folders from being put in place meanwhile; the ledger needs none, its read is one moment.
        with only_one(room.closed / ".calculating"), zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:
            with room.ledger.read() as connection:
                report = verify_audit(connection)
                if not report.ok:
                    raise PayoutRefused(f"the audit chain is broken at {report.broken}; it is not backed up like this")
                head, rows = audit_head(connection), {}
                for table in _TABLES:
                    name = f"ledger/{table.name}.jsonl"
                    members[name], rows[table.name] = _add(file, name, _rows(connection, table))
                folders = _folders(room, connection)
            for place, folder in folders.items():
                for member in sorted(each for each in folder.rglob("*") if each.is_file()):
                    name = f"closed/{place}/{member.relative_to(folder).as_posix()}"
                    members[name], _ = _add(file, name, iter([member.read_bytes()]))
            manifest = {
                "contract": CONTRACT,
                "schema": current_version(),
                "audit_head": {"seq": head.seq, "hash": head.hash},
                "rows": rows,
                "folders": sorted(folders),
                "members": members,
            }
            file.writestr(_member(_MANIFEST), canonical_json(manifest) + "\n")
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return Backup(path, head.seq, sum(rows.values()), len(folders), head.hash)


def restore(room: CloseRoom, path: Path) -> Backup:
    """Fill an empty ledger and its close folders from a backup. Repeating one that was killed completes it.

    Raises `PayoutRefused` when the ledger has entries, a close folder with other contents is in the way, or a newer
    program wrote the file; `VerificationFailed` when the file is not what was backed up. The ledger is filled last and
    in one transaction.
    """
    with only_one(room.closed / ".calculating"), _opened(path) as file:
        manifest = _manifest(file, path)
        with room.ledger.read() as connection:
            entries = connection.execute(select(func.count()).select_from(audit_log)).scalar_one()
        if entries:
            raise PayoutRefused(f"the ledger has {entries} audit events; a backup is restored into an empty one only")
        for name, sha256 in manifest["members"].items():
            with file.open(name) as member:
                if hashlib.file_digest(member, "sha256").hexdigest() != sha256:  # pyright: ignore[reportArgumentType]
                    raise VerificationFailed(f"{path.name}: {name} is not what was backed up; use another backup")
        for place in manifest["folders"]:
            _place(room, file, place, [name for name in manifest["members"] if name.startswith(f"closed/{place}/")])
        with room.ledger.write() as connection:
            for table in _TABLES:
                _fill(connection, table, file)
            report, head = verify_audit(connection), manifest["audit_head"]
            if not report.ok or (report.events, report.head) != (head["seq"], head["hash"]):
                raise VerificationFailed(f"{path.name}: the audit chain is broken at {report.broken or 'its head'}")
            folders = _folders(room, connection)
            approved = _approved(connection)
        for place, folder in folders.items():
            if place in approved and not is_frozen(folder):
                freeze(folder, approved[place])
    return Backup(path, head["seq"], sum(manifest["rows"].values()), len(folders), head["hash"])


def _rows(connection: Connection, table: Any) -> Iterator[bytes]:
    result = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
    for row in result:
        yield (canonical_json(dict(row)) + "\n").encode()


def _folders(room: CloseRoom, connection: Connection) -> dict[str, Path]:
    """Close folders of the ledger's calculations by place; those of approved runs have to be there and whole."""
    approved = _approved(connection)
    found = {}
    for row in connection.execute(
        select(calculations.c.period, calculations.c.revision).order_by("period", "revision")
    ):
        place, folder = f"{row.period}/{row.revision}", close_folder(room.closed, row.period, row.revision)
        if place in approved:
            verify_close_folder(folder, approved[place])
        if folder.is_dir():
            found[place] = folder
    return found


def _approved(connection: Connection) -> dict[str, str]:
    """sha256 of the close folders behind approved runs, by place."""
    final = select(run_events.c.period, run_events.c.revision).where(run_events.c.event.in_(FINAL)).distinct()
    keys = {(row.period, row.revision) for row in connection.execute(final)}
    rows = connection.execute(
        select(calculations.c.period, calculations.c.revision, calculations.c.close_folder_sha256)
    )
    return {f"{row.period}/{row.revision}": row[2] for row in rows if (row.period, row.revision) in keys}


def _add(file: zipfile.ZipFile, name: str, chunks: Iterator[bytes]) -> tuple[str, int]:
    digest, count = hashlib.sha256(), 0
    with file.open(_member(name), "w") as member:
        for chunk in chunks:
            member.write(chunk)
            digest.update(chunk)
            count += 1
    return digest.hexdigest(), count


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError:
        raise PayoutRefused(f"{path} is not there") from None
    except zipfile.BadZipFile:
        raise VerificationFailed(f"{path.name} is no whole backup; use another one") from None


def _manifest(file: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(file.read(_MANIFEST))
        if manifest["contract"] != CONTRACT or manifest["schema"] > current_version():
            raise PayoutRefused(f"{path.name} was written by a newer program; restore it with that one")
    except (KeyError, ValueError):
        raise VerificationFailed(f"{path.name} has no manifest of a backup; use another file") from None
    for name in manifest["members"]:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise VerificationFailed(f"{path.name}: {name} points out of the data folder")
    return manifest


def _place(room: CloseRoom, file: zipfile.ZipFile, place: str, names: list[str]) -> None:
    """Put one close folder where it was; the same one already there stays."""
    period, revision = place.split("/")
    target = close_folder(room.closed, period, int(revision))
    contents = {name.removeprefix(f"closed/{place}/"): name for name in names}
    if target.exists():
        there = {path.relative_to(target).as_posix(): path for path in target.rglob("*") if path.is_file()}
        same = there.keys() == contents.keys() and all(
            there[inside].read_bytes() == file.read(name) for inside, name in contents.items()
        )
        if not same:
            raise PayoutRefused(f"closed/{place} is there with other contents; move it away before restoring")
        return
    temporary = room.closed / period / f".restoring-{revision}"
    shutil.rmtree(temporary, ignore_errors=True)
    for inside, name in contents.items():
        path = temporary / inside
        make_private(path.parent)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
            out.write(file.read(name))
    replace_folder(temporary, target)


def _fill(connection: Connection, table: Any, file: zipfile.ZipFile) -> None:
    """Insert a table's rows; one that the backup's version did not have stays empty."""
    name = f"ledger/{table.name}.jsonl"
    if name not in file.namelist():
        return
    batch: list[dict[str, Any]] = []
    with file.open(name) as lines:
        for line in lines:
            batch.append(json.loads(line))
            if len(batch) == _BATCH:
                connection.execute(insert(table), batch)
                batch = []
    if batch:
        connection.execute(insert(table), batch)
