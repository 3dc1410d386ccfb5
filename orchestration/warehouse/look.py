"""Small looks at the warehouse for run metadata: row counts, and heads of aggregates that speak of no single person."""

from pathlib import Path

import duckdb

from orchestration.warehouse.connect import read_warehouse

PREVIEWS = {
    "marts/fct_lead_funnel": """
        select month_start, channel, sum(spend_amount) as spend_amount, sum(lead_count) as lead_count,
            sum(mql_count) as mql_count, sum(sql_count) as sql_count, sum(won_count) as won_count,
            sum(won_amount) as won_amount
        from marts.fct_lead_funnel
        where month_start = (select max(month_start) from marts.fct_lead_funnel)
        group by 1, 2 order by 1, 2 limit 12""",
    "marts/fct_kpi_measurements": """
        select period_id, metric_id, numerator, denominator, unit, state
        from marts.fct_kpi_measurements
        where grain = 'company' and cadence = 'month' and not is_provisional
            and period_end = (select max(period_end) from marts.fct_kpi_measurements where not is_provisional)
        order by metric_id limit 40""",
}
"""What a run may show of a mart: sums over channels and the company, never one person's measures or pay."""


def row_counts(home: Path) -> dict[tuple[str, str], int]:
    """Rows of every table, by (schema, table). Views are left out: counting them would mean running them."""
    with read_warehouse(home) as con:
        rows = con.execute("select schema_name, table_name, estimated_size from duckdb_tables()").fetchall()
    return {(schema, table): count for schema, table, count in rows}


def previews(home: Path) -> dict[str, str]:
    """The previews as Markdown tables, by asset."""
    with read_warehouse(home) as con:
        return {name: _markdown(con.execute(sql)) for name, sql in PREVIEWS.items()}


def _markdown(found: duckdb.DuckDBPyConnection) -> str:
    names = [column[0] for column in found.description or ()]
    rows = [["" if value is None else str(value) for value in row] for row in found.fetchall()]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [names, ["---"] * len(names), *rows])
