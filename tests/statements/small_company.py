"""Planted people of October 2026, with their answers beside the numbers that give them.

E9003 has 379 of 399 customers with a file (94.9875 %, below 95 %), E9004 380 of 400 (exactly 95 %), E9008 breached the
price policy three times, E9009 moved from T-FUP to T-CARE on the 16th, E0006 manages and has no values: held.
E0005 manages T-FUP, E0006 the department. Every other value of everybody is 8 of 10.
"""

import duckdb
from care_month import add_value

from orchestration.plans.bundle import load_bundle

PAID = ("E0005", "E9003", "E9004", "E9008", "E9009")
HELD = "E0006"
_SEATS = """
insert into marts.dim_employee_assignments values
    ('E0006', '2024-01-01', null, 'D-SAL', 'D-SAL', 'P-MGR', null, true),
    ('E0005', '2024-01-01', null, 'D-SAL', 'T-FUP', 'P-REP', 'E0006', true),
    ('E9003', '2025-05-06', null, 'D-SAL', 'T-CARE', 'P-CARE', 'E0006', true),
    ('E9004', '2025-05-06', null, 'D-SAL', 'T-CARE', 'P-CARE', 'E0006', true),
    ('E9008', '2025-03-03', null, 'D-SAL', 'T-FUP', 'P-REP', 'E0005', true),
    ('E9009', '2025-02-17', '2026-10-16', 'D-SAL', 'T-FUP', 'P-REP', 'E0005', true),
    ('E9009', '2026-10-16', null, 'D-SAL', 'T-CARE', 'P-CARE', 'E0006', true);
insert into marts.dim_bonus_bases
select no, date '2024-01-01', null, base, 'CNY', 'PE01', 'CN01', 'CC10'
from (values ('E0006', 9000), ('E0005', 6000), ('E9003', 3510), ('E9004', 3830), ('E9008', 4700), ('E9009', 4200.07))
    as bases (no, base);
insert into marts.fct_scoring_events
select 'PB-' || n, 'price_policy_breach', 'E9008', date '2026-10-08' + n, date '2026-10-10' + n, 'confirmed',
    'file_drop', 'policy_breaches', 'PB-' || n, 'load1'
from (values (1), (2), (3)) as numbers (n);
insert into marts.fct_training_results
select no, course, '2026-06-01', '2026-06-02', 90, '2026-06-02', 'file_drop', 'training_results', no || course, 'load1'
from (values ('E0005'), ('E9003'), ('E9004'), ('E9008'), ('E9009')) as people (no),
    (values ('C-FILE'), ('C-COMP')) as courses (course);
"""


def fill_october(con: duckdb.DuckDBPyConnection) -> None:
    """Seats, bases, events and values; one contribution stands for the load they came from."""
    con.execute(_SEATS)
    metrics = load_bundle().metrics.values()
    for employee in PAID:
        for metric in metrics:
            numerator, denominator = value_of(employee, metric.id)
            add_value(con, metric.id, "employee", employee, numerator, denominator, metric.unit)
    add_value(con, "lead_to_won_rate", "department", "D-MKT", "25", "164", "ratio")
    add_value(con, "sales_revenue_attainment", "department", "D-SAL", "575310", "649000", "ratio")
    con.execute(
        "insert into marts.fct_kpi_contributions values ('c1', 'customer_file_coverage', 'E9003', 'T-CARE', 'D-SAL', "
        "'2026-10-31', 379, 399, true, 'zoho_crm', 'accounts', 'rec1', 'load1')"
    )


def value_of(employee: str, metric: str) -> tuple[str, str]:
    """Numerator and denominator of October."""
    own = {
        ("E9003", "customer_file_coverage"): ("379", "399"),
        ("E9004", "customer_file_coverage"): ("380", "400"),
        ("E9008", "sales_revenue_attainment"): ("28600.00", "33000.00"),
    }
    usual = {
        "customer_file_coverage": ("98", "100"),
        "customer_file_accuracy": ("98", "100"),
        "competitor_response_hours": ("36000", "3600"),
        "competitor_report_quality": ("84", "1"),
        "service_score": ("108", "12"),
    }
    return own.get((employee, metric)) or usual.get(metric, ("8", "10"))
