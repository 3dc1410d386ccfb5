"""Dagster's SQLite history without a disk flush per event.

The first night records two events for each of about 730 business dates; each event opens, commits and closes a
connection, and each close of a last connection checkpoints the write-ahead log. With `synchronous=normal` and one idle
connection kept open per file, a killed process still loses nothing; only a power cut may lose the last events of the
history, which no amount depends on. The ledger's database is not touched by this.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event


@contextmanager
def quick_history(folder: Path) -> Iterator[None]:
    """As long as the block lasts, connections to SQLite files below `folder` do not wait for the disk."""
    keepers: dict[str, sqlite3.Connection] = {}

    def relax(connection: object, _record: object) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        path = connection.execute("pragma database_list").fetchone()[2]
        if not path or not Path(path).resolve().is_relative_to(folder.resolve()):
            return
        connection.execute("pragma synchronous = normal")
        if path not in keepers:
            keepers[path] = sqlite3.connect(path, check_same_thread=False)
            keepers[path].execute("select count(*) from sqlite_master").fetchone()

    event.listen(Engine, "connect", relax)
    try:
        yield
    finally:
        event.remove(Engine, "connect", relax)
        for keeper in keepers.values():
            keeper.close()
