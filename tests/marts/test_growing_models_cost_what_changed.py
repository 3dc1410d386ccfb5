"""Nobody adds a model that is rebuilt whole every night without saying why that is bounded."""

import json
import re
from typing import Any

import pytest

from tests.marts.conftest import BuiltMarts

PEOPLE = "as many rows as people, seats, teams or accounts"
CALENDAR = "as many rows as months, periods, metrics and streams"
WHOLE = {
    **dict.fromkeys(
        (
            *("dim_bonus_bases", "dim_departments", "dim_employee_assignments", "dim_employees", "dim_teams"),
            *("int_employees__assignments", "int_employees__seats", "int_employees__spells", "int_people_feed"),
            *("int_identities__candidates", "int_identities__employees"),
            *("int_organization_records", "int_organizations__teams", "int_staff_records"),
        ),
        PEOPLE,
    ),
    **dict.fromkeys(
        ("int_kpi_feed_months", "int_kpi_periods", "int_kpi_readiness", "int_kpi_stream_progress", "int_months"),
        CALENDAR,
    ),
    **dict.fromkeys(
        ("int_exams", "int_exams__sources", "int_training_results", "int_training_results__sources"),
        "as many rows as people and the courses they take",
    ),
    **dict.fromkeys(("fct_brand_awareness", "int_brand_wave_states"), "as many rows as waves of a survey and months"),
    **dict.fromkeys(("int_site_months", "int_site_forms", "fct_site_months"), "as many rows as sites, forms, months"),
    "int_credit_shares": "as many rows as somebody agreed in a file: objects, owners and changes of shares",
    "int_spend_bookings": "as many rows as finance books; asks for the first day of each channel's reports",
    "fct_sales_by_owner": "as many rows as people and quarters; marks partial quarters by the first record of all",
}
"""Models that are built whole when an input changed and compared with what stood there, and why that stays small."""

SAYS_HOW = re.compile(r"\b(affected_by|affected_days|follows|appended_by|system_or_feed)\(")


@pytest.fixture(scope="module")
def models(marts: BuiltMarts) -> list[dict[str, Any]]:
    manifest = json.loads((marts.result.target / "manifest.json").read_text(encoding="utf-8"))
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_every_table_follows_its_inputs_or_has_a_reason_to_be_built_whole(models: list[dict[str, Any]]) -> None:
    assert {it["config"]["materialized"] for it in models} == {"staged", "table", "view"}
    kept = {it["name"]: it["raw_code"] for it in models if it["config"]["materialized"] == "table"}
    assert {name for name, code in kept.items() if not SAYS_HOW.search(code)} == WHOLE.keys()


def test_views_that_tables_read_do_not_depend_on_the_night(models: list[dict[str, Any]]) -> None:
    """A view's text is part of what a table was built from; one that names the night would rebuild it every night."""
    views = {it["name"]: it["raw_code"] for it in models if it["config"]["materialized"] == "view"}
    assert views
    assert [name for name, code in views.items() if "as_of" in code] == []


def test_what_a_model_says_covers_all_tables_it_reads_but_those_of_settings(
    models: list[dict[str, Any]], marts: BuiltMarts
) -> None:
    """An input outside `changed(…)` rebuilds the whole table when it changes: right, and as dear as a rebuild."""
    by_id = {it["unique_id"]: it for it in models}
    bare = {}
    for model in models:
        code = model.get("compiled_code") or ""
        if model["config"]["materialized"] != "table" or not re.search(r"/\* affected (by|days)", code):
            continue
        covered = set(re.findall(r"changed\((\w+)\)", code))
        if found := {name for name in _tables_behind(model, by_id) if name not in covered}:
            bare[model["name"]] = found
    assert bare == {}


def _tables_behind(model: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> set[str]:
    found: set[str] = set()
    for parent in model["depends_on"]["nodes"]:
        if parent not in by_id:
            continue  # sources and seeds: what the company decides
        other = by_id[parent]
        found |= _tables_behind(other, by_id) if other["config"]["materialized"] == "view" else {other["name"]}
    return found
