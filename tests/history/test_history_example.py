"""A public CRM export through the whole way gives what the csv module gives, and pays what the tiers say."""

import hashlib
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest

from connectors.config import load_company
from orchestration.closing import close_room
from orchestration.history.findings import read_findings
from orchestration.history.tables import read_drafts, read_sales
from orchestration.payout.rounding import round_fen
from orchestration.payout.verify import verify_file
from tests.history.conftest import Export, Run, Tally, history_example

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(580)]

QUARTERS = ("2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4")
IDLE = {"Mei-Mei Johns", "Elizabeth Anderson", "Natalya Ivanova", "Carol Thompson", "Carl Lin"}
# The plan's slices, written a second time: up to, rate.
TIERS = ((40_000, "3%"), (75_000, "4%"), (150_000, "6%"), (None, "8%"))


def test_the_totals_of_the_export_are_the_published_ones(first: Run, export: Export) -> None:
    outcomes = dict(first.ask("select outcome, count(*) from marts.fct_opportunities group by 1"))
    assert outcomes == {"won": 4238, "lost": 2473, "open": 2089}
    assert sum(outcomes.values()) == len(export.opportunities) == 8800
    assert first.ask("select sum(amount) from marts.fct_opportunities where outcome = 'won'") == [(Decimal(10005534),)]
    assert first.ask(
        "select sum(opportunities_count), sum(won_count), sum(lost_count), sum(won_amount) "
        "from marts.fct_sales_by_owner"
    ) == [(8800, 4238, 2473, Decimal(10005534))]
    assert first.ask("select distinct currency from marts.fct_sales_by_owner") == [("USD",)]


def test_every_agent_and_quarter_is_what_the_csv_module_counts(first: Run, export: Export) -> None:
    rows = first.ask(
        "select employee_no, period_id, opportunities_count, won_count, lost_count, won_amount, days_to_win_sum "
        "from marts.fct_sales_by_owner where not is_provisional"
    )
    counted = {(row[0], row[1]): row[2:] for row in rows}
    expected = {(export.agents[agent], period): tally.row for (agent, period), tally in export.by_agent.items()}
    nothing = Tally().row
    for agent, number in export.agents.items():
        for period in ("2016-Q4", *QUARTERS):
            assert counted[number, period] == expected.get((number, period), nothing), agent
    assert {key: row for key, row in counted.items() if row != nothing} == {
        key: row for key, row in expected.items() if row != nothing
    }


def test_every_manager_and_quarter_is_what_the_csv_module_counts(first: Run, export: Export) -> None:
    with duckdb.connect(str(first.home / "warehouse.duckdb"), read_only=True) as con:
        lines = read_sales(con, "manager")
    found = {
        (it.subject, it.period_id): (it.opportunities, it.won, it.lost, it.won_amount, it.days_to_win) for it in lines
    }
    assert {key: row for key, row in found.items() if any(row)} == {
        key: tally.row for key, tally in export.by_manager.items() if any(tally.row)
    }
    assert {subject for subject, _ in found} == set(export.managers.values())


def test_quarters_that_began_before_the_records_are_partial(first: Run) -> None:
    rows = first.ask("select distinct period_id, is_partial from marts.fct_sales_by_owner where not is_provisional")
    assert {period for period, partial in rows if partial} == {"2016-Q4", "2017-Q1"}
    assert "2017-Q1*" in first.stdout
    assert "2017-Q2*" not in first.stdout


def test_the_kpi_fact_holds_the_same_amounts_and_rates(first: Run, export: Export) -> None:
    rows = first.ask(
        "select metric_id, subject_id, period_id, numerator, denominator, state from marts.fct_kpi_measurements "
        "where grain = 'employee' and cadence = 'quarter' and list_contains(?, period_id) "
        "and metric_id in ('won_amount', 'opportunity_win_rate')",
        list(QUARTERS),
    )
    assert len(rows) == 2 * 4 * 35
    for metric, number, period, numerator, denominator, state in rows:
        agent = next(name for name, no in export.agents.items() if no == number)
        tally = export.by_agent.get((agent, period), Tally())
        if metric == "won_amount":
            assert (numerator, denominator, state) == (tally.amount, None, "ok")
        elif tally.won + tally.lost:
            assert (numerator, denominator, state) == (tally.won, tally.won + tally.lost, "ok")
        else:
            assert (numerator, denominator, state) == (None, None, "not_applicable")


def test_agents_without_any_opportunity_stay_visible(first: Run, export: Export) -> None:
    working = {row["sales_agent"] for row in export.opportunities}
    assert export.agents.keys() - working == IDLE
    for name in IDLE:
        number = export.agents[name]
        lines = [line for line in first.stdout.splitlines() if line.startswith(name) and "2017-Q3" in line]
        assert len(lines) == 1
        assert "n/a" in lines[0]
        assert all(draft.amounts[number] == 0 for draft in read_drafts(first.settings))


