"""The company is a function of seed, scale and instant, and its past stands still."""

import re
import unicodedata
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DAY, DEFAULT_CLOCK, iso
from connectors.sandbox.records import STREAMS, records
from connectors.sandbox.records.feeds import COLUMNS, feed_files, key_of
from connectors.sandbox.records.forms import FORMS

NOW = int(DEFAULT_CLOCK.timestamp())
MODIFIED = {
    "leads": "Modified_Time", "calls": "Modified_Time", "contacts": "Modified_Time", "accounts": "Modified_Time",
    "deals": "Modified_Time", "sales_orders": "FModifyDate", "returns": "FModifyDate", "customers": "FModifyDate",
    "material_issues": "FModifyDate", "staff": "lastUpdateDate",
}  # fmt: skip
KEYS = {"sales_orders": "FSaleOrderEntry_FEntryID", "returns": "FEntity_FEntryID", "customers": "FNumber",
        "material_issues": "FEntity_FEntryID", "staff": "staffId"}  # fmt: skip
ALL = [(source, stream) for source, streams in STREAMS.items() for stream in streams]


def by_key(rows: list[dict[str, Any]], stream: str) -> dict[Any, dict[str, Any]]:
    return {row[KEYS.get(stream, "id")]: row for row in rows}


def _normal(number: str) -> str:
    return unicodedata.normalize("NFKC", number).replace(" ", "").removeprefix("+86")


def test_the_same_seed_and_scale_give_the_same_records(world: World) -> None:
    again = World(7, world.scale)
    for source, stream in ALL:
        assert records(source, stream, again, DEFAULT_CLOCK) == records(source, stream, world, DEFAULT_CLOCK), stream


def test_another_seed_gives_another_company(world: World) -> None:
    other = World(8, world.scale)
    assert records("zoho_crm", "deals", other, NOW) != records("zoho_crm", "deals", world, NOW)


@pytest.mark.parametrize(("source", "stream"), ALL)
def test_a_view_does_not_depend_on_how_far_the_world_has_grown(world: World, source: str, stream: str) -> None:
    then = NOW - 40 * DAY
    fresh = World(7, world.scale)
    assert records(source, stream, fresh, then) == records(source, stream, world, then)


@pytest.mark.parametrize("stream", MODIFIED)
def test_a_record_not_modified_since_then_looks_as_it_did_then(world: World, stream: str) -> None:
    then = NOW - 30 * DAY
    source = next(name for name, streams in STREAMS.items() if stream in streams)
    before, after = (by_key(records(source, stream, world, ts), stream) for ts in (then, NOW))
    field, stamp = MODIFIED[stream], iso(then)[:19]
    untouched = {k: row for k, row in after.items() if row[field].replace(" ", "T")[:19] <= stamp}
    assert len(untouched) > 0
    for key, row in untouched.items():
        assert before[key] == row


def test_nothing_shown_lies_in_the_future(world: World) -> None:
    then = NOW - 20 * DAY + 1234
    stamp = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
    # A complaint's due time is a promise, not an event.
    planned = {"due_at", "page_token_expiry"}
    planned |= {w.name for form in FORMS.values() for w in form.widgets if w.column in {"due_at", "rectify_due_on"}}
    for source, stream in ALL:
        for row in records(source, stream, world, then):
            for name, value in row.items():
                if isinstance(value, str) and name not in planned:
                    for found in stamp.findall(value):
                        assert found.replace(" ", "T") <= iso(then)[:19], (stream, name, value)


def test_every_record_that_vanished_is_in_the_deleted_list(world: World) -> None:
    then = NOW - 60 * DAY
    for module in ("leads", "contacts", "accounts", "deals"):
        before, after = (by_key(records("zoho_crm", module, world, ts), module) for ts in (then, NOW))
        deleted = by_key(records("zoho_crm", f"deleted_{module}", world, NOW), module)
        assert set(before) - set(after) <= set(deleted)
        assert not set(after) & set(deleted)
    assert records("zoho_crm", "deleted_leads", world, NOW)


def test_the_funnel_hangs_together_from_clue_to_order(world: World) -> None:
    clues, forms = (records(*stream, world, NOW) for stream in (("oceanengine", "clues"), ("tencent_ads", "leads")))
    submissions = {row["clue_id"]: (row["telephone"], row["create_time_detail"]) for row in clues}
    submissions |= {str(row["leads_id"]): (row["leads_telephone"], row["leads_create_time"]) for row in forms}
    leads = records("zoho_crm", "leads", world, NOW)
    accounts = by_key(records("zoho_crm", "accounts", world, NOW), "accounts")
    deals = by_key(records("zoho_crm", "deals", world, NOW), "deals")
    gone = {row["id"] for name in ("accounts", "deals") for row in records("zoho_crm", f"deleted_{name}", world, NOW)}
    ordered = defaultdict(float)
    for line in records("kingdee", "sales_orders", world, NOW):
        ordered[line["F_CRM_DealId"]] += line["FAllAmount_LC"]
    for lead in leads:
        if lead["External_Clue_Id"]:
            telephone, submitted = submissions[lead["External_Clue_Id"]]
            assert _normal(telephone) == _normal(lead["Mobile"])
            assert submitted.replace(" ", "T") <= lead["Created_Time"][:19]
        if lead["Converted__s"]:
            assert lead["First_Contact_Time"] <= lead["MQL_Time"] <= lead["SQL_Time"] <= lead["Converted_Date_Time"]
            assert lead["Converted_Account"]["id"] in accounts.keys() | gone
            assert lead["Converted_Deal"]["id"] in deals.keys() | gone
    settled = [d for d in deals.values() if d["Stage"] == "Closed Won" and d["Closing_Date"] < "2026-10-25"]
    assert len(settled) > 100
    for deal in settled:
        assert ordered[deal["id"]] == pytest.approx(deal["Amount"], abs=0.001)
        assert accounts[deal["Account_Name"]["id"]]["ERP_Customer_No"]


