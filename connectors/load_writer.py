"""Writing landing files: a load exists as a whole or not at all.

Parts and manifest are written and synced under a temporary name; renaming the folder is the moment the load exists.
The id comes from what was asked and what came back, so that landing the same content again finds its folder and
changes nothing.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import orjson
import zstandard

from connectors.failpoints import failpoint
from connectors.landing import CONTRACT, MANIFEST, TEMPORARY, LandingError, read_manifest, verify
from connectors.stream import ExtractRequest, LandedLoad, Scope

NORMALISER_VERSION = 1
ROWS_PER_PART = 50_000
# The lines repeat their keys: higher levels save little and cost more than all the rest of landing.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class LoadFacts:
    """What a stream knows about a load once its last page is read."""

    pages: int
    cursor: str | None = None
    vendor_total: int | None = None
    full_scan: bool = False
    scope: Scope = field(default_factory=dict)
    complete: bool = True
    notes: tuple[str, ...] = ()
    complete_through: datetime | None = None
    """None: the end of the request's window."""
    api_version: str = ""
    file: str = ""
    file_sha256: str = ""
    version: int = 0


class LoadWriter:
    """Writes one load. Use as a context manager: leaving it without `finish` removes everything written.

    Memory stays at one compressor's buffer, however many rows are written.
    """

    def __init__(
        self, landing: Path, request: ExtractRequest, *, stream: str | None = None, rows_per_part: int = ROWS_PER_PART
    ) -> None:
        self._request = request
        self._stream = stream or request.spec.name
        self._rows_per_part = rows_per_part
        self._home = landing / request.spec.source / self._stream
        self._home.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=self._home))
        self._folder.chmod(0o755)
        self._lock = os.open(self._folder, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)  # tells `sweep` that somebody is still writing here
        self._parts: list[dict[str, Any]] = []
        self._part: _Part | None = None
        self.rows = 0

    def write(self, lines: Sequence[bytes]) -> None:
        """Append records, each one JSON object without line breaks."""
        start = 0
        while start < len(lines):
            part = self._part or self._open_part()
            room = self._rows_per_part - part.rows
            part.write(lines[start : start + room] if start or len(lines) > room else lines)
            start += room
            if part.rows == self._rows_per_part:
                self._close_part()
        self.rows += len(lines)

    def finish(self, facts: LoadFacts) -> LandedLoad:
        """Write the manifest and make the load visible; returns the load already on disk where it was landed before."""
        self._close_part()
        body = self._manifest(facts)
        failpoint("before_manifest")
        _write_synced(self._folder / MANIFEST, orjson.dumps(body, option=orjson.OPT_INDENT_2))
        _sync_folder(self._folder)
        failpoint("after_manifest")
        target = self._home / body["load_id"]
        if target.exists() and not _intact(target):
            damaged = self._folder.with_name(self._folder.name + ".damaged")
            target.rename(damaged)
            shutil.rmtree(damaged)
        if target.exists():
            self.discard()
        else:
            self._folder.rename(target)
            _sync_folder(self._home)
            self._release()
        failpoint("after_land")
        return read_manifest(target)

    def discard(self) -> None:
        """Remove what was written so far."""
        if self._part:
            self._part.abandon()
            self._part = None
        self._release()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock >= 0:
            self.discard()

    def _open_part(self) -> "_Part":
        self._part = _Part(self._folder / f"part-{len(self._parts):05d}.jsonl.zst")
        return self._part

    def _close_part(self) -> None:
        if self._part:
            self._parts.append(self._part.close())
            self._part = None
            failpoint("after_land_part")

    def _landed_so_far(self) -> int:
        """How many loads of the stream lie there already: tells apart which of two of one night landed first."""
        return sum(not it.name.startswith(TEMPORARY) for it in self._home.iterdir())

    def _release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _manifest(self, facts: LoadFacts) -> dict[str, Any]:
        request, spec = self._request, self._request.spec
        window = [_instant(request.window.start), _instant(request.window.end)]
        identity = [spec.source, self._stream, request.account, *window, *(part["sha256"] for part in self._parts)]
        if not facts.complete:
            # The same lines again, now complete, are another load: they prove what is gone and move the cursor.
            identity.append("incomplete")
        return {
            "contract": CONTRACT,
            "load_id": hashlib.sha256("\n".join(identity).encode()).hexdigest()[:24],
            "source": spec.source,
            "stream": self._stream,
            "account": request.account,
            "mode": spec.mode,
            "window_start": window[0],
            "window_end": window[1],
            "rows": self.rows,
            "pages": facts.pages,
            "vendor_total": facts.vendor_total,
            "cursor": facts.cursor if request.moves_cursor else None,
            "full_scan": facts.full_scan,
            "scope": facts.scope,
            "complete": facts.complete,
            "complete_through": _instant(facts.complete_through or request.window.end),
            "restates": spec.restates,
            "normaliser_version": NORMALISER_VERSION,
            "api_version": facts.api_version,
            "file": {"name": facts.file, "sha256": facts.file_sha256, "version": facts.version},
            "parts": self._parts,
            "notes": facts.notes,
            "run": {"extracted_at": _instant(request.as_of), "sequence": self._landed_so_far()},
        }


class _Part:
    """One compressed file; the hash is taken on the way so that the file is not read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("xb")
        self._hash = hashlib.sha256()
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
        self.rows = 0

    def write(self, lines: Sequence[bytes]) -> None:
        self._emit(self._compressor.compress(b"\n".join(lines) + b"\n"))
        self.rows += len(lines)

    def close(self) -> dict[str, Any]:
        self._emit(self._compressor.flush())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return {"name": self._path.name, "rows": self.rows, "sha256": self._hash.hexdigest()}

    def abandon(self) -> None:
        """Let go of the file, also where the disk is full and what is buffered cannot be written."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _emit(self, block: bytes) -> None:
        self._hash.update(block)
        self._file.write(block)


def _intact(folder: Path) -> bool:
    try:
        verify(read_manifest(folder))
    except LandingError:
        return False
    return True


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
