"""Every planted answer, computed straight from the records a vendor or file would show."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.sandbox import planted
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK, instant
from connectors.sandbox.company.wechat_ads import adgroups
from connectors.sandbox.records import records

NOW = int(DEFAULT_CLOCK.timestamp())
ANSWERS = planted.load().answers
LATER = instant("2026-11-10T09:00:00")


def leads_of(world: World, campaign: str, ts: int = NOW) -> list[dict[str, Any]]:
    return [row for row in records("zoho_crm", "leads", world, ts) if row["Campaign_Id"] == campaign]


def won_of(world: World, leads: list[dict[str, Any]], ts: int = NOW) -> list[dict[str, Any]]:
    deals = {row["id"]: row for row in records("zoho_crm", "deals", world, ts)}
    found = [deals[lead["Converted_Deal"]["id"]] for lead in leads if lead["Converted_Deal"]]
    return [deal for deal in found if deal["Stage"] == "Closed Won"]


def cost_of(world: World, campaign: str) -> Decimal:
    """What finance books or, for 微信广告, what the platform reports (in fen): the two repeat each other."""
    groups = {group.id for group in adgroups(world).get(campaign, ())}
    if groups:
        rows = records("tencent_ads", "report_reporting_time", world, NOW)
        return Decimal(sum(row["cost"] for row in rows if row["adgroup_id"] in groups)) / 100
    rows = records("file_drop", "promotion_costs", world, NOW)
    return sum((Decimal(row["amount"]) for row in rows if row["campaign"] == campaign), Decimal(0))


def feed(world: World, name: str, employee_no: str) -> list[dict[str, Any]]:
    return [row for row in records("file_drop", name, world, NOW) if row["employee_no"] == employee_no]


def test_thirty_of_a_hundred_leads_were_followed_up(world: World) -> None:
    leads = leads_of(world, "CMP-P-FOLLOW")
    assert len(leads) == ANSWERS["follow_up"]["leads"] == 100
    assert sum(1 for lead in leads if lead["First_Contact_Time"]) == ANSWERS["follow_up"]["followed_up"] == 30
    called = {row["Who_Id"]["id"] for row in records("zoho_crm", "calls", world, NOW)}
    assert sum(1 for lead in leads if lead["id"] in called) == 30


def test_ten_thousand_yuan_of_wechat_ads_became_twenty_customers(world: World) -> None:
    answer, leads = ANSWERS["wechat_10k"], leads_of(world, "CMP-P-WX10K")
    won = won_of(world, leads)
    deal_ids = {deal["id"] for deal in won}
    orders = [o for o in records("kingdee", "sales_orders", world, NOW) if o["F_CRM_DealId"] in deal_ids]
    revenue = sum(Decimal(str(o["FAllAmount_LC"])) for o in orders)
    assert (len(leads), len({o["FCustId.FNumber"] for o in orders})) == (answer["leads"], answer["customers"])
    assert cost_of(world, "CMP-P-WX10K") == Decimal(answer["cost"])
    assert revenue == Decimal(answer["revenue"])
    assert cost_of(world, "CMP-P-WX10K") / len(leads) == answer["cost_per_lead"]
    assert cost_of(world, "CMP-P-WX10K") / len(won) == answer["cost_per_customer"]
    assert revenue / cost_of(world, "CMP-P-WX10K") == answer["roas"]
    assert {lead["Created_Time"][:7] for lead in leads} == {o["FDate"][:7] for o in orders} == {"2026-10"}


def test_a_hundred_thousand_yuan_became_ten_deals_of_five_hundred_leads(world: World) -> None:
    answer, leads = ANSWERS["hundred_thousand"], leads_of(world, "CMP-P-100K")
    assert (len(leads), len(won_of(world, leads))) == (answer["leads"], answer["deals"]) == (500, 10)
    assert cost_of(world, "CMP-P-100K") == Decimal(answer["cost"])
    assert {deal["Closing_Date"][:7] for deal in won_of(world, leads)} == {"2026-09"}


@pytest.mark.parametrize(
    ("name", "campaign", "percent"), [("zhihu_thirty", "ZH90001", 30), ("wechat_ten", "CMP-P-WXAUG", 10)]
)
def test_zhihu_converts_thirty_percent_and_wechat_ten(world: World, name: str, campaign: str, percent: int) -> None:
    leads = leads_of(world, campaign)
    won = won_of(world, leads)
    assert (len(leads), len(won)) == (ANSWERS[name]["leads"], ANSWERS[name]["won"])
    assert len(won) * 100 == percent * len(leads)
    assert {deal["Closing_Date"][:7] for deal in won} == {"2026-08"}


def test_month_edges_fall_into_the_local_month(world: World) -> None:
    months = Counter(lead["Created_Time"][:7] for lead in leads_of(world, "CMP-P-EDGE"))
    assert months == ANSWERS["month_edges"]["by_month"]
    assert {lead["Created_Time"] for lead in leads_of(world, "CMP-P-EDGE")} == {
        "2026-10-01T07:30:00+08:00",
        "2026-10-31T23:59:59+08:00",
        "2026-11-01T00:00:00+08:00",
    }


def test_the_unmapped_owner_appears_only_after_october(world: World) -> None:
    answer = ANSWERS["unmapped_owner"]
    owned = [row for row in records("zoho_crm", "leads", world, NOW) if row["Owner"]["id"] == answer["user_id"]]
    assert len(owned) == answer["leads"]
    assert min(row["Created_Time"] for row in owned)[:10] == answer["first_seen_on"].isoformat()
    user = next(row for row in records("zoho_crm", "users", world, NOW) if row["id"] == answer["user_id"])
    assert user["email"] not in {row["workEmail"] for row in records("ihr360", "staff", world, NOW)}
    mapped = {row["source_user_id"] for row in records("file_drop", "identity_map", world, NOW)}
    assert answer["user_id"] not in mapped


def test_every_other_owner_maps_by_mailbox_or_by_the_identity_map(world: World) -> None:
    mailboxes = {row["workEmail"] for row in records("ihr360", "staff", world, NOW)}
    mapped = {row["source_user_id"] for row in records("file_drop", "identity_map", world, NOW)}
    users = records("zoho_crm", "users", world, NOW)
    unknown = {row["id"] for row in users if row["email"] not in mailboxes and row["id"] not in mapped}
    assert unknown == {ANSWERS["unmapped_owner"]["user_id"]}
    assert any(row["email"] not in mailboxes for row in users if row["id"] in mapped)


def test_six_of_ten_product_inputs_were_adopted(world: World) -> None:
    inputs = [row for row in feed(world, "product_inputs", "E9002") if row["submitted_on"][:7] == "2026-10"]
    adopted = [row for row in inputs if row["decision"] == "adopted"]
    assert (
        (len(inputs), len(adopted))
        == (ANSWERS["product_inputs"]["inputs"], ANSWERS["product_inputs"]["adopted"])
        == (10, 6)
    )


@pytest.mark.parametrize(("name", "employee_no"), [("coverage_below", "E9003"), ("coverage_exact", "E9004")])
def test_customer_file_coverage_stands_just_below_and_exactly_at_95_percent(
    world: World, name: str, employee_no: str
) -> None:
    answer = ANSWERS[name]
    user = f"4150899{int(employee_no[1:]):012d}"
    owned = [row for row in records("zoho_crm", "accounts", world, NOW) if row["Owner"]["id"] == user]
    assert len(owned) == answer["accounts"]
    assert sum(1 for row in owned if row["File_Complete"]) == answer["with_file"]
    ids = {row["id"] for row in owned}
    updated = {
        row["account_id"]
        for row in records("zoho_crm", "account_timeline", world, NOW)
        if row["account_id"] in ids and row["action"] == "updated" and row["audited_time"][:7] == "2026-10"
    }
    assert len(updated) == answer["updated_in_october"]
    assert all(row["ERP_Customer_No"] for row in owned)


def test_the_two_coverages_lie_on_both_sides_of_the_threshold() -> None:
    below, exact = ANSWERS["coverage_below"], ANSWERS["coverage_exact"]
    assert below["with_file"] * 100 < 95 * below["accounts"]
    assert round(Decimal(below["with_file"] * 100) / below["accounts"], 2) == Decimal("94.99")
    assert exact["with_file"] * 100 == 95 * exact["accounts"]


@pytest.mark.parametrize(
    ("name", "employee_no", "ratio"), [("attainment_exact", "E9005", "1.2"), ("attainment_above", "E9006", "1.2001")]
)
def test_attainment_is_exactly_120_and_120_01_percent(world: World, name: str, employee_no: str, ratio: str) -> None:
    sold = sum(
        Decimal(str(row["FAllAmount_LC"]))
        for row in records("kingdee", "sales_orders", world, NOW)
        if row["FSalerId.FNumber"] == employee_no and row["FDate"][:7] == "2026-10" and row["FDocumentStatus"] == "C"
    )
    target = next(
        Decimal(row["target"])
        for row in records("file_drop", "targets", world, NOW)
        if (row["subject_id"], row["period_id"], row["metric_id"])
        == (employee_no, "2026-10", "sales_revenue_attainment")
    )
    assert (sold, target) == (Decimal(ANSWERS[name]["revenue"]), Decimal(ANSWERS[name]["target"]))
    assert sold / target == Decimal(ratio)


def test_the_refund_comes_after_the_close(world: World) -> None:
    answer = ANSWERS["refund_after_close"]
    orders = [r for r in records("kingdee", "sales_orders", world, NOW) if r["FSalerId.FNumber"] == "E9007"]
    assert [(r["FDate"][:10], r["FAllAmount_LC"]) for r in orders] == [("2026-10-20", 80000.0)]
    assert not [r for r in records("kingdee", "returns", world, NOW) if r["FSalesManId.FNumber"] == "E9007"]
    back = [r for r in records("kingdee", "returns", world, LATER) if r["FSalesManId.FNumber"] == "E9007"]
    assert [(r["FDate"][:10], r["FAllAmount_LC"], r["F_OrderBillNo"]) for r in back] == [
        (answer["returned_on"].isoformat(), 30000.0, orders[0]["FBillNo"])
    ]


def test_three_price_breaches_of_one_person(world: World) -> None:
    rows = [row for row in feed(world, "policy_breaches", "E9008") if row["occurred_on"][:7] == "2026-10"]
    assert len(rows) == ANSWERS["price_breaches"]["breaches"]
    assert {row["breach_type"] for row in rows} == {"price_policy_breach"}
    assert sum(1 for row in rows if row["status"] == "confirmed") == ANSWERS["price_breaches"]["confirmed"]


def test_the_exam_score_is_ninety(world: World) -> None:
    rows = [row for row in feed(world, "training_results", "E9004") if row["course_id"] == "C-FILE"]
    assert [int(row["exam_score"]) for row in rows] == [ANSWERS["exam"]["exam_score"]]


def test_joiner_leaver_transfer_and_rehire_are_dated_as_planted(world: World) -> None:
    staff = records("ihr360", "staff", world, NOW)
    of = {no: [row for row in staff if row["staffNo"] == no] for no in ("E9009", "E9010", "E9011", "E9012")}
    assert [row["leaveDate"] for row in of["E9010"]] == [ANSWERS["leaver"]["last_day"].isoformat()]
    assert [row["staffStatus"] for row in of["E9010"]] == ["QUIT"]
    assert [row["enrollInDate"] for row in of["E9011"]] == [ANSWERS["joiner"]["first_day"].isoformat()]
    moves = [row for row in records("ihr360", "transfers", world, NOW) if row["staffNo"] == "E9009"]
    assert [(m["transferDate"], m["beforeDepartmentId"], m["afterDepartmentId"]) for m in moves] == [
        ("2026-10-16", "T-FUP", "T-CARE")
    ]
    assert of["E9009"][0]["departmentId"] == "T-CARE"
    stays = sorted(of["E9012"], key=lambda row: row["enrollInDate"])
    assert len({row["staffId"] for row in stays}) == ANSWERS["rehire"]["stays"] == 2
    assert date.fromisoformat(stays[0]["leaveDate"]) < ANSWERS["rehire"]["gap_from"]
    assert date.fromisoformat(stays[1]["enrollInDate"]) == ANSWERS["rehire"]["gap_to"]


def test_leave_stands_in_the_report_of_its_month(world: World) -> None:
    answer = ANSWERS["sick_leave"]
    mine = [row for row in records("ihr360", "leaves", world, NOW) if row["staffNo"] == "E9013"]
    assert {row["yearMonth"] for row in mine} == {"2026-10"}
    sick = next(row for row in mine if row["leaveType"] == "病假")
    assert date.fromisoformat(sick["startDate"]) == answer["sick_from"]
    assert date.fromisoformat(sick["endDate"]) + timedelta(days=1) == answer["sick_to"]
    assert sorted(row["days"] for row in mine) == ["0.5", "10", "2"]


def test_fake_clues_and_leads_are_labelled(world: World) -> None:
    answer = ANSWERS["fake_clues"]
    sources = Counter(
        row["clue_source"]
        for row in records("oceanengine", "clues", world, NOW)
        if row["promotion_id"] == "7399100000000000001"
    )
    assert sources == {1: answer["real"], 2: answer["imported"], 3: answer["abnormal"], 4: answer["preview"]}
    fakes = leads_of(world, "CMP-P-FAKE")
    assert sum(1 for lead in fakes if {"name": "测试"} in lead["Tag"]) == ANSWERS["fake_leads"]["tagged"]
    phone = ANSWERS["fake_leads"]["duplicate_mobile"]
    assert sum(1 for lead in fakes if lead["Mobile"] == phone) == ANSWERS["fake_leads"]["duplicates"]


def test_the_click_flood_brings_nobody(world: World) -> None:
    rows = [
        row
        for row in records("oceanengine", "report", world, NOW)
        if (row["cdp_promotion_id"], row["stat_time_day"]) == ("7399100000000000002", "2026-10-20")
    ]
    assert [(int(r["click_cnt"]), int(r["convert_cnt"])) for r in rows] == [
        (ANSWERS["click_flood"]["clicks"], ANSWERS["click_flood"]["conversions"])
    ]


def test_the_lost_day_comes_back_on_the_sixth(world: World) -> None:
    until = instant(ANSWERS["lost_day"]["missing_until"])

    def days(ts: int) -> set[str]:
        return {row["stat_time_day"] for row in records("oceanengine", "report", world, ts)}

    assert "2026-11-04" not in days(until - 1)
    assert {"2026-11-03", "2026-11-05"} <= days(until - 1)
    assert "2026-11-04" in days(until)


def test_planted_facts_do_not_depend_on_seed_or_scale() -> None:
    other = World(99, 0.02).extend_to(NOW)
    test_ten_thousand_yuan_of_wechat_ads_became_twenty_customers(other)
    test_attainment_is_exactly_120_and_120_01_percent(other, "attainment_above", "E9006", "1.2001")
    test_customer_file_coverage_stands_just_below_and_exactly_at_95_percent(other, "coverage_below", "E9003")