def test_every_user_of_a_lead_is_listed_and_every_salesman_employed(world: World) -> None:
    users = by_key(records("zoho_crm", "users", world, NOW), "users")
    assert {lead["Owner"]["id"] for lead in records("zoho_crm", "leads", world, NOW)} <= users.keys()
    staff = records("ihr360", "staff", world, NOW)
    for line in records("kingdee", "sales_orders", world, NOW):
        stays = [s for s in staff if s["staffNo"] == line["FSalerId.FNumber"]]
        day = line["FDate"][:10]
        # An order is written up to two days after the deal was won, perhaps by somebody who has just left.
        assert any(s["enrollInDate"] <= day for s in stays), line


def test_stays_of_one_employee_do_not_overlap(world: World) -> None:
    stays = defaultdict(list)
    for person in world.roster.people:
        stays[person.employee_no].append((person.hired, person.left or date.max))
    for periods in stays.values():
        periods.sort()
        for (_, left), (hired, _) in pairwise(periods):
            assert left < hired


def test_credit_of_an_object_never_passes_a_hundred_percent_on_any_day(world: World) -> None:
    rows = records("file_drop", "credit_owners", world, NOW)
    by_object = defaultdict(list)
    for row in rows:
        by_object[row["object_type"], row["object_id"]].append(row)
    for owners in by_object.values():
        for edge in {row["valid_from"] for row in owners}:
            valid = [r for r in owners if r["valid_from"] <= edge and (not r["valid_to"] or edge < r["valid_to"])]
            assert sum(int(r["share_percent"]) for r in valid) <= 100


def test_attainment_of_the_random_company_lies_between_70_and_135_percent(world: World) -> None:
    targets = {
        row["subject_id"]: float(row["target"])
        for row in records("file_drop", "targets", world, NOW)
        if (row["metric_id"], row["period_id"]) == ("sales_revenue_attainment", "2026-10")
        and row["grain"] == "employee"
    }
    sold = defaultdict(float)
    for line in records("kingdee", "sales_orders", world, NOW):
        if line["FDate"][:7] == "2026-10" and line["FCancelStatus"] == "A":
            sold[line["FSalerId.FNumber"]] += line["FAllAmount_LC"]
    for line in records("kingdee", "returns", world, NOW):
        if line["FDate"][:7] == "2026-10":
            sold[line["FSalesManId.FNumber"]] -= line["FAllAmount_LC"]
    ratios = [sold[no] / target for no, target in targets.items() if not no.startswith("E900") and sold[no] > 8000]
    assert ratios
    assert all(0.70 <= ratio <= 1.36 for ratio in ratios), ratios


def test_leads_grow_in_line_with_scale() -> None:
    counts = [len(World(7, scale).extend_to(NOW - 700 * DAY).leads) for scale in (0.5, 1.0)]
    planted = len(World(7, 0.01).leads)
    assert (counts[1] - planted) / (counts[0] - planted) == pytest.approx(2.0, rel=0.06)


def test_feed_rows_carry_the_contract_columns_and_a_key_once_a_file(world: World) -> None:
    for found in feed_files(world, NOW):
        keys = [key_of(found.feed, row) for row in found.rows]
        assert len(keys) == len(set(keys)), (found.feed, found.period)
        for row in found.rows:
            assert tuple(row) == COLUMNS[found.feed], found.feed


def test_a_file_once_released_never_changes(world: World) -> None:
    before = {(f.feed, f.period): f.rows for f in feed_files(world, NOW - 45 * DAY)}
    after = {(f.feed, f.period): f.rows for f in feed_files(world, NOW)}
    assert before
    for key, rows in before.items():
        assert after[key] == rows, key


def test_an_open_entry_comes_again_when_it_is_settled(world: World) -> None:
    open_inputs = [
        row["input_id"]
        for found in feed_files(world, NOW, "product_inputs")
        if found.month == date(2026, 8, 1)
        for row in found.rows
        if row["decision"] == "pending"
    ]
    assert open_inputs
    now = {row["input_id"]: row["decision"] for row in records("file_drop", "product_inputs", world, NOW)}
    assert all(now[key] in {"adopted", "rejected"} for key in open_inputs)


def test_the_clock_cannot_pass_the_end_of_the_schedule(world: World) -> None:
    with pytest.raises(ValueError, match="scheduled to 2028-12-31"):
        world.extend_to(NOW + 900 * DAY)


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="scale must lie"):
        World(7, 0)


def test_report_numbers_are_restated_for_a_week_and_then_stand(world: World) -> None:
    day = (DEFAULT_CLOCK.date() - timedelta(days=20)).isoformat()

    def shown(after_days: float) -> dict[str, Any]:
        ts = int((DEFAULT_CLOCK.replace(hour=0, minute=0) - timedelta(days=20)).timestamp() + after_days * DAY)
        rows = [r for r in records("oceanengine", "report", world, ts) if r["stat_time_day"] == day]
        return {r["cdp_promotion_id"]: r for r in rows}

    estimate, next_noon, week, later = shown(0.99), shown(1.5), shown(8.5), shown(15)
    common = set(estimate) & set(next_noon)
    assert any(estimate[k]["stat_cost"] != next_noon[k]["stat_cost"] for k in common)
    assert {k: r["stat_cost"] for k, r in next_noon.items()} == {k: r["stat_cost"] for k, r in later.items()}
    assert sum(int(r["attribution_convert_cnt"]) for r in next_noon.values()) < sum(
        int(r["attribution_convert_cnt"]) for r in week.values()
    )
    assert week == later
