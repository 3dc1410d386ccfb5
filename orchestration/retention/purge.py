"""What is older than its class is kept: listed, and with a recorded decision removed.

A purge removes files only. Lines, approvals and the audit chain stay for ever, and so do the close folders that a run
in the ledger stands at. What was purged is an act in the ledger: class, limit, how many files and bytes, and the sha256
of the list.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path

from sqlalchemy import select

from orchestration.payout.actors import Actors, require_actor
from orchestration.payout.canonical import sha256_json
from orchestration.payout.close_folder import close_folder
from orchestration.payout.ledger import append
from orchestration.payout.room import CloseRoom
from orchestration.payout.schema import purges, runs
from orchestration.periods import Period
from orchestration.retention.rules import Kind, RetentionClass, RetentionRules

_DATE = re.compile(r"_(\d{4})(\d{2})(\d{2})?(?:_v\d+)?\.")
_PERIOD = re.compile(r"\d{4}(-(\d{2}|Q[1-4]|H[12]))?")


@dataclass(frozen=True, slots=True)
class Purge:
    """Files of one class that are older than it is kept: everything that belongs to a day before `older_than`."""

    kind: Kind
    reason: str
    older_than: date
    files: tuple[Path, ...]
    bytes: int


def overdue(home: Path, room: CloseRoom, rules: RetentionRules, *, as_of: datetime, zone: tzinfo) -> list[Purge]:
    """What each class of the rules would lose at that instant. Nothing is changed."""
    today = as_of.astimezone(zone).date()
    found = []
    for each in rules.classes:
        limit = _months_before(today, each.keep_months)
        files = sorted(
            path for top, day in _entries(home, room, each, zone) if day < limit for path in _files_below(top)
        )
        found.append(Purge(each.kind, each.reason, limit, tuple(files), sum(path.stat().st_size for path in files)))
    return found


def purge(home: Path, room: CloseRoom, actors: Actors, found: list[Purge], *, actor: str, at: datetime) -> list[Purge]:
    """Remove what `overdue` found and record it; gives the classes that lost something. Killed half way, the next call
    removes the rest."""
    person = require_actor(actors, actor, "erase")
    done = []
    for each in found:
        if not each.files:
            continue
        names = [path.relative_to(home).as_posix() for path in each.files]
        told = {
            "retention_class": each.kind,
            "older_than": each.older_than.isoformat(),
            "files": len(names),
            "bytes": each.bytes,
            "listing_sha256": sha256_json(names),
            "actor": person.id,
            "at": at.isoformat(),
        }
        with room.ledger.write() as connection:
            known = connection.execute(select(purges.c.purge_id)).scalars().all()
            purge_id = sha256_json({**told, "number": len(known)})[:16]
            append(connection, "purge", told, {purges: [{**told, "purge_id": purge_id}]})
        for path in each.files:
            _make_removable(path, home)
            path.unlink()
        _remove_empty({path.parent for path in each.files}, home)
        done.append(each)
    return done


def _entries(home: Path, room: CloseRoom, each: RetentionClass, zone: tzinfo) -> Iterator[tuple[Path, date]]:
    """Files or folders of a class with the day they belong to."""
    match each.kind:
        case "inbox" | "quarantine":
            for path in _files_below(home / each.kind):
                yield path, _day_in_name(path, zone)
        case "logs":
            for path in _files_below(home / "dbt"):
                yield path, _written_on(path, zone)
        case "drafts":
            yield from _drafts(room)
        case "payout_files":
            yield from _by_period(room.payouts)
        case "statements":
            yield from _by_period(home / "out" / "statements")


def _by_period(folder: Path) -> Iterator[tuple[Path, date]]:
    for path in sorted(folder.glob("*")):
        if _PERIOD.fullmatch(path.name):
            yield path, Period.parse(path.name).last_day


def _drafts(room: CloseRoom) -> Iterator[tuple[Path, date]]:
    """Close folders of revisions at which no run stands any more."""
    with room.ledger.read() as connection:
        latest: dict[tuple[str, str, int], int] = {}
        for row in connection.execute(select(runs.c.period, runs.c.pay_group, runs.c.run_no, runs.c.revision)):
            key = (row.period, row.pay_group, row.run_no)
            latest[key] = max(latest.get(key, 0), row.revision)
    kept = {close_folder(room.closed, key[0], revision) for key, revision in latest.items()}
    for folder in sorted(room.closed.glob("*/[0-9]*")):
        if folder not in kept and _PERIOD.fullmatch(folder.parent.name):
            yield folder, Period.parse(folder.parent.name).last_day


def _files_below(top: Path) -> list[Path]:
    if top.is_file():
        return [top]
    return sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else []


def _day_in_name(path: Path, zone: tzinfo) -> date:
    found = _DATE.search(path.name)
    if not found:
        return _written_on(path, zone)
    year, month, day = found.groups()
    return date(int(year), int(month), int(day)) if day else Period.parse(f"{year}-{month}").last_day


def _written_on(path: Path, zone: tzinfo) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, zone).date()


def _months_before(day: date, months: int) -> date:
    """The first day of the month that lies so many whole months back."""
    return Period.containing(day, "month").shift(-months).start if months else day


def _make_removable(path: Path, home: Path) -> None:
    for folder in path.parents:
        if folder == home:
            return
        folder.chmod(folder.stat().st_mode | 0o700)


def _remove_empty(folders: set[Path], home: Path) -> None:
    tops = {home / name for name in ("inbox", "quarantine", "dbt", "closed", "out")}
    for folder in sorted(folders, key=lambda each: len(each.parts), reverse=True):
        current = folder
        while current.is_dir() and current not in tops and current != home and not any(current.iterdir()):
            shutil.rmtree(current)
            current = current.parent
