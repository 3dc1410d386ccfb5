"""company.yaml: what is wrong is said with its line, and secrets stay outside the file."""

import os
from datetime import date
from pathlib import Path

import pytest

from connectors.config import company_schema, load_company
from connectors.config_base import resolve
from connectors.errors import ConfigError
from connectors.registry import FACTORIES

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


def test_the_schema_for_editors_knows_every_source() -> None:
    sources = set(company_schema()["$defs"]["Sources"]["properties"])
    assert sources == {*FACTORIES}
