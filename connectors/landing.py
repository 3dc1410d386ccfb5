"""Reading landing files: one load is one immutable folder `<landing>/<source>/<stream>/<load_id>/`.

Its `manifest.json` is the contract with the loader (docs/contracts.md §3). `connectors/load_writer.py` writes what is
read here.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
import zstandard

from connectors.stream import LandedLoad, Window

CONTRACT = 1
LARGEST_LINE = 4 * 1024 * 1024
"""Bytes of the longest record that may land: the loader's reader holds buffers of twice that."""
MANIFEST = "manifest.json"
TEMPORARY = ".tmp-"


class LandingError(Exception):
    """A load on disk is not what its manifest says; names the folder and what to do."""


def read_manifest(folder: Path) -> LandedLoad:
    """The load in a folder, as its manifest tells it; raises `LandingError` where there is none or it is unreadable."""
    try:
        raw = (folder / MANIFEST).read_bytes()
        body = orjson.loads(raw)
        if body["contract"] != CONTRACT:
            raise LandingError(f"{folder}: contract {body['contract']} is not {CONTRACT}; land this window again")
        return LandedLoad(
            load_id=body["load_id"],
            source=body["source"],
            stream=body["stream"],
            account=body["account"],
            mode=body["mode"],
            path=folder,
            rows=body["rows"],
            pages=body["pages"],
            vendor_total=body["vendor_total"],
            window=Window(datetime.fromisoformat(body["window_start"]), datetime.fromisoformat(body["window_end"])),
            cursor=body["cursor"],
            full_scan=body["full_scan"],
            extracted_at=datetime.fromisoformat(body["run"]["extracted_at"]),
            manifest_sha256=hashlib.sha256(raw).hexdigest(),
            scope={
                name: (rule[0], rule[1]) if isinstance(rule, list) else rule for name, rule in body["scope"].items()
            },
            complete=body["complete"],
            notes=tuple(body["notes"]),
            complete_through=datetime.fromisoformat(body["complete_through"]),
            file=body["file"]["name"],
            file_sha256=body["file"]["sha256"],
            version=body["file"]["version"],
            sequence=body["run"].get("sequence", 0),
            parts=tuple(folder / part["name"] for part in body["parts"]),
        )
    except FileNotFoundError as error:
        raise LandingError(f"{folder}: no {MANIFEST}, this load is not whole; remove the folder") from error
    except (KeyError, TypeError, ValueError, orjson.JSONDecodeError) as error:
        raise LandingError(f"{folder}: {MANIFEST} is damaged; restore the folder from the backup") from error


@dataclass(frozen=True, slots=True)
class Landed:
    """Everything found under a landing folder: whole loads, oldest first, and folders that are no load."""

    loads: tuple[LandedLoad, ...]
    ignored: tuple[str, ...]


def list_landed(landing: Path, *, source: str = "*", stream: str = "*") -> Landed:
    """All loads on disk, or those of one source and stream.

    Ordered by the instant of their run, then source, stream and account, there as they landed. Half-written folders are
    left out and reported by name in `ignored`.
    """
    loads, ignored = [], []
    for folder in sorted(_load_folders(landing, source, stream)):
        if folder.name.startswith(TEMPORARY):
            ignored.append(f"{folder.relative_to(landing)}: unfinished")
            continue
        try:
            loads.append(read_manifest(folder))
        except LandingError as error:
            ignored.append(str(error).replace(f"{landing}/", ""))
    loads.sort(key=lambda it: it.order)
    return Landed(tuple(loads), tuple(ignored))


def verify(load: LandedLoad) -> None:
    """Compare every part with the manifest's sha256; raises `LandingError` naming the first that differs."""
    body = orjson.loads((load.path / MANIFEST).read_bytes())
    for part in body["parts"]:
        path = load.path / part["name"]
        if not path.is_file():
            raise LandingError(f"{path}: missing; restore it from the backup or land this window again")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != part["sha256"]:
                raise LandingError(f"{path}: content is not what was landed; restore it from the backup")


def read_lines(load: LandedLoad) -> Iterator[bytes]:
    """The landed lines in order, without their line breaks; memory bounded by one block of one part."""
    for part in load.parts:
        with part.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as reader:
            rest = b""
            while block := reader.read(1 << 20):
                *lines, rest = (rest + block).split(b"\n")
                yield from lines


def sweep(landing: Path) -> list[str]:
    """Remove what killed processes left behind and return the names; folders that somebody still writes to stay."""
    removed = []
    for folder in sorted(landing.glob(f"*/*/{TEMPORARY}*")):
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder)
            removed.append(str(folder.relative_to(landing)))
        finally:
            os.close(lock)
    return removed


def _load_folders(landing: Path, source: str = "*", stream: str = "*") -> Iterator[Path]:
    return (folder for folder in landing.glob(f"{source}/{stream}/*") if folder.is_dir())
