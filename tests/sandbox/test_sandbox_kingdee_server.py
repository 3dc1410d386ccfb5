"""Kingdee over real HTTP: signatures, sessions, positional rows, the traps of paging (sources.md §12)."""

import base64
import time
from collections.abc import Callable

import pytest
import requests

from connectors.sandbox import credentials, serve
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
from connectors.sandbox.records import records
from connectors.sandbox.servers import kingdee_auth
from connectors.sandbox.servers.kingdee import FORMS

SERVICES = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub."
QUERY = f"{SERVICES}DynamicFormService.ExecuteBillQuery.common.kdsvc"
LOGIN = f"{SERVICES}AuthService.LoginByAppSecret.common.kdsvc"
APP_DATA = "DC01,demo,2052,100"


def headers(path: str = QUERY, **changes: str) -> dict[str, str]:
    now = str(int(time.time()))
    api, data, kd = kingdee_auth.signatures(
        credentials.KINGDEE_APP_ID, credentials.KINGDEE_APP_SECRET, APP_DATA, path, now, "nonce7"
    )
    return {
        "X-Api-ClientID": "204399", "X-Api-Auth-Version": "2.0", "x-api-timestamp": now, "x-api-nonce": "nonce7",
        "x-api-signheaders": "x-api-timestamp,x-api-nonce", "X-Api-Signature": api,
        "X-Kd-Appkey": credentials.KINGDEE_APP_ID, "X-Kd-Appdata": data, "X-Kd-Signature": kd, **changes,
    }  # fmt: skip


@pytest.fixture
def ask(running: serve.Running, http: requests.Session) -> Callable:
    def post(
        form: str = "SAL_SaleOrder", head: dict | None = None, method: str = "ExecuteBillQuery", **changes: object
    ):
        data = {
            "FormId": form,
            "FieldKeys": ",".join(FORMS[form].fields) if form in FORMS else "FID",
            "FilterString": "",
            "OrderString": "FID ASC, FSaleOrderEntry_FEntryID ASC" if form == "SAL_SaleOrder" else "",
            "TopRowCount": 0,
            "StartRow": 0,
            "Limit": 2000,
            **changes,
        }
        path = QUERY.replace("ExecuteBillQuery", method)
        given = headers(path) if head is None else head
        reply = http.post(running.endpoints["kingdee"] + path, json={"data": data}, headers=given, timeout=30)
        assert reply.status_code == 200
        return reply.json() if reply.content[:1] in b"[{" else reply.text

    return post


def message(body: object) -> str:
    status = body[0][0]["Result"]["ResponseStatus"]  # type: ignore[index]
    assert status["IsSuccess"] is False
    return status["Errors"][0]["Message"]


def test_signatures_reproduce_the_vendors_golden_vector() -> None:
    api, data, kd = kingdee_auth.signatures(
        "204399_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY", "s3cr3t", APP_DATA, QUERY, "1790000000", "1790000000"
    )
    assert api == ("ODcwODFkMjVkMzYyMjY1ZjJlOWI2YjUwMDUzZTQ5Y2RkOTNhOWI4YTkwODcwMGRlZmY3YjFkNWM3N2VkMmI1OQ==")
    assert data == "REMwMSxkZW1vLDIwNTIsMTAw"
    assert kd == "ODIxNWMwODVhNjk2MTU5M2U4MjkyNGIzZmE0NGI4ZWI3ZWM0ZDk5MmQzZjE1Mjk0ODk3MmFlYjNiODJmZjQyMg=="


def test_rows_come_by_position_and_equal_the_generators(ask: Callable, world: World) -> None:
    fields, rows, start = FORMS["SAL_SaleOrder"].fields, [], 0
    while True:
        page = ask(StartRow=start, Limit=500)
        rows += page
        if len(page) < 500:
            break
        start += 500
    expected = sorted(
        (list(row.values()) for row in records("kingdee", "sales_orders", world, DEFAULT_CLOCK)),
        key=lambda row: (row[0], row[fields.index("FSaleOrderEntry_FEntryID")]),
    )
    assert rows == expected
    assert ask(method="BillQuery", Limit=1) == [dict(zip(fields, rows[0], strict=True))]


def test_top_row_count_is_a_last_row_and_not_a_page_size(ask: Callable) -> None:
    assert len(ask(StartRow=0, TopRowCount=100, Limit=100)) == 100
    assert ask(StartRow=100, TopRowCount=100, Limit=100) == []
    assert len(ask(StartRow=100, TopRowCount=200, Limit=100)) == 100


