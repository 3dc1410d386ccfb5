"""What is wrong with a system is told by asking it: every one of them, over real HTTP, before a night needs it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from all_sources import everything

from connectors.check import Finding, check_source
from connectors.config_models import CompanyConfig
from connectors.errors import ConfigError
from connectors.http import Patience
from connectors.registry import FACTORIES
from connectors.sandbox import serve, state

ONCE = Patience(tries=1, rate_tries=1, sleep=lambda _: None)
SECRETS = {
    "zoho_crm": "SANDBOX_ZOHO_REFRESH_TOKEN",
    "oceanengine": "SANDBOX_OCEANENGINE_SECRET",
    "kingdee": "SANDBOX_KINGDEE_APP_SECRET",
    "ihr360": "SANDBOX_IHR360_APP_SECRET",
    "tencent_ads": "SANDBOX_TENCENT_CLIENT_SECRET",
    "wechat_oa": "SANDBOX_WECHAT_SECRET",
    "adjust": "SANDBOX_ADJUST_TOKEN",
    "matomo": "SANDBOX_MATOMO_TOKEN",
    "jiandaoyun": "SANDBOX_JIANDAOYUN_API_KEY",
    "moodle": "SANDBOX_MOODLE_TOKEN",
    "odoo": "SANDBOX_ODOO_API_KEY",
}
ACCOUNTS = {
    "oceanengine": "1790000000009999",
    "kingdee": "DC99",
    "tencent_ads": "28009999",
    "adjust": "7009999",
    "matomo": "99",
    "odoo": "other",
}


class Company:
    """The sample company's servers and a configuration of all of them."""

    def __init__(self, running: serve.Running, home: Path) -> None:
        self.running, self.home, self.config = running, home, everything(home / "configured")

    def check(self, source: str, *streams: str, home: Path | None = None, **more: Any) -> list[Finding]:
        more = {"config": self.config, "environment": self.running.env, "patience": ONCE} | more
        as_of = state.load(self.home).clock
        return list(check_source(source, home=home or self.home, as_of=as_of, streams=streams, **more))

    def with_settings(self, source: str, **settings: Any) -> CompanyConfig:
        found = getattr(self.config.sources, source)
        sources = self.config.sources.model_copy(update={source: found.model_copy(update=settings)})
        return self.config.model_copy(update={"sources": sources})

    def fault(self, host: str, **fault: Any) -> None:
        answer = requests.post(f"{self.running.endpoints[host]}/__sandbox__/faults", json=[fault], timeout=10)
        answer.raise_for_status()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    home = tmp_path_factory.mktemp("company")
    state.ensure(home, scale=0.02)
    with serve.serve(home) as running:
        yield Company(running, home)


@pytest.fixture(autouse=True)
def _calm(company: Company) -> Iterator[None]:
    yield
    for url in company.running.endpoints.values():
        requests.delete(f"{url}/__sandbox__/faults", timeout=10)


@pytest.mark.parametrize("source", FACTORIES)
def test_a_system_that_answers_is_fine_in_every_stream_and_nothing_lands(company: Company, source: str) -> None:
    findings = company.check(source)
    assert {(it.kind, it.message) for it in findings if not it.is_fine} == set()
    assert findings
    assert any(" records looked at" in it.message for it in findings)
    assert not (company.home / "landing").exists()


@pytest.mark.parametrize("source", SECRETS)
def test_a_bad_secret_is_told_once_and_not_repeated(company: Company, tmp_path: Path, source: str) -> None:
    wrong = company.running.env | {SECRETS[source]: "mistyped-secret-4711"}
    findings = company.check(source, home=tmp_path, environment=wrong)
    assert [it.kind for it in findings] == ["secret"]
    assert "4711" not in findings[0].message


@pytest.mark.parametrize("source", ACCOUNTS)
def test_a_wrong_account_is_told_by_its_number(company: Company, source: str) -> None:
    config = company.with_settings(source, accounts=[ACCOUNTS[source]])
    findings = company.check(source, config=config)
    assert {(it.account, it.kind) for it in findings} == {(ACCOUNTS[source], "account")}


def test_an_account_whose_secret_is_another_ones_is_told(company: Company, tmp_path: Path) -> None:
    settings = company.config.sources.wechat_oa
    assert settings
    secrets = {"wxother": next(iter(settings.credentials.secrets.values()))}
    other = settings.credentials.model_copy(update={"secrets": secrets})
    config = company.with_settings("wechat_oa", accounts=["wxother"], credentials=other)
    findings = company.check("wechat_oa", config=config, home=tmp_path)
    assert {(it.account, it.kind) for it in findings} == {("wxother", "account")}


@pytest.mark.parametrize("source", SECRETS)
def test_a_system_that_nobody_reaches_is_a_matter_of_the_network(company: Company, source: str) -> None:
    (finding,) = company.check(source, config=company.with_settings(source, base_url="http://127.0.0.1:9"))
    assert (finding.kind, "no answer (ConnectionError)" in finding.message) == ("network", True)


@pytest.mark.parametrize("source", SECRETS)
def test_a_clock_that_is_an_hour_off_is_told(company: Company, source: str) -> None:
    ahead = Patience(tries=2, rate_tries=1, sleep=lambda _: None, now=lambda: time.time() + 3600)
    (finding,) = company.check(source, patience=ahead)
    assert (finding.kind, finding.message[:48]) == ("clock", "the vendor's clock is -60 minutes off this host'")


