"""Files from the inbox: identity by content, versions that replace, bad rows apart, bad files refused."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from openpyxl import Workbook

from connectors.errors import ConfigError, ErrorClass, SourceError
from connectors.files.config import FileDropConfig
from connectors.files.feeds import load_feeds
from connectors.files.source import FileDrop, build
from connectors.landing import list_landed, read_lines
from connectors.privacy import Pseudonymiser
from connectors.stream import Calendar, ExtractRequest, LandedLoad
from connectors.vendor import Surroundings
from connectors.window import plan_window

NIGHT = datetime(2026, 11, 3, 1, tzinfo=UTC)
ZHIHU = "日期,计划ID,计划名称,创意ID,创意名称,曝光,点击,消耗(元),转化"


@pytest.fixture
def drop(tmp_path: Path) -> FileDrop:
    around = Surroundings(
        Calendar(ZoneInfo("Asia/Shanghai"), date(2024, 11, 1)), Pseudonymiser("a key of sixteen or more"), tmp_path, {}
    )
    return build(FileDropConfig(), around)


def _put(drop: FileDrop, name: str, text: str | bytes, feed: str | None = None, encoding: str = "utf-8-sig") -> Path:
    folder = drop.inbox / (feed or name.rsplit("_2", 1)[0])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def _run(drop: FileDrop, feed: str, cursor: str | None = None, as_of: datetime = NIGHT) -> list[LandedLoad]:
    spec = drop.specs[feed]
    window = plan_window(spec, drop.calendar, cursor=cursor, as_of=as_of, overlap=drop.overlap)
    landing = drop.quarantine.parent / "landing"
    return list(drop.extract(ExtractRequest(spec, feed, window, cursor, as_of), landing))


def _rows(load: LandedLoad) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in read_lines(load)]


def _quarantined(drop: FileDrop, feed: str) -> list[dict[str, Any]]:
    return [
        orjson.loads(line)
        for path in sorted((drop.quarantine / feed).glob("*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_chinese_export_lands_under_the_contracts_names(drop: FileDrop, encoding: str) -> None:
    text = f'{ZHIHU}\n2026/10/31,P1,计划,C1,创意𠮷·,"1,234",１２,30.5,\n'
    _put(drop, "zhihu_ads_202610.csv", text, encoding=encoding)
    (load,) = _run(drop, "zhihu_ads")
    assert _rows(load) == [
        {
            "stat_on": "2026-10-31",
            "plan_id": "P1",
            "plan_name": "计划",
            "creative_id": "C1",
            "creative_name": "创意𠮷·",
            "impressions": "1234",
            "clicks": "12",
            "cost": "30.5",
            "conversions": None,
            "_file": "zhihu_ads_202610.csv",
            "_line": 2,
            "_period": "202610",
        }
    ]
    assert load.scope == {"_period": "202610"}
    assert load.window.start.isoformat() == "2026-09-30T16:00:00+00:00"
    assert load.window.end.isoformat() == "2026-10-31T16:00:00+00:00"


def test_the_same_file_twice_is_one_load_and_a_new_version_is_another(drop: FileDrop) -> None:
    header = "metric_id,grain,subject_id,period_id,target\n"
    _put(drop, "targets_202610.csv", header + "m,team,T1,2026-10,5\nm,team,T2,2026-10,7\n")
    (first,) = _run(drop, "targets")
    assert first.cursor is not None
    assert _run(drop, "targets", first.cursor) == []
    _put(drop, "targets_202610_v2.csv", header + "m,team,T1,2026-10,6\n")
    (second,) = _run(drop, "targets", first.cursor, NIGHT.replace(day=4))
    assert [row["target"] for row in _rows(second)] == ["6"]
    assert second.scope == first.scope
    assert (first.version, second.version) == (1, 2)
    assert [load.file for load in list_landed(drop.quarantine.parent / "landing").loads] == [first.file, second.file]


def test_versions_that_arrive_together_land_in_their_order(drop: FileDrop) -> None:
    header = "metric_id,grain,subject_id,period_id,target\n"
    for version in ("_v10", "", "_v2"):
        _put(drop, f"targets_202610{version}.csv", f"{header}m,team,T1,2026-10,{version or 1}".replace("_v", ""))
    assert [load.version for load in _run(drop, "targets")] == [1, 2, 10]
    assert [load.version for load in list_landed(drop.quarantine.parent / "landing").loads] == [1, 2, 10]


def test_a_night_that_ended_between_two_files_gives_the_rest_again(drop: FileDrop) -> None:
    header = "metric_id,grain,subject_id,period_id,target\n"
    _put(drop, "targets_202609.csv", header + "m,team,T1,2026-09,5\n")
    _put(drop, "targets_202610.csv", header + "m,team,T1,2026-10,5\n")
    one, two = _run(drop, "targets")
    assert (one.cursor, two.cursor) == (None, NIGHT.isoformat())
    # Only the first was taken in: its cursor moves nothing, so the next night hands both over again.
    assert _run(drop, "targets", one.cursor, NIGHT.replace(day=4)) == [one, two]
    assert _run(drop, "targets", two.cursor, NIGHT.replace(day=4)) == []


def test_bad_rows_go_to_quarantine_with_line_and_reason_and_the_rest_lands(drop: FileDrop) -> None:
    good = "".join(f"c{n},2026-10-0{n % 9 + 1},知乎,x,媒体,10\n" for n in range(40))
    bad = (
        "b1,2026-02-30,知乎,x,媒体,10\n"
        'b2,2026-10-01,知乎,x,媒体,"12,30"\n'
        "b3,2026-10-01,,x,媒体,10\n"
        ",2026-10-01,知乎,x,媒体,10\n"
        "b5,2026-10-01,知乎,x,媒体,10,extra\n"
        "b6,2026-10-01,知乎,x\ufffd,媒体,10\n"
    )
    _put(drop, "promotion_costs_202610.csv", "cost_id,cost_on,channel,campaign,cost_type,amount\n" + good + bad)
    (load,) = _run(drop, "promotion_costs")
    assert load.rows == 40
    assert not load.complete
    assert load.notes[0].startswith("6 rows in quarantine/promotion_costs/promotion_costs_202610.csv-")
    assert [(row["line"], row["reason"]) for row in _quarantined(drop, "promotion_costs")] == [
        (42, "cost_on is a day that does not exist"),
        (43, "amount is no number; write 1234.56 (or 1,234.56)"),
        (44, "channel is empty"),
        (45, "cost_id is empty"),
        (46, "has 7 cells under 6 headers"),
        (47, "campaign holds a replacement character: the text was broken before it came here"),
    ]


def test_a_key_with_two_different_rows_is_trusted_in_neither(drop: FileDrop) -> None:
    good = "".join(f"r{n},E0001,2026-10-01,5\n" for n in range(20))
    _put(
        drop,
        "service_scores_202610.csv",
        "response_id,employee_no,answered_on,score\n" + good + "x,E0001,2026-10-01,5\nx,E0001,2026-10-01,4\n"
        "r0,E0001,2026-10-01,5\n",
    )
    (load,) = _run(drop, "service_scores")
    assert [row["response_id"] for row in _rows(load)] == [f"r{n}" for n in range(20)]
    assert "service_scores_202610.csv: 1 rows stood twice" in load.notes
    reasons = {row["reason"] for row in _quarantined(drop, "service_scores")}
    assert reasons == {"response_id: several different rows, the first in line 22"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty; at least its header"),
        ("answer_id,employee_no,answered_on,score\n", "line 1: unknown header 'answer_id'"),
        ("response_id,employee_no,answered_on\n", "line 1: header missing: score/评分"),
        ("response_id,答卷编号,employee_no,answered_on,score\n", "two headers stand for response_id"),
        ('response_id,employee_no,answered_on,score\nr1,"E1,2026-10-01,5\n', "line 2: unexpected end of data"),
        (b"response_id,employee_no,answered_on,score\nr1,E1,2026-10-01,5\xff\xff\n", "line 2: is none of utf-8-sig"),
        (
            "答卷编号,工号,答卷日期,评分\n".encode() + "r1,张三,2026-10-01,5\n".encode("gb18030"),
            "line 1 is UTF-8 and line 2 is not: mixed encodings",
        ),
        ("response_id,employee_no,answered_on,score\n" + "r,E,never,5\n" * 3, "3 of 3 rows are bad"),
    ],
)
def test_a_bad_file_fails_its_stream_before_anything_lands(
    drop: FileDrop, content: str | bytes, complaint: str
) -> None:
    _put(drop, "service_scores_202609.csv", "response_id,employee_no,answered_on,score\nr0,E1,2026-09-01,5\n")
    _put(drop, "service_scores_202610.csv", content)
    with pytest.raises(SourceError) as caught:
        _run(drop, "service_scores")
    assert complaint in caught.value.message
    assert caught.value.message.startswith("service_scores_202610.csv: ")
    assert caught.value.error_class is ErrorClass.CONTRACT
    assert list_landed(drop.quarantine.parent / "landing").loads == ()


def test_a_misnamed_file_is_told_how_to_be_named_and_an_unfinished_one_waits(drop: FileDrop) -> None:
    _put(drop, "targets_202610.csv.part", "half", feed="targets")
    assert _run(drop, "targets") == []
    _put(drop, "Targets October.csv", "x", feed="targets")
    with pytest.raises(SourceError, match=r"Targets October\.csv: name it targets_<YYYYMM"):
        _run(drop, "targets")


def _book(path: Path, *lines: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    sheet = book.worksheets[0]
    for line in lines:
        sheet.append(line)
    book.save(path)


def test_a_workbook_lands_dates_numbers_and_text_as_they_are_shown(drop: FileDrop) -> None:
    header = ["对象类型", "对象编号", "工号", "分配比例(%)", "生效日期", "失效日期"]
    _book(
        drop.inbox / "credit_owners" / "credit_owners_202610.xlsx",
        header,
        ["channel", 123, "E0001", 33.3, datetime(2026, 10, 1), None],  # noqa: DTZ001 - Excel knows no zone
        ["channel", "c2", "E0001", "50%", 46296, date(2026, 12, 31)],
        [None] * 6,
        ["channel", "c3", "E0001", 0.1 + 0.2, "2026年10月1日", None],
    )
    (load,) = _run(drop, "credit_owners")
    assert [(r["object_id"], r["share_percent"], r["valid_from"], r["valid_to"], r["_line"]) for r in _rows(load)] == [
        ("123", "33.3", "2026-10-01", None, 2),
        ("c2", "50", "2026-10-01", "2026-12-31", 3),
        ("c3", "0.3", "2026-10-01", None, 5),
    ]


def test_a_formula_without_a_saved_value_is_no_zero(drop: FileDrop) -> None:
    rows = [[f"c{n}", "2026-10-01", "知乎", "x", "媒体", 10] for n in range(9)]
    _book(
        drop.inbox / "promotion_costs" / "promotion_costs_202610.xlsx",
        ["cost_id", "cost_on", "channel", "campaign", "cost_type", "amount"],
        *rows,
        ["c9", "2026-10-01", "知乎", "x", "媒体", "=SUM(F2:F10)"],
    )
    (load,) = _run(drop, "promotion_costs")
    assert load.rows == 9
    (bad,) = _quarantined(drop, "promotion_costs")
    assert bad["line"] == 11
    assert "formula without a saved value" in bad["reason"]


def test_a_company_may_map_a_feed_of_its_own_units_included(tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    maps.mkdir()
    (maps / "budget.yaml").write_text(
        "feed: budget\nowner: 财务部\nkey: [id]\ncolumns:\n  id: {headers: [ID]}\n"
        "  amount: {headers: [金额(分)], type: decimal, unit: fen}\n"
        "  rate: {headers: [比率], type: decimal, unit: fraction}\n",
        encoding="utf-8",
    )
    around = Surroundings(
        Calendar(ZoneInfo("Asia/Shanghai"), date(2024, 11, 1)), Pseudonymiser("a key of sixteen or more"), tmp_path, {}
    )
    own = build(FileDropConfig(feed_maps=str(maps), feeds=["budget"]), around)
    _put(own, "budget_20261031.csv", "ID,金额（分）,比率\nb1,1234567890123456789,30%\n")
    (load,) = _run(own, "budget")
    row = _rows(load)[0]
    assert (row["amount"], row["rate"]) == ("12345678901234567.89", "0.30")
    assert load.scope == {"_period": "20261031"}
    assert (load.window.end - load.window.start).days == 1


def test_a_faulty_map_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "budget.yaml").write_text(
        "feed: budget\nowner: x\nkey: [id]\ncolumns:\n  id: {headers: [ID], typ: date}\n"
    )
    with pytest.raises(ConfigError, match=r"budget\.yaml:5: columns\.id\.typ: no such setting"):
        load_feeds(tmp_path)


def test_the_packaged_feeds_are_those_of_the_contract() -> None:
    assert sorted(load_feeds()) == [
        *("accounts", "bonus_bases", "competitor_reports", "complaints", "credit_owners", "identity_map"),
        "improvement_plans",
        *("opportunities", "people", "policy_breaches", "product_inputs", "products", "promotion_costs"),
        *("service_scores", "targets", "training_results", "zhihu_ads"),
    ]