def test_without_an_order_offset_pages_lose_and_repeat_rows(ask: Callable) -> None:
    pages = [ask(OrderString="", StartRow=n * 100, Limit=100) for n in range(5)]
    entry = FORMS["SAL_SaleOrder"].fields.index("FSaleOrderEntry_FEntryID")
    seen = [row[entry] for page in pages for row in page]
    assert len(seen) > len(set(seen))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (
            "FModifyDate >= '2026-10-01 00:00:00' and FModifyDate < '2026-11-01'",
            lambda r: "2026-10-01" <= r["FModifyDate"] < "2026-11-01",
        ),
        (
            "FDocumentStatus in ('C','D') and FCancelStatus = 'B'",
            lambda r: r["FDocumentStatus"] in "CD" and r["FCancelStatus"] == "B",
        ),
        (
            "(FID > 500000000 or FCancelStatus <> 'A') and FSalerId.FNumber = 'E9008'",
            lambda r: (r["FID"] > 500000000 or r["FCancelStatus"] != "A") and r["FSalerId.FNumber"] == "E9008",
        ),
    ],
)
def test_filters_select_what_they_say(ask: Callable, world: World, condition: str, holds: Callable) -> None:
    wanted = {
        r["FSaleOrderEntry_FEntryID"] for r in records("kingdee", "sales_orders", world, DEFAULT_CLOCK) if holds(r)
    }
    entry = FORMS["SAL_SaleOrder"].fields.index("FSaleOrderEntry_FEntryID")
    assert {row[entry] for row in ask(FilterString=condition)} == wanted
    assert wanted


def test_errors_stand_in_the_first_cell_of_an_http_200(ask: Callable) -> None:
    assert "业务对象不存在" in message(ask(form="NO_SUCH"))
    assert "字段不存在" in message(ask(FieldKeys="FID,FNope"))
    assert "字段不存在" in message(ask(FilterString="FNope = 1"))
    assert "语法错误" in message(ask(FilterString="FID >"))
    assert "Limit" in message(ask(Limit=2001))
    assert ask(method="Nothing").startswith("response_error:")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"X-Api-Signature": "AAAA"}, "X-Api-Signature"),
        ({"X-Kd-Signature": "AAAA"}, "X-Kd-Signature"),
        ({"x-api-timestamp": "1790000000"}, "时间戳"),
        ({"X-Kd-Appkey": "1_AAAA"}, "应用ID"),
        ({"X-Api-Auth-Version": "1.0"}, "签名版本"),
        ({"X-Kd-Appdata": base64.b64encode(b"DC99,demo,2052,100").decode()}, "账套"),
    ],
)
def test_a_request_signed_wrongly_is_refused(ask: Callable, changes: dict, complaint: str) -> None:
    assert complaint in message(ask(head=headers(**changes)))


def test_a_session_works_until_it_is_lost(
    ask: Callable, running: serve.Running, http: requests.Session, plan_faults
) -> None:
    given = {
        "acctID": "DC01",
        "userName": "demo",
        "appId": credentials.KINGDEE_APP_ID,
        "appSecret": "s3cr3t",
        "lcid": 2052,
    }
    url = running.endpoints["kingdee"] + LOGIN
    wrong = http.post(url, json={**given, "appSecret": "x"}, timeout=10).json()
    assert (wrong["LoginResultType"], wrong["IsSuccessByAPI"]) == (0, False)
    session = {"kdservice-sessionid": http.post(url, json=given, timeout=10).json()["KDSVCSessionId"]}
    assert ask(head=session, Limit=1)
    plan_faults("kingdee", {"match": "ExecuteBillQuery", "kind": "lose_session"})
    assert "会话信息已丢失" in message(ask(head=session, Limit=1))
    again = {"kdservice-sessionid": http.post(url, json=given, timeout=10).json()["KDSVCSessionId"]}
    assert ask(head=again, Limit=1)


def test_an_unapproved_order_shows_again_through_its_modification(world: World) -> None:
    order = next(o for o in world.orders if o.reopened and o.reopened[1] < DEFAULT_CLOCK.timestamp())
    assert order.reopened

    def shown(ts: int) -> tuple[str, str]:
        row = next(r for r in records("kingdee", "sales_orders", world, ts) if r["FID"] == order.id)
        return row["FDocumentStatus"], row["FModifyDate"]

    before, while_open, after = (shown(ts) for ts in (order.reopened[0] - 1, order.reopened[0], order.reopened[1]))
    assert [status for status, _ in (before, while_open, after)] == ["C", "D", "C"]
    assert before[1] < while_open[1] < after[1]


def test_stock_is_opening_plus_deliveries_less_issues_and_never_negative(ask: Callable, world: World) -> None:
    rows = ask(form="STK_Inventory", OrderString="FMaterialId.FNumber ASC")
    assert len(rows) == len(records("kingdee", "inventory", world, DEFAULT_CLOCK)) > 0
    assert all(row[2] >= 0 for row in rows)
