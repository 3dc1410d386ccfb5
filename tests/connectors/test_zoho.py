"""Zoho's own traps: empty answers, sameness of seconds, tokens that are refused with HTTP 200, used-up credits."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from fake_server import Answer, Asked, FakeVendor

from connectors.crm.zoho.config import ZohoConfig
from connectors.crm.zoho.source import build
from connectors.errors import ErrorClass, SourceError
from connectors.http import Patience
from connectors.landing import read_lines
from connectors.privacy import Pseudonymiser
from connectors.stream import Calendar, ExtractRequest, LandedLoad
from connectors.vendor import Surroundings
from connectors.window import plan_window

NIGHT = datetime(2026, 11, 3, 0, 30, tzinfo=UTC)
TOKEN = {"access_token": "1000.a", "expires_in": 3600, "api_domain": "http://127.0.0.1:9", "token_type": "Bearer"}


def _vendor(answer: Callable[[Asked], Answer], token: Any = TOKEN) -> FakeVendor:
    return FakeVendor(lambda asked: Answer(token) if asked.path == "/oauth/v2/token" else answer(asked))


def _extract(url: str, home: Path, stream: str, cursor: str | None = None, **changes: Any) -> list[LandedLoad]:
    secrets = {"client_id": {"env": "A"}, "client_secret": {"env": "B"}, "refresh_token": {"env": "C"}}
    document = {"base_url": url, "accounts_url": url, "accounts": ["org"], "credentials": secrets}
    config = ZohoConfig.model_validate(document | {"validate_fields": False, "requests_per_second": 1000} | changes)
    around = Surroundings(
        Calendar(ZoneInfo("Asia/Shanghai"), date(2024, 11, 1)),
        Pseudonymiser("a key of sixteen or more"),
        home,
        {"A": "client", "B": "client-secret", "C": "refresh"},
        Patience(sleep=lambda _: None),
    )
    source = build(config, around)
    spec = source.specs[stream]
    window = plan_window(spec, source.calendar, cursor=cursor, as_of=NIGHT, overlap=timedelta(minutes=10))
    return list(source.extract(ExtractRequest(spec, "org", window, cursor, NIGHT), home / "landing"))


def _call(key: int, at: str = "2026-11-02T10:00:00+08:00") -> dict[str, Any]:
    return {"id": str(key), "Owner": {"id": "9", "name": "n", "email": "e@x.cn"}, "Who_Id": None, "Modified_Time": at}


@pytest.mark.parametrize("status", [204, 304])
def test_an_empty_answer_is_nothing_new_and_keeps_the_cursor(tmp_path: Path, status: int) -> None:
    with _vendor(lambda _: Answer(status=status)).running() as vendor:
        (load,) = _extract(vendor.url, tmp_path, "calls", "2026-11-02T08:59:58+08:00")
        asked = vendor.asked[-1]
    assert (load.rows, load.cursor) == (0, "2026-11-02T08:59:58+08:00")
    assert asked.headers["if-modified-since"] == "2026-11-02T00:49:58+00:00"
    assert asked.headers["authorization"] == "Zoho-oauthtoken 1000.a"
    assert asked.query["sort_by"] == "Modified_Time"


def test_pages_are_followed_by_token_with_all_else_unchanged(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        page = int(asked.query.get("page_token", "0"))
        rows = [_call(n) for n in range(page * 200, min(page * 200 + 200, 2500))]
        assert "page" not in asked.query
        info = {"more_records": page < 12, "next_page_token": str(page + 1) if page < 12 else None}
        return Answer({"data": rows, "info": info})

    with _vendor(answer).running() as vendor:
        (load,) = _extract(vendor.url, tmp_path, "calls", "2026-11-01T00:00:00+08:00")
        queries = [{k: v for k, v in a.query.items() if k != "page_token"} for a in vendor.asked if "/Calls" in a.path]
    assert load.rows == 2500  # 2,000 is where page numbers end
    assert all(query == queries[0] for query in queries)


def test_a_record_changed_between_two_pages_keeps_its_newer_version(tmp_path: Path) -> None:
    pages = [
        Answer({"data": [_call(1), _call(2)], "info": {"more_records": True, "next_page_token": "b"}}),
        Answer({"data": [_call(3), _call(1, "2026-11-03T08:00:00+08:00")], "info": {"more_records": False}}),
    ]
    with _vendor(lambda _: pages.pop(0)).running() as vendor:
        (load,) = _extract(vendor.url, tmp_path, "calls", "2026-11-01T00:00:00+08:00")
    landed = [orjson.loads(line) for line in read_lines(load)]
    assert [(row["id"], row["Modified_Time"][:10]) for row in landed] == [
        *(("1", "2026-11-02"), ("2", "2026-11-02")),
        *(("3", "2026-11-02"), ("1", "2026-11-03")),
    ]
    assert load.cursor == "2026-11-03T08:00:00+08:00"


def test_fewer_records_than_the_vendor_counts_is_not_complete(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/actions/count"):
            return Answer({"count": "3"})
        return Answer({"data": [_call(1), _call(2)], "info": {"more_records": False}})

    with _vendor(answer).running() as vendor:
        (load,) = _extract(vendor.url, tmp_path, "calls")
    assert (load.vendor_total, load.rows, load.complete) == (3, 2, False)
    assert load.notes == ("the vendor counts 3 records, 2 came",)


def test_a_refused_refresh_token_with_status_200_needs_a_person(tmp_path: Path) -> None:
    with _vendor(lambda _: Answer({}), token={"error": "invalid_code"}).running() as vendor:
        with pytest.raises(SourceError, match="invalid_code") as caught:
            _extract(vendor.url, tmp_path, "calls")
        assert len(vendor.asked) == 1
    assert caught.value.error_class is ErrorClass.AUTH_FATAL


def test_used_up_credits_end_the_day_for_this_source(tmp_path: Path) -> None:
    refused = Answer({"code": "TOO_MANY_REQUESTS", "status": "error"}, 429, {"X-API-CREDITS-REMAINING": "0"})
    with _vendor(lambda _: refused).running() as vendor, pytest.raises(SourceError) as caught:
        _extract(vendor.url, tmp_path, "calls", "2026-11-01T00:00:00+08:00")
    assert caught.value.error_class is ErrorClass.QUOTA_DAY


def test_the_token_is_asked_for_once_and_kept_for_the_next_run(tmp_path: Path) -> None:
    with _vendor(lambda _: Answer(status=204)).running() as vendor:
        for stream in ("calls", "deals", "contacts"):
            _extract(vendor.url, tmp_path, stream, "2026-11-01T00:00:00+08:00")
        asked = [a for a in vendor.asked if a.path == "/oauth/v2/token"]
    assert len(asked) == 1
    assert asked[0].form["grant_type"] == "refresh_token"


def test_an_organisations_own_field_names_land_under_ours(tmp_path: Path) -> None:
    lead = {"id": "1", "Owner": None, "Modified_Time": "2026-11-02T10:00:00+08:00", "Qualified_At": "2026-11-01"}
    page = Answer({"data": [lead], "info": {"more_records": False}})
    with _vendor(lambda _: page).running() as vendor:
        names = {"leads": {"MQL_Time": "Qualified_At"}}
        (load,) = _extract(vendor.url, tmp_path, "leads", "2026-11-01T00:00:00+08:00", field_names=names)
        query = vendor.asked[-1].query
    assert "Qualified_At" in query["fields"]
    assert "MQL_Time" not in query["fields"]
    assert (query["converted"], query["approved"]) == ("both", "both")
    (row,) = [orjson.loads(line) for line in read_lines(load)]
    assert row["MQL_Time"] == "2026-11-01"
