"""October of one customer success specialist in the sample company's own plan: values, seat, base, courses."""

import duckdb

from orchestration.plans.bundle import load_bundle

# Metric: numerator, denominator, unit. Every other metric of the catalogue gets 8 / 10, so that the sample plan can be
# tuned without touching this.
VALUES = {
    "repeat_purchase_rate": ("6", "6", "ratio"),
    "complaint_resolution_rate": ("2", "2", "ratio"),
    "service_score": ("101", "12", "points"),
    "customer_file_coverage": ("70", "76", "ratio"),
    "customer_file_update_rate": ("21", "76", "ratio"),
    "customer_file_accuracy": ("450", "470", "ratio"),
    "competitor_report_quality": ("77", "1", "points"),
    "competitor_response_hours": ("15836", "3600", "hours"),
    "training_exam_score": ("85", "1", "points"),
}


def fill_care_month(con: duckdb.DuckDBPyConnection, employee: str = "E0004") -> None:
    """Replace the people of the small warehouse by one whose month the sample plan of customer care scores."""
    for table in (
        "fct_kpi_measurements",
        "fct_kpi_contributions",
        "dim_employee_assignments",
        "dim_bonus_bases",
        "fct_scoring_events",
        "fct_training_results",
        "fct_absences",
        "fct_improvement_plans",
    ):
        con.execute(f"truncate marts.{table}")
    con.execute(
        "insert into marts.dim_employee_assignments values "
        "(?, '2025-01-01', null, 'D-SAL', 'T-CARE', 'P-CARE', null, true)",
        [employee],
    )
    con.execute(
        "insert into marts.dim_bonus_bases values (?, '2025-01-01', null, 3660, 'CNY', 'PE01', 'CN01', 'CC10')",
        [employee],
    )
    con.execute(
        "insert into marts.fct_training_results values (?, 'C-FILE', '2026-06-01', '2026-06-02', 85, '2026-06-02', "
        "'file_drop', 'training_results', 'k1', 'load1')",
        [employee],
    )
    others = {metric.id: ("8", "10", metric.unit) for metric in load_bundle().metrics.values()}
    for metric, (numerator, denominator, unit) in (others | VALUES).items():
        add_value(con, metric, "employee", employee, numerator, denominator, unit)
        con.execute(
            "insert into marts.fct_kpi_contributions values (?, ?, ?, 'T-CARE', 'D-SAL', '2026-10-31', ?, ?, true, "
            "'zoho_crm', 'accounts', ?, 'load1')",
            [f"c-{metric}", metric, employee, numerator, denominator, f"rec-{metric}"],
        )
    add_value(con, "lead_to_won_rate", "department", "D-MKT", "25", "164", "ratio")
    add_value(con, "sales_revenue_attainment", "department", "D-SAL", "575310", "649000", "ratio")


def add_value(con: duckdb.DuckDBPyConnection, metric, grain, subject, numerator, denominator, unit) -> None:
    con.execute(
        "insert into marts.fct_kpi_measurements values (?, ?, ?, 'month', '2026-10', '2026-10-01', '2026-11-01', "
        "?, ?, null, ?, 'ok', '', false, '2026-11-03T09:00:00+08:00')",
        [metric, grain, subject, numerator, denominator, unit],
    )
