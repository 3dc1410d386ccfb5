"""One writer at a time: an advisory lock beside the warehouse that knows who holds it.

DuckDB locks its file by itself, but only while it is open, and its message names a process without a reason. Between
loading, the models and publishing the file is closed for moments; this lock covers the whole of it.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.warehouse.errors import WarehouseBusyError

LOCK_NAME = "warehouse.lock"
_POLL_SECONDS = 0.2

_guard = threading.Lock()
_held: dict[Path, tuple[int, int]] = {}
"""Lock file -> (file descriptor, how many holders in this process)."""


@contextmanager
def hold_warehouse(
    home: Path, *, holder: str, wait_seconds: float = 0.0, sleep: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Be the only process that writes the warehouse of `home`.

    Threads of one process share the lock (DuckDB serialises them itself). `holder` is what others are told, such as
    "the nightly run". Raises `WarehouseBusyError` when another process still holds it after `wait_seconds`. The lock
    dies with its process, so a killed run leaves nothing behind.
    """
    path = (home / LOCK_NAME).resolve()
    _acquire(path, holder, wait_seconds, sleep)
    try:
        yield
    finally:
        _release(path)


def _acquire(path: Path, holder: str, wait_seconds: float, sleep: Callable[[float], None]) -> None:
    waited = 0.0
    while True:
        with _guard:
            if path in _held:
                descriptor, count = _held[path]
                _held[path] = (descriptor, count + 1)
                return
            descriptor = _try_lock(path)
            if descriptor is not None:
                _write_holder(descriptor, holder)
                _held[path] = (descriptor, 1)
                return
        if waited >= wait_seconds:
            raise WarehouseBusyError(_refusal(path, waited))
        sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS


def _release(path: Path) -> None:
    with _guard:
        descriptor, count = _held[path]
        if count > 1:
            _held[path] = (descriptor, count - 1)
            return
        del _held[path]
        os.ftruncate(descriptor, 0)
        os.close(descriptor)


def _try_lock(path: Path) -> int | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _write_holder(descriptor: int, holder: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "holder": holder}).encode(), 0)


def _refusal(path: Path, waited: float) -> str:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        who = f"{note['holder']} (PID {note['pid']})"
    except (ValueError, KeyError, TypeError):
        who = "another process"
    patience = f" after waiting {waited:.0f} s" if waited else ""
    return f"{who} is writing the warehouse{patience}. Wait until it ends, or end that process, then run this again."
