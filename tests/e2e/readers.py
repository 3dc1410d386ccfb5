"""An analyst who keeps reading the published copy while a night runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

Instants = frozenset[str]
_QUERY = """
    select max(as_of)::varchar from marts.fct_kpi_measurements
    union select max(as_of)::varchar from read_parquet('{folder}/fct_kpi_measurements/*.parquet')"""


@contextmanager
def reading(home: Path, *, pause_seconds: float = 0.5) -> Iterator[list[Instants]]:
    """Read until the block ends. Gives, per reading, the latest night of the database and of the Parquet beside it.

    An error of a reading fails the block when it ends.
    """
    states: list[Instants] = []
    errors: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.wait(pause_seconds):
            try:
                states.append(_read(home))
            except duckdb.Error as error:
                errors.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield states
    finally:
        stop.set()
        reader.join()
    if errors:
        raise errors[0]


def _read(home: Path) -> Instants:
    folder = (home / "published" / "current").resolve()
    with duckdb.connect(str(folder / "marts.duckdb"), read_only=True) as con:
        return frozenset(row[0] for row in con.execute(_QUERY.format(folder=folder)).fetchall())
