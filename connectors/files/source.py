"""The inbox as a source: every file not yet taken in becomes one load, in the order of periods and versions.

A file's sha256 is its identity. `<feed>_202610_v2.csv` replaces `<feed>_202610.csv`: keys of the period that the new
version lacks become tombstones (the load's `scope`), while both stay in the raw layer. A feed whose files cover
everything replaces all earlier files by each new one.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

import orjson

from connectors.config_base import resolve
from connectors.errors import ConfigError, ErrorClass, SourceError
from connectors.files.check import BadRow, Checked, Record, check_file, read_file
from connectors.files.config import FileDropConfig
from connectors.files.feeds import Feed, load_feeds
from connectors.landing import list_landed
from connectors.load_writer import LoadFacts
from connectors.privacy import Pseudonymiser
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest, LandedLoad, Probed, StreamSpec, Window
from connectors.vendor import Surroundings
from connectors.window import midnight

SOURCE = "file_drop"
PERIOD = "_period"
_BATCH = 5_000
_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")


def build(config: FileDropConfig, around: Surroundings) -> "FileDrop":
    """The source; raises `ConfigError` for unknown feeds and faulty maps."""
    inbox = Path(resolve(config.inbox, around.environment)) if config.inbox else around.home / "inbox"
    extra = Path(resolve(config.feed_maps, around.environment)) if config.feed_maps else None
    feeds = load_feeds(extra, config.feeds, config.where)
    return FileDrop(
        feeds=feeds,
        specs={name: feed_spec(feed) for name, feed in feeds.items()},
        calendar=around.calendar,
        inbox=inbox,
        quarantine=around.home / "quarantine",
        pseudonymiser=around.pseudonymiser,
    )


def feed_spec(feed: Feed) -> StreamSpec:
    """A feed as a stream."""
    return StreamSpec(SOURCE, feed.feed, "file", tuple(feed.key), personal=feed.personal)


@dataclass(frozen=True, slots=True)
class FileDrop:
    """The source `file_drop` (satisfies `connectors.stream.Source`): stream and account are the feed's name."""

    feeds: Mapping[str, Feed]
    specs: Mapping[str, StreamSpec]
    calendar: Calendar
    inbox: Path
    quarantine: Path
    pseudonymiser: Pseudonymiser
    name: str = SOURCE
    connections: int = 1
    overlap: timedelta = timedelta(0)

    def accounts(self, stream: str) -> Sequence[str]:
        """The feed itself."""
        return (stream,) if stream in self.specs else ()

    def extract(self, request: ExtractRequest, landing: Path) -> Sequence[LandedLoad]:
        """Land the feed's new files; raises `SourceError` naming the first bad file, before any of them lands.

        Loads that landed in an earlier night but lie after the cursor are returned again: that night ended before
        they were taken in.
        """
        feed = self.feeds[request.spec.name]
        earlier = list_landed(landing, source=SOURCE, stream=feed.feed).loads
        known = {load.file_sha256 for load in earlier}
        fresh = [file for file in _dropped(self.inbox / feed.feed, feed) if file.sha256 not in known]
        checked = [(file, check_file(file.path, feed)) for file in fresh]
        taken_in = datetime.fromisoformat(request.cursor) if request.cursor else None
        waiting = [load for load in earlier if taken_in is None or load.extracted_at > taken_in]
        last = len(checked) - 1
        # Only the last file moves the cursor: a night that ends between two files takes the rest in next time.
        for n, (file, found) in enumerate(checked):
            cursor = request.as_of.isoformat() if n == last else request.cursor
            waiting += self._land(request, landing, feed, file, found, cursor)
        return waiting

    def probe(self, request: ExtractRequest) -> Probed:
        """Check the feed's files as a night would; raises `SourceError` naming the first bad one."""
        feed = self.feeds[request.spec.name]
        if not self.inbox.is_dir():
            text = f"the inbox {self.inbox} is not there; create it or correct file_drop.inbox in company.yaml"
            raise ConfigError(text)
        return Probed(sum(check_file(file.path, feed).good for file in _dropped(self.inbox / feed.feed, feed)))

    def _land(
        self,
        request: ExtractRequest,
        landing: Path,
        feed: Feed,
        file: "_Dropped",
        checked: Checked,
        cursor: str | None,
    ) -> list[LandedLoad]:
        whole = feed.covers == "everything"
        first = min(self.calendar.history_start, file.first) if whole else file.first
        window = Window(midnight(first, self.calendar.zone), midnight(file.end, self.calendar.zone))
        bad: list[BadRow] = []
        with RecordSink(landing, replace(request, window=window), self.pseudonymiser) as sink:
            records = _good(read_file(file.path, feed, checked), bad, file.period)
            while batch := list(islice(records, _BATCH)):
                sink.add(batch)
            notes = [
                f"{name}: {sent!r} read as {read!r} in {count} rows"
                for (name, sent, read), count in sorted(checked.repaired.items())
            ]
            if checked.repeated:
                notes.append(f"{file.path.name}: {checked.repeated} rows stood twice")
            if bad:
                place = self._quarantine(feed, file, bad)
                notes.append(f"{len(bad)} rows in quarantine/{place}, the first: line {bad[0].line}: {bad[0].reason}")
            facts = LoadFacts(
                pages=1,
                cursor=cursor,
                vendor_total=sink.rows + len(bad),
                full_scan=whole,
                scope={} if whole else {PERIOD: file.period},
                complete=not bad,
                notes=tuple(notes),
                file=file.path.name,
                file_sha256=file.sha256,
                version=file.version,
            )
            return sink.finish(facts)

    def _quarantine(self, feed: Feed, file: "_Dropped", bad: Sequence[BadRow]) -> str:
        """Write the bad rows beside their reasons; the same file gives the same quarantine."""
        folder = self.quarantine / feed.feed
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = folder / f"{file.path.name}-{file.sha256[:8]}.jsonl"
        temporary = target.with_suffix(".new")
        with temporary.open("wb") as out:
            for row in bad:
                out.write(orjson.dumps({"line": row.line, "reason": row.reason, "cells": row.cells}) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(target)
        return f"{feed.feed}/{target.name}"


@dataclass(frozen=True, slots=True)
class _Dropped:
    path: Path
    period: str
    first: date
    end: date
    version: int
    sha256: str


def _dropped(folder: Path, feed: Feed) -> list[_Dropped]:
    """The feed's files by period and version; raises `SourceError` for a file whose name says neither."""
    if not folder.is_dir():
        return []
    pattern = re.compile(rf"{re.escape(feed.feed)}_(\d{{4}})(\d{{2}})(\d{{2}})?(?:_v(\d{{1,4}}))?\.(csv|xlsx)")
    files = []
    for path in folder.iterdir():
        if not path.is_file() or path.name.startswith((".", "~$")) or path.suffix in _UNFINISHED:
            continue
        match = pattern.fullmatch(path.name)
        first = _first_day(match) if match else None
        if not match or not first:
            text = f"{feed.feed}/{path.name}: name it {feed.feed}_<YYYYMM or YYYYMMDD>[_v<N>].csv or .xlsx"
            raise SourceError(ErrorClass.CONTRACT, text)
        end = first + timedelta(days=1) if match[3] else date(first.year + first.month // 12, first.month % 12 + 1, 1)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        period = "".join(part for part in match.group(1, 2, 3) if part)
        files.append(_Dropped(path, period, first, end, int(match[4] or 1), digest))
    return sorted(files, key=lambda file: (file.period, file.version, file.path.name))


def _first_day(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None


def _good(entries: Iterator[Record | BadRow], bad: list[BadRow], period: str) -> Iterator[Record]:
    for entry in entries:
        if isinstance(entry, BadRow):
            bad.append(entry)
        else:
            yield {**entry, PERIOD: period}
