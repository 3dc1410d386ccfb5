"""Lays the feeds into the inbox as people would send them: CSV with a byte order mark, Zhihu's export in GB18030 with
Chinese headers, credit owners as a workbook. Writing again changes nothing: same bytes, untouched files.
"""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from connectors.sandbox.company.world import World
from connectors.sandbox.records.feeds import COLUMNS, FeedFile, feed_files

ZHIHU_HEADERS = {
    "stat_on": "日期",
    "plan_id": "计划ID",
    "plan_name": "计划名称",
    "creative_id": "创意ID",
    "creative_name": "创意名称",
    "impressions": "曝光",
    "clicks": "点击",
    "cost": "消耗(元)",
    "conversions": "转化",
}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def write_feeds(world: World, ts: int, inbox: Path) -> list[Path]:
    """Write every file that exists at `ts` and is not in the inbox yet (or differs); returns the files written."""
    written = []
    for found in feed_files(world, ts):
        path = inbox / found.feed / f"{found.feed}_{found.period}{_suffix(found.feed)}"
        body = render(found)
        if path.exists() and path.read_bytes() == body:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.part")
        temporary.write_bytes(body)
        temporary.replace(path)
        written.append(path)
    return written


def render(found: FeedFile) -> bytes:
    """The bytes of one file."""
    columns = COLUMNS[found.feed]
    rows = [[row[name] for name in columns] for row in found.rows]
    if found.feed == "credit_owners":
        return _workbook(columns, rows)
    if found.feed == "zhihu_ads":
        return _csv([ZHIHU_HEADERS[name] for name in columns], rows).encode("gb18030")
    return _csv(columns, rows).encode("utf-8-sig")


def _suffix(feed: str) -> str:
    return ".xlsx" if feed == "credit_owners" else ".csv"


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _workbook(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "credit_owners"
    for row in (header, *rows):
        sheet.append(list(row))
    # A workbook carries the moment it was saved in two places; both are pinned, or its bytes would differ every time.
    book.properties.created = book.properties.modified = datetime(2024, 11, 1)  # noqa: DTZ001 - the format has no zone
    plain = io.BytesIO()
    book.save(plain)
    pinned = io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(pinned, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _without_save_time(content)
            target.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content, zipfile.ZIP_DEFLATED)
    return pinned.getvalue()


def _without_save_time(core: bytes) -> bytes:
    start = core.find(b"<dcterms:modified")
    end = core.find(b"</dcterms:modified>")
    return core if start < 0 or end < 0 else core[:start] + core[end + len(b"</dcterms:modified>") :]
