"""What is odd in the data, and which rule dealt with it: counted in the warehouse, never corrected by hand."""

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class DataFinding:
    """One kind of oddity: how many records, which rule, and what it was applied to (no personal data)."""

    subject: str
    count: int
    rule: str
    detail: str = ""


def read_findings(con: duckdb.DuckDBPyConnection) -> list[DataFinding]:
    """Every oddity that a rule dealt with, also those that occur nowhere: their count is 0."""
    found = [
        DataFinding(f"{feed}.{column}", count, "known misspelling, repaired by the map", f"{sent} -> {read}")
        for feed, column, sent, read, count in con.execute(_REPAIRED).fetchall()
    ]
    found += [
        DataFinding("opportunities.product", count, "found in the catalogue by letters and digits", f"{sent} -> {read}")
        for sent, read, count in con.execute(_MATCHED).fetchall()
    ]
    found += [DataFinding(*row) for row in con.execute(_COUNTED).fetchall()]
    return found


_REPAIRED = """
with versions as (
    {feeds}
),

latest as (
    select * from versions
    where not _is_deleted
    qualify row_number() over (partition by feed, _key order by _load_seq desc) = 1
),

repaired as (
    select feed, payload, unnest(json_keys(payload, '$._repaired')) as column_name
    from latest
    where json_exists(payload, '$._repaired')
)

select
    feed,
    column_name,
    json_extract_string(payload, '$._repaired.' || column_name) as sent,
    json_extract_string(payload, '$.' || column_name) as read,
    count(*)
from repaired
group by all
order by all
""".format(
    feeds=" union all ".join(
        f"select '{feed}' as feed, payload, _key, _load_seq, _is_deleted from raw_file_drop.{feed}"
        for feed in ("accounts", "opportunities", "people", "products")
    )
)

_MATCHED = """
select product_sent, product, count(*)
from marts.fct_opportunities
where product_match = 'by letters and digits'
group by all
order by all
"""

_COUNTED = """
select 'opportunities.product', count(*), 'in no catalogue: kept as sent', ''
from marts.fct_opportunities where product_match = 'unknown'
union all
select 'opportunities.account', count(*), 'without an account: counted, with no customer', ''
from marts.fct_opportunities where account_id is null
union all
select 'opportunities.closed_on', count(*), 'open: neither closing date nor value, in no win rate', ''
from marts.fct_opportunities where outcome = 'open' and closed_on is null and amount is null
union all
select 'opportunities.engaged_on', count(*), 'not dated: listed under undated, in no quarter', ''
from marts.fct_opportunities where engaged_on is null
union all
select 'opportunities.owner', count(*), 'of nobody known: in the company, credited to no one', ''
from marts.fct_opportunities where owner_employee_no is null
union all
select
    'people',
    count(*),
    'without any opportunity: kept, with zero and no win rate',
    coalesce(string_agg(people.employee_no, ', ' order by people.employee_no), '')
from marts.dim_employees as people
where not exists (
    select 1 from marts.fct_opportunities as opportunities
    where opportunities.owner_employee_no = people.employee_no
)
union all
select 'rows', count(*), 'could not be read: staging.staging_rejects', ''
from staging.staging_rejects where source_system = 'file_drop'
"""
