"""Files and folders that are either old or new, never half: temporary name, fsync, rename, fsync of the folder."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.failpoints import failpoint

_TEMPORARY = ".tmp"


def write_file(path: Path, content: bytes, *, failpoint_name: str = "") -> None:
    """Put a file there, readable to its owner only. With a name, the failpoints `before_<name>` and `after_<name>`
    are around the rename. The same content again leaves the file as it is."""
    make_private(path.parent)
    if path.is_file() and path.read_bytes() == content:
        return
    temporary = path.with_name(f".{path.name}{_TEMPORARY}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    failpoint(f"before_{failpoint_name}")
    temporary.replace(path)
    sync_folder(path.parent)
    failpoint(f"after_{failpoint_name}")


def replace_folder(temporary: Path, path: Path) -> None:
    """Put a finished folder in place of an older one of that name, if there is one."""
    for file in temporary.rglob("*"):
        if file.is_file():
            with file.open("rb") as opened:
                os.fsync(opened.fileno())
    if path.exists():
        shutil.rmtree(path)
    temporary.replace(path)
    sync_folder(path.parent)


def make_private(folder: Path) -> None:
    """Create a folder that only its owner may enter, and those above it that are missing."""
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(exist_ok=True, mode=0o700)


def sync_folder(folder: Path) -> None:
    """Make a rename inside the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Wait for and hold an exclusive lock on a file; it is freed when the process ends, however it ends."""
    make_private(lock.parent)
    with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
