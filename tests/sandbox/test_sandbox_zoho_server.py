"""Zoho CRM and its token host over real HTTP: paging traps, empty answers, tokens, deletes (sources.md §3)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from connectors.sandbox import credentials, serve, state
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
from connectors.sandbox.records import records

TOKEN_CALL = {
    "client_id": credentials.ZOHO_CLIENT_ID,
    "client_secret": credentials.ZOHO_CLIENT_SECRET,
    "refresh_token": credentials.ZOHO_REFRESH_TOKEN,
    "grant_type": "refresh_token",
}


@pytest.fixture(scope="module")
def token(running: serve.Running) -> str:
    requests.post(f"{running.endpoints['zoho_accounts']}/__sandbox__/tokens/reset", timeout=10)
    body = requests.post(f"{running.endpoints['zoho_accounts']}/oauth/v2/token", data=TOKEN_CALL, timeout=10).json()
    assert body["api_domain"] == running.endpoints["zoho_crm"]
    return body["access_token"]


@pytest.fixture
def crm(running: serve.Running, token: str, http: requests.Session):
    def get(path: str, headers: dict | None = None, **params: object) -> requests.Response:
        full = {"Authorization": f"Zoho-oauthtoken {token}", **(headers or {})}
        return http.get(f"{running.endpoints['zoho_crm']}/crm/v8/{path}", params=params, headers=full, timeout=30)

    return get


def walk(crm, module: str, **params: object) -> Iterator[dict]:
    token: dict = {}
    while True:
        body = crm(module, **params, **token).json()
        yield from body["data"]
        if not body["info"]["more_records"]:
            return
        token = {"page_token": body["info"]["next_page_token"]}


def test_numbered_pages_stop_at_two_thousand_records_and_tokens_go_on(crm, world: World) -> None:
    trap = crm("Leads", fields="id", per_page=200, page=11)
    assert (trap.status_code, trap.json()["code"]) == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    assert crm("Leads", fields="id", per_page=200, page=10).status_code == 200
    ids = [row["id"] for row in walk(crm, "Leads", fields="id", converted="both")]
    assert len(ids) > 2000
    assert set(ids) == {row["id"] for row in records("zoho_crm", "leads", world, DEFAULT_CLOCK)}
    assert len(ids) == len(set(ids))


def test_converted_leads_are_hidden_unless_asked_for(crm, world: World) -> None:
    shown = {row["id"]: row["Converted__s"] for row in walk(crm, "Leads", fields="id,Converted__s")}
    assert not any(shown.values())
    everything = records("zoho_crm", "leads", world, DEFAULT_CLOCK)
    assert len(shown) == sum(1 for row in everything if not row["Converted__s"])
    only = [row["Converted__s"] for row in walk(crm, "Leads", fields="Converted__s", converted="true")]
    assert len(only) + len(shown) == len(everything)
    assert all(only)


def test_records_equal_the_generators_and_owners_carry_names(crm, world: World) -> None:
    wanted = {row["id"]: row for row in records("zoho_crm", "deals", world, DEFAULT_CLOCK)}
    for row in walk(crm, "Deals", fields="id,Amount,Stage,Owner,Modified_Time"):
        expected = wanted.pop(row["id"])
        assert (row["Amount"], row["Stage"], row["Modified_Time"]) == (
            expected["Amount"], expected["Stage"], expected["Modified_Time"],
        )  # fmt: skip
        assert row["Owner"]["id"] == expected["Owner"]["id"]
        assert row["Owner"]["name"]
        assert "@" in row["Owner"]["email"]
    assert not wanted


def test_a_list_is_sorted_by_id_descending_unless_asked_otherwise(crm) -> None:
    ids = [row["id"] for row in crm("Contacts", fields="id").json()["data"]]
    assert ids == sorted(ids, reverse=True)
    times = [
        row["Modified_Time"]
        for row in walk(crm, "Contacts", fields="Modified_Time", sort_by="Modified_Time", sort_order="asc")
    ]
    assert times == sorted(times)


def test_fields_are_mandatory_and_modules_must_exist(crm) -> None:
    assert crm("Leads").json()["code"] == "REQUIRED_PARAM_MISSING"
    assert crm("Nothing", fields="id").json()["code"] == "INVALID_MODULE"
    assert crm("Leads/x/y", fields="id").status_code == 404
    assert set(crm("Deals", fields="Stage").json()["data"][0]) == {"id", "Stage"}


def test_a_page_token_is_good_for_one_unchanged_query_only(crm) -> None:
    token = crm("Leads", fields="id", per_page=100).json()["info"]["next_page_token"]
    assert crm("Leads", fields="id", per_page=100, page_token=token).status_code == 200
    assert crm("Leads", fields="id,Company", per_page=100, page_token=token).status_code == 400
    assert crm("Leads", fields="id", per_page=100, page=2, page_token=token).status_code == 400
    assert crm("Leads", fields="id", per_page=100, page_token="nonsense").status_code == 400


def test_if_modified_since_is_inclusive_to_the_second(crm, world: World) -> None:
    newest = max(row["Modified_Time"] for row in records("zoho_crm", "leads", world, DEFAULT_CLOCK))
    found = crm("Leads", {"If-Modified-Since": newest}, fields="Modified_Time", converted="both").json()["data"]
    assert {row["Modified_Time"] for row in found} == {newest}
    after = (datetime.fromisoformat(newest) + timedelta(seconds=1)).isoformat()
    nothing = crm("Leads", {"If-Modified-Since": after}, fields="Modified_Time", converted="both")
    assert (nothing.status_code, nothing.content) == (304, b"")


def test_many_records_modified_in_one_second_all_come(crm) -> None:
    second = "2026-10-15T10:00:00+08:00"
    found = list(walk_since(crm, second))
    assert sum(1 for row in found if row["Modified_Time"] == second) >= 270


def walk_since(crm, since: str) -> Iterator[dict]:
    token: dict = {}
    while True:
        params = {"fields": "Modified_Time", "sort_by": "Modified_Time", "sort_order": "asc", **token}
        body = crm("Accounts", {"If-Modified-Since": since}, **params).json()
        yield from body["data"]
        if not body["info"]["more_records"]:
            return
        token = {"page_token": body["info"]["next_page_token"]}


def test_no_records_at_all_is_204_without_a_body(crm) -> None:
    nothing = crm("Contacts/deleted", type="all")
    assert nothing.status_code in {200, 204}
    if nothing.status_code == 204:
        assert nothing.content == b""
    later = crm("Contacts/deleted", {"If-Modified-Since": "2026-11-03T09:00:00+08:00"}, type="all")
    assert (later.status_code, later.content) == (304, b"")


def test_deleted_records_are_listed_and_no_longer_shown(crm, world: World) -> None:
    gone = crm("Leads/deleted", type="all").json()["data"]
    assert {row["id"] for row in gone} == {
        row["id"] for row in records("zoho_crm", "deleted_leads", world, DEFAULT_CLOCK)
    }
    shown = {row["id"] for row in walk(crm, "Leads", fields="id", converted="both")}
    assert not shown & {row["id"] for row in gone}


def test_the_count_is_text_and_right(crm, world: World) -> None:
    assert crm("Deals/actions/count").json() == {"count": str(len(records("zoho_crm", "deals", world, DEFAULT_CLOCK)))}


def test_users_come_with_their_state(crm, world: World) -> None:
    body = crm("users", type="AllUsers", page=1, per_page=200).json()
    assert body["users"] == sorted(records("zoho_crm", "users", world, DEFAULT_CLOCK), key=lambda row: row["id"])
    assert {"active", "inactive"} == {row["status"] for row in body["users"]}


def test_a_timeline_tells_who_changed_which_field_when(crm, world: World) -> None:
    account = next(row for row in records("zoho_crm", "accounts", world, DEFAULT_CLOCK) if row["ERP_Customer_No"])
    rows = crm(f"Accounts/{account['id']}/__timeline", per_page=200).json()["__timeline"]
    expected = [
        r for r in records("zoho_crm", "account_timeline", world, DEFAULT_CLOCK) if r["account_id"] == account["id"]
    ]
    assert {row["id"] for row in rows} == {row["id"] for row in expected}
    changed = [item["api_name"] for row in rows for item in row["field_history"]]
    assert "ERP_Customer_No" in changed
    assert "_value" in next(row for row in rows if row["field_history"])["field_history"][0]
    assert crm("Accounts/1/__timeline").json()["code"] == "INVALID_DATA"


def test_settings_name_every_field_of_a_module(crm) -> None:
    names = {row["api_name"] for row in crm("settings/fields", module="Leads").json()["fields"]}
    assert {"MQL_Time", "External_Clue_Id", "Modified_Time"} <= names


def test_without_a_living_token_there_is_no_answer(running: serve.Running, http: requests.Session) -> None:
    url = f"{running.endpoints['zoho_crm']}/crm/v8/Leads"
    for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Zoho-oauthtoken 1000.wrong"}):
        reply = http.get(url, params={"fields": "id"}, headers=header, timeout=10)
        assert (reply.status_code, reply.json()["code"]) == (401, "INVALID_TOKEN")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[serve.Running]:
    state.ensure(tmp_path, scale=0.02)
    with serve.serve(tmp_path) as found:
        yield found


def ask_token(found: serve.Running, **changes: str) -> requests.Response:
    return requests.post(
        f"{found.endpoints['zoho_accounts']}/oauth/v2/token", data={**TOKEN_CALL, **changes}, timeout=10
    )


def test_tokens_expire_mid_run_are_rationed_and_outlive_a_restart(own: serve.Running) -> None:
    refused = ask_token(own, refresh_token="1000.stolen")
    assert (refused.status_code, refused.json()) == (200, {"error": "invalid_code"})
    token = ask_token(own).json()["access_token"]
    header = {"Authorization": f"Zoho-oauthtoken {token}"}
    url = f"{own.endpoints['zoho_crm']}/crm/v8/Leads"
    fault = {"match": "/Leads", "kind": "expire_tokens", "after": 1}
    requests.post(f"{own.endpoints['zoho_crm']}/__sandbox__/faults", json=[fault], timeout=10)
    assert [requests.get(url, {"fields": "id"}, headers=header, timeout=10).status_code for _ in (1, 2)] == [200, 401]
    living = ask_token(own).json()["access_token"]
    with serve.serve(own.home) as again:
        url = f"{again.endpoints['zoho_crm']}/crm/v8/Leads"
        header = {"Authorization": f"Zoho-oauthtoken {living}"}
        assert requests.get(url, {"fields": "id"}, headers=header, timeout=10).status_code == 200
        # Two were given out before the restart: eight more, then the host blocks.
        assert all(ask_token(again).status_code == 200 for _ in range(8))
        blocked = ask_token(again)
        assert blocked.status_code == 400
        assert "too many requests" in blocked.json()["error_description"]


def test_a_record_modified_between_two_pages_moves_to_the_end(own: serve.Running) -> None:
    header = {"Authorization": f"Zoho-oauthtoken {ask_token(own).json()['access_token']}"}
    url = f"{own.endpoints['zoho_crm']}/crm/v8/Leads"
    params = {"fields": "Modified_Time", "sort_by": "Modified_Time", "sort_order": "asc", "converted": "both"}
    fault = {"match": "page_token", "kind": "advance", "seconds": 6 * 86400, "after": 4}
    requests.post(f"{own.endpoints['zoho_crm']}/__sandbox__/faults", json=[fault], timeout=10)
    seen: list[str] = []
    token: dict = {}
    while True:
        body = requests.get(url, {**params, **token}, headers=header, timeout=30)
        if body.status_code == 400:
            # A token lives for a day; six passed.
            assert body.json()["code"] == "EXPIRED_VALUE"
            break
        seen += [row["id"] for row in body.json()["data"]]
        if not body.json()["info"]["more_records"]:
            break
        token = {"page_token": body.json()["info"]["next_page_token"]}
    assert len(seen) == 1000
