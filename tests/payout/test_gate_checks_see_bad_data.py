from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.payout.actors import load_actors
from orchestration.payout.audit import verify_audit
from orchestration.payout.errors import ApprovalRefused, PayoutRefused, RulesInvalid
from orchestration.payout.gate import GateResult
from orchestration.payout.gate_checks import evaluate_gate, run_gate
from orchestration.payout.measurements import measurement_hash, read_inputs
from orchestration.payout.room import CloseRoom
from orchestration.payout.rules import SAMPLE_RULES, CloseRules, load_close_rules
from orchestration.payout.waivers import waive
from orchestration.periods import Period

OCTOBER = Period.parse("2026-10")
AS_OF = datetime.fromisoformat("2026-11-03T09:00:00+08:00")


def gate(con: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF, rules: CloseRules | None = None) -> GateResult:
    return evaluate_gate(
        con,
        OCTOBER,
        read_inputs(con, OCTOBER),
        as_of=as_of,
        rules=rules or load_close_rules(),
        timezone="Asia/Shanghai",
    )


def found(result: GateResult) -> list[tuple[str, str, str]]:
    return [(finding.severity, finding.check, finding.subject) for finding in result.findings]


def test_good_data_are_green_and_the_verdict_is_for_what_would_be_paid(
    warehouse: duckdb.DuckDBPyConnection, room: CloseRoom
):
    (result,) = run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    assert result.findings == ()
    assert result.measurement_hash == measurement_hash(read_inputs(warehouse, OCTOBER))


def test_a_period_that_is_not_over_is_red(warehouse: duckdb.DuckDBPyConnection):
    last_minute = datetime.fromisoformat("2026-10-31T23:59:00+08:00")
    assert ("error", "period_is_over", "2026-10") in found(gate(warehouse, last_minute))
    assert "period_is_over" not in {check for _, check, _ in found(gate(warehouse))}


