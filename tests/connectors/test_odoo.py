"""Odoo: two protocols that read the same, pages by id, archived and deleted records, `false` that is no value."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_server import Answer, Asked, FakeVendor
from night import IMPATIENT, Nights, rows

from connectors.classify import ErrorTable
from connectors.config import load_company
from connectors.config_models import CompanyConfig
from connectors.erp.odoo.config import OdooConfig
from connectors.erp.odoo.protocol import inspect_json2, inspect_jsonrpc
from connectors.erp.odoo.streams import MODELS
from connectors.errors import ErrorClass
from connectors.http import Reply
from connectors.landing import list_landed
from connectors.registry import build_sources
from connectors.sandbox import serve, state
from connectors.stream import ExtractRequest, StreamOutcome
from connectors.window import parse_cursor, plan_window

CONFIG = Path(__file__).with_name("more_sources.yaml")
ERRORS = Path(__file__).parents[2] / "connectors" / "erp" / "odoo" / "errors.yaml"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    home = tmp_path_factory.mktemp("company")
    state.ensure(home, scale=0.02)
    with serve.serve(home) as running:
        yield Nights(running, home, load_company(CONFIG))


@pytest.fixture(autouse=True)
def _calm(company: Nights) -> Iterator[None]:
    yield
    company.calm()
    company.cursors.clear()


def changed(**settings: Any) -> Callable[[CompanyConfig], CompanyConfig]:
    def change(config: CompanyConfig) -> CompanyConfig:
        assert config.sources.odoo
        other = config.sources.odoo.model_copy(update=settings)
        return config.model_copy(update={"sources": config.sources.model_copy(update={"odoo": other})})

    return change


def run(company: Nights, name: str, landing: Path, *, move: bool = False, **more: Any) -> StreamOutcome:
    return company.run(f"odoo.{name}", landing=landing, move=move, **more)[f"odoo.{name}.sample"]


@pytest.fixture(scope="module")
def first(company: Nights, tmp_path_factory: pytest.TempPathFactory) -> dict[str, StreamOutcome]:
    landing = tmp_path_factory.mktemp("first")
    outcomes = company.run(*(f"odoo.{name}" for name in MODELS), landing=landing, move=False)
    return {o.stream: o for o in outcomes.values()}


def test_every_model_is_read_whole_and_counted_on_the_first_run(first: dict[str, StreamOutcome]) -> None:
    assert {name: (o.state, o.message) for name, o in first.items()} == dict.fromkeys(MODELS, ("complete", ""))
    for name, outcome in first.items():
        load = outcome.loads[0]
        assert load.full_scan
        assert load.vendor_total == load.rows > 0
        personal = {field.path for field in MODELS[name].personal if field.kind == "name"}
        assert all(set(row) == set(MODELS[name].fields) - personal for row in rows(outcome))


def test_both_protocols_land_the_same(company: Nights, first: dict[str, StreamOutcome], tmp_path: Path) -> None:
    for name in MODELS:
        over_rpc = run(company, name, tmp_path, change=changed(protocol="jsonrpc"))
        assert over_rpc.state == "complete", over_rpc.message
        assert over_rpc.loads[0].load_id == first[name].loads[0].load_id


def test_archived_records_are_read(first: dict[str, StreamOutcome]) -> None:
    assert {row["active"] for row in rows(first["leads"])} == {True, False}
    assert {row["active"] for row in rows(first["users"])} == {True, False}


def test_portal_visitors_are_no_users(first: dict[str, StreamOutcome]) -> None:
    assert 4 not in {row["id"] for row in rows(first["users"])}


def test_nothing_is_null_and_a_no_stays_a_no(first: dict[str, StreamOutcome]) -> None:
    for name, outcome in first.items():
        booleans = {"active", "is_company", "x_is_renewal"}
        for row in rows(outcome):
            assert all(value is not False for field, value in row.items() if field not in booleans), name
    partners = rows(first["partners"])
    assert {row["is_company"] for row in partners} == {True, False}
    assert any(row["parent_id"] is None for row in partners)
    assert {row["lost_reason_id"] and row["lost_reason_id"]["name"] for row in rows(first["leads"])} == {
        None,
        "预算不足",
    }


def test_a_reference_keeps_the_name_of_a_thing_and_drops_the_name_of_a_person(first: dict[str, StreamOutcome]) -> None:
    for lead in rows(first["leads"]):
        assert set(lead["user_id"]) == {"id"}
        assert lead["partner_id"] is None or set(lead["partner_id"]) == {"id"}
        assert set(lead["stage_id"]) == set(lead["source_id"]) == {"id", "name"}
    line = rows(first["order_lines"])[0]
    assert line["product_id"]["name"].startswith("[PRD-")
    assert set(line["order_id"]) == {"id"}


def test_nothing_personal_lands_in_the_clear(first: dict[str, StreamOutcome]) -> None:
    names = {row["name"] for row in rows(first["users"], "users__names")}
    assert len(names) > 10
    texts = [repr(row) for outcome in first.values() for row in rows(outcome)]
    assert not any("@sample.example'" in text or "@customer.example'" in text for text in texts if "masked" not in text)
    people = {row["contact_name"] for row in rows(first["leads"], "leads__names")}
    assert not any(f"'{name}'" in text for text in texts[:500] for name in list(people)[:50])
    emails = [row["email_from"] for row in rows(first["leads"]) if row["email_from"]]
    assert all(set(email) == {"hash", "valid", "masked"} for email in emails)


def test_planted_facts_read_the_same_as_in_the_crm_and_the_other_erp(first: dict[str, StreamOutcome]) -> None:
    leads = [row for row in rows(first["leads"]) if (row["campaign_id"] or {}).get("name") == "CMP-P-FOLLOW"]
    assert (len(leads), sum(row["x_first_contact_at"] is not None for row in leads)) == (100, 30)
    assert sum(row["stage_id"]["name"] == "赢单" for row in leads) == 3
    october = [r for r in rows(first["orders"]) if r["user_id"]["id"] == 9015 and r["date_order"].startswith("2026-10")]
    assert sum(row["amount_total"] for row in october) == 120_000


def test_lines_add_up_to_their_orders(first: dict[str, StreamOutcome]) -> None:
    totals: dict[int, float] = {}
    for line in rows(first["order_lines"]):
        totals[line["order_id"]["id"]] = totals.get(line["order_id"]["id"], 0) + line["price_total"]
    for order in rows(first["orders"]):
        assert round(totals[order["id"]] * 100) == round(order["amount_total"] * 100)


def test_small_pages_read_the_same_as_large_ones(
    company: Nights, first: dict[str, StreamOutcome], tmp_path: Path
) -> None:
    small = run(company, "partners", tmp_path, change=changed(page_size=37))
    assert small.loads[0].pages > 50
    assert small.loads[0].load_id == first["partners"].loads[0].load_id


def test_the_cursor_says_that_it_is_utc(first: dict[str, StreamOutcome], company: Nights) -> None:
    load = first["orders"].loads[0]
    assert load.cursor is not None
    assert load.cursor.endswith("+00:00")
    newest = max(row["write_date"] for row in rows(first["orders"]))
    moment = parse_cursor(company_spec(company, "orders"), load.cursor, company.config.zone)
    assert moment.strftime("%Y-%m-%d %H:%M:%S") == newest


def company_spec(company: Nights, name: str) -> Any:
    (source,) = (
        s for s in build_sources(company.config, company.home, environment=company.running.env) if s.name == "odoo"
    )
    return source.specs[name]


def test_the_next_night_reads_what_changed_and_overlaps(company: Nights, tmp_path: Path) -> None:
    before = {row["id"]: row for row in rows(run(company, "leads", tmp_path / "a", move=True))}
    company.advance(days=1)
    night = run(company, "leads", tmp_path / "b")
    whole = {row["id"]: row for row in rows(run(company, "leads", tmp_path / "c", change=changed(sweep_days=[3])))}
    read = {row["id"]: row for row in rows(night)}
    assert not night.loads[0].full_scan
    assert len(read) < len(whole) / 5
    assert {one for one in whole if whole[one] != before.get(one)} <= read.keys()
    assert all(whole[one] == row for one, row in read.items())
    assert before.keys() & read.keys()


def test_many_records_of_one_second_survive_small_pages(company: Nights, tmp_path: Path) -> None:
    """400 customer files were updated within one second, which the vendor keeps finer than it shows."""
    company.cursors["odoo", "partners", "sample"] = "2026-10-15T02:10:00+00:00"
    night = run(company, "partners", tmp_path, change=changed(page_size=9))
    same = [row["id"] for row in rows(night) if row["write_date"] == "2026-10-15 02:00:00"]
    assert len(same) == len(set(same)) == 270


def test_a_record_that_changes_while_it_is_paged_comes_the_next_night(company: Nights, tmp_path: Path) -> None:
    company.cursors["odoo", "leads", "sample"] = "2026-10-25T00:00:00+00:00"
    calm = {row["id"] for row in rows(run(company, "leads", tmp_path / "calm"))}
    company.fault("odoo", match="crm.lead/search_read", kind="advance", seconds=3 * 86_400, after=1)
    during = rows(run(company, "leads", tmp_path / "a", move=True, change=changed(page_size=4)))
    assert calm - {row["id"] for row in during}  # changed meanwhile: not in the window of tonight any more
    known = {row["id"]: row for row in [*during, *rows(run(company, "leads", tmp_path / "b"))]}
    whole = rows(run(company, "leads", tmp_path / "c", change=sweep_tonight(company)))
    since = [row for row in whole if row["write_date"] > "2026-10-25 00:00:00"]
    assert since
    assert [row for row in since if known.get(row["id"]) != row] == []


def sweep_tonight(company: Nights) -> Callable[[CompanyConfig], CompanyConfig]:
    return changed(sweep_days=[(company.now - timedelta(days=1)).day])


def test_fewer_records_than_the_vendor_counts_make_the_stream_partial(company: Nights, tmp_path: Path) -> None:
    company.fault("odoo", match="stock.move/search_count", kind="body", body=100_000, times=0)
    outcome = run(company, "stock_moves", tmp_path)
    assert outcome.state == "partial"
    assert outcome.message.startswith("the vendor counts 100000 records")


@pytest.mark.parametrize("protocol", ["json2", "jsonrpc"])
def test_a_refused_key_stops_the_source_and_is_not_shown(company: Nights, tmp_path: Path, protocol: str) -> None:
    right = company.running.env["SANDBOX_ODOO_API_KEY"]
    company.running.env["SANDBOX_ODOO_API_KEY"] = "an-old-key-0123456789"
    try:
        outcomes = company.run(
            "odoo.orders", "odoo.leads", landing=tmp_path, move=False, change=changed(protocol=protocol)
        )
    finally:
        company.running.env["SANDBOX_ODOO_API_KEY"] = right
    assert {o.error_class for o in outcomes.values()} == {ErrorClass.AUTH_FATAL}
    assert not any("an-old-key" in o.message for o in outcomes.values())
    assert any("not asked: the source stopped" in o.message for o in outcomes.values())


ACCESS = "odoo.exceptions.AccessError"


@pytest.mark.parametrize(
    ("protocol", "match", "status", "body"),
    [
        ("json2", "crm.lead/search_read", 403, {"name": ACCESS, "message": "无权访问", "debug": "Traceback: secret"}),
        ("jsonrpc", "crm.lead", 200, {"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": "Odoo Server Error",
         "data": {"name": ACCESS, "message": "无权访问", "debug": "Traceback: secret"}}}),
    ],
)  # fmt: skip
def test_a_missing_right_fails_one_stream_and_its_stack_trace_is_not_shown(
    company: Nights, tmp_path: Path, protocol: str, match: str, status: int, body: dict[str, Any]
) -> None:
    company.fault("odoo", match=match, kind="status", status=status, body=body, times=0)
    outcomes = company.run(
        "odoo.leads", "odoo.products", landing=tmp_path, move=False, change=changed(protocol=protocol)
    )
    failed = outcomes["odoo.leads.sample"]
    assert (failed.state, failed.error_class) == ("failed", ErrorClass.PERMISSION)
    assert "crm.lead/" in failed.message
    assert f"{ACCESS} 无权访问" in failed.message
    assert "Traceback" not in failed.message
    assert outcomes["odoo.products.sample"].state == "complete"


CONFLICT = {"name": "psycopg2.errors.SerializationFailure", "message": "could not serialize access"}
SLOWER = {"name": "werkzeug.exceptions.TooManyRequests", "message": "Too many requests"}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 502},
        {"kind": "truncate"},
        {"kind": "drop"},
        {"kind": "status", "status": 500, "body": CONFLICT},
        {"kind": "status", "status": 429, "body": SLOWER, "headers": {"Retry-After": "3"}},
    ],
)
def test_a_passing_fault_changes_nothing_of_what_lands(company: Nights, tmp_path: Path, fault: dict[str, Any]) -> None:
    calm = run(company, "users", tmp_path / "calm")
    company.fault("odoo", match="res.users/", times=2, after=1, **fault)
    assert run(company, "users", tmp_path / "struck").loads[0].load_id == calm.loads[0].load_id


def test_a_log_in_page_with_200_stops_the_source(company: Nights, tmp_path: Path) -> None:
    company.fault("odoo", match="/json/2/", kind="html", times=0)
    assert run(company, "orders", tmp_path).error_class is ErrorClass.AUTH_FATAL


def test_a_page_that_comes_twice_stops_the_stream(company: Nights, tmp_path: Path) -> None:
    company.fault("odoo", match="res.partner/search_read", kind="repeat", times=0, after=2)
    outcome = run(company, "partners", tmp_path, change=changed(page_size=50))
    assert (outcome.state, outcome.error_class) == ("failed", ErrorClass.CONTRACT)
    assert "came before" in outcome.message
    assert list_landed(tmp_path).loads == ()


def test_a_field_that_this_database_lacks_is_named_and_can_be_renamed_or_left_out(
    company: Nights, tmp_path: Path
) -> None:
    lost = run(company, "leads", tmp_path, change=changed(field_names={"leads": {"x_mql_at": "x_studio_mql"}}))
    assert lost.error_class is ErrorClass.BAD_REQUEST
    assert "crm.lead has no field x_studio_mql; name the right ones under field_names.leads" in lost.message
    renamed = run(company, "leads", tmp_path, change=changed(field_names={"leads": {"x_mql_at": "x_sql_at"}}))
    assert all(row["x_mql_at"] == row["x_sql_at"] for row in rows(renamed))
    without = run(company, "leads", tmp_path, change=changed(field_names={"leads": {"x_mql_at": ""}}))
    assert {row["x_mql_at"] for row in rows(without)} == {None}


def test_a_key_that_is_about_to_end_is_noted(company: Nights, tmp_path: Path) -> None:
    ends = company.now.date() + timedelta(days=4)
    outcome = run(company, "products", tmp_path / "soon", change=changed(api_key_expires_on=ends))
    assert outcome.message == f"the API key ends on {ends}, in 5 days; make a new one"
    calm = run(company, "products", tmp_path / "late", change=changed(api_key_expires_on=date(2027, 12, 31)))
    assert calm.message == ""


def test_json_rpc_without_a_login_is_refused() -> None:
    document = {"base_url": "http://127.0.0.1:1", "accounts": ["x"], "protocol": "jsonrpc"}
    with pytest.raises(ValueError, match=r"protocol jsonrpc needs credentials\.login"):
        OdooConfig.model_validate(document | {"credentials": {"api_key": {"env": "K"}}})


def test_amounts_longer_than_a_double_land_as_text(company: Nights, tmp_path: Path) -> None:
    fields = {name: {"type": "monetary"} for name in MODELS["order_lines"].fields}
    record = b'{"id": 1, "write_date": "2026-11-02 01:00:00", "price_total": 12345678901234567.89'
    record += b"".join(f', "{name}": 1'.encode() for name in fields if name not in {"id", "write_date", "price_total"})

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("fields_get"):
            return Answer(fields)
        return Answer(1) if asked.path.endswith("search_count") else Answer(b"[" + record + b"}]")

    with FakeVendor(answer).running() as vendor:
        config = changed(base_url=vendor.url)(company.config)
        sources = build_sources(config, company.home, environment=company.running.env, patience=IMPATIENT)
        (source,) = (s for s in sources if s.name == "odoo")
        spec = source.specs["order_lines"]
        window = plan_window(spec, source.calendar, cursor=None, as_of=company.now, overlap=source.overlap)
        (load,) = source.extract(ExtractRequest(spec, "sample", window, None, company.now), tmp_path)
    assert (
        rows(StreamOutcome("odoo", "order_lines", "sample", "complete", (load,)))[0]["price_total"]
        == "12345678901234567.89"
    )


def test_complaints_are_found_in_either_form() -> None:
    assert inspect_json2(Reply(200, {}, [])) is None
    assert inspect_json2(Reply(422, {}, "unexpected keyword")).message == "unexpected keyword"  # type: ignore[union-attr]
    assert inspect_jsonrpc(Reply(200, {}, {"jsonrpc": "2.0", "result": []})) is None
    assert inspect_jsonrpc(Reply(200, {}, {"jsonrpc": "2.0"})) is not None
    fault = inspect_jsonrpc(Reply(200, {}, {"error": {"code": 200, "data": {"name": "builtins.ValueError"}}}))
    assert fault is not None
    assert ErrorTable(ERRORS).classify(fault) is ErrorClass.BAD_REQUEST


def test_a_lead_deleted_between_two_nights_is_absent_on_a_sweep_day(company: Nights, tmp_path: Path) -> None:
    company.advance(seconds=(datetime(2027, 1, 28, 9, tzinfo=company.config.zone) - company.now).total_seconds())
    before = {row["id"] for row in rows(run(company, "leads", tmp_path / "a", move=True))}
    company.advance(days=4)
    usual = run(company, "leads", tmp_path / "b", change=changed(sweep_days=[]))
    assert not usual.loads[0].full_scan
    load = run(company, "leads", tmp_path / "c", change=sweep_tonight(company)).loads[0]
    swept = {row["id"] for row in rows(StreamOutcome("odoo", "leads", "sample", "complete", (load,)))}
    assert len(before - swept) == 1
    assert load.full_scan
    assert load.vendor_total == load.rows
