"""i人事 over real HTTP: one token while it lives, code -1 in 200, leavers apart (sources.md §11)."""

import base64

import pytest
import requests

from connectors.sandbox import credentials, serve
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
from connectors.sandbox.records import records

API = "/openapi/thirdparty/api"


def take_token(running: serve.Running, secret: str = credentials.IHR360_APP_SECRET) -> requests.Response:
    pair = base64.b64encode(f"{credentials.IHR360_APP_ID}:{secret}".encode()).decode()
    return requests.post(
        f"{running.endpoints['ihr360']}/openapi/oauth/token?grant_type=client_credentials&scope=client",
        headers={"Authorization": f"Basic {pair}"},
        timeout=10,
    )


@pytest.fixture
def call(running: serve.Running, http: requests.Session):
    token = take_token(running).json()["access_token"]

    def ask(path: str, body: object = None, token: str = token, **params: object) -> requests.Response:
        url, head = f"{running.endpoints['ihr360']}{API}{path}", {"Authorization": f"Bearer {token}"}
        if body is None:
            return http.get(url, params=params, headers=head, timeout=10)
        return http.post(url, json=body, headers=head, timeout=10)

    return ask


def test_the_same_token_comes_back_while_it_lives(running: serve.Running) -> None:
    first, second = take_token(running).json(), take_token(running).json()
    assert first["access_token"] == second["access_token"]
    assert len(first["access_token"]) == 36
    assert second["expires_in"] <= first["expires_in"] <= 7199
    assert take_token(running, secret="wrong").status_code == 401


def test_an_expired_token_is_told_and_a_new_one_differs(running: serve.Running, call, plan_faults) -> None:
    old = take_token(running).json()["access_token"]
    plan_faults("ihr360", {"match": "/staffs/ids", "kind": "expire_tokens"})
    refused = call("/staff/v1/staffs/ids", staffStatus="QUIT", pageNo=1)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert take_token(running).json()["access_token"] != old


def test_leavers_are_not_among_those_in_service(call, world: World) -> None:
    found = {}
    for status in ("IN_SERVICE", "QUIT"):
        data = call("/staff/v1/staffs/ids", staffStatus=status, pageNo=1).json()["data"]
        assert data["pageInfo"]["totalPages"] == 1
        found[status] = set(data["dataList"])
    staff = records("ihr360", "staff", world, DEFAULT_CLOCK)
    assert found["QUIT"] == {row["staffId"] for row in staff if row["staffStatus"] == "QUIT"}
    assert found["IN_SERVICE"] == {row["staffId"] for row in staff if row["staffStatus"] == "IN_SERVICE"}
    assert found["QUIT"]
    body = call("/staff/v1/staffs/basic", sorted(found["QUIT"] | found["IN_SERVICE"])).json()
    assert sorted(body["data"], key=lambda r: r["staffId"]) == sorted(staff, key=lambda r: r["staffId"])


def test_wrong_questions_answer_code_minus_one_in_http_200(call) -> None:
    for reply in (
        call("/staff/v1/staffs/ids", staffStatus="ALL", pageNo=1),
        call("/staff/v1/staffs/ids", staffStatus="QUIT", pageNo=0),
        call("/staff/v1/staffs/basic", []),
        call("/staff/v1/staffs/basic", ["x"] * 1001),
        call("/staff/v1/staffs/basic", ["unknown"]),
        call("/staff/v1/transferWithinInterval", pageNo=1),
        call("/no/such/interface"),
    ):
        assert (reply.status_code, reply.json()["code"]) == (200, -1)


def test_most_pages_count_from_one_and_salaries_from_zero(call) -> None:
    assert call("/payroll/v2/salaryTask/querySalary", {"page": 0, "pageSize": 500}).json()["code"] == 0
    assert call("/workflow/v1/process/finish/page", {"page": 0}).json()["code"] == -1
    assert call("/workflow/v1/process/finish/page", {"page": 1}).json()["code"] == 0


def test_organisation_transfers_and_superiors(call, world: World) -> None:
    found = call("/org/v1/organizations/search", {"pageNo": 1}).json()["data"]["dataList"]
    assert found == records("ihr360", "organizations", world, DEFAULT_CLOCK)
    moves = call("/staff/v1/transferWithinInterval", startDate="2026-10-16", endDate="2026-10-16", pageNo=1).json()[
        "data"
    ]
    assert [row["staffNo"] for row in moves["dataList"]] == ["E9009"]
    left = call("/staff/v1/quitForms/quitedWithinInterval", startDate="2026-10-01", endDate="2026-10-31").json()["data"]
    assert "E9010" in {row["staffNo"] for row in left["dataList"]}
    superiors = {row["staffNo"]: row["superiorStaffNo"] for row in call("/staff/v1/superiors").json()["data"]}
    managers = {row["managerStaffNo"] for row in found}
    assert superiors["E9001"] in managers


def test_the_report_of_a_month_has_everybody_and_their_leave(call, world: World) -> None:
    data = call("/tm/v3/period/monthly/reports/search", {"yearMonth": "2026-10", "pageNo": 1}).json()["data"]
    assert len(data["dataList"]) == data["pageInfo"]["totalCount"] > 10
    leaves = {row["staffNo"]: [leave["leaveType"] for leave in row["leaves"]] for row in data["dataList"]}
    assert leaves["E9013"] == ["病假", "年假", "事假"]
    assert leaves["E9008"] == []
    assert call("/tm/v3/period/monthly/reports/search", {"yearMonth": "October"}).json()["code"] == -1
