"""Kingdee's signature by the vendor's golden vector, its nested errors, and documents that pages would cut."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from fake_server import Answer, Asked, FakeVendor

from connectors.erp.kingdee.config import KingdeeConfig
from connectors.erp.kingdee.read import inspect
from connectors.erp.kingdee.sign import Signature
from connectors.erp.kingdee.source import build
from connectors.errors import ConfigError, ErrorClass, SourceError
from connectors.http import Patience, Reply
from connectors.landing import read_lines
from connectors.privacy import Pseudonymiser
from connectors.stream import Calendar, ExtractRequest, LandedLoad, Source
from connectors.vendor import Surroundings
from connectors.window import plan_window

URL = "https://erp.example.com/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.ExecuteBillQuery.common.kdsvc"
APP_ID = "204399_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
NIGHT = datetime(2026, 11, 3, 0, 30, tzinfo=UTC)
ORDER = ("FID", "FSaleOrderEntry_FEntryID")


def _signature() -> Signature:
    return Signature(APP_ID, "s3cr3t", "DC01", "demo", "100", now=lambda: 1790000000.0, nonce=lambda: "1790000000")


def test_the_signature_is_the_vendors() -> None:
    headers = _signature().headers("POST", URL)
    assert headers["X-Api-Signature"] == (
        "ODcwODFkMjVkMzYyMjY1ZjJlOWI2YjUwMDUzZTQ5Y2RkOTNhOWI4YTkwODcwMGRlZmY3YjFkNWM3N2VkMmI1OQ=="
    )
    assert headers["X-Kd-Appdata"] == "REMwMSxkZW1vLDIwNTIsMTAw"
    assert headers["X-Kd-Signature"] == (
        "ODIxNWMwODVhNjk2MTU5M2U4MjkyNGIzZmE0NGI4ZWI3ZWM0ZDk5MmQzZjE1Mjk0ODk3MmFlYjNiODJmZjQyMg=="
    )
    assert headers["X-Api-ClientID"] == "204399"
    assert headers["x-api-timestamp"] == headers["x-api-nonce"] == "1790000000"


def test_each_request_has_its_own_nonce_and_nothing_is_shown_when_printed() -> None:
    signature = Signature(APP_ID, "s3cr3t", "DC01", "demo", "100")
    assert signature.headers("POST", URL)["x-api-nonce"] != signature.headers("POST", URL)["x-api-nonce"]
    assert "s3cr3t" not in repr(signature)


def test_an_app_id_of_another_form_is_told() -> None:
    with pytest.raises(ConfigError, match="<client id>_<secret"):
        Signature("no-underscore", "s", "DC01", "demo", "100").headers("POST", URL)


def _failure(message: str) -> dict[str, Any]:
    status = {"ErrorCode": 500, "IsSuccess": False, "Errors": [{"Message": message}], "MsgCode": 1}
    return {"Result": {"ResponseStatus": status}}


@pytest.mark.parametrize(
    "body", [[[_failure("会话信息已丢失")]], _failure("会话信息已丢失"), [_failure("会话信息已丢失")]]
)
def test_a_failure_in_the_first_cell_is_no_row(body: Any) -> None:
    fault = inspect(Reply(200, {}, body))
    assert fault is not None
    assert fault.message == "会话信息已丢失"


def test_a_prefixed_text_is_a_failure_and_rows_are_none() -> None:
    fault = inspect(Reply(200, {}, "response_error: 服务不存在 error_response"))
    assert fault is not None
    assert fault.message == "服务不存在 error_response"
    assert inspect(Reply(200, {}, [[1, "a"]])) is None
    assert inspect(Reply(200, {}, [])) is None


class Erp:
    """Sales orders as rows of (FID, entry); answers only what the filter and the limits say."""

    def __init__(self, rows: list[tuple[int, int]]) -> None:
        self.rows = sorted(rows)

    def __call__(self, asked: Asked) -> Answer:
        data = asked.json["data"]
        assert data["TopRowCount"] == 0
        assert data["OrderString"].startswith("FID ASC")
        condition, rows = data["FilterString"], self.rows
        if " and FID > " in condition:
            rows = [row for row in rows if row[0] > int(condition.rpartition("> ")[2])]
        if " and FID = " in condition:
            rows = [row for row in rows if row[0] == int(condition.rpartition("= ")[2])]
        start, limit = data["StartRow"], data["Limit"]
        fields = data["FieldKeys"].split(",")
        return Answer([[self._cell(name, row) for name in fields] for row in rows[start : start + limit]])

    def _cell(self, name: str, row: tuple[int, int]) -> Any:
        fixed = {"FID": row[0], ORDER[1]: row[1], "FModifyDate": "2026-11-02T10:00:00", "FAllAmount_LC": 100.5}
        return fixed.get(name, "x")


def _source(url: str, home: Path, *, now: Callable[[], float] = time.time, **changes: Any) -> Source:
    document = {
        "base_url": url,
        "accounts": ["DC01"],
        "credentials": {"app_id": {"env": "ID"}, "app_secret": {"env": "SECRET"}, "user": "demo"},
        "page_size": 3,
        "requests_per_second": 1000,
    }
    around = Surroundings(
        Calendar(ZoneInfo("Asia/Shanghai"), date(2024, 11, 1)),
        Pseudonymiser("a key of sixteen or more"),
        home,
        {"ID": APP_ID, "SECRET": "s3cr3t"},
        Patience(sleep=lambda _: None, now=now),
    )
    return build(KingdeeConfig.model_validate(document | changes), around)


def _load(source: Source, landing: Path, stream: str = "sales_orders", cursor: str | None = None) -> LandedLoad:
    spec = source.specs[stream]
    window = plan_window(spec, source.calendar, cursor=cursor, as_of=NIGHT, overlap=timedelta(minutes=10))
    (load,) = source.extract(ExtractRequest(spec, "DC01", window, cursor, NIGHT), landing)
    return load


def _extract(source: Source, landing: Path, stream: str = "sales_orders") -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in read_lines(_load(source, landing, stream))]


@pytest.mark.parametrize(
    "rows",
    [
        [(document, entry) for document in range(1, 8) for entry in (1, 2)],
        [(1, 1), *((2, entry) for entry in range(1, 9)), (3, 1)],  # one document longer than a page
        [(1, entry) for entry in range(1, 4)],  # exactly a page
        [],
    ],
)
def test_no_entry_is_lost_or_doubled_wherever_a_page_ends(tmp_path: Path, rows: list[tuple[int, int]]) -> None:
    with FakeVendor(Erp(rows)).running() as vendor:
        landed = _extract(_source(vendor.url, tmp_path), tmp_path / "landing")
    assert [(row["FID"], row[ORDER[1]]) for row in landed] == rows


def test_the_window_is_asked_for_in_the_servers_wall_clock(tmp_path: Path) -> None:
    with FakeVendor(Erp([(1, 1)])).running() as vendor:
        _extract(_source(vendor.url, tmp_path), tmp_path / "landing")
        asked = vendor.asked[0].json["data"]["FilterString"]
    assert asked == "FModifyDate >= '2024-11-01 00:00:00' and FModifyDate < '2026-11-03 08:30:00'"


def test_a_tenants_own_field_keys_land_under_our_names(tmp_path: Path) -> None:
    with FakeVendor(Erp([(1, 1)])).running() as vendor:
        source = _source(
            vendor.url,
            tmp_path,
            forms={"sales_orders": "ABC_Order"},
            field_keys={"sales_orders": {"F_CRM_DealId": "F_ABC_Deal"}},
        )
        landed = _extract(source, tmp_path / "landing")
        data = vendor.asked[0].json["data"]
    assert data["FormId"] == "ABC_Order"
    assert "F_ABC_Deal" in data["FieldKeys"]
    assert "F_CRM_DealId" in landed[0]
    assert "F_ABC_Deal" not in landed[0]


def test_amounts_longer_than_a_double_land_as_text(tmp_path: Path) -> None:
    class Rich(Erp):
        def __call__(self, asked: Asked) -> Answer:
            body = super().__call__(asked).raw.replace(b"100.5", b"12345678901234567.89")
            return Answer(body)

    with FakeVendor(Rich([(1, 1)])).running() as vendor:
        landed = _extract(_source(vendor.url, tmp_path), tmp_path / "landing")
    assert landed[0]["FAllAmount_LC"] == "12345678901234567.89"


def test_lots_of_one_material_in_one_store_are_added_up_exactly(tmp_path: Path) -> None:
    stock = [["M1", "S1", 0.1], ["M1", "S1", 0.2], ["M2", "S1", 3]]

    def answer(asked: Asked) -> Answer:
        start = asked.json["data"]["StartRow"]
        return Answer(stock[start : start + 3])

    with FakeVendor(answer).running() as vendor:
        landed = _extract(_source(vendor.url, tmp_path), tmp_path / "landing", "inventory")
    assert [(row["FMaterialId.FNumber"], row["FBaseQty"]) for row in landed] == [("M1", 0.3), ("M2", 3.0)]


def test_a_row_of_another_width_fails_before_anything_lands(tmp_path: Path) -> None:
    with FakeVendor(lambda _: Answer([[1, 2, 3]])).running() as vendor:
        source = _source(vendor.url, tmp_path)
        with pytest.raises(SourceError, match="SAL_SaleOrder: a row has not the 15 fields") as caught:
            _extract(source, tmp_path / "landing")
    assert caught.value.error_class is ErrorClass.CONTRACT
    assert list((tmp_path / "landing" / "kingdee" / "sales_orders").iterdir()) == []


def test_on_a_sweep_day_everything_is_read_so_that_hard_deletes_show(tmp_path: Path) -> None:
    cursor = "2026-11-02T10:00:00"
    with FakeVendor(Erp([(1, 1), (2, 1)])).running() as vendor:
        usual = _load(_source(vendor.url, tmp_path), tmp_path / "a", cursor=cursor)
        swept = _load(_source(vendor.url, tmp_path, sweep_days=[2]), tmp_path / "b", cursor=cursor)
        filters = [asked.json["data"]["FilterString"] for asked in vendor.asked]
    assert (usual.full_scan, swept.full_scan) == (False, True)
    assert filters[0] == "FModifyDate >= '2026-11-02 09:50:00' and FModifyDate < '2026-11-03 08:30:00'"
    assert filters[1] == "FModifyDate >= '2024-11-01 00:00:00'"
    assert swept.cursor == "2026-11-02T10:00:00"


def test_a_sweep_that_finds_nothing_deletes_nothing(tmp_path: Path) -> None:
    with FakeVendor(Erp([])).running() as vendor:
        assert not _load(_source(vendor.url, tmp_path, sweep_days=[2]), tmp_path / "a").full_scan


def test_a_clock_that_is_off_is_noted(tmp_path: Path) -> None:
    with FakeVendor(Erp([(1, 1)])).running() as vendor:
        late = _load(_source(vendor.url, tmp_path, now=lambda: time.time() - 720), tmp_path / "a")
        right = _load(_source(vendor.url, tmp_path), tmp_path / "b")
    assert late.notes == ("the vendor's clock is +12 minutes off this host's",)
    assert right.notes == ()
    assert late.load_id == right.load_id
