from datetime import date
from decimal import Decimal

import duckdb
import pytest

from orchestration.payout.errors import MeasurementsUnusable
from orchestration.payout.measurements import measurement_hash, read_inputs
from orchestration.periods import Period
from orchestration.scoring.inputs import Absence

OCTOBER = Period.parse("2026-10")


def hash_of(con: duckdb.DuckDBPyConnection) -> str:
    return measurement_hash(read_inputs(con, OCTOBER))


def test_values_arrive_as_decimals(warehouse: duckdb.DuckDBPyConnection):
    inputs = read_inputs(warehouse, OCTOBER)
    values = {row.subject_id: row.numerator for row in inputs.measurements}
    assert values == {"E0001": Decimal("87654.32"), "E0002": Decimal(45000)}
    assert all(isinstance(row.numerator, Decimal) for row in inputs.measurements)
    assert inputs.bases[0].base_amount == Decimal("6000.00")
    assert inputs.training[0].exam_score == Decimal(90)


def test_an_inexact_column_is_refused(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("alter table marts.fct_kpi_measurements alter numerator type double")
    with pytest.raises(MeasurementsUnusable, match="numerator is DOUBLE"):
        read_inputs(warehouse, OCTOBER)


def test_a_missing_mart_says_what_to_run(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute("drop table marts.fct_scoring_events")
    with pytest.raises(MeasurementsUnusable, match=r"fct_scoring_events.*Run the night"):
        read_inputs(warehouse, OCTOBER)


def test_the_hash_ignores_order_and_load_time_but_no_value(warehouse: duckdb.DuckDBPyConnection):
    before = hash_of(warehouse)
    warehouse.execute("create table copy as from marts.fct_kpi_measurements order by subject_id desc")
    warehouse.execute("truncate marts.fct_kpi_measurements")
    warehouse.execute("insert into marts.fct_kpi_measurements from copy")
    warehouse.execute("update marts.fct_kpi_measurements set as_of = '2026-11-09T09:00:00+08:00'")
    assert hash_of(warehouse) == before
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 87654.33 where subject_id = 'E0001'")
    assert hash_of(warehouse) != before


LATER = """
update marts.dim_employee_assignments set valid_to = '2026-11-10' where employee_no = 'E0001';
insert into marts.dim_bonus_bases values ('E0003', '2026-11-01', null, 7000, 'CNY', 'PE01', 'CN01', 'CC10');
insert into marts.fct_training_results values
    ('E0002', 'price_rules', '2026-11-02', null, null, null, 'file_drop', 'training_results', 'k2', 'load2');
insert into marts.fct_scoring_events values
    ('b2', 'price_policy_breach', 'E0001', '2026-11-08', null, 'open', 'file_drop', 'policy_breaches', 'b2', 'load2');
insert into marts.fct_absences values
    ('s1|l1', 'E0001', 'sick', '2026-11-02', '2026-11-09', 'ihr360', 'leaves', 'k', 'load2');
insert into marts.fct_improvement_plans values
    ('E0001', '2026-11-02', null, 'E0009', 'file_drop', 'improvement_plans', 'k', 'load2');
insert into marts.fct_kpi_measurements
    select * replace ('2026-11' as period_id, date '2026-11-01' as period_start, date '2026-12-01' as period_end)
    from marts.fct_kpi_measurements
"""


@pytest.mark.parametrize("statement", LATER.split(";"))
def test_what_happens_after_the_period_does_not_change_its_hash(warehouse: duckdb.DuckDBPyConnection, statement: str):
    before = hash_of(warehouse)
    warehouse.execute(statement)
    assert hash_of(warehouse) == before


def test_a_slower_metric_brings_its_last_own_period(warehouse: duckdb.DuckDBPyConnection):
    for quarter, start, end in (("2026-Q2", "2026-04-01", "2026-07-01"), ("2026-Q3", "2026-07-01", "2026-10-01")):
        warehouse.execute(
            "insert into marts.fct_kpi_measurements values ('win_rate', 'employee', 'E0001', 'quarter', ?, ?, ?, 1, 4, "
            "null, 'ratio', 'ok', '', false, null)",
            [quarter, start, end],
        )
    starts = [row.period_start for row in read_inputs(warehouse, OCTOBER).measurements if row.metric_id == "win_rate"]
    assert starts == [date(2026, 7, 1)]
    both = read_inputs(warehouse, OCTOBER, own_periods=2).measurements
    assert len([row for row in both if row.metric_id == "win_rate"]) == 2


@pytest.mark.parametrize("table", ["dim_employee_assignments", "dim_bonus_bases"])
def test_two_entries_for_one_day_are_a_hard_stop(warehouse: duckdb.DuckDBPyConnection, table: str):
    warehouse.execute(
        f"insert into marts.{table} select * replace (date '2026-10-16' as valid_from) from marts.{table} "
        "where employee_no = 'E0001'"
    )
    with pytest.raises(MeasurementsUnusable, match=r"E0001 has two entries .* 2026-10-16"):
        read_inputs(warehouse, OCTOBER)


def test_two_values_of_one_metric_are_a_hard_stop(warehouse: duckdb.DuckDBPyConnection):
    warehouse.execute(
        "insert into marts.fct_kpi_measurements select * replace (1 as numerator) from marts.fct_kpi_measurements"
    )
    with pytest.raises(MeasurementsUnusable, match="two values of sales_revenue_attainment"):
        read_inputs(warehouse, OCTOBER)


def test_leave_and_improvement_plans_are_read_up_to_the_end_of_the_period(warehouse: duckdb.DuckDBPyConnection):
    before = hash_of(warehouse)
    warehouse.execute(
        "insert into marts.fct_absences values "
        "('s1|l1', 'E0001', 'sick', '2026-10-26', '2026-11-05', 'ihr360', 'leaves', 's1|2026-10|l1', 'load1')"
    )
    warehouse.execute(
        "insert into marts.fct_improvement_plans values "
        "('E0002', '2026-09-01', '2026-12-01', 'E0009', 'file_drop', 'improvement_plans', 'k', 'load1')"
    )
    inputs = read_inputs(warehouse, OCTOBER)
    assert inputs.absences == (
        Absence("E0001", "sick", date(2026, 10, 26), date(2026, 11, 1), "ihr360/leaves/s1|2026-10|l1"),
    )
    assert [(row.employee_no, row.valid_to) for row in inputs.improvement_plans] == [("E0002", None)]
    assert hash_of(warehouse) != before
    known = hash_of(warehouse)
    warehouse.execute("update marts.fct_absences set valid_to = date '2026-11-20'")
    assert hash_of(warehouse) == known
