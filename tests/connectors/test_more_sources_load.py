"""What forms, training and the other ERP land goes into the warehouse: versions, deletions and cursors."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from night import Nights, rows

from connectors.config import load_company
from connectors.registry import SPECS
from connectors.sandbox import serve, state
from connectors.stream import StreamOutcome, names_spec
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.load import load
from orchestration.warehouse.outcomes import read_cursors
from orchestration.warehouse.schema import ensure_tables

CONFIG = Path(__file__).with_name("more_sources.yaml")
START = datetime.fromisoformat("2027-01-28T09:00:00+08:00")
NAMED = {"jiandaoyun": set(), "moodle": {"enrolments", "grades"}, "odoo": {"users", "leads", "partners"}}


def _night(company: Nights, con: duckdb.DuckDBPyConnection, source: str) -> tuple[dict[str, StreamOutcome], int, int]:
    """One night of a source, taken into the warehouse; its outcomes, new versions and deletions."""
    company.cursors = dict(read_cursors(con))
    outcomes = {o.stream: o for o in company.run(*(f"{source}.{spec.name}" for spec in SPECS[source])).values()}
    assert {o.state for o in outcomes.values()} <= {"complete", "unchanged"}
    specs = {spec.name: spec for spec in SPECS[source]}
    specs |= {names.name: names for spec in SPECS[source] if (names := names_spec(spec))}
    results = [load(con, landed, specs[landed.stream]) for o in outcomes.values() for landed in o.loads]
    return outcomes, sum(result.inserted for result in results), sum(result.deleted for result in results)


@pytest.mark.parametrize("source", ["jiandaoyun", "moodle", "odoo"])
def test_nights_load_whole_and_then_only_what_changed(tmp_path: Path, source: str) -> None:
    state.ensure(tmp_path, scale=0.02, clock=START)
    with serve.serve(tmp_path) as running, open_warehouse(tmp_path, holder="a test") as con:
        company = Nights(running, tmp_path, load_company(CONFIG))
        ensure_tables(con, SPECS[source])
        first, inserted, deleted = _night(company, con, source)
        assert (inserted, deleted) == (sum(landed.rows for o in first.values() for landed in o.loads), 0)
        company.advance(days=1)
        _, again, deleted = _night(company, con, source)
        assert again < inserted / 10
        for spec in SPECS[source]:
            keyless = f"select count(*) from raw_{source}.{spec.name} where _key like 'no key%' or _key is null"
            assert con.execute(keyless).fetchone() == (0,)
        for name in NAMED[source]:
            keys = f"select count(distinct _key) from raw_{source}.{name}"
            named = f"select count(distinct _key) from restricted_{source}.{name}__names"
            assert 0 < con.execute(named).fetchone()[0] <= con.execute(keys).fetchone()[0]  # type: ignore[index]
        if source == "odoo":
            # The night of 2 February closes a sweep day; a lead was deleted on 29 January.
            company.advance(days=4)
            swept, _, deleted = _night(company, con, source)
            assert swept["leads"].loads[0].full_scan
            assert deleted == 2  # the lead, and the name beside it
        if source == "moodle":
            completed = "select count(*) from raw_moodle.completions where payload ->> 'completed' = 'true'"
            known = read_cursors(con)["moodle", "completions", "company"]
            pairs = sum(len(part.partition(":")[2].split(",")) for part in known.split(";"))
            assert con.execute(completed).fetchone() == (pairs,)


def test_an_answer_that_was_withdrawn_becomes_a_tombstone(tmp_path: Path) -> None:
    state.ensure(tmp_path, scale=0.02, clock=datetime.fromisoformat("2026-12-20T09:00:00+08:00"))
    with serve.serve(tmp_path) as running, open_warehouse(tmp_path, holder="a test") as con:
        company = Nights(running, tmp_path, load_company(CONFIG))
        ensure_tables(con, SPECS["jiandaoyun"])
        first, _, _ = _night(company, con, "jiandaoyun")
        company.advance(days=6)
        second, _, deleted = _night(company, con, "jiandaoyun")
        ids = [{row["_id"] for row in rows(night["nps_responses"])} for night in (first, second)]
        gone = ids[0] - ids[1]
        assert deleted == len(gone) > 0
        latest = "select _key, _is_deleted from raw_jiandaoyun.nps_responses order by _load_seq"
        found = {key for key, is_deleted in dict(con.execute(latest).fetchall()).items() if is_deleted}
        assert found == gone
