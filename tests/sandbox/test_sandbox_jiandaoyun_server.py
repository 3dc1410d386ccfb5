"""Jiandaoyun over real HTTP: pages after the last id, HTTP 400 for limits, the inbox's facts live (sources.md §10)."""

from collections.abc import Callable

import pytest
import requests

from connectors.sandbox import credentials, serve
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
from connectors.sandbox.records import records
from connectors.sandbox.records.forms import APP_ID, FORMS
from connectors.sandbox.servers.jiandaoyun import PER_SECOND

NOW = int(DEFAULT_CLOCK.timestamp())


@pytest.fixture
def ask(running: serve.Running, http: requests.Session) -> Callable[..., requests.Response]:
    def post(path: str, key: str = credentials.JIANDAOYUN_API_KEY, **body: object) -> requests.Response:
        url = f"{running.endpoints['jiandaoyun']}/api/v5/app/{path}"
        while True:
            reply = http.post(url, json=body, headers={"Authorization": f"Bearer {key}"}, timeout=20)
            if reply.status_code != 400 or reply.json()["code"] != 8303:
                return reply

    return post


def place(stream: str) -> dict[str, str]:
    return {"app_id": APP_ID, "entry_id": FORMS[stream].entry_id}


def test_pages_follow_the_last_id_and_end_with_an_empty_one(ask, world: World) -> None:
    found, last = [], ""
    while page := ask("entry/data/list", **place("brand_survey"), limit=100, data_id=last).json()["data"]:
        found += page
        last = page[-1]["_id"]
    assert found == records("jiandaoyun", "brand_survey", world, DEFAULT_CLOCK)
    assert len(found) % 100 == 0
    assert [row["_id"] for row in found] == sorted(row["_id"] for row in found)


def test_a_page_holds_ten_records_unless_asked_and_only_the_fields_asked_for(ask) -> None:
    score = next(w.name for w in FORMS["service_scores"].widgets if w.column == "score")
    rows = ask("entry/data/list", **place("service_scores"), fields=[score]).json()["data"]
    assert len(rows) == 10
    assert {name for row in rows for name in row if name.startswith("_widget")} == {score}
    assert all(row["createTime"].endswith("Z") and row["creator"]["name"] for row in rows)


def test_more_than_the_rate_answers_400_with_code_8303(running: serve.Running, http: requests.Session) -> None:
    url = f"{running.endpoints['jiandaoyun']}/api/v5/app/list"
    head = {"Authorization": f"Bearer {credentials.JIANDAOYUN_API_KEY}"}
    replies = [http.post(url, json={}, headers=head, timeout=10) for _ in range(3 * PER_SECOND)]
    refused = [reply.json()["code"] for reply in replies if reply.status_code == 400]
    assert refused
    assert set(refused) == {8303}


def test_wrong_questions_answer_400_and_a_wrong_key_401(ask) -> None:
    assert ask("list", key="another").status_code == 401
    wrong = {"app_id": APP_ID, "entry_id": "nowhere"}
    for reply in (
        ask("entry/data/list", **wrong),
        ask("entry/data/list", **place("complaints"), limit=101),
        ask("entry/widget/list", **wrong),
        ask("entry/list", app_id="another"),
    ):
        assert reply.status_code == 400
        assert reply.json().keys() == {"code", "msg"}
    assert ask("entry/data/delete", **place("complaints")).status_code == 404


def test_forms_and_their_widgets_are_listed(ask, plan_faults) -> None:
    listed = {row["entry_id"] for row in ask("entry/list", app_id=APP_ID).json()["forms"]}
    assert listed == {view.entry_id for view in FORMS.values()}
    widgets = {w["name"]: w["type"] for w in ask("entry/widget/list", **place("complaints")).json()["widgets"]}
    assert {w.name: w.type for w in FORMS["complaints"].widgets}.items() <= widgets.items()
    plan_faults("jiandaoyun", {"match": "widget/list", "kind": "rename_widget"})
    renamed = {w["name"] for w in ask("entry/widget/list", **place("complaints")).json()["widgets"]}
    assert widgets.keys() - renamed == {FORMS["complaints"].widgets[0].name}


@pytest.mark.parametrize(
    ("stream", "identity"),
    [("product_inputs", "input_id"), ("competitor_reports", "report_id"), ("complaints", "complaint_id"),
     ("policy_breaches", "breach_id"), ("service_scores", "response_id")],
)  # fmt: skip
def test_the_forms_hold_the_facts_of_the_monthly_files(world: World, stream: str, identity: str) -> None:
    names = {widget.column: widget.name for widget in FORMS[stream].widgets}
    live = {row[names[identity]]: row for row in records("jiandaoyun", stream, world, DEFAULT_CLOCK)}
    filed = records("file_drop", stream, world, DEFAULT_CLOCK)
    begun = {row[identity]: row for row in filed if row[identity] in live}
    assert len(begun) > len(filed) * 0.97  # a report may be discovered before the file's end and typed in after it
    for number, row in begun.items():
        assert live[number][names["employee"]]["username"] == row["employee_no"]
        for column, adopted in (("decision", {"adopted": "采纳", "rejected": "不采纳", "pending": None}),):
            if column in row and adopted[row[column]]:
                assert live[number][names[column]] == adopted[row[column]]
        for column in ("score", "quality_score"):
            if column in row:
                assert str(live[number][names[column]]) == row[column]


def test_an_entry_shows_nothing_of_what_is_decided_later(world: World) -> None:
    names = {widget.column: widget.name for widget in FORMS["product_inputs"].widgets}
    early, late = (
        {row["_id"]: row for row in records("jiandaoyun", "product_inputs", world, ts)}
        for ts in (NOW - 30 * 86_400, NOW)
    )
    changed = [one for one in early if early[one] != late[one]]
    assert changed
    assert {early[one][names["decision"]] for one in changed} == {"待评审"}
    assert all(early[one]["updateTime"] < late[one]["updateTime"] for one in changed)
    assert early.keys() <= late.keys()


def test_withdrawn_answers_disappear(world: World) -> None:
    month = 86_400 * 30
    seen = {
        row["_id"] for day in range(12) for row in records("jiandaoyun", "nps_responses", world, NOW - day * month // 2)
    }
    assert seen - {row["_id"] for row in records("jiandaoyun", "nps_responses", world, NOW)}
