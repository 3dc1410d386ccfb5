"""company.yaml: what is wrong is said with its line, and secrets stay outside the file."""

import copy
import os
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from connectors.config import company_schema, load_company
from connectors.config_base import resolve
from connectors.errors import ConfigError
from connectors.registry import FACTORIES, source_specs
from connectors.sandbox.serve import COMPANY_FILE

GOOD = """\
company: 样例公司
history_start: 2024-11-01
privacy: {key: {env: PRIVACY_KEY}}
sources:
  oceanengine:
    base_url: {env: OE_URL}
    accounts: ["1790000000000001"]
    credentials: {app_id: {env: A}, secret: {file: secret.txt}, refresh_token: {env: C}}
  file_drop: {}
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "company.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_company_loads_with_its_defaults(tmp_path: Path) -> None:
    company = load_company(_write(tmp_path, GOOD))
    assert (company.timezone, company.currency, company.history_start) == ("Asia/Shanghai", "CNY", date(2024, 11, 1))
    assert company.sources.zoho_crm is None
    assert company.sources.oceanengine is not None
    assert company.sources.oceanengine.accounts == ["1790000000000001"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("accounts:", "acounts:"), r"company\.yaml:7: sources\.oceanengine\.acounts: no such setting"),
        (('["1790000000000001"]', "[1790000000000001]"), r"company\.yaml:7: .*accounts\.0: must be text; put it in qu"),
        (("{env: C}", "plainly-written"), r"company\.yaml:8: sources\.oceanengine\.credentials\.refresh_token"),
        (("history_start: 2024-11-01\n", ""), r"company\.yaml:1: history_start: this setting is missing"),
        (
            ("company: 样例公司", "company: 样例公司\ntimezone: Mars/Base"),
            r"company\.yaml:2: timezone: 'Mars/Base' is no",
        ),
        (("{env: PRIVACY_KEY}", "{env: A, file: b}"), r"company\.yaml:3: write either"),
        (("file_drop: {}", "file_drop: {}\n  file_drop: {}"), r"company\.yaml:10: found duplicate key"),
        (("sources:", "sources: ["), r"company\.yaml:\d+: "),
        (
            ("accounts:", "streams: [report, reports]\n    accounts:"),
            r"company\.yaml:7: .*streams\.1: no stream 'reports'; known are report, clues",
        ),
        (
            ("accounts:", "lookback_days:\n      report: 8\n      users: 3\n    accounts:"),
            r"company\.yaml:9: .*lookback_days\.users: no stream with a look-back 'users'",
        ),
        (
            ("accounts:", "error_classes:\n      40100: sometimes\n    accounts:"),
            r"company\.yaml:8: .*error_classes\.40100: Input should be 'retry'",
        ),
        (("accounts:", "lookback_days: {report: 0}\n    accounts:"), r"company\.yaml:7: .*greater than or equal to 1"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        load_company(_write(tmp_path, GOOD.replace(*change)))


def test_a_secret_written_into_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_company(_write(tmp_path, GOOD.replace("{env: C}", "r3fresh-t0ken")))
    assert "r3fresh" not in str(caught.value)


def test_a_missing_variable_is_named_with_its_line(tmp_path: Path) -> None:
    company = load_company(_write(tmp_path, GOOD))
    assert resolve(company.privacy.key, {"PRIVACY_KEY": "k"}) == "k"
    with pytest.raises(ConfigError, match=r"company\.yaml:3: environment variable PRIVACY_KEY is not set"):
        resolve(company.privacy.key, {})


def test_a_secret_file_is_read_beside_the_company_file(tmp_path: Path) -> None:
    source = load_company(_write(tmp_path, GOOD)).sources.oceanengine
    assert source is not None
    with pytest.raises(ConfigError, match=r"company\.yaml:8: cannot read .*secret\.txt"):
        resolve(source.credentials.secret, os.environ)
    (tmp_path / "secret.txt").write_text("s3cret\n")
    assert resolve(source.credentials.secret, os.environ) == "s3cret"


def test_every_fault_of_a_map_is_told_where_it_stands(tmp_path: Path) -> None:
    form = """\
  jiandaoyun:
    accounts: [company]
    credentials: {api_key: {env: K}}
    forms:
      complaints:
        app_id: a
        entry_id: b
        widgets:
          employee: w1
          customer_no: w1
          handled_by: w2
      holidays: {app_id: a, entry_id: c, widgets: {day: w1}}
  kingdee:
    base_url: https://erp.example
    accounts: [DC01]
    credentials: {app_id: {env: K}, app_secret: {env: K}, user: u}
    forms: {orders: SAL_SaleOrder}
    field_keys:
      sales_orders: {F_Deal: F_X}
  odoo:
    base_url: https://odoo.example
    accounts: [db]
    credentials: {api_key: {env: K}}
    protocol: jsonrpc
    models: {orders: sale.order, visits: x.visit}
  zoho_crm:
    accounts: [org]
    credentials: {client_id: {env: K}, client_secret: {env: K}, refresh_token: {env: K}}
    field_names: {leads: {MQL_Times: Q}}
"""
    start = GOOD.index("  file_drop")
    with pytest.raises(ConfigError) as caught:
        load_company(_write(tmp_path, GOOD[:start] + form))
    told = [line.split(": ", 2) for line in str(caught.value).splitlines()]
    first = 9
    assert [(int(where.split(":")[1]) - first, setting.removeprefix("sources.")) for where, setting, _ in told] == [
        (7, "jiandaoyun.forms.complaints.widgets"),
        (9, "jiandaoyun.forms.complaints.widgets.customer_no"),
        (10, "jiandaoyun.forms.complaints.widgets.handled_by"),
        (11, "jiandaoyun.forms.holidays"),
        (16, "kingdee.forms.orders"),
        (18, "kingdee.field_keys.sales_orders.F_Deal"),
        (23, "odoo.protocol"),
        (24, "odoo.models.visits"),
        (28, "zoho_crm.field_names.leads.MQL_Times"),
    ]
    assert "no widget for closed_at, due_at, received_at; add it" in told[0][2]


def test_a_feed_without_a_map_is_told_with_its_line(tmp_path: Path) -> None:
    config = load_company(_write(tmp_path, GOOD.replace("file_drop: {}", "file_drop:\n    feeds: [targetts]")))
    with pytest.raises(ConfigError, match=r"company\.yaml:10: file_drop\.feeds: no map for 'targetts'"):
        source_specs(config)


def test_the_schema_for_editors_knows_every_source() -> None:
    sources = set(company_schema()["$defs"]["Sources"]["properties"])
    assert sources == {*FACTORIES}


def test_an_editor_with_the_schema_accepts_what_loads_and_marks_what_does_not() -> None:
    checks = Draft202012Validator(company_schema(), format_checker=None)
    sample = YAML(typ="safe").load(COMPANY_FILE.read_text(encoding="utf-8"))
    sample["history_start"] = sample["history_start"].isoformat()
    assert [error.message for error in checks.iter_errors(sample)] == []
    for setting, value in (("streams", ["leeds"]), ("pagesize", 3), ("error_classes", {"1": "sometimes"})):
        wrong = copy.deepcopy(sample)
        wrong["sources"]["zoho_crm"][setting] = value
        assert list(checks.iter_errors(wrong)), setting
