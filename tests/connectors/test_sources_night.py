"""Every connector against its vendor's contract, served by the sample company over real HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from night import Nights, nights, rows

from connectors.ads.oceanengine.streams import DIMENSIONS, METRICS
from connectors.config_models import CompanyConfig
from connectors.errors import ErrorClass
from connectors.landing import list_landed, read_lines
from connectors.stream import StreamOutcome


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    with nights(tmp_path_factory.mktemp("company")) as running:
        yield running


@pytest.fixture(autouse=True)
def _calm(company: Nights) -> Iterator[None]:
    yield
    company.calm()


@pytest.fixture(scope="module")
def first(company: Nights) -> dict[str, StreamOutcome]:
    """The first night: all history of all streams."""
    return company.run()


def test_every_stream_of_a_calm_night_is_whole(company: Nights, first: dict[str, StreamOutcome]) -> None:
    assert {name: (o.state, o.message) for name, o in first.items() if o.state not in {"complete", "unchanged"}} == {}
    assert {name.split(".")[0] for name in first} == set(company.config.sources.model_dump(exclude_none=True))
    told = {(name.split(".")[0], o.message) for name, o in first.items() if o.message}
    assert told == {
        ("moodle", "1 enrolled users have no idnumber; nobody is credited with their results"),
        ("tencent_ads", "the vendor offers nothing before 2025-11-03"),
        ("wechat_oa", "the vendor offers nothing before 2025-11-01"),
    }


def test_converted_leads_are_among_the_leads(first: dict[str, StreamOutcome]) -> None:
    leads = rows(first["zoho_crm.leads"])
    assert any(lead["Converted__s"] for lead in leads)
    assert any(not lead["Converted__s"] for lead in leads)
    assert len({lead["id"] for lead in leads}) == len(leads)
    assert len(leads) > 200  # more than a page


def test_the_vendors_count_is_compared(first: dict[str, StreamOutcome]) -> None:
    load = first["zoho_crm.accounts"].loads[0]
    assert load.vendor_total == load.rows > 200


def test_nothing_personal_lands_outside_the_restricted_streams(
    company: Nights, first: dict[str, StreamOutcome]
) -> None:
    phone = re.compile(rb"(?<![0-9a-f.])1[3-9]\d{9}(?![0-9a-f])")
    mail = re.compile(rb'"[a-z0-9.]{3,}@[a-z0-9.-]+"')
    names = {value for o in first.values() for row in _names(o) for field, value in row.items() if field != "key"}
    assert len(names) > 50
    for outcome in first.values():
        for record in rows(outcome):
            text = repr(record).encode()
            assert not phone.search(re.sub(rb"'(id|clue_id|[A-Za-z_]*Id|[a-z_]*_id)': '\d+'", b"", text))
            assert not mail.search(text)
            owner = record.get("Owner")
            assert owner is None or set(owner) == {"id"}
            assert not {"First_Name", "Last_Name", "full_name", "staffName", "name"} & record.keys()


def _names(outcome: StreamOutcome) -> list[dict[str, str]]:
    return rows(outcome, outcome.stream + "__names")


def test_a_clue_and_its_lead_share_the_hash_of_the_phone(first: dict[str, StreamOutcome]) -> None:
    clues = {
        row["clue_id"]: row["telephone"]
        for name, outcome in first.items()
        if name.startswith("oceanengine.clues")
        for row in rows(outcome)
    }
    pairs = [
        (clues[lead["External_Clue_Id"]], lead[field])
        for lead in rows(first["zoho_crm.leads"])
        for field in ("Phone", "Mobile")
        if lead.get("External_Clue_Id") in clues and lead[field]
    ]
    assert pairs
    assert sum(clue is not None and clue["hash"] == phone["hash"] for clue, phone in pairs) >= len(pairs) * 0.4


def test_a_crm_user_and_a_member_of_staff_share_the_hash_of_the_mail(first: dict[str, StreamOutcome]) -> None:
    users = {row["email"]["hash"] for row in rows(first["zoho_crm.users"]) if row["email"]}
    staff = {row["workEmail"]["hash"] for row in rows(first["ihr360.staff"]) if row["workEmail"]}
    assert len(users & staff) >= len(users) * 0.5


def test_leavers_are_among_the_staff(first: dict[str, StreamOutcome]) -> None:
    staff = rows(first["ihr360.staff"])
    assert any(person["leaveDate"] for person in staff)
    assert any(not person["leaveDate"] for person in staff)


def test_leave_lands_one_record_for_every_entry_of_a_month(first: dict[str, StreamOutcome]) -> None:
    leaves = [row for row in rows(first["ihr360.leaves"]) if row["staffNo"] == "E9013"]
    assert [(row["yearMonth"], row["leaveId"], row["leaveType"]) for row in leaves] == [
        ("2026-10", "LV-P-1", "病假"),
        ("2026-10", "LV-P-2", "年假"),
        ("2026-10", "LV-P-3", "事假"),
    ]


def test_the_report_of_leave_may_name_its_fields_otherwise(company: Nights, tmp_path: Path) -> None:
    def renamed(fields: dict[str, str]) -> Callable[[CompanyConfig], CompanyConfig]:
        def change(config: CompanyConfig) -> CompanyConfig:
            assert config.sources.ihr360
            other = config.sources.ihr360.model_copy(update={"attendance_fields": fields})
            return config.model_copy(update={"sources": config.sources.model_copy(update={"ihr360": other})})

        return change

    where = {"landing": tmp_path / "named", "move": False}
    named = company.run("ihr360.leaves", **where, change=renamed({"leaveType": "leaveId"}))["ihr360.leaves"]
    assert {row["leaveType"] for row in rows(named)} == {"LV-P-1", "LV-P-2", "LV-P-3"}
    where = {"landing": tmp_path / "absent", "move": False}
    absent = company.run("ihr360.leaves", **where, change=renamed({"leaves": "leaveList"}))["ihr360.leaves"]
    assert (absent.state, absent.error_class) == ("failed", ErrorClass.CONTRACT)
    assert "set attendance_fields" in absent.message


def test_the_report_adds_up_and_money_stays_text(first: dict[str, StreamOutcome]) -> None:
    report = [row for name, o in first.items() if name.startswith("oceanengine.report") for row in rows(o)]
    assert all(isinstance(row["stat_cost"], str) for row in report)
    assert sum(Decimal(row["stat_cost"]) for row in report) > 0
    keys = [(row["advertiser_id"], row["stat_time_day"], row["cdp_promotion_id"]) for row in report]
    assert len(keys) == len(set(keys))


def test_the_stock_is_dated_by_the_night(first: dict[str, StreamOutcome]) -> None:
    load = first["kingdee.inventory"].loads[0]
    assert {row["snapshot_on"] for row in rows(first["kingdee.inventory"])} == {"2026-11-02"}
    assert load.scope == {"snapshot_on": "2026-11-02"}
    assert not load.full_scan


def test_the_timeline_holds_which_field_changed_and_not_its_values(first: dict[str, StreamOutcome]) -> None:
    events = rows(first["zoho_crm.account_timeline"])
    assert {name for event in events for item in event["field_history"] for name in item} == {"api_name"}
    assert all(set(event["done_by"]) == {"id"} and event["account_id"] for event in events)


def test_a_second_night_reads_only_what_is_new(company: Nights, first: dict[str, StreamOutcome]) -> None:
    company.advance(days=1)
    second = company.run()
    assert {o.state for o in second.values()} <= {"complete", "unchanged"}
    for name in ("zoho_crm.leads", "zoho_crm.calls", "kingdee.sales_orders"):
        assert len(rows(second[name])) < len(rows(first[name])) / 5
    assert all(o.state == "unchanged" for name, o in second.items() if name.startswith("file_drop"))


def test_a_token_that_dies_at_page_five_is_renewed_and_nothing_is_lost(company: Nights, tmp_path: Path) -> None:
    calm = company.run("zoho_crm.calls", landing=tmp_path / "calm", move=False)
    company.cursors.clear()
    calm = company.run("zoho_crm.calls", landing=tmp_path / "calm", move=False)
    company.fault("zoho_crm", match="/Calls?", kind="expire_tokens", after=4)
    struck = company.run("zoho_crm.calls", landing=tmp_path / "struck", move=False)
    assert struck["zoho_crm.calls"].state == "complete"
    assert struck["zoho_crm.calls"].loads[0].pages > 5
    assert struck["zoho_crm.calls"].loads[0].load_id == calm["zoho_crm.calls"].loads[0].load_id


@pytest.mark.parametrize("kind", ["status", "drop", "truncate"])
def test_a_passing_fault_changes_nothing_of_what_lands(company: Nights, tmp_path: Path, kind: str) -> None:
    calm = company.run("zoho_crm.contacts", landing=tmp_path / "calm", move=False)
    for path in ("/Contacts?", "/settings/fields"):
        company.fault("zoho_crm", match=path, kind=kind, times=2, status=503)
    struck = company.run("zoho_crm.contacts", landing=tmp_path / "struck", move=False)
    assert struck["zoho_crm.contacts"].loads[0].load_id == calm["zoho_crm.contacts"].loads[0].load_id


def test_one_streams_fault_leaves_the_others_alone(company: Nights, tmp_path: Path) -> None:
    company.fault("zoho_crm", match="/Deals?", kind="status", status=403, times=0, body={"code": "NO_PERMISSION"})
    outcomes = company.run("zoho_crm.deals", "zoho_crm.contacts", "ihr360.staff", landing=tmp_path, move=False)
    assert outcomes["zoho_crm.deals"].state == "failed"
    assert outcomes["zoho_crm.deals"].error_class is ErrorClass.PERMISSION
    assert outcomes["zoho_crm.contacts"].state == outcomes["ihr360.staff"].state == "complete"
    assert {load.stream for load in list_landed(tmp_path).loads} == {
        "contacts",
        "contacts__names",
        "staff",
        "staff__names",
    }


def test_a_repeated_page_stops_the_stream_instead_of_looping(company: Nights, tmp_path: Path) -> None:
    company.fault("zoho_crm", match="/Calls?", kind="repeat", times=0, after=2)
    outcome = company.run("zoho_crm.calls", landing=tmp_path, move=False)["zoho_crm.calls"]
    assert (outcome.state, outcome.error_class) == ("failed", ErrorClass.CONTRACT)
    assert "came before" in outcome.message
    assert list_landed(tmp_path).loads == ()


def test_a_dead_credential_stops_the_source_without_asking_for_every_stream(company: Nights, tmp_path: Path) -> None:
    company.fault("zoho_crm", match="/crm/", kind="html", times=0)
    outcomes = company.run("zoho_crm.leads", "zoho_crm.calls", "zoho_crm.deals", landing=tmp_path, move=False)
    assert {o.error_class for o in outcomes.values()} == {ErrorClass.AUTH_FATAL}
    assert any(o.message.startswith("not asked: the source stopped") for o in outcomes.values())


def test_rows_that_move_between_pages_are_read_until_they_add_up(company: Nights, tmp_path: Path) -> None:
    def small_pages(config: CompanyConfig) -> CompanyConfig:
        assert config.sources.oceanengine
        small = config.sources.oceanengine.model_copy(update={"clue_page_size": 20})
        return config.model_copy(update={"sources": config.sources.model_copy(update={"oceanengine": small})})

    calm = company.run("oceanengine.clues", landing=tmp_path / "calm", move=False)
    company.fault("oceanengine", match="page=2", kind="shift", rows=3)
    struck = company.run("oceanengine.clues", landing=tmp_path / "struck", move=False, change=small_pages)
    for name, outcome in calm.items():
        ids = {row["clue_id"] for row in rows(outcome)}
        assert {row["clue_id"] for row in rows(struck[name])} == ids


def test_a_total_that_does_not_match_fails_the_stream(company: Nights, tmp_path: Path) -> None:
    row = {
        "dimensions": dict.fromkeys(DIMENSIONS, "2026-11-01"),
        "metrics": dict.fromkeys(METRICS, "1") | {"stat_cost": "10.00"},
    }
    info = {"page": 1, "page_size": 1000, "total_number": 1, "total_page": 1}
    body = {"code": 0, "data": {"rows": [row], "total_metrics": {"stat_cost": "99.00"}, "page_info": info}}
    company.fault("oceanengine", match="report/custom/get/", kind="body", times=0, body=body)
    outcomes = company.run("oceanengine.report", landing=tmp_path, move=False)
    assert {o.state for o in outcomes.values()} == {"failed"}
    assert any("rows cost 10.00 yuan, the vendor's total says 99.00" in o.message for o in outcomes.values())


def test_a_lost_day_makes_the_night_partial_and_deletes_nothing(company: Nights, tmp_path: Path) -> None:
    if company.now < datetime(2026, 11, 5, 1, tzinfo=UTC):
        company.advance(seconds=(datetime(2026, 11, 5, 1, tzinfo=UTC) - company.now).total_seconds())
    company.cursors.update(
        {("oceanengine", "report", a): "2026-11-03" for a in company.config.sources.oceanengine.accounts}
    )  # type: ignore[union-attr]
    partial = [o for o in company.run("oceanengine.report", landing=tmp_path, move=False).values() if rows(o)]
    assert [o.state for o in partial] == ["partial"]
    assert partial[0].message == "no rows for 2026-11-04"
    assert partial[0].loads[0].scope == {}
    assert partial[0].complete_through is not None
    assert partial[0].complete_through.isoformat() == "2026-11-03T16:00:00+00:00"
    company.advance(days=1)
    healed = [o for o in company.run("oceanengine.report", landing=tmp_path, move=False).values() if rows(o)]
    assert [o.state for o in healed] == ["complete"]
    assert healed[0].loads[0].scope == {"stat_time_day": ("2026-10-28", "2026-11-06")}


def test_the_session_way_into_the_erp_reads_the_same(company: Nights, tmp_path: Path) -> None:
    def by_session(config: CompanyConfig) -> CompanyConfig:
        assert config.sources.kingdee
        session = config.sources.kingdee.model_copy(update={"auth": "session"})
        return config.model_copy(update={"sources": config.sources.model_copy(update={"kingdee": session})})

    signed = company.run("kingdee.customers", landing=tmp_path / "a", move=False)["kingdee.customers"]
    company.fault("kingdee", match="ExecuteBillQuery", kind="lose_session")
    session = company.run("kingdee.customers", landing=tmp_path / "b", move=False, change=by_session)[
        "kingdee.customers"
    ]
    assert session.state == "complete", session.message
    assert session.loads[0].load_id == signed.loads[0].load_id


def test_small_pages_read_the_same_orders_as_large_ones(company: Nights, tmp_path: Path) -> None:
    def small_pages(config: CompanyConfig) -> CompanyConfig:
        assert config.sources.kingdee
        small = config.sources.kingdee.model_copy(update={"page_size": 3})
        return config.model_copy(update={"sources": config.sources.model_copy(update={"kingdee": small})})

    streams = ("kingdee.sales_orders", "kingdee.inventory")
    large = company.run(*streams, landing=tmp_path / "a", move=False)
    small = company.run(*streams, landing=tmp_path / "b", move=False, change=small_pages)
    for name in streams:
        assert small[name].loads[0].load_id == large[name].loads[0].load_id
        assert small[name].loads[0].pages > large[name].loads[0].pages


def test_an_unknown_field_is_named_with_the_place_to_correct_it(company: Nights, tmp_path: Path) -> None:
    def renamed(config: CompanyConfig) -> CompanyConfig:
        assert config.sources.zoho_crm
        other = config.sources.zoho_crm.model_copy(update={"field_names": {"leads": {"MQL_Time": "Qualified_At"}}})
        return config.model_copy(update={"sources": config.sources.model_copy(update={"zoho_crm": other})})

    outcome = company.run("zoho_crm.leads", landing=tmp_path, move=False, change=renamed)["zoho_crm.leads"]
    assert outcome.error_class is ErrorClass.BAD_REQUEST
    assert "Leads has no field Qualified_At" in outcome.message
    assert "field_names in company.yaml" in outcome.message


_CHILD = """
import os, sys
from datetime import datetime
from pathlib import Path
from connectors.config import load_company
from connectors.registry import build_sources
from connectors.run import extract_all
home = Path(os.environ["INCENTIVES_HOME"])
sources = build_sources(load_company(Path(os.environ["INCENTIVES_COMPANY"])), home)
(erp,) = [source for source in sources if source.name == "kingdee"]
extract_all([erp], as_of=datetime.fromisoformat(sys.argv[2]), cursors={}, landing=Path(sys.argv[1]))
"""


@pytest.mark.parametrize("failpoint", ["after_land_part", "before_manifest", "after_manifest", "after_land"])
def test_a_killed_extraction_run_again_lands_what_an_undisturbed_one_does(
    company: Nights, tmp_path: Path, failpoint: str
) -> None:
    def run(landing: Path, **more: str) -> int:
        command = [sys.executable, "-c", _CHILD, str(landing), company.now.isoformat()]
        env = os.environ | company.running.env | {"PYTHONPATH": str(Path(__file__).parents[2])} | more
        return subprocess.run(command, env=env, check=False).returncode

    assert run(tmp_path / "calm") == 0
    assert run(tmp_path / "killed", INCENTIVES_FAILPOINT=failpoint) == -signal.SIGKILL
    assert run(tmp_path / "killed") == 0
    calm, again = list_landed(tmp_path / "calm"), list_landed(tmp_path / "killed")
    assert {load.load_id for load in again.loads} == {load.load_id for load in calm.loads}
    assert len(calm.loads) == 6
    assert again.ignored == ()


def test_no_secret_stands_in_anything_that_landed(company: Nights, first: dict[str, StreamOutcome]) -> None:
    secrets = [value for name, value in company.running.env.items() if name.endswith(("SECRET", "TOKEN", "KEY"))]
    stores = [json.loads(path.read_bytes()) for path in (company.home / "secrets").glob("*.json")]
    secrets += [store["current"]["access_token"] for store in stores]
    assert len(secrets) >= 8
    texts = [path.read_text() for path in (company.home / "landing").rglob("manifest.json")]
    texts += [line.decode() for outcome in first.values() for load in outcome.loads for line in read_lines(load)]
    assert len(texts) > 1000
    for secret in secrets:
        assert not any(secret in text for text in texts)
