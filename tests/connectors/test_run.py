"""A night's extraction: every stream ends in an outcome, whatever a vendor does; our own faults are not hidden."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.errors import ErrorClass, SourceError
from connectors.load_writer import LoadFacts
from connectors.privacy import Pseudonymiser
from connectors.run import extract_all
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest, LandedLoad, PersonalField, StreamOutcome, StreamSpec

NIGHT = datetime(2026, 11, 3, 0, 30, tzinfo=UTC)
PEOPLE = Pseudonymiser("a key of sixteen or more")


@dataclass
class Scripted:
    """A source whose streams do what the test says: rows to land, or an exception to raise."""

    name: str
    script: dict[str, list[dict[str, str]] | Exception]
    connections: int = 1
    calendar: Calendar = Calendar(ZoneInfo("Asia/Shanghai"), date(2024, 11, 1))  # noqa: RUF009 - it is frozen
    overlap: timedelta = timedelta(0)
    meet: threading.Barrier | None = None
    asked: list[str] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        personal = (PersonalField("name", "name"),)
        self.specs = {
            s: StreamSpec(
                *(self.name, s, "incremental", ("id",)),
                personal=personal,
                tombstones_of=s.removeprefix("deleted_") if s.startswith("deleted_") else None,
            )
            for s in self.script
        }

    def accounts(self, stream: str) -> Sequence[str]:
        return ("a",)

    def extract(self, request: ExtractRequest, landing: Path) -> Sequence[LandedLoad]:
        with self._lock:
            self.asked.append(request.spec.name)
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        if self.meet:
            self.meet.wait()
        with self._lock:
            self.busy -= 1
        found = self.script[request.spec.name]
        if isinstance(found, Exception):
            raise found
        with RecordSink(landing, request, PEOPLE) as sink:
            sink.add([dict(row) for row in found])
            return sink.finish(LoadFacts(pages=1, cursor="2026-11-02T08:00:00+08:00"))


ROWS = [{"id": "1", "name": "张三"}]


def _run(*sources: Scripted, landing: Path, **more: object) -> dict[str, StreamOutcome]:
    outcomes = extract_all(sources, as_of=NIGHT, cursors={}, landing=landing, **more)  # type: ignore[arg-type]
    return {f"{o.source}.{o.stream}": o for o in outcomes}


def test_loads_are_handed_over_with_their_own_spec_one_at_a_time(tmp_path: Path) -> None:
    inside, seen = [0], []

    def landed(loads: Sequence[LandedLoad], spec: StreamSpec) -> None:
        inside[0] += 1
        assert inside[0] == 1
        time.sleep(0.005)
        seen.extend((load.source, load.stream, spec.name) for load in loads)
        inside[0] -= 1

    sources = [Scripted(f"s{n}", {"x": ROWS, "y": ROWS}) for n in range(4)]
    outcomes = _run(*sources, landing=tmp_path, on_landed=landed)
    assert len(seen) == 16
    assert all(stream == spec for _, stream, spec in seen)
    assert {o.state for o in outcomes.values()} == {"complete"}
    assert all(o.complete_through == NIGHT for o in outcomes.values())


def test_sources_run_side_by_side_and_a_source_keeps_to_its_connections(tmp_path: Path) -> None:
    everybody = threading.Barrier(6, timeout=60)  # three sources by two connections: who is alone waits in vain
    slow = [Scripted(f"s{n}", {f"t{i}": ROWS for i in range(4)}, connections=2, meet=everybody) for n in range(3)]
    outcomes = _run(*slow, landing=tmp_path)
    assert {o.state for o in outcomes.values()} == {"complete"}
    assert [source.busiest for source in slow] == [2, 2, 2]


def test_a_vendors_fault_is_an_outcome_and_the_rest_goes_on(tmp_path: Path) -> None:
    fault = SourceError(ErrorClass.PERMISSION, "GET /x answered 403")
    outcomes = _run(Scripted("s", {"x": fault, "y": ROWS}), Scripted("t", {"z": ROWS}), landing=tmp_path)
    assert (outcomes["s.x"].state, outcomes["s.x"].error_class) == ("failed", ErrorClass.PERMISSION)
    assert outcomes["s.x"].complete_through is None
    assert outcomes["s.y"].state == outcomes["t.z"].state == "complete"


@pytest.mark.parametrize("error_class", [ErrorClass.AUTH_FATAL, ErrorClass.QUOTA_DAY])
def test_what_stops_a_source_is_not_asked_again(tmp_path: Path, error_class: ErrorClass) -> None:
    source = Scripted("s", {"x": ROWS, "y": SourceError(error_class, "no more"), "z": ROWS})
    outcomes = _run(source, landing=tmp_path)
    assert source.asked == ["x", "y"]
    assert outcomes["s.x"].state == "complete"
    assert outcomes["s.z"].state == "failed"
    assert outcomes["s.z"].error_class is error_class
    assert outcomes["s.z"].message == "not asked: the source stopped at y: no more"


def test_an_unforeseen_shape_is_a_contract_fault_that_quotes_no_record(tmp_path: Path) -> None:
    outcomes = _run(Scripted("s", {"x": KeyError("13812345678"), "y": ROWS}), landing=tmp_path)
    assert outcomes["s.x"].error_class is ErrorClass.CONTRACT
    assert "unforeseen shape (KeyError at test_run.py:" in outcomes["s.x"].message
    assert "13812345678" not in outcomes["s.x"].message
    assert outcomes["s.y"].state == "complete"


def test_a_full_disk_is_told_and_leaves_the_others(tmp_path: Path) -> None:
    full = OSError(28, "No space left on device", "part-00000.jsonl.zst")
    outcomes = _run(Scripted("s", {"x": full, "y": ROWS}), landing=tmp_path)
    assert outcomes["s.x"].state == "failed"
    assert "No space left on device" in outcomes["s.x"].message


def test_nothing_new_is_unchanged(tmp_path: Path) -> None:
    assert _run(Scripted("s", {"x": []}), landing=tmp_path)["s.x"].state == "unchanged"


def test_a_fault_of_our_own_ends_the_run(tmp_path: Path) -> None:
    def landed(loads: Sequence[LandedLoad], spec: StreamSpec) -> None:
        raise RuntimeError("the loader broke")

    with pytest.raises(RuntimeError, match="the loader broke"):
        _run(Scripted("s", {"x": ROWS, "y": ROWS}), landing=tmp_path, on_landed=landed)


def test_progress_tells_of_every_stream_as_it_ends(tmp_path: Path) -> None:
    told: list[StreamOutcome] = []
    outcomes = _run(Scripted("s", {"x": ROWS, "y": []}), landing=tmp_path, progress=told.append)
    assert told == list(outcomes.values())


def test_deletions_are_handed_over_after_the_records_they_delete(tmp_path: Path) -> None:
    others_are_done = threading.Event()

    class SlowParent(Scripted):
        def extract(self, request: ExtractRequest, landing: Path) -> Sequence[LandedLoad]:
            if request.spec.name == "leads":
                assert others_are_done.wait(60)
            return super().extract(request, landing)

    order: list[str] = []

    def landed(loads: Sequence[LandedLoad], spec: StreamSpec) -> None:
        order.append(spec.name)
        if spec.name == "calls":
            others_are_done.set()

    source = SlowParent("s", {"deleted_leads": ROWS, "leads": ROWS, "calls": ROWS}, connections=3)
    _run(source, landing=tmp_path, on_landed=landed)
    assert order.index("calls") < order.index("leads") < order.index("deleted_leads")


def test_a_spoilt_cursor_fails_its_stream_and_says_what_to_do(tmp_path: Path) -> None:
    source = Scripted("s", {"x": ROWS, "y": ROWS})
    outcomes = extract_all([source], as_of=NIGHT, cursors={("s", "x", "a"): "garbage"}, landing=tmp_path)  # type: ignore[list-item]
    assert [o.state for o in outcomes] == ["failed", "complete"]
    assert "s.x: the stored cursor is no ISO time; remove it" in outcomes[0].message
