"""A small warehouse in the contract's shape: October 2026 of two sales representatives, everything in order."""

import duckdb

TABLES = """
create schema marts; create schema etl; create schema staging;
create table marts.fct_kpi_measurements (
    metric_id varchar, grain varchar, subject_id varchar, cadence varchar, period_id varchar, period_start date,
    period_end date, numerator decimal(38,6), denominator decimal(38,6), target decimal(38,6), unit varchar, state
    varchar, state_reason varchar, is_provisional boolean, as_of timestamptz);
create table marts.fct_kpi_contributions (
    contribution_id varchar, metric_id varchar, employee_no varchar, team_id varchar, department_id varchar,
    occurred_on date, numerator decimal(38,6), denominator decimal(38,6), counts_for_company boolean,
    source_system varchar, source_stream varchar, source_key varchar, load_id varchar);
create table marts.dim_employee_assignments (
    employee_no varchar, valid_from date, valid_to date, department_id varchar, team_id varchar, position_id varchar,
    manager_employee_no varchar, is_employed boolean);
create table marts.dim_bonus_bases (
    employee_no varchar, valid_from date, valid_to date, base_amount decimal(18,2), currency varchar,
    payer_entity varchar, pay_group varchar, cost_centre varchar);
create table marts.fct_scoring_events (
    event_id varchar, event_type varchar, employee_no varchar, occurred_on date, confirmed_on date, status varchar,
    source_system varchar, source_stream varchar, source_key varchar, load_id varchar);
create table marts.fct_training_results (
    employee_no varchar, course_id varchar, completed_on date, passed_on date, exam_score decimal(9,4), exam_on date,
    source_system varchar, source_stream varchar, source_key varchar, load_id varchar);
create table marts.fct_absences (
    absence_id varchar, employee_no varchar, absence_type varchar, valid_from date, valid_to date,
    source_system varchar, source_stream varchar, source_key varchar, load_id varchar);
create table marts.fct_improvement_plans (
    employee_no varchar, valid_from date, valid_to date, decided_by varchar,
    source_system varchar, source_stream varchar, source_key varchar, load_id varchar);
create table marts.unmapped_identities (
    source_system varchar, source_user_id varchar, first_seen_on date, last_seen_on date, records bigint);
create table staging.staging_rejects (
    source_system varchar, source_stream varchar, source_key varchar, column_name varchar, reason varchar,
    payload varchar, load_id varchar, load_seq bigint);
create table staging.stg_oceanengine__report (stat_on date);
create table etl.loads (
    load_seq bigint, load_id varchar, source varchar, stream varchar, account varchar, mode varchar,
    window_start timestamptz, window_end timestamptz, rows_landed bigint, rows_inserted bigint, rows_unchanged bigint,
    rows_deleted bigint, vendor_total bigint, pages bigint, extracted_at timestamptz, manifest_sha256 varchar);
create table etl.stream_outcomes (
    as_of timestamptz, source varchar, stream varchar, account varchar, state varchar, error_class varchar,
    message varchar, rows_landed bigint, rows_inserted bigint, complete_through timestamptz);
create table etl.nights (as_of timestamptz, business_date date, state varchar, finished boolean);
insert into etl.stream_outcomes values
    ('2026-11-03T09:00:00+08:00', 'kingdee', 'sales_orders', 'DC01', 'complete', null, '', 40, 40,
     '2026-11-03T00:00:00+08:00');
insert into etl.loads values
    (1, 'load1', 'kingdee', 'sales_orders', 'DC01', 'incremental', '2026-10-01T00:00:00+08:00',
     '2026-11-03T09:00:00+08:00', 40, 38, 2, 0, 40, 1, '2026-11-03T09:00:00+08:00', 'm');
insert into staging.stg_oceanengine__report
    select day::date from generate_series(date '2026-09-01', date '2026-10-31', interval 1 day) as days(day),
    generate_series(1, 10);
"""

PEOPLE = """
insert into marts.dim_employee_assignments values
    ('E0001', '2025-01-01', null, 'D-SAL', 'T-FUP', 'P-REP', 'E0009', true),
    ('E0002', '2025-01-01', null, 'D-SAL', 'T-FUP', 'P-REP', 'E0009', true);
insert into marts.dim_bonus_bases values
    ('E0001', '2025-01-01', null, 6000.00, 'CNY', 'PE01', 'CN01', 'CC10'),
    ('E0002', '2025-01-01', null, 5000.00, 'CNY', 'PE01', 'CN01', 'CC10');
insert into marts.fct_kpi_measurements
select
    'sales_revenue_attainment', 'employee', employee_no, 'month', '2026-10', '2026-10-01', '2026-11-01', numerator,
    90000, 90000, 'ratio', 'ok', '', false, '2026-11-03T09:00:00+08:00'
from (values ('E0001', 87654.32), ('E0002', 45000.00)) as people (employee_no, numerator);
insert into marts.fct_kpi_contributions values
    ('c1', 'sales_revenue_attainment', 'E0001', 'T-FUP', 'D-SAL', '2026-10-05', 50000, null, true,
     'kingdee', 'sales_orders', '1001|1', 'load1'),
    ('c2', 'sales_revenue_attainment', 'E0001', 'T-FUP', 'D-SAL', '2026-10-20', 37654.32, null, true,
     'kingdee', 'sales_orders', '1002|1', 'load1'),
    ('c3', 'sales_revenue_attainment', 'E0002', 'T-FUP', 'D-SAL', '2026-10-21', 45000, null, true,
     'kingdee', 'sales_orders', '1003|1', 'load1');
insert into marts.fct_training_results values
    ('E0001', 'price_rules', '2026-10-10', '2026-10-12', 90, '2026-10-12', 'file_drop', 'training_results', 'k',
    'load1');
insert into marts.fct_scoring_events values
    ('b1', 'price_policy_breach', 'E0002', '2026-10-08', '2026-10-15', 'confirmed', 'file_drop', 'policy_breaches',
    'b1',
     'load1');
"""


def fill_small_warehouse(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables and their rows in an empty database."""
    con.execute("set timezone = 'Asia/Shanghai'")
    con.execute(TABLES)
    con.execute(PEOPLE)
