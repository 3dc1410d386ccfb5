"""From pages to lines: what is written, what is refused, and that memory does not grow with the rows."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.errors import ErrorClass, SourceError
from connectors.landing import LARGEST_LINE, list_landed, read_lines
from connectors.load_writer import LoadFacts
from connectors.privacy import Pseudonymiser
from connectors.sink import RecordSink, later
from connectors.stream import ExtractRequest, LandedLoad, PersonalField, StreamSpec, Window

PEOPLE = Pseudonymiser("a key of sixteen or more")
WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))
SPEC = StreamSpec(
    "crm",
    "leads",
    "incremental",
    ("id",),
    personal=(PersonalField("name", "name"), PersonalField("phone", "phone")),
    required=("at",),
)


def _request(spec: StreamSpec = SPEC) -> ExtractRequest:
    return ExtractRequest(spec, "org", WINDOW, None, WINDOW.end)


def _record(key: str | None, **more: Any) -> dict[str, Any]:
    return {"id": key, "at": "2026-11-02T10:00:00+08:00", "name": "张三", "phone": "13812345678", **more}


def _land(home: Path, *pages: list[dict[str, Any]], **options: Any) -> tuple[RecordSink, list[LandedLoad]]:
    with RecordSink(home, _request(), PEOPLE, cursor_field="at", **options) as sink:
        for page in pages:
            sink.add(page)
        return sink, sink.finish(LoadFacts(pages=len(pages), cursor=sink.cursor))


def _lines(load: LandedLoad) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in read_lines(load)]


def test_names_travel_in_a_stream_of_their_own(tmp_path: Path) -> None:
    _, (load, names) = _land(tmp_path, [_record("1"), _record("2", name=None)])
    assert [set(line) for line in _lines(load)] == [{"id", "at", "phone"}] * 2
    assert names.stream == "leads__names"
    assert _lines(names) == [{"key": "1", "name": "张三"}]


def test_a_record_that_comes_again_unchanged_is_written_once_and_changed_ones_are_kept(tmp_path: Path) -> None:
    sink, (load, _) = _land(tmp_path, [_record("1"), _record("2")], [_record("2"), _record("1", stage="won")])
    assert [line["id"] for line in _lines(load)] == ["1", "2", "1"]
    assert (sink.keys, sink.repeated) == (2, 1)
    assert load.notes == ("1 records came twice",)


@pytest.mark.parametrize(
    ("record", "complaint"),
    [({"id": "1"}, "lacks the field at"), ({"at": "x"}, "lacks the field id"), (_record(None), r"key \(id\) is null")],
)
def test_a_record_without_its_key_or_a_required_field_fails_the_stream(
    tmp_path: Path, record: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SourceError, match=complaint) as caught:
        _land(tmp_path, [_record("0")], [record])
    assert caught.value.error_class is ErrorClass.CONTRACT
    assert list_landed(tmp_path).loads == ()
    assert list_landed(tmp_path).ignored == ()


def test_a_new_field_is_reported_by_name_and_only_listed_ones_land(tmp_path: Path) -> None:
    _, (load, _) = _land(
        tmp_path, [_record("1", id_card="x", remark="y")], allowed=("id", "at", "name", "phone"), left_out=("remark",)
    )
    assert load.notes == ("new fields of the vendor, not landed: id_card",)
    assert "id_card" not in _lines(load)[0]


def test_a_record_longer_than_the_loader_reads_fails_the_stream(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="longer than 4 MB") as caught:
        _land(tmp_path, [_record("1", note="x" * LARGEST_LINE)])
    assert caught.value.error_class is ErrorClass.CONTRACT


def test_the_cursor_is_the_latest_instant_not_the_greatest_text(tmp_path: Path) -> None:
    sink, _ = _land(
        tmp_path,
        [_record("1", at="2026-11-02T10:00:00+08:00"), _record("2", at="2026-11-02T03:00:00+00:00")],
        [_record("3", at="2026-11-02T10:59:59+08:00")],
    )
    assert sink.cursor == "2026-11-02T03:00:00+00:00"
    assert later("2026-11-02T10:00:00+08:00", None) == "2026-11-02T10:00:00+08:00"


def test_memory_is_bounded_however_many_rows_come(tmp_path: Path) -> None:
    few, many = _peak(tmp_path, 50_000), _peak(tmp_path, 400_000)
    assert many - few < 70_000, f"{few} kB for 50,000 rows, {many} kB for 400,000"


def _peak(home: Path, count: int) -> int:
    """Peak memory in kB of a process that lands so many rows."""
    script = (
        "import sys, resource; from pathlib import Path; sys.path.insert(0, sys.argv[3]);"
        "from test_sink import land_many; land_many(Path(sys.argv[1]), int(sys.argv[2]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", script, str(home), str(count), str(Path(__file__).parent)]
    return int(subprocess.run(command, check=True, capture_output=True).stdout)


def land_many(home: Path, count: int) -> None:
    """Land so many rows in pages of 1,000."""

    def pages() -> Iterator[list[dict[str, Any]]]:
        for start in range(0, count, 1000):
            yield [
                {"id": str(n), "at": "2026-11-02T10:00:00+08:00", "v": "x" * 200} for n in range(start, start + 1000)
            ]

    with RecordSink(home, _request(), PEOPLE) as sink:
        for page in pages():
            sink.add(page)
        sink.finish(LoadFacts(pages=0))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
