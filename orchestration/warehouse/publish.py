"""The copy that analysts read: never locked by a night, never half of one and half of another.

`published/<version>/` holds a Parquet file per mart and month and `marts.duckdb`: small marts as tables, large ones as
views on the same version's Parquet, in a storage format that older tools can open. A version is whole when its
`manifest.json` is there; `published/current` is then swapped to it in one step. Who follows `current` once and stays in
that folder sees one state, for as long as the version is kept.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from connectors.failpoints import failpoint
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.errors import PublishError
from orchestration.warehouse.published_files import PublishedFile, check, month_column, place, seal, survey, sync

SCHEMA = "marts"
CURRENT = "current"
DATABASE = "marts.duckdb"
MANIFEST = "manifest.json"
KEEP_VERSIONS = 3
TABLE_ROWS = 200_000
"""Marts up to this many rows are tables in the database file, larger ones views on Parquet."""
_STORAGE = "v1.0.0"


@dataclass(frozen=True, slots=True)
class Published:
    """A published version: its folder, and how many of its Parquet files had to be written."""

    version: str
    path: Path
    written: int
    kept: int


def publish(
    home: Path,
    *,
    as_of: datetime,
    keep: int = KEEP_VERSIONS,
    months: Mapping[str, str | None] | None = None,
    table_rows: int = TABLE_ROWS,
    rewrite: bool = False,
    wait_seconds: float = 0.0,
) -> Published:
    """Publish the marts of a data folder as known at `as_of`, and return the version that readers now see.

    `months` overrides the date column that a mart is cut by (None: one file). Publishing what is published already
    changes nothing. `rewrite` trusts no earlier file. Raises `PublishError`, and leaves the version before, when there
    is nothing to publish or it cannot be written.
    """
    root = home / "published"
    root.mkdir(parents=True, exist_ok=True)
    with open_warehouse(home, holder="publishing", wait_seconds=wait_seconds) as con:
        _sweep(root)
        cuts = {table: (months or {}).get(table, month_column(con, SCHEMA, table)) for table in _tables(con)}
        if not cuts:
            raise PublishError("the warehouse has no marts; run the models first (incentives nightly)")
        wanted = [file for table, month in cuts.items() for file in survey(con, SCHEMA, table, month)]
        folder = _folder(root, as_of, wanted, rewrite=rewrite)
        if (folder / MANIFEST).exists():
            make_current(home, folder.name)
            return Published(folder.name, folder, 0, len(wanted))
        try:
            files, written = _build(con, root, folder, cuts, wanted, table_rows, rewrite=rewrite)
            _write_manifest(folder, as_of, files)
        except (OSError, duckdb.Error) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise PublishError(f"cannot publish: {error}. Readers keep the version before.") from error
        failpoint("publish_before_swap")
        make_current(home, folder.name)
        failpoint("publish_after_swap")
        _prune(root, keep)
    return Published(folder.name, folder, written, len(files) - written)


def make_current(home: Path, version: str) -> None:
    """Let readers see a version that is whole, in one step."""
    root = home / "published"
    if not (root / version / MANIFEST).is_file():
        raise PublishError(f"{root / version}: no whole version; publish again")
    fresh = root / f".{CURRENT}-{os.getpid()}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(version)
    fresh.replace(root / CURRENT)
    sync(root)


def current_version(home: Path) -> Path:
    """The folder that readers see. Follow it once and stay there. Raises `PublishError` before the first version."""
    pointer = home / "published" / CURRENT
    if not pointer.is_symlink():
        raise PublishError(f"{pointer}: nothing was published yet; run a night first (incentives nightly)")
    return pointer.resolve()


def open_published(home: Path) -> duckdb.DuckDBPyConnection:
    """Open the current version for reading: no other files, no changes, no extensions. The caller closes it."""
    folder = current_version(home)
    con = duckdb.connect(str(folder / DATABASE), read_only=True)
    con.execute(f"set allowed_directories = ['{_quoted(folder)}/']")
    con.execute("set enable_external_access = false")
    con.execute("set allow_community_extensions = false")
    con.execute("set lock_configuration = true")
    return con


def verify_published(folder: Path) -> int:
    """Compare a version with its manifest, return its number of files; raises `PublishError` naming a damaged one."""
    files = list(_manifest(folder).values())
    for file in files:
        check(folder, file)
    try:
        duckdb.connect(str(folder / DATABASE), read_only=True).close()
    except duckdb.Error as error:
        raise PublishError(f"{folder / DATABASE}: damaged; publish again with rewrite") from error
    return len(files)


def _build(
    con: duckdb.DuckDBPyConnection,
    root: Path,
    folder: Path,
    cuts: Mapping[str, str | None],
    wanted: list[PublishedFile],
    table_rows: int,
    *,
    rewrite: bool,
) -> tuple[list[PublishedFile], int]:
    folder.mkdir()
    before = (root / CURRENT).resolve() if (root / CURRENT).is_symlink() and not rewrite else None
    earlier = _manifest(before) if before else {}
    files = [place(con, SCHEMA, cuts[file.table], file, folder, earlier, before) for file in wanted]
    _write_database(con, folder, files, table_rows)
    for table in cuts:
        sync(folder / table)
    return files, sum(earlier.get(file.name) != file for file in files)


def _write_database(con: duckdb.DuckDBPyConnection, folder: Path, files: list[PublishedFile], table_rows: int) -> None:
    path = folder / DATABASE
    rows: dict[str, int] = {}
    for file in files:
        rows[file.table] = rows.get(file.table, 0) + file.rows
    con.execute(f"attach '{_quoted(path)}' as published (storage_version '{_STORAGE}')")
    try:
        for table, count in rows.items():
            # In schema main: the file is called like the schema, so marts.<table> reads the same here and there.
            name = f'published.main."{table}"'
            if count <= table_rows:
                con.execute(f'create table {name} as select * from {SCHEMA}."{table}" order by all')
            else:
                pattern = _quoted(folder / table / "*.parquet")
                con.execute(f"create view {name} as select * from read_parquet('{pattern}')")
        con.execute("checkpoint published")
    finally:
        con.execute("detach published")
    if path.with_name(path.name + ".wal").exists():
        raise PublishError(f"{path}: changes were left in its log; publish again")
    seal(path)


def _write_manifest(folder: Path, as_of: datetime, files: list[PublishedFile]) -> None:
    failpoint("publish_before_manifest")
    content = {"as_of": as_of.astimezone(UTC).isoformat(), "files": [file.as_json() for file in files]}
    part = folder / f"{MANIFEST}.part"
    part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    seal(part)
    part.replace(folder / MANIFEST)
    sync(folder)


def _manifest(folder: Path) -> dict[str, PublishedFile]:
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = [PublishedFile(**entry) for entry in content["files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PublishError(f"{folder}: its {MANIFEST} is missing or damaged; publish again with rewrite") from error
    return {file.name: file for file in files}


def _folder(root: Path, as_of: datetime, wanted: list[PublishedFile], *, rewrite: bool) -> Path:
    content = hashlib.sha256("\n".join(f"{file.name} {file.fingerprint}" for file in wanted).encode()).hexdigest()
    version = f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}-{content[:12]}"
    folder, number = root / version, 2
    while rewrite and folder.exists():  # readers may sit in it
        folder, number = root / f"{version}-{number}", number + 1
    return folder


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute(
        "select table_name from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? order by 1",
        [SCHEMA],
    ).fetchall()
    return [row[0] for row in rows]


def _sweep(root: Path) -> None:
    """Remove what killed publications left: folders without a manifest, unused pointers."""
    for entry in root.iterdir():
        if entry.name.startswith(f".{CURRENT}-"):
            entry.unlink()
        elif entry.is_dir() and not entry.is_symlink() and not (entry / MANIFEST).exists():
            shutil.rmtree(entry)


def _prune(root: Path, keep: int) -> None:
    current = (root / CURRENT).resolve()
    versions = sorted(entry for entry in root.iterdir() if entry.is_dir() and not entry.is_symlink())
    older = [version for version in versions if version != current]
    for version in older[: max(0, len(older) - (keep - 1))]:
        with suppress(OSError):  # a second reader of an old version must not fail the night
            shutil.rmtree(version)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
