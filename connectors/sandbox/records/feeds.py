"""Files that HR, finance and the business drop into the inbox: which file exists when, and what stands in it.

A file covers one month. Plans (targets, bases, credit, identities) are released at 08:00 on the first of their month,
reports about a month at 09:00 on the second of the next one. A later file may carry a row of an earlier month again, in
the state it has by then.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.sandbox.company import figures, registers
from connectors.sandbox.company.chance import month_of
from connectors.sandbox.company.clock import DAY, HISTORY_START, SCHEDULE_END, day_start, next_month
from connectors.sandbox.company.registers import Entry, Row
from connectors.sandbox.company.world import World


@dataclass(frozen=True, slots=True)
class FeedFile:
    """One file of the inbox. `rows` carry the columns of docs/contracts.md §5, all text."""

    feed: str
    month: date
    released: int
    rows: tuple[Row, ...]

    @property
    def period(self) -> str:
        return f"{self.month:%Y%m}"


COLUMNS: dict[str, tuple[str, ...]] = {
    "targets": ("metric_id", "grain", "subject_id", "period_id", "target"),
    "bonus_bases": (
        "employee_no",
        "valid_from",
        "valid_to",
        "base_amount",
        "currency",
        "payer_entity",
        "pay_group",
        "cost_centre",
    ),
    "promotion_costs": ("cost_id", "cost_on", "channel", "campaign", "cost_type", "amount"),
    "zhihu_ads": (
        "stat_on",
        "plan_id",
        "plan_name",
        "creative_id",
        "creative_name",
        "impressions",
        "clicks",
        "cost",
        "conversions",
    ),
    "policy_breaches": (
        "breach_id",
        "employee_no",
        "breach_type",
        "occurred_on",
        "confirmed_on",
        "status",
        "rectify_due_on",
        "rectified_on",
    ),
    "complaints": ("complaint_id", "employee_no", "customer_no", "received_at", "due_at", "closed_at"),
    "product_inputs": ("input_id", "employee_no", "submitted_on", "decision", "decided_on"),
    "competitor_reports": (
        "report_id",
        "employee_no",
        "discovered_at",
        "submitted_at",
        "has_features",
        "has_users",
        "has_impact",
        "has_advice",
        "quality_score",
    ),
    "training_results": (
        "employee_no",
        "course_id",
        "course_name",
        "completed_on",
        "passed_on",
        "exam_score",
        "exam_on",
    ),
    "service_scores": ("response_id", "employee_no", "answered_on", "score"),
    "identity_map": ("source_system", "source_user_id", "employee_no", "valid_from", "valid_to", "note"),
    "credit_owners": ("object_type", "object_id", "employee_no", "share_percent", "valid_from", "valid_to"),
}
KEYS: dict[str, tuple[str, ...]] = {
    "targets": ("metric_id", "grain", "subject_id", "period_id"),
    "bonus_bases": ("employee_no", "valid_from"),
    "zhihu_ads": ("stat_on", "creative_id"),
    "training_results": ("employee_no", "course_id"),
    "identity_map": ("source_system", "source_user_id", "valid_from"),
    "credit_owners": ("object_type", "object_id", "employee_no", "valid_from"),
}
_REGISTERS: dict[str, Callable[[World, date], Iterator[Entry]]] = {
    "policy_breaches": registers.policy_breaches,
    "complaints": registers.complaints,
    "product_inputs": registers.product_inputs,
    "competitor_reports": registers.competitor_reports,
    "training_results": registers.training_results,
    "service_scores": registers.service_scores,
}
_REPORTS: dict[str, Callable[[World, date], Iterator[Row]]] = {
    "promotion_costs": figures.promotion_costs,
    "zhihu_ads": figures.zhihu_ads,
}
_INTERVALS: dict[str, Callable[[World], Iterator[Row]]] = {
    "bonus_bases": figures.bonus_bases,
    "credit_owners": figures.credit_owners,
    "identity_map": figures.identity_map,
}
_DATED_BY = {
    "promotion_costs": "cost_on",
    "zhihu_ads": "stat_on",
    "policy_breaches": "occurred_on",
    "product_inputs": "submitted_on",
    "training_results": "completed_on",
    "targets": "period_id",
    "credit_owners": "valid_from",
}


def key_of(feed: str, row: Row) -> tuple[str, ...]:
    """Natural key of a row; the first column where the feed has an id of its own."""
    return tuple(row[name] for name in KEYS.get(feed, COLUMNS[feed][:1]))


def released_at(feed: str, month: date) -> int:
    """When the file of that month appears."""
    if feed == "targets" or feed in _INTERVALS:
        return day_start(month) + 8 * 3600
    return day_start(next_month(month)) + DAY + 9 * 3600


def feed_files(world: World, ts: int, feed: str | None = None) -> Iterator[FeedFile]:
    """The files that exist at `ts`, by feed and month; the same arguments give the same rows in the same order."""
    for name in COLUMNS if feed is None else (feed,):
        month = HISTORY_START
        while released_at(name, month) <= ts and month <= SCHEDULE_END:
            rows = tuple(_rows(world, name, month))
            if rows or name != "identity_map":
                yield FeedFile(name, month, released_at(name, month), rows)
            month = next_month(month)


def _rows(world: World, feed: str, month: date) -> Iterator[Row]:
    cut = released_at(feed, month)
    world.extend_to(min(cut, day_start(SCHEDULE_END)))
    planted = [
        {k: str(v) for k, v in row.items()} for row in world.planted.feeds.get(feed, ()) if _belongs(feed, row, month)
    ]
    taken = {key_of(feed, row) for row in planted}
    yield from planted
    for row in _generated(world, feed, month, cut):
        if key_of(feed, row) not in taken:
            yield row


def _generated(world: World, feed: str, month: date, cut: int) -> Iterator[Row]:
    if feed == "targets":
        yield from figures.targets(world, month)
    elif feed in _REPORTS:
        yield from _REPORTS[feed](world, month)
    elif feed in _INTERVALS:
        yield from _interval_rows(_INTERVALS[feed](world), month)
    else:
        for entry in _REGISTERS[feed](world, month):
            yield entry.shown_at(cut)
        # Entries of the two months before that settled since the last file.
        for back in (1, 2):
            earlier = _months_before(month, back)
            if earlier < HISTORY_START:
                break
            since = released_at(feed, _months_before(month, 1))
            for entry in _REGISTERS[feed](world, earlier):
                if entry.settles is not None and since < entry.settles <= cut:
                    yield entry.row


def _interval_rows(rows: Iterator[Row], month: date) -> Iterator[Row]:
    """Rows that begin in the month, and those that end in it; an end that lies ahead is not known yet."""
    this = month_of(month)
    for row in rows:
        begins, ends = row["valid_from"][:7] == this, row["valid_to"][:7]
        if begins or ends == this:
            yield {**row, "valid_to": ""} if ends > this else row


def _belongs(feed: str, row: dict[str, Any], month: date) -> bool:
    return str(row[_DATED_BY[feed]])[:7] == month_of(month)


def _months_before(month: date, count: int) -> date:
    index = month.year * 12 + month.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def _stream(feed: str) -> Callable[[World, int], Iterator[Row]]:
    def latest(world: World, ts: int) -> Iterator[Row]:
        """Latest version of every row, with the file and line it stands in."""
        versions: dict[tuple[str, ...], Row] = {}
        for found in feed_files(world, ts, feed):
            for line, row in enumerate(found.rows, start=2):
                versions[key_of(feed, row)] = {**row, "_file": f"{feed}_{found.period}", "_line": str(line)}
        yield from versions.values()

    return latest


STREAMS = {feed: _stream(feed) for feed in COLUMNS}
