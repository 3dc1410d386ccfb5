"""Nothing is lost and nothing comes twice, however vendors change their records and wherever a night is killed.

For vendors that show deletions or can be read whole: after random changes between nights and between requests, and
kills at random points, the latest raw version of every record is the vendor's, every version once seen is kept, and no
living record was ever called deleted. A schedule is one number; the default run tries few, `make test-slow` many.
"""

import random
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from fake_server import Answer, Asked, FakeVendor
from mutating import FIRST_NIGHT, POINTS, Nights, Records, Stream, is_in_order, latest, versions
from mutating_records import ALL

SWEEP = FIRST_NIGHT + timedelta(days=6)
"""The night that closes the 8th, the sweep day of the configurations."""
APP_ID = {"APP_ID": "204399_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"}


class Proof:
    """One schedule over one stream; every check that fails names what was broken."""

    def __init__(self, folder: Path, stream: Stream, schedule: int) -> None:
        self.stream, self.chance = stream, random.Random(f"{stream.source}:{schedule}")
        self.records = Records(self.chance)
        self.nights = Nights(folder, stream, dict(APP_ID))
        self.unrest = 0.0
        self.seen: set[tuple[str, int | None]] = set()

    def answer(self, asked: Asked) -> Answer:
        """The vendor's answer; something may happen right before it."""
        if self.chance.random() < self.unrest:
            self.records.change()
        return self.stream.answer(self.records, asked)

    def happen(self, most: int) -> None:
        for _ in range(self.chance.randrange(most)):
            self.records.change()

    def night(self, as_of: datetime, *, unrest: float) -> None:
        """One night, run again until it is through, and what holds after every one."""
        self.records.now = max(self.records.now, as_of - timedelta(seconds=30))
        self.unrest = unrest
        point = self.chance.choice(["", *POINTS])
        while not self.nights.run(as_of, point):
            self.happen(4)
            point = self.chance.choice([*[""] * 14, *POINTS])
        tombstones = {key for key, _, _ in self.nights.raw} - latest(self.nights.raw).keys()
        assert not tombstones & self.living.keys(), "a living record was called deleted"
        now = {(key, value) for key, value, gone in self.nights.raw if not gone}
        assert self.seen <= now, "a version that was seen is gone"
        self.seen = now

    @property
    def living(self) -> dict[str, int]:
        return {self.stream.key(key): record.value for key, record in self.records.alive.items()}

    def check_history(self) -> None:
        """Every version came once, in the order in which the vendor had it."""
        past = {self.stream.key(key): values for key, values in self.records.past.items()}
        for key, values in versions(self.nights.raw).items():
            assert is_in_order(values, past[key]), "versions are out of order"
            assert all(one != other for one, other in pairwise(values)), "a version came twice"


def _proven(folder: Path, stream: Stream, schedule: int) -> Nights:
    proof = Proof(folder, stream, schedule)
    for _ in range(24):
        proof.records.change()
    with FakeVendor(proof.answer).running() as vendor:
        proof.nights.configure(vendor.url)
        for day in (0, 1, 3):
            proof.night(FIRST_NIGHT + timedelta(days=day), unrest=0.35)
            proof.happen(12)
        proof.night(FIRST_NIGHT + timedelta(days=4), unrest=0.0)
        held, living = latest(proof.nights.raw), proof.living
        assert {key: held.get(key) for key in living} == living, "a calm night missed something"
        if stream.sweeps:
            proof.records.longest_delay = timedelta(days=2)  # commits so late that only a sweep finds them
        proof.happen(12)
        proof.night(SWEEP, unrest=0.0)
        assert latest(proof.nights.raw) == proof.living
    proof.check_history()
    return proof.nights


@pytest.mark.parametrize("stream", ALL, ids=lambda it: it.source)
def test_the_warehouse_ends_as_the_vendor_is_and_keeps_what_was(tmp_path: Path, stream: Stream) -> None:
    nights = _proven(tmp_path, stream, schedule=1)
    assert any(gone for _, _, gone in nights.raw), "this schedule deletes nothing: choose another number"


@pytest.mark.slow
@pytest.mark.parametrize("schedule", range(2, 42))
@pytest.mark.parametrize("stream", ALL, ids=lambda it: it.source)
def test_so_it_does_for_many_schedules(tmp_path: Path, stream: Stream, schedule: int) -> None:
    _proven(tmp_path, stream, schedule)


def _files(folder: Path, schedule: int) -> None:
    """The inbox: new periods, corrected versions, files replaced in place; nothing is ever asked for twice."""
    chance = random.Random(f"file_drop:{schedule}")
    inbox = folder / "inbox" / "service_scores"
    inbox.mkdir(parents=True)
    periods: dict[int, dict[int, int]] = {}
    names: dict[int, int] = {}
    past: dict[int, list[int]] = {}

    def write(period: int, *, version: int) -> None:
        rows = {period * 100 + n: chance.randrange(1, 10**6) for n in range(40) if chance.random() < 0.4}
        rows |= {key: value for key, value in periods.get(period, {}).items() if chance.random() < 0.5}
        periods[period], names[period] = rows, version
        for key, value in rows.items():
            past.setdefault(key, []).append(value)
        lines = [f"S{key},E1,2026-{period:02}-01,{value}" for key, value in rows.items()]
        text = "\n".join(["response_id,employee_no,answered_on,score", *lines]) + "\n"
        path = inbox / (f"service_scores_2026{period:02}" + (f"_v{version}" if version > 1 else "") + ".csv")
        path.with_suffix(".part").write_text(text)
        path.with_suffix(".part").rename(path)

    def happen() -> None:
        period = chance.randrange(1, 10)
        version = names.get(period, 0)
        write(period, version=version if version and chance.random() < 0.3 else version + 1)

    settings = "  file_drop: {inbox: inbox, feeds: [service_scores]}\n"
    stream = Stream("file_drop", "service_scores", lambda _: settings, lambda *_: Answer(), "payload->>'$.score'")
    nights = Nights(folder, stream)
    nights.configure("")
    for day in range(5):
        for _ in range(chance.randrange(1, 4)):
            happen()
        point = chance.choice(["", *POINTS])
        while not nights.run(FIRST_NIGHT + timedelta(days=day), point):
            happen()
            point = chance.choice([*[""] * 14, *POINTS])
        assert latest(nights.raw) == {f"S{key}": value for rows in periods.values() for key, value in rows.items()}
    for name, values in versions(nights.raw).items():
        assert is_in_order(values, past[int(name[1:])]), "versions are out of order"


def test_the_inbox_ends_as_its_last_files_say(tmp_path: Path) -> None:
    _files(tmp_path, schedule=1)


@pytest.mark.slow
@pytest.mark.parametrize("schedule", range(2, 42))
def test_so_does_the_inbox_for_many_schedules(tmp_path: Path, schedule: int) -> None:
    _files(tmp_path, schedule)
