"""Faults of the matrix that no other file shows over HTTP, and a check that the matrix names tests that exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from night import Nights, nights, rows

from connectors.errors import ErrorClass
from connectors.landing import list_landed

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with nights(tmp_path_factory.mktemp("company")) as running:
        yield running


@pytest.fixture(autouse=True)
def _calm(company: Nights) -> Iterator[None]:
    yield
    company.calm()


def _deals(*records: dict[str, Any]) -> dict[str, Any]:
    whole = {"id": "1", "Owner": {"id": "9"}, "Amount": 12.3, "Modified_Time": "2026-11-02T10:00:00+08:00"}
    return {"data": [whole | record for record in records], "info": {"more_records": False}}


def test_a_field_that_is_gone_lands_nothing_and_keeps_the_cursor(company: Nights, tmp_path: Path) -> None:
    body = _deals({})
    del body["data"][0]["Owner"]
    company.fault("zoho_crm", match="/Deals?", kind="body", body=body, times=0)
    before = dict(company.cursors)
    outcome = company.run("zoho_crm.deals", landing=tmp_path)["zoho_crm.deals"]
    assert (outcome.state, outcome.error_class) == ("failed", ErrorClass.CONTRACT)
    assert "a record lacks the field Owner" in outcome.message
    assert list_landed(tmp_path).loads == ()
    assert company.cursors == before


def test_a_number_that_became_a_text_lands_as_it_was_sent(company: Nights, tmp_path: Path) -> None:
    body = _deals({"Amount": "12,30"}, {"id": "2", "Amount": "12"}, {"id": "3"}, {"id": "4", "Amount": None})
    company.fault("zoho_crm", match="/Deals?", kind="body", body=body, times=0)
    company.fault("zoho_crm", match="/Deals/actions/count", kind="body", body={"count": "4"}, times=0)
    outcome = company.run("zoho_crm.deals", landing=tmp_path, move=False)["zoho_crm.deals"]
    assert outcome.state == "complete", outcome.message
    assert [row["Amount"] for row in rows(outcome)] == ["12,30", "12", 12.3, None]


def test_a_null_key_fails_its_stream_before_anything_lands(company: Nights, tmp_path: Path) -> None:
    company.fault("zoho_crm", match="/Deals?", kind="body", body=_deals({}, {"id": None}), times=0)
    outcome = company.run("zoho_crm.deals", landing=tmp_path, move=False)["zoho_crm.deals"]
    assert (outcome.state, outcome.error_class) == ("failed", ErrorClass.CONTRACT)
    assert "key (id) is null" in outcome.message
    assert list_landed(tmp_path).loads == ()


def test_the_matrix_names_every_row_and_only_tests_that_exist() -> None:
    text = (ROOT / "docs" / "sources" / "faults.md").read_text(encoding="utf-8")
    table = [line.split("|") for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(cells[1]) for cells in table] == [*range(1, 22), 49]
    for cells in table:
        named = re.findall(r"`([^`]+\.py)::(\w+)`", cells[4])
        assert named, cells[1]
        for file, function in named:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            assert function in {it.name for it in tree.body if isinstance(it, ast.FunctionDef)}, (cells[1], function)
