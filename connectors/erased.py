"""Records whose names were erased: a list beside the stream of names, obeyed whenever that stream lands again.

The list holds natural keys of records (a vendor's ids), no names. It lives in the landing folder, below everything
that is built from it, so that neither a night nor a rebuild brings a name back.
"""

import os
from collections.abc import Collection
from pathlib import Path

from connectors.stream import NAMES_SUFFIX

_LIST = ".erased"


def erased_keys(landing: Path, source: str, stream: str) -> frozenset[str]:
    """Keys of the stream's records that land without their names; empty where nothing was erased."""
    try:
        return frozenset(_path(landing, source, stream).read_text(encoding="utf-8").split("\n")) - {""}
    except FileNotFoundError:
        return frozenset()


def add_erased(landing: Path, source: str, stream: str, keys: Collection[str]) -> None:
    """Add keys to the list; the file is replaced as a whole."""
    path = _path(landing, source, stream)
    every = sorted(erased_keys(landing, source, stream) | set(keys))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{_LIST}.tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write("".join(f"{key}\n" for key in every))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _path(landing: Path, source: str, stream: str) -> Path:
    return landing / source / f"{stream}{NAMES_SUFFIX}" / _LIST
