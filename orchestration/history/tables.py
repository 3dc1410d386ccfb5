"""What the example has to tell, read back from the marts and the draft files.

Names come from the restricted schema: the tables are for the owner of the data, on their own terminal.
"""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.payout.rounding import fen_of_text
from orchestration.settings import Settings


@dataclass(frozen=True, slots=True)
class SalesLine:
    """One subject and quarter. Amounts in `currency`; `is_partial`: the quarter began before the first records."""

    subject: str
    manager: str
    period_id: str
    is_partial: bool
    currency: str
    opportunities: int
    won: int
    lost: int
    won_amount: Decimal
    days_to_win: int
    days_known: int

    @property
    def closed(self) -> int:
        return self.won + self.lost


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft of a quarter: its manifest, and cents by employee."""

    manifest_path: Path
    manifest: dict[str, Any]
    amounts: dict[str, int]


def read_sales(con: duckdb.DuckDBPyConnection, grain: str) -> list[SalesLine]:
    """Sales per finished quarter: by `agent`, by `manager` (their team), or of the `company`."""
    subject, manager = {
        "agent": ("coalesce(names.name, sales.employee_no, 'nobody')", "coalesce(managers.manager, sales.team_id, '')"),
        "manager": ("coalesce(managers.manager, sales.team_id, 'nobody')", "''"),
        "company": ("'company'", "''"),
    }[grain]
    rows = con.execute(_SALES.format(names=_NAMES, subject=subject, manager=manager)).fetchall()
    return [SalesLine(*row) for row in rows]


def read_names(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Employee number -> name."""
    return dict(con.execute(f"with names as ({_NAMES}) select employee_no, name from names").fetchall())


def read_drafts(settings: Settings) -> list[Draft]:
    """The drafts of all quarters, oldest first."""
    drafts = []
    for path in sorted(settings.payouts.glob("*-Q*/*/payout.manifest.json")):
        manifest = json.loads(path.read_bytes())
        amounts: dict[str, int] = defaultdict(int)
        with (path.parent / manifest["file"]["name"]).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                amounts[row["employee_no"]] += fen_of_text(row["amount"])
        drafts.append(Draft(path, manifest, dict(amounts)))
    return drafts


_NAMES = """
select
    split_part(_key, '|', 1) as employee_no,
    max_by(payload ->> '$.name', _load_seq) as name,
    max_by(payload ->> '$.manager_name', _load_seq) as manager
from restricted_file_drop.people__names
group by 1
"""

_SALES = """
with names as ({names}),

managers as (
    select seats.team_id, min(names.manager) as manager
    from marts.dim_employee_assignments as seats
    inner join names on seats.employee_no = names.employee_no
    group by seats.team_id
)

select
    {subject} as subject,
    {manager} as manager,
    sales.period_id,
    bool_or(sales.is_partial) as is_partial,
    sales.currency,
    sum(sales.opportunities_count)::bigint,
    sum(sales.won_count)::bigint,
    sum(sales.lost_count)::bigint,
    sum(sales.won_amount),
    sum(sales.days_to_win_sum)::bigint,
    sum(sales.days_to_win_count)::bigint
from marts.fct_sales_by_owner as sales
left join names on sales.employee_no = names.employee_no
left join managers on sales.team_id = managers.team_id
where not sales.is_provisional
group by 1, 2, sales.period_id, sales.currency
order by 2, 1, sales.period_id, sales.currency
"""
