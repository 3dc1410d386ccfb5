"""What nobody could verify without an account is a setting: the vendor's other word for it is understood."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_server import Answer, Asked, FakeVendor

from connectors.config import load_company
from connectors.http import Patience
from connectors.landing import read_lines
from connectors.registry import build_sources
from connectors.stream import ExtractRequest, Window

HEAD = "company: c\nhistory_start: 2026-10-01\nprivacy: {key: {env: KEY}}\nsources:\n"
END = "2026-11-03T00:00:00+00:00"


def _landed(folder: Path, source: str, stream: str, settings: str, vendor: FakeVendor) -> list[dict[str, Any]]:
    text = f"{HEAD}  {source}:\n    base_url: {vendor.url}\n    requests_per_second: 1000\n{settings}"
    (folder / "company.yaml").write_text(text, encoding="utf-8")
    patience = Patience(tries=1, sleep=lambda _: None)
    config = load_company(folder / "company.yaml")
    environment = {"KEY": "a key of sixteen or more", "APP": "204399_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"}
    (built,) = build_sources(config, folder, environment=environment, patience=patience)
    end = datetime.fromisoformat(END)
    window = Window(end - timedelta(days=1), end)
    (account,) = built.accounts(stream)
    loads = built.extract(ExtractRequest(built.specs[stream], account, window, None, end), folder / "landing")
    return [json.loads(line) for load in loads if load.stream == stream for line in read_lines(load)]


def test_the_erp_may_log_in_elsewhere(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/k3cloud/own.login":
            return Answer({"LoginResultType": 1, "KDSVCSessionId": "session-0001"})
        assert asked.headers["kdservice-sessionid"] == "session-0001"
        return Answer([])

    settings = """\
    accounts: [DC01]
    auth: session
    login_path: /k3cloud/own.login
    credentials: {app_id: {env: APP}, app_secret: {env: KEY}, user: demo}
"""
    with FakeVendor(answer).running() as vendor:
        assert _landed(tmp_path, "kingdee", "customers", settings, vendor) == []
        assert len(vendor.asked) == 2


@pytest.mark.parametrize(("setting", "asked_for"), [("", "both"), ("    leads_params: {converted: all}\n", "all")])
def test_converted_leads_may_be_asked_for_in_other_words(tmp_path: Path, setting: str, asked_for: str) -> None:
    def answer(asked: Asked) -> Answer:
        return Answer({"access_token": "token", "expires_in": 3600}) if "oauth" in asked.path else Answer(status=204)

    with FakeVendor(answer).running() as vendor:
        settings = f"""\
    accounts_url: {vendor.url}
    accounts: [org]
    validate_fields: false
    credentials: {{client_id: {{env: KEY}}, client_secret: {{env: KEY}}, refresh_token: {{env: KEY}}}}
"""
        assert _landed(tmp_path, "zoho_crm", "leads", settings + setting, vendor) == []
        assert vendor.asked[-1].query["converted"] == asked_for


def test_a_cumulative_figure_may_have_another_name(tmp_path: Path) -> None:
    figures = dict.fromkeys(("read_user", "share_user", "like_user", "comment_count"), 1)
    article = {
        "ref_date": "2026-11-02",
        "msgid": "m",
        "detail_list": [{"stat_date": "2026-11-02", "look_user": 7} | figures],
    }

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("stable_token"):
            return Answer({"access_token": "token", "expires_in": 7200})
        found = [article] if asked.json["begin_date"] == "2026-11-02" else []
        return Answer({"list": found, "is_delay": False})

    settings = """\
    accounts: [wx1]
    credentials: {secrets: {wx1: {env: KEY}}}
    article_fields: {zaikan_user: look_user}
"""
    with FakeVendor(answer).running() as vendor:
        (row,) = _landed(tmp_path, "wechat_oa", "article_totals", settings, vendor)
    assert row["zaikan_user"] == 7
    assert "look_user" not in row


def test_a_site_may_answer_under_functions_of_its_own(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        assert asked.form["wsfunction"] == "local_site_get_courses"
        return Answer([{"id": 3, "shortname": "C", "fullname": "Course"}])

    settings = """\
    accounts: [site]
    credentials: {token: {env: KEY}}
    courses: [C]
    functions: {core_course_get_courses: local_site_get_courses}
"""
    with FakeVendor(answer).running() as vendor:
        (row,) = _landed(tmp_path, "moodle", "courses", settings, vendor)
    assert row["shortname"] == "C"
