"""Secrets and personal data are in no log, no run record and no message."""

import json
import re
from collections import defaultdict
from pathlib import Path

import duckdb

from connectors.sandbox.serve import environment
from tests.e2e.conftest import FirstNight

NO_LOGS = {"landing", "secrets", "sandbox", "inbox", "published", "closed", "out", "quarantine"}
PHONE = re.compile(rb"(?<![0-9a-f.])1[3-9]\d{9}(?![0-9a-f])")
EMAIL = re.compile(rb"[\w.]+@(?!example\.invalid)[\w-]+\.(?:com|cn)\b")


def _written(home: Path) -> dict[str, bytes]:
    """Everything a run writes about itself: Dagster's storage, dbt's logs and results, whatever lies loose."""
    files = (it for it in home.rglob("*") if it.is_file() and it.relative_to(home).parts[0] not in NO_LOGS)
    return {str(it.relative_to(home)): it.read_bytes() for it in files if it.suffix not in {".duckdb", ".db-journal"}}


def test_no_secret_is_written_outside_the_secrets_folder(first_night: FirstNight) -> None:
    home = first_night.home
    secrets = {
        value.encode()
        for name, value in environment(home, defaultdict(str)).items()
        if name.startswith("SANDBOX_") or name == "INCENTIVES_PRIVACY_KEY"
        if value and not value.startswith("http") and len(value) > 11
    }
    stores = [json.loads(file.read_text()) for file in (home / "secrets").glob("*.json")]
    tokens = {token.encode() for store in stores for token in _texts(store)}
    assert len(secrets) >= 5
    assert tokens
    said = (first_night.done.stdout + first_night.done.stderr).encode()
    for name, content in {**_written(home), "output": said}.items():
        leaked = [secret[:4] for secret in secrets | tokens if secret in content]
        assert not leaked, f"{name} holds secrets beginning with {leaked}"


def _texts(node: object) -> list[str]:
    """Long texts of a token file."""
    if isinstance(node, dict):
        return [text for value in node.values() for text in _texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in _texts(value)]
    is_token = isinstance(node, str) and len(node) > 20 and not node.startswith(("http", "20"))
    return [node] if is_token else []


def test_no_phone_or_address_is_written_in_the_clear(first_night: FirstNight) -> None:
    said = (first_night.done.stdout + first_night.done.stderr).encode()
    for name, content in {**_written(first_night.home), "output": said}.items():
        if name.startswith("dagster") or name == "output" or name.endswith(".log"):
            assert not EMAIL.findall(content), name
            assert not PHONE.findall(content), name


def test_what_landed_holds_hashes_instead_of_phones_and_addresses(first_night: FirstNight) -> None:
    with duckdb.connect(str(first_night.home / "warehouse.duckdb"), read_only=True) as con:
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name like 'raw_%'"
        ).fetchall()
        assert len(tables) > 20
        for schema, table in tables:
            found = con.execute(
                f"""select count(*) from {schema}."{table}"
                where regexp_matches(payload::varchar, '"1[3-9][0-9]{{9}}"|[a-z0-9.]+@[a-z0-9-]+[.](com|cn)')"""
            ).fetchone()
            assert found == (0,), f"{schema}.{table}"
