"""The commands around the connectors, as a person types them, against the sample company's servers."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from all_sources import everything
from night import rows
from typer.testing import CliRunner, Result

from connectors.config import company_schema, load_company
from connectors.landing import list_landed
from connectors.sandbox import serve, state
from connectors.stream import OutcomeState, StreamOutcome
from orchestration.cli import app, output
from orchestration.night import run_night
from orchestration.settings import Settings
from orchestration.warehouse.connect import open_for_loading, read_warehouse
from orchestration.warehouse.outcomes import read_cursors, record_outcomes

ON = ("zoho_crm", "oceanengine", "moodle", "file_drop")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serve.Running]:
    home = tmp_path_factory.mktemp("systems")
    state.ensure(home, scale=0.02)
    with serve.serve(home) as servers:
        yield servers


@pytest.fixture
def home(running: serve.Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of a company that has four systems on, two of the CRM's streams among them."""
    config = everything(tmp_path / "all")
    assert config.sources.zoho_crm
    text = (tmp_path / "all" / "company.yaml").read_text(encoding="utf-8")
    kept, keep = [], True
    for line in text.splitlines():
        if line.startswith("  ") and not line.startswith("   ") and line.endswith(":"):
            keep = line.strip(" :") in ON or line.strip(" :") == "key"
        kept += [line] if keep or not line.startswith(" ") else []
    text = "\n".join(kept).replace("  zoho_crm:\n", "  zoho_crm:\n    streams: [users, deals]\n")
    (tmp_path / "company.yaml").write_text(text + "\n", encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    # Each data folder begins with the first pair of tokens, which the vendor takes once.
    requests.post(f"{running.endpoints['oceanengine']}/__sandbox__/tokens/reset", timeout=10).raise_for_status()
    for name, value in running.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("INCENTIVES_HOME", str(tmp_path))
    monkeypatch.setenv("INCENTIVES_INBOX", str(tmp_path / "inbox"))
    monkeypatch.setenv("INCENTIVES_COMPANY", str(tmp_path / "company.yaml"))
    monkeypatch.setattr(output.out, "width", 250)  # made when first imported, by whichever test came first
    return tmp_path


def _say(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def _lines(result: Result) -> dict[str, list[str]]:
    """The cells of a table by their first one."""
    assert result.exit_code == 0, result.output
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in result.output.splitlines()]
    return {row[0]: row for row in cells if len(row) > 3}


def test_before_the_first_night_every_system_is_listed_on_or_off(home: Path) -> None:
    listed = _lines(_say("sources"))
    assert len([name for name in listed if name in company_schema()["$defs"]["Sources"]["properties"]]) == 12
    assert listed["zoho_crm"][1:3] == ["2", "never ran"]
    assert listed["kingdee"][2] == "off"


def test_after_a_night_the_list_tells_state_knowledge_and_rows(home: Path, running: serve.Running) -> None:
    as_of = datetime.fromisoformat(running.env["INCENTIVES_AS_OF"])
    config = load_company(home / "company.yaml")
    report = run_night(Settings.from_env(), config, as_of, lambda _: None)
    assert {it.outcome.state for it in report.streams} <= {"complete", "unchanged"}
    listed = _lines(_say("sources"))
    assert [listed[name][2] for name in ON] == ["complete"] * 4
    assert listed["zoho_crm"][3] == listed["zoho_crm"][4] == "2026-11-03 09:00"
    crm = sum(it.rows_landed for it in report.streams if it.outcome.source == "zoho_crm")
    assert listed["zoho_crm"][5] == f"{crm:,}" != "0"
    assert listed["oceanengine"][4] == "2026-11-03 00:00"

    _record(home, as_of + timedelta(days=1), "deals", "failed", "GET /crm/v8/Deals answered 503")
    broken = _lines(_say("sources"))
    assert broken["zoho_crm"][2] == "failed"
    assert broken["zoho_crm"][6] == "1 failed; deals: GET /crm/v8/Deals answered 503"
    each = [line for line in _say("sources", "--streams").output.splitlines() if "zoho_crm" in line]
    assert [("users" in line, "complete" in line) for line in each] == [(True, True), (False, False)]


def test_what_nobody_read_for_days_is_stale(
    home: Path, running: serve.Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_of = datetime.fromisoformat(running.env["INCENTIVES_AS_OF"])
    run_night(Settings.from_env(), load_company(home / "company.yaml"), as_of, lambda _: None)
    monkeypatch.setenv("INCENTIVES_AS_OF", (as_of + timedelta(days=4)).isoformat())
    listed = _lines(_say("sources"))
    assert [listed[name][2] for name in ON] == ["stale", "stale", "stale", "complete"]


def test_a_check_prints_what_was_seen_and_fails_where_something_is_wrong(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine = _say("sources", "check", "moodle")
    assert fine.exit_code == 0
    assert fine.output.count("records looked at") == 4
    monkeypatch.setenv("SANDBOX_MOODLE_TOKEN", "mistyped")
    wrong = _say("sources", "check", "moodle")
    assert wrong.exit_code == 1
    assert "secret" in wrong.output
    assert "renew the secret" in wrong.output
    assert "mistyped" not in wrong.output
    off = _say("sources", "check", "kingdee")
    assert (off.exit_code, "kingdee is not switched on" in off.output) == (1, True)


def test_the_schema_is_printed_as_json(home: Path) -> None:
    assert json.loads(_say("sources", "schema").output) == company_schema()


def test_a_part_of_history_is_landed_and_the_next_night_still_reads_the_rest(
    home: Path, running: serve.Running
) -> None:
    said = _say("extract", "zoho_crm", "deals", "--from", "2026-10-01", "--to", "2026-10-31")
    assert said.exit_code == 0, said.output
    (load,) = list_landed(home / "landing").loads
    assert f"{load.rows} rows" in " ".join(said.output.split())
    assert load.cursor is None
    outcome = StreamOutcome("zoho_crm", "deals", "org", "complete", (load,))
    assert min(row["Modified_Time"] for row in rows(outcome)) >= "2026-10-01"
    config = load_company(home / "company.yaml")
    run_night(Settings.from_env(), config, datetime.fromisoformat(running.env["INCENTIVES_AS_OF"]), lambda _: None)
    with read_warehouse(home) as con:
        (known,) = con.execute("select count(distinct _key) from raw_zoho_crm.deals").fetchone()  # type: ignore[misc]
        (earlier,) = con.execute(
            "select count(*) from raw_zoho_crm.deals where payload->>'$.Modified_Time' < '2026-10-01'"
        ).fetchone()  # type: ignore[misc]
        assert known > load.rows
        assert earlier > 0
        assert read_cursors(con)["zoho_crm", "deals", "org"]


def test_days_by_hand_are_whole_days_and_say_nothing_of_the_days_after(home: Path) -> None:
    said = _say("extract", "oceanengine", "report", "--from", "2026-10-05", "--to", "2026-10-06")
    assert said.exit_code == 0, said.output
    loads = list_landed(home / "landing").loads
    assert {load.complete for load in loads} == {True}
    days = {row["stat_time_day"][:10] for it in loads for row in rows(_outcome(it))}
    assert days == {"2026-10-05", "2026-10-06"}
    assert {load.cursor for load in loads} == {None}
    assert {load.window.end.isoformat() for load in loads} == {"2026-10-06T16:00:00+00:00"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["kingdee"], "kingdee is not switched on; configured are: file_drop, moodle, oceanengine, zoho_crm"),
        (["zoho_crm", "leeds"], "zoho_crm has no stream leeds; it has: deals, users"),
        (["moodle", "--from", "2026-10-02", "--to", "2026-10-01"], "is no stretch of time"),
        (["moodle", "--from", "october"], "Invalid isoformat string"),
    ],
)
def test_what_cannot_be_extracted_is_refused(home: Path, words: list[str], complaint: str) -> None:
    said = _say("extract", *words)
    assert said.exit_code == 1
    assert complaint in " ".join(said.output.split())


def _outcome(load) -> StreamOutcome:
    return StreamOutcome(load.source, load.stream, load.account, "complete", (load,))


def _record(home: Path, as_of: datetime, stream: str, ended: OutcomeState, message: str) -> None:
    with open_for_loading(home, holder="test") as con:
        record_outcomes(con, as_of, [StreamOutcome("zoho_crm", stream, "org", ended, message=message)], {})