def test_a_stream_known_only_until_the_30th_is_red(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("update etl.stream_outcomes set complete_through = '2026-10-30T00:00:00+08:00', state = 'failed'")
    result = gate(warehouse)
    assert found(result) == [("error", "completeness", "kingdee/sales_orders")]
    assert "account DC01: known until 2026-10-30 00:00, last night failed" in result.findings[0].message


def test_a_failed_night_after_a_complete_one_is_green(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute(
        "insert into etl.stream_outcomes values ('2026-11-04T09:00:00+08:00', 'kingdee', 'sales_orders', 'DC01', "
        "'failed', 'auth_fatal', '', 0, 0, null)"
    )
    assert gate(warehouse, datetime.fromisoformat("2026-11-04T09:00:00+08:00")).is_green


def test_a_missing_manual_file_only_warns(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute(
        "insert into etl.stream_outcomes values ('2026-11-03T09:00:00+08:00', 'file_drop', 'service_scores', "
        "'service_scores', 'complete', null, '', 0, 0, '2026-10-01T00:00:00+08:00')"
    )
    assert found(gate(warehouse)) == [("warning", "completeness", "file_drop/service_scores")]


def test_before_the_first_night_the_gate_is_red(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("truncate etl.stream_outcomes")
    assert found(gate(warehouse)) == [("error", "completeness", "2026-10")]


@pytest.mark.parametrize("change", ["rows_inserted = 37", "vendor_total = 41"])
def test_rows_that_do_not_add_up_are_red(warehouse: duckdb.DuckDBPyConnection, change: str):
    warehouse.execute(f"update etl.loads set {change}")
    result = gate(warehouse)
    assert found(result) == [("error", "reconciliation", "kingdee/sales_orders")]
    assert "load1" in result.findings[0].message


def test_too_many_unreadable_rows_are_red(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute(
        "insert into staging.staging_rejects values "
        "('kingdee', 'sales_orders', '1|1', 'amount', 'no number', '', 'load1', 1)"
    )
    assert found(gate(warehouse)) == [("error", "rejects", "kingdee/sales_orders")]  # 1 of 40 is more than 1 %
    warehouse.execute("update etl.loads set rows_landed = 100, rows_inserted = 98, vendor_total = 100")
    assert gate(warehouse).is_green


def test_an_unknown_user_inside_the_period_is_red_and_outside_is_not(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("insert into marts.unmapped_identities values ('zoho_crm', '999', '2026-11-02', '2026-11-02', 1)")
    assert gate(warehouse).is_green
    warehouse.execute("insert into marts.unmapped_identities values ('zoho_crm', '888', '2026-09-02', '2026-10-01', 7)")
    assert found(gate(warehouse)) == [("error", "unmapped_identities", "zoho_crm/888")]


def test_missing_values_warn_and_provisional_values_are_red(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("update marts.fct_kpi_measurements set state = 'missing' where subject_id = 'E0001'")
    assert found(gate(warehouse)) == [("warning", "missing_measurements", "sales_revenue_attainment")]
    warehouse.execute("update marts.fct_kpi_measurements set is_provisional = true")
    assert ("error", "provisional_measurements", "sales_revenue_attainment") in found(gate(warehouse))


def test_a_day_without_rows_is_red_and_a_thin_day_warns(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("delete from staging.stg_oceanengine__report where stat_on = '2026-10-14'")
    warehouse.execute("insert into staging.stg_oceanengine__report values ('2026-10-14'), ('2026-10-14')")
    assert found(gate(warehouse)) == [("warning", "daily_volume", "oceanengine/report")]
    warehouse.execute("delete from staging.stg_oceanengine__report where stat_on = '2026-10-14'")
    result = gate(warehouse)
    assert found(result) == [("error", "daily_volume", "oceanengine/report")]
    assert "0 rows on 2026-10-14, about 10 are usual" in result.findings[0].message


def test_a_night_that_did_not_finish_is_red_and_a_partial_one_warns(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("insert into etl.nights values ('2026-11-03T09:00:00+08:00', '2026-11-02', 'partial', false)")
    assert found(gate(warehouse)) == [("error", "night", "2026-11-02")]
    warehouse.execute("update etl.nights set finished = true")
    assert found(gate(warehouse)) == [("warning", "night", "2026-11-02")]
    warehouse.execute("update etl.nights set state = 'complete'")
    assert gate(warehouse).findings == ()


def _accept(room: CloseRoom, check: str, subject: str, actor: str = "finance.controller") -> None:
    waive(room, load_actors(), OCTOBER, check=check, subject=subject, reason="a public holiday", actor=actor, at=AS_OF)


def test_exactly_the_accepted_finding_becomes_a_warning(room: CloseRoom, warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("delete from staging.stg_oceanengine__report where stat_on = '2026-10-14'")
    run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    for _ in range(2):  # accepting it twice is a no-op
        _accept(room, "daily_volume", "oceanengine/report")
    (result,) = run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    assert result.is_green
    assert result.findings[0].message.endswith("(accepted by finance.controller: a public holiday)")
    warehouse.execute("delete from staging.stg_oceanengine__report where stat_on = '2026-10-15'")
    (result,) = run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    assert ["2026-10-15" in finding.message for finding in result.errors] == [True]
    with room.ledger.read() as connection:
        assert verify_audit(connection).ok


def test_what_may_not_be_accepted(room: CloseRoom, warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("update etl.stream_outcomes set complete_through = '2026-10-30T00:00:00+08:00'")
    run_gate(room, warehouse, OCTOBER, as_of=AS_OF)
    with pytest.raises(PayoutRefused, match="repair the data instead"):
        _accept(room, "completeness", "kingdee/sales_orders")
    with pytest.raises(PayoutRefused, match="no error of rejects"):
        _accept(room, "rejects", "kingdee/sales_orders")
    with pytest.raises(ApprovalRefused, match="may not waive"):
        _accept(room, "rejects", "kingdee/sales_orders", actor="payroll.specialist")


def test_a_warehouse_that_is_not_built_is_red_not_green(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("drop table marts.unmapped_identities; drop table staging.staging_rejects")
    assert {check for _, check, _ in found(gate(warehouse))} == {"rejects", "unmapped_identities"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("max_rows: 20", "max_row: 20", "close.yaml:15: "),
        ("max_share: 1%", "max_share: lots", "close.yaml:15: "),
        ("{severity: warning}", "{severity: mild}", "mild"),
        ("date: stat_on", "date: stat_on;drop", "no table or column name"),
        ("negative_net: carry_forward", "negative_net: forget", "carry_forward or deduct_line"),
    ],
)
def test_wrong_rules_are_refused_with_their_line(tmp_path: Path, old: str, new: str, complaint: str):
    path = tmp_path / "close.yaml"
    path.write_text(SAMPLE_RULES.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(RulesInvalid, match=complaint):
        load_close_rules(path)
