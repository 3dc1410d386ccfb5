"""Erasure of a person's names: a recorded act, with every amount left as it is.

Names live in one place by design: the restricted streams `<stream>__names` in the landing folder and the schema
`restricted_<source>` built from them. An erasure (1) is recorded in the ledger with the keys of the person's records,
(2) puts these keys on the list that later nights obey (`connectors/erased.py`), (3) takes the names out of the landed
files, and (4) out of the warehouse. Rebuilding the warehouse afterwards finds no name to bring back. Employee numbers
and amounts stay: payroll and auditors need them, and they name nobody by themselves.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import orjson
import zstandard
from sqlalchemy import Connection, select

from connectors.erased import add_erased
from connectors.landing import MANIFEST, LandedLoad, list_landed, read_lines, read_manifest
from connectors.stream import NAMES_SUFFIX
from orchestration.payout.actors import Actors, require_actor
from orchestration.payout.canonical import canonical_json, sha256_json
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.ledger import append
from orchestration.payout.room import CloseRoom
from orchestration.payout.schema import erasures
from orchestration.retention.rules import NamesOf, RetentionRules
from orchestration.warehouse.schema import raw_table


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One record whose names go: a vendor's natural key, never a name."""

    source: str
    stream: str
    key: str


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure touched. `mentions` are files of the inbox and quarantine that still hold one of the names:
    people wrote them, so people decide (or the purge of their class does)."""

    erasure_id: str
    subjects: tuple[Subject, ...]
    lines: int
    rows: int
    mentions: tuple[str, ...]


def erase_person(
    home: Path,
    room: CloseRoom,
    con: duckdb.DuckDBPyConnection,
    actors: Actors,
    rules: RetentionRules,
    *,
    employee_no: str,
    reason: str,
    actor: str,
    at: datetime,
    records: Iterable[Subject] = (),
) -> Erased:
    """Erase the names of an employee (or, with `records` alone, of any person) everywhere they land.

    Repeating it completes one that was killed and adds nothing to the ledger. Raises `PayoutRefused` when no record of
    the person is known, or no reason is given.
    """
    person = require_actor(actors, actor, "erase")
    if not reason.strip():
        raise PayoutRefused("an erasure says why: the person's request, or the end of the retention")
    found = {*records}
    for names in rules.names if employee_no else ():
        found |= {Subject(names.source, names.stream, key) for key in _keys(con, names, employee_no)}
    with room.ledger.read() as connection:
        found |= {each for subjects in _recorded(connection, employee_no) for each in subjects if employee_no}
    if not found:
        raise PayoutRefused(f"no record with names is known of {employee_no or 'nobody'}; name records with --record")
    subjects = tuple(sorted(found))
    content = {"employee_no": employee_no, "subjects": canonical_json([asdict(each) for each in subjects])}
    erasure_id = sha256_json(content)[:16]
    with room.ledger.write() as connection:
        if connection.execute(select(erasures.c.at).where(erasures.c.erasure_id == erasure_id)).first() is None:
            row = {**content, "erasure_id": erasure_id, "actor": person.id, "reason": reason, "at": at.isoformat()}
            details = {"erasure": erasure_id, "actor": person.id, "records": len(subjects), "at": at.isoformat()}
            append(connection, "erase", details, {erasures: [row]})
    return _carry_out(home, con, erasure_id, subjects)


def reapply(home: Path, room: CloseRoom, con: duckdb.DuckDBPyConnection) -> list[Erased]:
    """Carry out every recorded erasure again: after landing files or a warehouse came back from an older backup."""
    with room.ledger.read() as connection:
        rows = connection.execute(select(erasures).order_by(erasures.c.audit_seq)).all()
    return [_carry_out(home, con, row.erasure_id, _subjects(row.subjects)) for row in rows]


def _carry_out(home: Path, con: duckdb.DuckDBPyConnection, erasure_id: str, subjects: tuple[Subject, ...]) -> Erased:
    landing = home / "landing"
    by_stream: dict[tuple[str, str], set[str]] = {}
    for each in subjects:
        by_stream.setdefault((each.source, each.stream), set()).add(each.key)
    lines = rows = 0
    names: set[str] = set()
    for (source, stream), keys in by_stream.items():
        add_erased(landing, source, stream, keys)
        for load in list_landed(landing, source=source, stream=stream + NAMES_SUFFIX).loads:
            lines += _clean_load(load, keys, names, con)
        rows += _clean_table(con, source, stream, keys, names)
    # Freed pages keep their old bytes until they are used again or the file is written anew.
    con.execute("checkpoint")
    return Erased(erasure_id, subjects, lines, rows, tuple(_mentions(home, names)))


def _keys(con: duckdb.DuckDBPyConnection, names: NamesOf, employee_no: str) -> list[str]:
    """Natural keys of the stream's records that are the employee's."""
    if names.identity:
        table = con.execute(
            "select table_schema from information_schema.tables where table_name = 'int_identities__employees'"
        ).fetchone()
        if table is None:
            return []
        query = f'select distinct source_user_id from "{table[0]}".int_identities__employees '
        where = "where source_system = ? and employee_no = ?"
        return [row[0] for row in con.execute(query + where, [names.identity, employee_no]).fetchall()]
    if not _has_table(con, names.source, names.stream):
        return []
    query = f"select distinct _key from {raw_table(names.source, names.stream)} where payload ->> ? = ?"
    return [row[0] for row in con.execute(query, [f"$.{names.field}", employee_no]).fetchall()]


def _clean_load(load: LandedLoad, keys: set[str], names: set[str], con: duckdb.DuckDBPyConnection) -> int:
    """Rewrite a landed load without the names of these records: same id, same count of lines, other bytes.

    The parts come first and the manifest last; killed between them, the load does not verify until the erasure is
    repeated, which writes the same parts again.
    """
    lines = [orjson.loads(line) for line in read_lines(load)]
    touched = [line for line in lines if line["key"] in keys and len(line) > 1]
    body = orjson.loads((load.path / MANIFEST).read_bytes())
    is_half = not touched and any(_sha256(load.path / part["name"]) != part["sha256"] for part in body["parts"])
    if not touched and not is_half:
        return 0
    for line in touched:
        names |= {value for name, value in line.items() if name != "key" and isinstance(value, str)}
    at = 0
    for part in body["parts"]:
        chosen = lines[at : at + part["rows"]]
        at += part["rows"]
        kept = [{"key": line["key"]} if line["key"] in keys else line for line in chosen]
        path = load.path / part["name"]
        _write_synced(path, zstandard.compress(b"".join(orjson.dumps(line) + b"\n" for line in kept), 1))
        part["sha256"] = _sha256(path)
    _write_synced(load.path / MANIFEST, orjson.dumps(body, option=orjson.OPT_INDENT_2))
    if _has_schema(con, "etl"):
        con.execute(
            "update etl.loads set manifest_sha256 = ? where load_id = ?",
            [read_manifest(load.path).manifest_sha256, load.load_id],
        )
    return len(touched)


def _clean_table(con: duckdb.DuckDBPyConnection, source: str, stream: str, keys: set[str], names: set[str]) -> int:
    if not _has_table(con, source, stream + NAMES_SUFFIX):
        return 0
    table = raw_table(source, stream + NAMES_SUFFIX)
    rows = con.execute(f"select payload::varchar from {table} where list_contains(?, _key)", [sorted(keys)]).fetchall()
    for (payload,) in rows:
        names |= {value for name, value in json.loads(payload).items() if name != "key" and isinstance(value, str)}
    changed = sum(len(json.loads(payload)) > 1 for (payload,) in rows)
    if changed:
        con.execute(
            f"update {table} set payload = json_object('key', _key), "
            "_payload_hash = md5(json_object('key', _key)::varchar) where list_contains(?, _key)",
            [sorted(keys)],
        )
    return changed


def _mentions(home: Path, names: set[str]) -> list[str]:
    """Files of people that still hold one of the names, by path."""
    needles = [name.encode() for name in names if name.strip()]
    found = []
    for folder in (home / "inbox", home / "quarantine"):
        for path in sorted(each for each in folder.rglob("*.csv") if each.is_file()):
            content = path.read_bytes()
            if any(needle in content for needle in needles):
                found.append(path.relative_to(home).as_posix())
    return found


def _recorded(connection: Connection, employee_no: str) -> list[tuple[Subject, ...]]:
    query = select(erasures.c.subjects).where(erasures.c.employee_no == employee_no)
    return [_subjects(text) for text in connection.execute(query).scalars()]


def _subjects(text: str) -> tuple[Subject, ...]:
    return tuple(Subject(**each) for each in json.loads(text))


def _has_table(con: duckdb.DuckDBPyConnection, source: str, stream: str) -> bool:
    schema, table = (part.strip('"') for part in raw_table(source, stream).split("."))
    query = "select 1 from information_schema.tables where table_schema = ? and table_name = ?"
    return con.execute(query, [schema, table]).fetchone() is not None


def _has_schema(con: duckdb.DuckDBPyConnection, schema: str) -> bool:
    query = "select 1 from information_schema.tables where table_schema = ? limit 1"
    return con.execute(query, [schema]).fetchone() is not None


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _write_synced(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