def test_dirt_is_dealt_with_by_rule_and_counted(first: Run, export: Export) -> None:
    with duckdb.connect(str(first.home / "warehouse.duckdb"), read_only=True) as con:
        found = {(it.subject, it.detail or it.rule): it.count for it in read_findings(con)}
    sent = Counter(row["product"] for row in export.opportunities)
    assert found["opportunities.product", "GTXPro -> GTX Pro"] == sent["GTXPro"] == 1480
    assert found["accounts.sector", "technolgy -> technology"] == 12
    assert found["opportunities.account", "without an account: counted, with no customer"] == 1425
    assert found["opportunities.closed_on", "open: neither closing date nor value, in no win rate"] == 2089
    assert found["opportunities.engaged_on", "not dated: listed under undated, in no quarter"] == 500
    assert found["opportunities.product", "in no catalogue: kept as sent"] == 0
    assert found["opportunities.owner", "of nobody known: in the company, credited to no one"] == 0
    assert found["people", ", ".join(sorted(export.agents[name] for name in IDLE))] == 5
    assert first.ask("select count(*) from marts.fct_opportunities where product = 'GTX Pro'") == [(1480,)]
    assert first.ask("select count(*) from marts.fct_opportunities where sector = 'technolgy'") == [(0,)]


def test_the_commission_of_an_agent_is_the_slices_added_up(first: Run, export: Export) -> None:
    """Of the 310,075 won in the quarter 40,000 pay 3 %, 35,000 pay 4 %, 75,000 pay 6 % and the rest 8 %."""
    number = export.agents["Darcel Schlecht"]
    assert export.by_agent["Darcel Schlecht", "2017-Q2"].amount == 310_075
    drafts = {draft.manifest["period"]: draft for draft in read_drafts(first.settings)}
    assert drafts["2017-Q2"].amounts[number] == 120_000 + 140_000 + 450_000 + 1_280_600


def test_every_commission_of_every_quarter_is_exact(first: Run, export: Export) -> None:
    drafts = read_drafts(first.settings)
    assert [draft.manifest["period"] for draft in drafts] == list(QUARTERS)
    for draft in drafts:
        period = draft.manifest["period"]
        wanted = {
            number: round_fen(_commission(export.by_agent.get((agent, period), Tally()).amount))
            for agent, number in export.agents.items()
        }
        assert draft.amounts == wanted
        assert draft.manifest["totals"]["by_currency"] == {"USD": {"lines": 35, "sum_fen": sum(wanted.values())}}
        assert draft.manifest["held"] == []


def test_names_are_only_in_the_restricted_schema(first: Run, export: Export) -> None:
    """Neither the pipeline's owners nor the team list land in the clear; messages do not name anybody either."""
    for table in ("people", "opportunities", "bonus_bases"):
        payloads = "\n".join(row[0] for row in first.ask(f"select payload::varchar from raw_file_drop.{table}"))
        assert not [name for name in (*export.agents, *export.managers.values()) if name in payloads]
    assert not [name for name in export.agents if name in first.stderr]
    assert first.ask("select count(*) from restricted_file_drop.people__names") == [(35,)]
    published = duckdb.connect(str(first.home / "published" / "current" / "marts.duckdb"), read_only=True)
    with published as con:
        columns = {row[0] for row in con.execute("select column_name from information_schema.columns").fetchall()}
    assert not columns & {"name", "manager_name", "sales_agent"}


def test_every_draft_verifies_against_ledger_chain_and_evidence(first: Run) -> None:
    config = load_company(first.home / "company.yaml")
    drafts = read_drafts(first.settings)
    with close_room(first.settings, config) as room:
        for draft in drafts:
            checked = verify_file(room, draft.manifest_path.parent / draft.manifest["file"]["name"])
            assert [(it.check, it.fault) for it in checked if not it.ok] == []


def test_a_second_run_changes_no_byte(first: Run, data: Path) -> None:
    before = _contents(first.home)
    again = history_example(first.home.parent, data)
    assert _contents(again.home) == before
    assert again.stdout == first.stdout
    assert again.stderr.count("nothing new") == 4


def _commission(won: Decimal) -> Fraction:
    pay, start = Fraction(0), 0
    for end, rate in TIERS:
        slice_end = won if end is None else min(won, Decimal(end))
        pay += max(Fraction(slice_end) - start, Fraction(0)) * Fraction(int(rate.rstrip("%")), 100)
        start = end or start
    return pay


def _contents(home: Path) -> dict[str, str]:
    """What has to repeat: payouts, evidence, landing and the published marts."""
    folders = [home / "out", home / "closed", home / "landing", (home / "published" / "current").resolve()]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.suffix != ".duckdb"
    }
