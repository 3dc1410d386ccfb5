"""Vendors whose records change at any moment, and nights over them that are killed at any point.

A night runs in a process of its own, so that a kill is a kill. What the warehouse then holds is read there as well and
handed back; the vendor's server and its records stay in the test's process.
"""

import json
import multiprocessing
import os
import random
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fake_server import Answer, Asked

FIRST_NIGHT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
POINTS = (
    *("after_land_part", "before_manifest", "after_manifest", "after_land"),
    *("load_after_rows", "load_before_commit", "load_after_commit"),
)
_CHILDREN = multiprocessing.get_context("forkserver")
_CHILDREN.set_forkserver_preload(["orchestration.night"])


@dataclass
class Record:
    """One record of a vendor: its key, a value that changes, when it says it changed."""

    key: int
    value: int
    changed: datetime


@dataclass
class Records:
    """What the vendor holds now, what it deleted when, and every value that a record ever had, in order."""

    chance: random.Random
    now: datetime = FIRST_NIGHT - timedelta(days=1)
    alive: dict[int, Record] = field(default_factory=dict)
    deleted: dict[int, datetime] = field(default_factory=dict)
    past: dict[int, list[int]] = field(default_factory=dict)
    longest_delay: timedelta = timedelta(minutes=8)
    """How much older than its commit a record's time may be; the connectors read ten minutes again."""

    def change(self) -> None:
        """One random thing happens: insert, update, restate within the second, late commit, delete."""
        self.now += timedelta(seconds=self.chance.choice([0, 0, 1, 7]))
        what = self.chance.choice(["insert", "insert", "update", "update", "late", "delete"])
        late = self.longest_delay * self.chance.random() if what == "late" else timedelta(0)
        at = (self.now - late).replace(microsecond=0)
        if what == "delete" and len(self.alive) > 12:
            key = self.chance.choice(sorted(self.alive))
            del self.alive[key]
            self.deleted[key] = self.now
        elif what in {"update", "late"} and self.alive and self.chance.random() < 0.7:
            record = self.alive[self.chance.choice(sorted(self.alive))]
            self._put(record.key, max(at, record.changed))
        else:
            self._put(max([100, *self.past]) + 1, at)

    def _put(self, key: int, at: datetime) -> None:
        value = self.chance.randrange(10**6)
        self.alive[key] = Record(key, value, at)
        self.past.setdefault(key, []).append(value)


Raw = list[tuple[str, int | None, bool]]
"""(key, value, is a tombstone) in the order of loading."""


@dataclass
class Stream:
    """How one vendor shows the records, and where they end up.

    `company` is its part of company.yaml, given the server's address; `answer` its side of the contract. `value` picks
    a record's value out of the raw table. `sweeps`: deletions show only on sweep days, which the last night is.
    """

    source: str
    stream: str
    company: Callable[[str], str]
    answer: Callable[[Records, Asked], Answer]
    value: str
    key: Callable[[int], str] = str
    sweeps: bool = False


@dataclass
class Nights:
    """Nights over one stream; `raw` is what the warehouse holds after the last one that ended."""

    home: Path
    stream: Stream
    environment: dict[str, str] = field(default_factory=dict)
    raw: Raw = field(default_factory=list)
    kills: int = 0

    def configure(self, url: str) -> None:
        """Write company.yaml."""
        self.home.mkdir(parents=True, exist_ok=True)
        head = "company: c\nhistory_start: 2026-10-20\nprivacy: {key: {env: KEY}}\nsources:\n"
        (self.home / "company.yaml").write_text(head + self.stream.company(url), encoding="utf-8")

    def run(self, as_of: datetime, point: str = "") -> bool:
        """One night, killed at a failpoint if one is named and reached; whether it came to its end."""
        result = self.home / "raw.json"
        result.unlink(missing_ok=True)
        query = (self.stream.source, self.stream.stream, self.stream.value)
        child = _CHILDREN.Process(target=_night, args=(self.home, as_of, point, query, self.environment))
        child.start()
        child.join(300)
        if child.exitcode == -signal.SIGKILL:
            self.kills += 1
            child.close()
            return False
        told = self.home / "error.txt"
        assert child.exitcode == 0, told.read_text() if told.exists() else child.exitcode
        child.close()
        self.raw = [tuple(row) for row in json.loads(result.read_text())]
        return True


def _night(home: Path, as_of: datetime, point: str, query: tuple[str, str, str], environment: dict[str, str]) -> None:
    """What a night does to a stream: heal what is landed, extract, load; without catalogue, models and reports."""
    from connectors import failpoints  # noqa: PLC0415 - in the child
    from connectors.config import load_company  # noqa: PLC0415
    from connectors.registry import build_sources  # noqa: PLC0415
    from connectors.run import extract_all  # noqa: PLC0415
    from orchestration.night import _all_specs, _load_left_behind  # noqa: PLC0415
    from orchestration.settings import Settings  # noqa: PLC0415
    from orchestration.warehouse.connect import open_for_loading  # noqa: PLC0415
    from orchestration.warehouse.load import load_all  # noqa: PLC0415
    from orchestration.warehouse.outcomes import read_cursors  # noqa: PLC0415
    from orchestration.warehouse.schema import ensure_tables  # noqa: PLC0415

    try:
        failpoints._ARMED = point or None
        os.environ.update(environment | {"KEY": "a key of sixteen or more", "SECRET": "secret", "TOKEN": "token-0001"})
        settings = Settings(home, None, None)
        sources = build_sources(load_company(home / "company.yaml"), home)
        specs = {(it.source, it.name): it for source in sources for it in _all_specs(source)}
        settings.landing.mkdir(parents=True, exist_ok=True)
        with open_for_loading(home, holder="night") as con:
            ensure_tables(con, list(specs.values()))
            _load_left_behind(con, settings, specs)
            outcomes = extract_all(
                sources,
                as_of=as_of,
                cursors=read_cursors(con),
                landing=settings.landing,
                on_landed=lambda landed, spec: load_all(con.cursor(), landed, spec, max_deleted_share=1.0),
            )
            bad = [it for it in outcomes if it.state == "failed"]
            assert not bad, bad
            source, stream, value = query
            rows = con.execute(
                f'select _key, {value}, _is_deleted from raw_{source}."{stream}" order by _load_seq, _row'
            ).fetchall()
        told = [[key, None if number is None else int(number), gone] for key, number, gone in rows]
        (home / "raw.json").write_text(json.dumps(told))
    except BaseException:
        (home / "error.txt").write_text(traceback.format_exc())
        raise


def latest(raw: Raw) -> dict[str, int | None]:
    """The living records that the warehouse holds: the last version of every key that is no tombstone."""
    last = {key: (value, gone) for key, value, gone in raw}
    return {key: value for key, (value, gone) in last.items() if not gone}


def versions(raw: Raw) -> dict[str, list[int | None]]:
    """The values of each key in the order they were loaded, tombstones left out."""
    found: dict[str, list[int | None]] = {}
    for key, value, gone in raw:
        if not gone:
            found.setdefault(key, []).append(value)
    return found


def is_in_order(some: list[Any], everything: list[Any]) -> bool:
    """Whether one list is what remains of the other when some of it is left out."""
    rest = iter(everything)
    return all(any(value == other for other in rest) for value in some)
