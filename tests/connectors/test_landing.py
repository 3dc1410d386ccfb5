"""A load exists whole or not at all, and the same content is the same load."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from connectors.landing import LandingError, list_landed, read_lines, read_manifest, sweep, verify
from connectors.load_writer import LoadFacts, LoadWriter
from connectors.stream import ExtractRequest, LandedLoad, StreamSpec, Window

SPEC = StreamSpec(source="zoho_crm", name="leads", mode="incremental", key=("id",))


def _request(*, as_of: int = 1) -> ExtractRequest:
    window = Window(datetime(2026, 11, 1, 0, 50, tzinfo=UTC), datetime(2026, 11, 3, 1, tzinfo=UTC))
    return ExtractRequest(SPEC, "org", window, None, datetime(2026, 11, 3, as_of, tzinfo=UTC))


def _land(home: Path, count: int = 5, *, rows_per_part: int = 2, as_of: int = 1) -> LandedLoad:
    with LoadWriter(home, _request(as_of=as_of), rows_per_part=rows_per_part) as writer:
        writer.write([orjson.dumps({"id": str(n)}) for n in range(count)])
        return writer.finish(LoadFacts(pages=1, cursor="c", vendor_total=count, scope={"day": ("a", "b"), "f": "x"}))


def test_a_load_reads_back_as_it_was_written(tmp_path: Path) -> None:
    load = _land(tmp_path)
    assert [orjson.loads(line)["id"] for line in read_lines(load)] == ["0", "1", "2", "3", "4"]
    assert [part.name for part in load.parts] == [f"part-0000{n}.jsonl.zst" for n in range(3)]
    assert (load.rows, load.cursor, load.vendor_total) == (5, "c", 5)
    assert load.scope == {"day": ("a", "b"), "f": "x"}
    assert load.path == tmp_path / "zoho_crm" / "leads" / load.load_id
    verify(load)


def test_lines_written_page_by_page_land_as_the_same_load_as_lines_written_at_once(tmp_path: Path) -> None:
    at_once = _land(tmp_path / "a", 7, rows_per_part=3)
    with LoadWriter(tmp_path / "b", _request(), rows_per_part=3) as writer:
        for start in range(0, 7, 2):
            writer.write([orjson.dumps({"id": str(n)}) for n in range(start, min(start + 2, 7))])
        paged = writer.finish(LoadFacts(pages=4))
    assert list(read_lines(at_once)) == list(read_lines(paged))
    assert [part.name for part in at_once.parts] == [part.name for part in paged.parts]


def test_the_same_content_is_the_same_load_whenever_it_is_landed(tmp_path: Path) -> None:
    first, second = _land(tmp_path, as_of=1), _land(tmp_path, as_of=9)
    assert first == second
    assert len(list_landed(tmp_path).loads) == 1
    assert _land(tmp_path, 6).load_id != first.load_id


def test_a_damaged_load_is_named_and_healed_by_landing_it_again(tmp_path: Path) -> None:
    load = _land(tmp_path)
    load.parts[1].write_bytes(b"flipped")
    with pytest.raises(LandingError, match=r"part-00001.*not what was landed"):
        verify(load)
    verify(_land(tmp_path))


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    def break_off() -> None:
        with LoadWriter(tmp_path, _request()) as writer:
            writer.write([b"{}"])
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    assert list((tmp_path / "zoho_crm" / "leads").iterdir()) == []


def test_half_packages_are_ignored_and_reported(tmp_path: Path) -> None:
    load = _land(tmp_path)
    half = tmp_path / "zoho_crm" / "leads" / ("0" * 24)
    half.mkdir()
    (half / "part-00000.jsonl.zst").write_bytes(b"x")
    landed = list_landed(tmp_path)
    assert landed.loads == (load,)
    assert len(landed.ignored) == 1
    assert "no manifest.json" in landed.ignored[0]
    (half / "manifest.json").write_bytes(b'{"contract": 1, "load')
    with pytest.raises(LandingError, match="damaged"):
        read_manifest(half)


def test_sweep_spares_a_folder_that_is_being_written(tmp_path: Path) -> None:
    with LoadWriter(tmp_path, _request()) as writer:
        writer.write([b"{}"])
        assert sweep(tmp_path) == []
        load = writer.finish(LoadFacts(pages=1))
    assert list_landed(tmp_path).loads == (load,)


@pytest.mark.parametrize("failpoint", ["after_land_part", "before_manifest", "after_manifest", "after_land"])
def test_a_process_killed_anywhere_leaves_the_old_state_or_the_new(tmp_path: Path, failpoint: str) -> None:
    script = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
        "from test_landing import _land; _land(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "killed"), str(Path(__file__).parent)]
    killed = subprocess.run(command, env=os.environ | {"INCENTIVES_FAILPOINT": failpoint}, check=False)
    assert killed.returncode == -signal.SIGKILL
    before = list_landed(tmp_path / "killed")
    assert len(before.loads) == (failpoint == "after_land")
    undisturbed, again = _land(tmp_path / "calm"), _land(tmp_path / "killed")
    assert again.load_id == undisturbed.load_id
    assert list(read_lines(again)) == list(read_lines(undisturbed))
    assert len(sweep(tmp_path / "killed")) == (failpoint != "after_land")
    assert list_landed(tmp_path / "killed").ignored == ()


def test_a_full_disk_is_an_error_that_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import os, sys, resource, signal; from pathlib import Path; sys.path.insert(0, sys.argv[2]);"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from test_landing import fill; fill(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", script, str(tmp_path), str(Path(__file__).parent)]
    full = subprocess.run(command, check=False, capture_output=True, text=True)
    assert full.returncode == 1
    assert "OSError: [Errno 27] File too large" in full.stderr
    assert list((tmp_path / "zoho_crm" / "leads").iterdir()) == []


def fill(home: Path) -> None:
    """Write more than 20 kB of what does not compress."""
    with LoadWriter(home, _request()) as writer:
        for _ in range(50):
            writer.write([os.urandom(5_000).hex().encode()])
        writer.finish(LoadFacts(pages=1))