@pytest.mark.parametrize(
    ("source", "stream", "settings", "said"),
    [
        ("zoho_crm", "leads", {"field_names": {"leads": {"MQL_Time": "Qualified_At"}}}, "no field Qualified_At"),
        ("oceanengine", "report", {"extra_metrics": ["show_cntt"]}, "has no show_cntt"),
        ("kingdee", "sales_orders", {"field_keys": {"sales_orders": {"F_CRM_DealId": "F_ABC"}}}, "F_ABC"),
        ("kingdee", "customers", {"forms": {"customers": "BD_Custmer"}}, "BD_Custmer"),
        ("tencent_ads", "report_request_time", {"extra_fields": ["view_cnt"]}, "view_cnt"),
        ("adjust", "report", {"extra_metrics": ["instals"]}, "instals"),
        ("matomo", "goals_by_day", {"goals": ["77"]}, "77"),
        ("moodle", "enrolments", {"courses": ["C-NONE"]}, "C-NONE"),
        ("odoo", "leads", {"field_names": {"leads": {"x_mql_at": "x_studio_mql"}}}, "no field x_studio_mql"),
        ("odoo", "orders", {"models": {"orders": "sale.oder"}}, "sale.oder"),
    ],
)
def test_a_field_that_the_system_does_not_have_is_named(
    company: Company, source: str, stream: str, settings: dict[str, Any], said: str
) -> None:
    findings = company.check(source, stream, config=company.with_settings(source, **settings))
    assert {(it.stream, it.kind) for it in findings} == {(stream, "contract")}
    assert all(said in it.message for it in findings)


def test_a_widget_that_is_gone_is_named(company: Company) -> None:
    company.fault("jiandaoyun", match="widget/list", kind="rename_widget")
    (finding,) = company.check("jiandaoyun", "complaints")
    assert finding.kind == "contract"
    assert "has no widget _widget_" in finding.message


@pytest.mark.parametrize(
    ("source", "stream", "path", "body"),
    [
        ("ihr360", "staff", "staffs/basic", {"code": 0, "data": [{"staffName": "x"}], "errorResult": False}),
        ("wechat_oa", "user_cumulate", "getusercumulate", {"list": [{"ref_date": "1999-01-01"}]}),
        ("zoho_crm", "deals", "/Deals?", {"data": [{"id": "1", "Deal_Name": "x"}], "info": {}}),
    ],
)
def test_records_of_another_shape_are_told_as_a_broken_contract(
    company: Company, source: str, stream: str, path: str, body: Any
) -> None:
    company.fault(source, match=path, kind="body", body=body, times=0)
    (finding,) = company.check(source, stream)
    assert finding.kind == "contract"


def test_a_log_in_page_a_used_up_quota_and_a_broken_vendor_are_told_apart(company: Company) -> None:
    company.fault("matomo", match="/index.php", kind="html", times=1)
    (finding,) = company.check("matomo", "visits_by_day")
    assert (finding.kind, "web page" in finding.message) == ("secret", True)
    company.fault("zoho_crm", match="/Deals", kind="status", status=429, headers={"X-API-CREDITS-REMAINING": "0"})
    (finding,) = company.check("zoho_crm", "deals")
    assert finding.kind == "quota"
    company.fault("zoho_crm", match="/Deals", kind="status", status=503)
    (finding,) = company.check("zoho_crm", "deals")
    assert finding.kind == "vendor"


def test_few_requests_are_made(company: Company) -> None:
    for source, most in (("zoho_crm", 24), ("kingdee", 8), ("jiandaoyun", 20), ("odoo", 28), ("moodle", 48)):
        url = f"{company.running.endpoints[source]}/__sandbox__/stats"
        before = requests.get(url, timeout=10).json()["counts"]
        streams = len(company.check(source))
        after = requests.get(url, timeout=10).json()["counts"]
        made = sum(after.values()) - sum(before.values())
        assert 0 < made / 2 <= max(most, streams), source  # each request counts by path and by status


def test_a_secret_that_is_not_set_is_told_with_its_line(company: Company) -> None:
    bare = {name: value for name, value in company.running.env.items() if name != "SANDBOX_MOODLE_TOKEN"}
    (finding,) = company.check("moodle", environment=bare)
    assert finding.kind == "configuration"
    assert "SANDBOX_MOODLE_TOKEN is not set" in finding.message
    assert finding.message.startswith("company.yaml:")


def test_a_bad_file_in_the_inbox_is_named(company: Company, tmp_path: Path) -> None:
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "targets_202610.csv").write_text("what,ever\n1,2\n", encoding="utf-8")
    findings = company.check("file_drop", environment=company.running.env | {"INCENTIVES_INBOX": str(tmp_path)})
    (bad,) = [it for it in findings if not it.is_fine]
    assert (bad.stream, bad.kind) == ("targets", "contract")
    assert "targets_202610.csv: line 1: unknown header" in bad.message


def test_a_source_that_is_off_and_a_stream_that_is_none_are_refused(company: Company) -> None:
    sources = company.config.sources.model_copy(update={"odoo": None})
    with pytest.raises(ConfigError, match=r"odoo is not switched on in company\.yaml; switched on are: zoho_crm, "):
        company.check("odoo", config=company.config.model_copy(update={"sources": sources}))
    with pytest.raises(ConfigError, match="moodle has no stream grade; it has: courses, "):
        company.check("moodle", "grade")
