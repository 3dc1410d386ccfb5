"""Odoo over real HTTP: two protocols, domains, archived records, the same customers and orders (sources.md §13)."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
import requests

from connectors.sandbox import credentials, serve
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
from connectors.sandbox.records import records
from connectors.sandbox.records.odoo_values import WRITTEN, user_id

WHO = [credentials.ODOO_DATABASE, credentials.ODOO_LOGIN, credentials.ODOO_API_KEY]


@pytest.fixture
def ask(running: serve.Running, http: requests.Session) -> Callable[..., requests.Response]:
    def post(path: str, key: str = credentials.ODOO_API_KEY, **arguments: Any) -> requests.Response:
        head = {"Authorization": f"bearer {key}", "X-Odoo-Database": credentials.ODOO_DATABASE}
        return http.post(f"{running.endpoints['odoo']}/json/2/{path}", json=arguments, headers=head, timeout=30)

    return post


@pytest.fixture
def rpc(running: serve.Running, http: requests.Session) -> Callable[..., Any]:
    def post(service: str, method: str, *arguments: Any) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 7}
        reply = http.post(f"{running.endpoints['odoo']}/jsonrpc", json=body, timeout=30)
        assert (reply.status_code, reply.json()["id"]) == (200, 7)
        return reply.json()

    return post


def test_json2_answers_bare_lists_and_proper_statuses(ask) -> None:
    rows = ask("product.product/search_read", domain=[["default_code", "=", "PRD-02"]], fields=["name"]).json()
    assert rows == [{"id": 101, "name": "专业版年费"}]
    for reply, status in (
        (ask("product.product/search_read", key="wrong"), 401),
        (ask("no.model/search_read"), 404),
        (ask("product.product/unlink"), 404),
        (ask("product.product/search_read", fields=["no_field"]), 500),
        (ask("product.product/search_read", domain=[["no_field", "=", 1]]), 500),
    ):
        assert reply.status_code == status
        assert set(reply.json()) == {"name", "message", "arguments", "context", "debug"}


def test_json_rpc_answers_errors_in_http_200(rpc) -> None:
    uid = rpc("common", "authenticate", *WHO, {})["result"]
    assert rpc("common", "authenticate", WHO[0], WHO[1], "wrong", {})["result"] is False
    arguments = [WHO[0], uid, WHO[2], "product.product", "search_count", [], {"domain": []}]
    assert rpc("object", "execute_kw", *arguments)["result"] == 12
    refused = rpc("object", "execute_kw", WHO[0], uid, "wrong", "product.product", "search_count", [], {})["error"]
    assert refused["data"]["name"] == "odoo.exceptions.AccessDenied"


def test_archived_records_hide_unless_asked_for(ask) -> None:
    hidden = ask("crm.lead/search_count", domain=[]).json()
    shown = ask("crm.lead/search_count", domain=[], context={"active_test": False}).json()
    archived = ask("crm.lead/search_count", domain=[["active", "=", False]]).json()
    assert archived > 0
    assert hidden + archived == shown


def test_domains_join_by_and_unless_told_otherwise(ask) -> None:
    def ids(*domain: Any) -> list[int]:
        rows = ask("product.product/search_read", domain=list(domain), fields=["id"], order="id desc").json()
        return [row["id"] for row in rows]

    assert ids(["id", ">", 105], ["id", "<", 108]) == [107, 106]
    assert ids("|", ["id", "=", 100], ["id", "in", [103, 104]]) == [104, 103, 100]
    assert ids("!", ["id", ">=", 101]) == [100]
    assert ask("product.product/search_read", domain=["|", ["id", "=", 1]]).status_code == 500


def test_times_are_kept_finer_than_they_are_shown(ask) -> None:
    domain = [["id", "=", user_id("E9003")]]
    (shown,) = ask("res.users/search_read", domain=domain, fields=["write_date"]).json()
    later = [*domain, ["write_date", ">", shown["write_date"]]]
    assert len(ask("res.users/search_read", domain=later, fields=["id"]).json()) == 1
    equal = [*domain, ["write_date", "=", shown["write_date"]]]
    assert ask("res.users/search_read", domain=equal, fields=["id"]).json() == []


def test_the_fields_are_described_with_their_types(ask) -> None:
    described = ask("crm.lead/fields_get", allfields=["user_id", "active", "write_date", "nowhere"]).json()
    assert described == {
        "user_id": {"type": "many2one", "relation": "res.users"},
        "active": {"type": "boolean"},
        "write_date": {"type": "datetime"},
    }


def test_leads_are_the_crms_leads(world: World) -> None:
    zoho = records("zoho_crm", "leads", world, DEFAULT_CLOCK)
    odoo = [row for row in records("odoo", "leads", world, DEFAULT_CLOCK) if row["campaign_id"]]
    assert abs(len(zoho) - len(odoo)) < len(zoho) / 100  # one may lose a lead with its deal
    for theirs, stage in (
        ("First_Contact_Time", "x_first_contact_at"),
        ("MQL_Time", "x_mql_at"),
        ("SQL_Time", "x_sql_at"),
    ):
        assert abs(sum(bool(row[theirs]) for row in zoho) - sum(bool(row[stage]) for row in odoo)) <= 20
    assert {row["type"] for row in odoo} == {"lead", "opportunity"}


def test_orders_are_the_other_erps_orders(world: World) -> None:
    kingdee: dict[str, float] = defaultdict(float)
    cancelled = set()
    for line in records("kingdee", "sales_orders", world, DEFAULT_CLOCK):
        kingdee[line["FBillNo"]] += line["FAllAmount_LC"]
        if line["FCancelStatus"] == "B":
            cancelled.add(line["FBillNo"])
    odoo = {row["name"]: row for row in records("odoo", "orders", world, DEFAULT_CLOCK)}
    assert {name: round(value * 100) for name, value in kingdee.items()} == {
        name: round(row["amount_total"] * 100) for name, row in odoo.items()
    }
    assert {name for name, row in odoo.items() if row["state"] == "cancel"} == cancelled
    assert all(
        round((row["amount_untaxed"] + row["amount_tax"]) * 100) == round(row["amount_total"] * 100)
        for row in odoo.values()
    )


def test_every_reference_points_to_a_record(world: World) -> None:
    found = {name: {row["id"] for row in records("odoo", name, world, DEFAULT_CLOCK)} for name in
             ("users", "partners", "orders", "order_lines", "products")}  # fmt: skip
    for order in records("odoo", "orders", world, DEFAULT_CLOCK):
        assert order["partner_id"][0] in found["partners"]
        assert order["user_id"][0] in found["users"]
    for line in records("odoo", "order_lines", world, DEFAULT_CLOCK):
        assert line["order_id"][0] in found["orders"]
        assert line["product_id"][0] in found["products"]
    moves = records("odoo", "stock_moves", world, DEFAULT_CLOCK)
    returned = [move for move in moves if move["sale_line_id"]]
    assert returned
    assert all(move["sale_line_id"][0] in found["order_lines"] for move in returned)
    assert len({move["id"] for move in moves}) == len(moves)


def test_a_record_never_shows_how_finely_it_was_written(ask) -> None:
    (row,) = ask("product.product/search_read", domain=[["id", "=", 100]]).json()
    assert WRITTEN not in row
    assert len(row["write_date"]) == 19
