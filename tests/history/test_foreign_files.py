"""A map turns a foreign file into our columns: its words and dates, columns it lacks, names that may not land."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from connectors.errors import ConfigError, SourceError
from connectors.files.config import FileDropConfig
from connectors.files.feeds import load_feeds
from connectors.files.source import FileDrop, build
from connectors.landing import read_lines
from connectors.privacy import Pseudonymiser
from connectors.stream import Calendar, ExtractRequest, LandedLoad
from connectors.vendor import Surroundings
from connectors.window import plan_window

AS_OF = datetime(2018, 1, 3, 1, tzinfo=UTC)
MAP = """
feed: deals
owner: sales
key: [id]
covers: {covers}
columns:
  id: {{line_number: "D{{:03}}"}}
  owner_name: {{headers: [Agent], required: true, personal: name}}
  owner: {{copy_of: owner_name, personal: platform_id}}
  stage: {{headers: [Stage]}}
  outcome: {{copy_of: stage, required: true, allowed: [open, won], values: {{Won: won, Engaging: open}}}}
  closed_on: {{headers: [Closed], type: date, date_order: {order}}}
  sector: {{headers: [Sector], repairs: {{technolgy: technology}}}}
  currency: {{constant: USD}}
"""


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., FileDrop]:
    def of(covers: str = "period", order: str = "mdy") -> FileDrop:
        maps = tmp_path / "maps"
        maps.mkdir(exist_ok=True)
        (maps / "deals.yaml").write_text(MAP.format(covers=covers, order=order), encoding="utf-8")
        calendar = Calendar(ZoneInfo("Asia/Shanghai"), date(2016, 10, 1))
        around = Surroundings(calendar, Pseudonymiser("a key of sixteen or more"), tmp_path, {})
        return build(FileDropConfig(feed_maps=str(maps), feeds=["deals"]), around)

    return of


def _land(drop: FileDrop, *lines: str, name: str = "deals_20180102.csv", cursor: str | None = None) -> list[LandedLoad]:
    folder = drop.inbox / "deals"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(("Agent,Stage,Closed,Sector", *lines)), encoding="utf-8")
    spec = drop.specs["deals"]
    window = plan_window(spec, drop.calendar, cursor=cursor, as_of=AS_OF, overlap=drop.overlap)
    request = ExtractRequest(spec, "deals", window, cursor, AS_OF)
    return list(drop.extract(request, drop.quarantine.parent / "landing"))


def _rows(load: LandedLoad) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in read_lines(load)]


def test_constants_line_numbers_and_translations_fill_what_the_file_lacks(make: Callable[..., FileDrop]) -> None:
    load, _ = _land(make(), "Ann Lee,Won,3/1/2017,retail", "Ann Lee,Engaging,,retail")
    rows = _rows(load)
    assert [(row["id"], row["stage"], row["outcome"], row["closed_on"], row["currency"]) for row in rows] == [
        ("D002", "Won", "won", "2017-03-01", "USD"),
        ("D003", "Engaging", "open", None, "USD"),
    ]
    assert all("_repaired" not in row for row in rows)


@pytest.mark.parametrize(
    ("order", "text", "landed"),
    [
        ("mdy", "3/1/2017", "2017-03-01"),
        ("dmy", "3/1/2017", "2017-01-03"),
        ("mdy", "2017-03-01", "2017-03-01"),
        ("ymd", "2017/3/1", "2017-03-01"),
    ],
)
def test_a_date_is_read_in_the_order_the_map_says(
    make: Callable[..., FileDrop], order: str, text: str, landed: str
) -> None:
    load, _ = _land(make(order=order), f"Ann,Won,{text},")
    assert _rows(load)[0]["closed_on"] == landed


@pytest.mark.parametrize(
    ("order", "text", "reason"),
    [
        ("mdy", "13/1/2017", "does not exist"),
        ("ymd", "3/1/2017", "write 2026-10-31"),
        ("mdy", "yesterday", "write 10/31/2026"),
    ],
)
def test_a_date_that_does_not_fit_its_order_is_no_guess(
    make: Callable[..., FileDrop], order: str, text: str, reason: str
) -> None:
    load, _ = _land(make(order=order), *["Ann,Won,," for _ in range(9)], f"Bob,Won,{text},")
    assert load.rows == 9
    assert "line 11" in load.notes[0]
    assert reason in load.notes[0]
    (quarantined,) = (it for it in (make().quarantine / "deals").glob("*.jsonl"))
    assert b"Bob" not in quarantined.read_bytes()


def test_a_repair_is_counted_and_keeps_what_was_sent(make: Callable[..., FileDrop]) -> None:
    load, _ = _land(make(), "Ann,Won,,technolgy", "Ann,Won,, technolgy ", "Ann,Won,,retail")
    assert [(row["sector"], row.get("_repaired")) for row in _rows(load)] == [
        ("technology", {"sector": "technolgy"}),
        ("technology", {"sector": "technolgy"}),
        ("retail", None),
    ]
    assert load.notes == ("sector: 'technolgy' read as 'technology' in 2 rows",)
    assert load.complete


def test_a_word_that_no_rule_knows_is_refused(make: Callable[..., FileDrop]) -> None:
    with pytest.raises(SourceError, match="1 of 1 rows are bad"):
        _land(make(), "Ann,Pending,,")


def test_names_leave_the_record_for_the_restricted_stream_and_join_by_hash(make: Callable[..., FileDrop]) -> None:
    load, names = _land(make(), "Ann Lee,Won,,", "Bob Ray,Won,,", "Ann Lee,Won,,")
    rows = _rows(load)
    assert "owner_name" not in rows[0]
    assert rows[0]["owner"]["hash"] == rows[2]["owner"]["hash"] != rows[1]["owner"]["hash"]
    assert names.stream == "deals__names"
    assert [(row["key"], row["owner_name"]) for row in _rows(names)] == [
        ("D002", "Ann Lee"),
        ("D003", "Bob Ray"),
        ("D004", "Ann Lee"),
    ]


def test_a_file_that_covers_everything_is_a_full_scan_over_all_history(make: Callable[..., FileDrop]) -> None:
    load, names = _land(make(covers="everything"), "Ann,Won,,")
    assert (load.full_scan, load.scope, names.full_scan) == (True, {}, True)
    zone = ZoneInfo("Asia/Shanghai")
    assert load.window.start == datetime(2016, 10, 1, tzinfo=zone)
    assert load.window.end == datetime(2018, 1, 3, tzinfo=zone)


@pytest.mark.parametrize(
    ("column", "complaint"),
    [
        ("{constant: a, headers: [A]}", "exactly one of headers, constant, copy_of and line_number"),
        ("{type: text}", "exactly one of headers"),
        ("{copy_of: nothing}", "a copy of nothing, which is no column with headers"),
        ("{headers: [A], personal: name, repairs: {a: b}}", "neither values nor repairs"),
        ("{line_number: 'A{:>9}{}'}", "String should match pattern"),
    ],
)
def test_a_map_that_contradicts_itself_is_told(tmp_path: Path, column: str, complaint: str) -> None:
    (tmp_path / "deals.yaml").write_text(
        f"feed: deals\nowner: x\nkey: [id]\ncolumns:\n  id: {{headers: [ID]}}\n  other: {column}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match=r"deals\.yaml:\d+: .*" + complaint):
        load_feeds(tmp_path)


def test_a_personal_column_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "deals.yaml").write_text(
        "feed: deals\nowner: x\nkey: [id]\ncolumns:\n  id: {headers: [ID], personal: name}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="which is personal; give the record a number of its own"):
        load_feeds(tmp_path)
