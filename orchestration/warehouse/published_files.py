"""The Parquet side of a published version: one immutable file per mart and month, written only where it changed."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from orchestration.warehouse.errors import PublishError

WHOLE = "all"
"""Name of the file of a mart without months, and of rows without a date."""
_FORMAT = "1"
_DATE_KINDS = {"DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP"}


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One Parquet file. `fingerprint` is of its rows and columns, whatever order they came in."""

    table: str
    month: str
    rows: int
    fingerprint: str
    bytes: int = 0
    sha256: str = ""

    @property
    def name(self) -> str:
        """Path below the version's folder."""
        return f"{self.table}/{self.month}.parquet"

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def month_column(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> str | None:
    """The date that a mart is cut by: its first date column; a dimension is not cut."""
    if table.startswith("dim_"):
        return None
    for name, kind in _columns(con, schema, table):
        if kind in _DATE_KINDS and name != "as_of":
            return name
    return None


def survey(con: duckdb.DuckDBPyConnection, schema: str, table: str, month: str | None) -> list[PublishedFile]:
    """The files that a mart needs, by month, with the fingerprints of what they will hold. An empty mart has one."""
    shape = hashlib.sha256(repr((_FORMAT, month, _columns(con, schema, table))).encode()).hexdigest()[:16]
    found = con.execute(
        f"""select {_month(month)} as month, count(*), sum(hash(rows_of)::hugeint)::varchar
        from "{schema}"."{table}" as rows_of group by 1 order by 1"""
    ).fetchall()
    return [
        PublishedFile(table, name, int(rows), f"{shape}-{rows}-{total}")
        for name, rows, total in found or [(WHOLE, 0, 0)]
    ]


def place(
    con: duckdb.DuckDBPyConnection,
    schema: str,
    month: str | None,
    wanted: PublishedFile,
    folder: Path,
    earlier: Mapping[str, PublishedFile],
    earlier_folder: Path | None,
) -> PublishedFile:
    """Put one file into a version: a second name of the earlier version's file where nothing changed, else anew."""
    target = folder / wanted.name
    target.parent.mkdir(parents=True, exist_ok=True)
    before = earlier.get(wanted.name)
    if before and earlier_folder and before.fingerprint == wanted.fingerprint:
        source = earlier_folder / before.name
        if source.is_file() and source.stat().st_size == before.bytes:
            os.link(source, target)
            return before
    con.execute(
        f"""copy (
            select * from "{schema}"."{wanted.table}" where {_month(month)} = ? order by all
        ) to '{str(target).replace("'", "''")}' (format parquet, compression zstd, row_group_size 122880)""",
        [wanted.month],
    )
    seal(target)
    return PublishedFile(
        wanted.table, wanted.month, wanted.rows, wanted.fingerprint, target.stat().st_size, sha256_of(target)
    )


def seal(path: Path) -> None:
    """Make a finished file durable and read-only."""
    path.chmod(0o440)
    sync(path)


def sync(path: Path) -> None:
    """Have the file system write a file or folder for good."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(folder: Path, expected: PublishedFile) -> None:
    """Raise `PublishError` where a published file is not what was published."""
    path = folder / expected.name
    if not path.is_file() or path.stat().st_size != expected.bytes or sha256_of(path) != expected.sha256:
        raise PublishError(f"{path}: missing or damaged; publish again with rewrite")


def _columns(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[tuple[str, str]]:
    return con.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_catalog = current_database() and table_schema = ? and table_name = ? order by ordinal_position",
        [schema, table],
    ).fetchall()


def _month(column: str | None) -> str:
    return f"coalesce(strftime(\"{column}\", '%Y-%m'), '{WHOLE}')" if column else f"'{WHOLE}'"
