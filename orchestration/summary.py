"""What a person wants to know after a night: what came in, what it says, who is paid what, and where the files are."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from orchestration.settings import Settings
from orchestration.warehouse.connect import read_warehouse

HEADLINES = (
    "lead_count",
    "mql_count",
    "sql_count",
    "cost_per_lead",
    "lead_followup_rate",
    "lead_to_won_rate",
    "win_rate",
    "sales_revenue_attainment",
    "roas",
    "customer_file_coverage",
    "customer_file_update_rate",
    "complaint_resolution_rate",
)
"""Shown in this order; what a metric means stands in the catalogue."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source in one night."""

    source: str
    streams: int
    rows_landed: int
    rows_inserted: int
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """One company-level metric of one month; numerator and denominator as measured, `value` for reading only."""

    metric_id: str
    name_zh: str
    name_en: str
    period_id: str
    numerator: Decimal | None
    denominator: Decimal | None
    unit: str
    state: str
    is_provisional: bool

    @property
    def value(self) -> Decimal | None:
        if self.state != "ok" or self.numerator is None:
            return None
        if self.denominator is None:
            return self.numerator
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class NightSummary:
    """Everything the closing page of `incentives nightly` shows, read back from the stores, not remembered."""

    state: str
    business_date: date
    sources: tuple[SourceLine, ...]
    headlines: tuple[Headline, ...]
    payouts: tuple[tuple[Path, dict[str, Any]], ...]


def read_summary(settings: Settings, as_of: datetime, month: str) -> NightSummary:
    """Summary of the night at `as_of`, with the headline KPIs of one month."""
    with read_warehouse(settings.home) as con:
        night = con.execute("select state, business_date from etl.nights where as_of = ?", [as_of]).fetchone()
        streams = con.execute(
            "select source, stream, account, state, message, rows_landed, rows_inserted "
            "from etl.stream_outcomes where as_of = ? order by source, stream, account",
            [as_of],
        ).fetchall()
        headlines = con.execute(_HEADLINES, [month, list(HEADLINES)]).fetchall()
    order = {name: index for index, name in enumerate(HEADLINES)}
    return NightSummary(
        state=night[0] if night else "not recorded",
        business_date=night[1] if night else as_of.date(),
        sources=tuple(_by_source(streams)),
        headlines=tuple(sorted((Headline(*row) for row in headlines), key=lambda it: order[it.metric_id])),
        payouts=tuple(_manifests(settings)),
    )


_HEADLINES = """
select m.metric_id, c.name_zh, c.name_en, m.period_id, m.numerator, m.denominator, m.unit, m.state, m.is_provisional
from marts.fct_kpi_measurements m
join reference.metric_catalogue c on c.metric_id = m.metric_id
where m.grain = 'company' and m.cadence = 'month' and m.period_id = ? and list_contains(?, m.metric_id)
"""


def _by_source(rows: list[tuple]) -> list[SourceLine]:
    lines = []
    for source in dict.fromkeys(row[0] for row in rows):
        own = [row for row in rows if row[0] == source]
        troubles = tuple(
            f"{row[1]} ({row[2]}): {row[3]}, {row[4]}" for row in own if row[3] not in {"complete", "unchanged"}
        )
        lines.append(
            SourceLine(source, len({row[1] for row in own}), sum(r[5] for r in own), sum(r[6] for r in own), troubles)
        )
    return lines


def _manifests(settings: Settings) -> list[tuple[Path, dict[str, Any]]]:
    paths = sorted(settings.payouts.glob("*/*/payout.manifest.json"))
    return [(path, json.loads(path.read_bytes())) for path in paths]
