"""What the warehouse knows about its nights, its metrics and its periods."""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from connectors.errors import ErrorClass
from connectors.stream import StreamOutcome
from orchestration.warehouse.errors import WarehouseError
from orchestration.warehouse.outcomes import begin_night, finish_night, record_outcomes
from orchestration.warehouse.reference import replace_metric_catalogue, replace_periods
from tests.warehouse.land import NIGHT

DAY = timedelta(days=1)
TODAY = date(2026, 11, 2)


def _nights(con: duckdb.DuckDBPyConnection) -> list[tuple[str, bool]]:
    return con.execute("select state, finished from etl.nights order by as_of").fetchall()


def test_a_night_is_complete_when_every_stream_is(con: duckdb.DuckDBPyConnection) -> None:
    begin_night(con, NIGHT, TODAY)
    assert _nights(con) == [("partial", False)]
    record_outcomes(
        con,
        NIGHT,
        [StreamOutcome("zoho_crm", "leads", "org", "complete"), StreamOutcome("zoho_crm", "calls", "org", "unchanged")],
    )
    assert finish_night(con, NIGHT, TODAY) == "complete"
    assert _nights(con) == [("complete", True)]


def test_a_failed_stream_makes_the_night_partial_and_stays_known_through_what_it_was(
    con: duckdb.DuckDBPyConnection,
) -> None:
    record_outcomes(con, NIGHT, [StreamOutcome("zoho_crm", "leads", "org", "complete")])
    failed = StreamOutcome(
        "zoho_crm", "leads", "org", "failed", error_class=ErrorClass.QUOTA_DAY, message="quota of the day used up"
    )
    record_outcomes(con, NIGHT + DAY, [failed])
    assert finish_night(con, NIGHT + DAY, TODAY + DAY) == "partial"
    row = con.execute(
        "select state, error_class, message, complete_through from etl.stream_outcomes order by as_of desc limit 1"
    ).fetchone()
    assert row is not None
    assert row[:3] == ("failed", "quota_day", "quota of the day used up")
    assert row[3] == NIGHT


def test_a_night_that_runs_again_replaces_what_it_said(con: duckdb.DuckDBPyConnection) -> None:
    failed = StreamOutcome("zoho_crm", "leads", "org", "failed", message="x")
    record_outcomes(con, NIGHT, [failed])
    record_outcomes(con, NIGHT, [StreamOutcome("zoho_crm", "leads", "org", "complete")])
    assert con.execute("select state, complete_through from etl.stream_outcomes").fetchall() == [("complete", NIGHT)]


def test_a_night_without_any_outcome_is_partial(con: duckdb.DuckDBPyConnection) -> None:
    assert finish_night(con, NIGHT, TODAY) == "partial"


def test_periods_cover_history_through_today_in_every_cadence(con: duckdb.DuckDBPyConnection) -> None:
    replace_periods(con, history_start=date(2024, 11, 1), as_of=NIGHT)
    counts = dict(con.execute("select cadence, count(*) from reference.periods group by 1").fetchall())
    assert counts == {"month": 25, "quarter": 9, "half": 5, "year": 3}
    ends = con.execute(
        "select period_id, period_end from reference.periods where period_end > '2026-11-02' order by 1"
    ).fetchall()
    assert ends == [
        ("2026", date(2027, 1, 1)),
        ("2026-11", date(2026, 12, 1)),
        ("2026-H2", date(2027, 1, 1)),
        ("2026-Q4", date(2027, 1, 1)),
    ]


def test_the_catalogue_of_the_project_loads_and_replaces_itself(con: duckdb.DuckDBPyConnection) -> None:
    count = replace_metric_catalogue(con)
    assert replace_metric_catalogue(con) == count >= 24
    row = con.execute(
        "select name_zh, unit, grains, sources, aggregation from reference.metric_catalogue "
        "where metric_id = 'lead_count'"
    ).fetchone()
    assert row == (
        "线索数量",
        "count",
        ["employee", "team", "department", "company"],
        ["zoho_crm.leads", "oceanengine.clues", "tencent_ads.leads"],
        "sum",
    )


_METRIC = """
  - id: {id}
    name_zh: 甲
    name_en: a
    definition: a
    unit: {unit}
    direction: higher
    category: business
    horizon: short
    aggregation: sum
    on_zero_denominator: not_applicable
    credit_role: marketing
    counting: event
    owner: marketing
    grains: [employee]
    cadences: [month]
    sources: [a.b]
    requirements: [F001]
"""


def test_a_metric_that_lacks_a_field_is_refused_with_its_line(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "metrics.yaml"
    path.write_text("metrics:" + _METRIC.format(id="one", unit="count") + _METRIC.format(id="two", unit=""))
    with pytest.raises(WarehouseError, match=r"metrics\.yaml:20: metric two lacks unit; add them"):
        replace_metric_catalogue(con, path)


def test_a_metric_that_comes_twice_is_refused_with_its_line(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "metrics.yaml"
    path.write_text("metrics:" + _METRIC.format(id="one", unit="count") * 2)
    with pytest.raises(WarehouseError, match=r"metrics\.yaml:20: metric one comes twice"):
        replace_metric_catalogue(con, path)
