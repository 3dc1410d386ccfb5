"""Is the data of a period good enough to pay from? Each check reads the warehouse and gives findings, none decides
alone.

Thresholds and severities come from the rules of the close (`rules.py`). Findings name a source and stream, a load or
a system's user id, never a person's data.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fnmatch import fnmatch
from fractions import Fraction
from zoneinfo import ZoneInfo

import duckdb

from orchestration.payout.gate import GateFinding, GateResult, Severity, store_gate_result
from orchestration.payout.measurements import measurement_hash
from orchestration.payout.origins import changed_origins
from orchestration.payout.period_inputs import read_period
from orchestration.payout.room import CloseRoom
from orchestration.payout.rules import CloseRules, GateRules, RuleSeverity
from orchestration.payout.runs import locked_runs
from orchestration.payout.waivers import accept_waived
from orchestration.periods import Period
from orchestration.scoring.inputs import ScoringInputs

Check = Callable[[duckdb.DuckDBPyConnection, Period, datetime, GateRules, ZoneInfo], Iterator[GateFinding]]
_SHOWN = 20


def evaluate_gate(
    con: duckdb.DuckDBPyConnection,
    period: Period,
    inputs: ScoringInputs,
    *,
    as_of: datetime,
    rules: CloseRules,
    timezone: str,
) -> GateResult:
    """The verdict on a period's data as the warehouse holds them, for exactly the inputs a calculation would score.

    `as_of` is the run's instant (aware), `timezone` the business zone. Nothing is written; `run_gate` also records
    it.
    """
    findings: list[GateFinding] = []
    for name, check in _CHECKS.items():
        try:
            findings.extend(check(con, period, as_of, rules.gate, ZoneInfo(timezone)))
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            message = f"could not look: {str(error).splitlines()[0]}; run the night (extract, load, dbt build) first"
            findings.append(GateFinding("error", name, str(period), message))
    return GateResult(
        period=str(period),
        measurement_hash=measurement_hash(inputs),
        as_of=as_of.isoformat(),
        rules_hash=rules.content_hash,
        findings=tuple(sorted(findings)),
    )


def run_gate(
    room: CloseRoom, con: duckdb.DuckDBPyConnection, period: Period, *, as_of: datetime
) -> tuple[GateResult, ...]:
    """Evaluate and record the verdict for every closed period whose data changed since, oldest first, and for the
    period itself; gives the period's, then theirs.

    A closed period is only corrected when its own verdict is green, and what it leaves to the next one depends on
    that: hence the order. The same verdict again is a no-op.
    """

    def verdict(of: Period, inputs: ScoringInputs) -> GateResult:
        result = evaluate_gate(con, of, inputs, as_of=as_of, rules=room.rules, timezone=room.timezone)
        return store_gate_result(room.ledger, accept_waived(room, result))

    with room.ledger.read() as connection:
        approved = locked_runs(connection)
    changed = [
        verdict(origin.period, origin.inputs)
        for origin in changed_origins(room, con, period, approved)
        if origin.inputs
    ]
    return (verdict(period, read_period(room, con, period)), *changed)


def _period_is_over(
    _con: duckdb.DuckDBPyConnection, period: Period, as_of: datetime, _rules: GateRules, zone: ZoneInfo
) -> Iterator[GateFinding]:
    today = as_of.astimezone(zone).date()
    if today < period.end:
        message = f"the period ends on {period.last_day}, and it is {today}; calculate it from {period.end} on"
        yield GateFinding("error", "period_is_over", str(period), message)


def _night(
    con: duckdb.DuckDBPyConnection, _period: Period, as_of: datetime, _rules: GateRules, _zone: ZoneInfo
) -> Iterator[GateFinding]:
    """The last night has to have ended; that a stream of it failed matters only through what is then incomplete."""
    for business_date, state, finished in con.execute(_LAST_NIGHT, [as_of.isoformat()]).fetchall():
        if not finished:
            message = "the last night did not finish; run it again"
            yield GateFinding("error", "night", str(business_date), message)
        elif state != "complete":
            yield GateFinding("warning", "night", str(business_date), f"the last night ended {state}")


def _completeness(
    con: duckdb.DuckDBPyConnection, period: Period, as_of: datetime, rules: GateRules, zone: ZoneInfo
) -> Iterator[GateFinding]:
    end = datetime.combine(period.end, datetime.min.time(), tzinfo=zone)
    rows = con.execute(_COMPLETENESS, [end.isoformat(), as_of.isoformat()]).fetchall()
    for source, stream, account, is_complete, known_until, state, error_class in rows:
        if is_complete:
            continue
        subject = f"{source}/{stream}"
        severity: RuleSeverity = rules.completeness
        if severity == "error" and any(fnmatch(subject, pattern) for pattern in rules.warn_only_streams):
            severity = "warning"
        known = f"known until {known_until}" if known_until else "never complete"
        cause = f", last night {state}{f' ({error_class})' if error_class else ''}"
        yield from _finding(
            severity,
            "completeness",
            subject,
            f"account {account}: {known}{cause}; repair the source and run the night again",
        )
    seen = {row[0] for row in rows}
    for source in rules.required_sources:
        if source not in seen:
            yield from _finding(
                rules.completeness, "completeness", source, "never extracted; configure it and run the night"
            )
    if not rows:
        yield GateFinding("error", "completeness", str(period), "no night has run yet; run the night")


def _reconciliation(
    con: duckdb.DuckDBPyConnection, period: Period, as_of: datetime, rules: GateRules, zone: ZoneInfo
) -> Iterator[GateFinding]:
    start = datetime.combine(period.start, datetime.min.time(), tzinfo=zone)
    for source, stream, load_id, landed, kept, vendor_total in con.execute(
        _RECONCILIATION, [as_of.isoformat(), start.isoformat(), rules.tolerance_rows]
    ).fetchall():
        told = f", the vendor reported {vendor_total}" if vendor_total is not None else ""
        message = f"load {load_id}: {landed} rows landed, {kept} accounted for{told}; load the window again"
        yield from _finding(rules.reconciliation, "reconciliation", f"{source}/{stream}", message)


def _rejects(
    con: duckdb.DuckDBPyConnection, period: Period, _as_of: datetime, rules: GateRules, zone: ZoneInfo
) -> Iterator[GateFinding]:
    start = datetime.combine(period.start, datetime.min.time(), tzinfo=zone)
    for source, stream, rejected, landed in con.execute(_REJECTS, [start.isoformat()]).fetchall():
        if rejected <= rules.max_reject_rows and Fraction(rejected, max(landed, 1)) <= rules.max_reject_share:
            continue
        message = (
            f"{rejected} of {landed} rows could not be read (at most {rules.max_reject_rows} and "
            f"{rules.max_reject_share * 100}% are accepted); see staging.staging_rejects for the reasons"
        )
        yield from _finding(rules.rejects, "rejects", f"{source}/{stream}", message)


def _unmapped(
    con: duckdb.DuckDBPyConnection, period: Period, _as_of: datetime, rules: GateRules, _zone: ZoneInfo
) -> Iterator[GateFinding]:
    rows = con.execute(_UNMAPPED, [period.end, period.start]).fetchall()
    for system, user, first, last, records in rows[:_SHOWN]:
        message = f"{records} records from {first} to {last} belong to nobody; add the user to the identity_map feed"
        yield from _finding(rules.unmapped_identities, "unmapped_identities", f"{system}/{user}", message)
    if len(rows) > _SHOWN:
        message = f"{len(rows) - _SHOWN} more users belong to nobody; see marts.unmapped_identities"
        yield from _finding(rules.unmapped_identities, "unmapped_identities", str(period), message)


def _measurement_states(
    con: duckdb.DuckDBPyConnection, period: Period, _as_of: datetime, rules: GateRules, _zone: ZoneInfo
) -> Iterator[GateFinding]:
    for metric, missing, provisional, total in con.execute(_STATES, [period.start, period.end]).fetchall():
        if missing:
            message = f"{missing} of {total} values are missing; lines that need them are held"
            yield from _finding(rules.missing_measurements, "missing_measurements", metric, message)
        if provisional:
            message = f"{provisional} of {total} values were measured before the period was over; build the marts again"
            yield from _finding(rules.provisional_measurements, "provisional_measurements", metric, message)


def _daily_volume(
    con: duckdb.DuckDBPyConnection, period: Period, _as_of: datetime, rules: GateRules, _zone: ZoneInfo
) -> Iterator[GateFinding]:
    for daily in rules.daily_tables:
        query = _DAILY.format(table=daily.table, column=daily.date_column)
        first = period.start - timedelta(days=rules.trailing_days)
        counts = dict(con.execute(query, [first, period.end]).fetchall())
        days = [first + timedelta(days=number) for number in range((period.end - first).days)]
        for position, day in enumerate(days):
            if day < period.start:
                continue
            trailing = sorted(counts.get(other, 0) for other in days[max(0, position - rules.trailing_days) : position])
            usual = trailing[len(trailing) // 2] if trailing else 0
            rows = counts.get(day, 0)
            if usual < rules.min_median_rows or rows >= usual * rules.min_share_of_median:
                continue
            severity: RuleSeverity = "error" if rows == 0 and rules.daily_volume != "off" else rules.daily_volume
            message = f"{rows} rows on {day}, about {usual} are usual; extract that day again or ask the vendor"
            yield from _finding(severity, "daily_volume", daily.stream, message)


def _finding(severity: RuleSeverity, check: str, subject: str, message: str) -> Iterator[GateFinding]:
    if severity != "off":
        level: Severity = severity
        yield GateFinding(level, check, subject, message)


_CHECKS: dict[str, Check] = {
    "period_is_over": _period_is_over,
    "night": _night,
    "completeness": _completeness,
    "reconciliation": _reconciliation,
    "rejects": _rejects,
    "unmapped_identities": _unmapped,
    "measurement_states": _measurement_states,
    "daily_volume": _daily_volume,
}

_LAST_NIGHT = """
select business_date, state, finished from etl.nights where as_of <= ?::timestamptz order by as_of desc limit 1
"""

_COMPLETENESS = """
select
    source, stream, account,
    coalesce(max(complete_through) >= $1::timestamptz, false),
    strftime(max(complete_through), '%Y-%m-%d %H:%M'),
    arg_max(state, as_of),
    arg_max(coalesce(error_class, ''), as_of)
from etl.stream_outcomes
where as_of <= $2::timestamptz
group by source, stream, account
order by source, stream, account
"""

# Only the newest load of a window counts: a bad one that was loaded again is repaired.
_RECONCILIATION = """
with newest as (
    select * from etl.loads
    where extracted_at <= $1::timestamptz and window_end > $2::timestamptz
    qualify row_number() over (
        partition by source, stream, account, window_start, window_end order by load_seq desc
    ) = 1
)
select source, stream, load_id, rows_landed, rows_inserted + rows_unchanged, vendor_total
from newest
where rows_landed <> rows_inserted + rows_unchanged or abs(vendor_total - rows_landed) > $3
order by source, stream, load_id
"""

_REJECTS = """
with landed as (
    select source, stream, sum(rows_landed)::bigint as landed from etl.loads group by source, stream
)
select rejects.source_system, rejects.source_stream, count(distinct rejects.source_key), coalesce(any_value(landed),
0) from staging.staging_rejects as rejects
inner join etl.loads as loads on rejects.load_id = loads.load_id and loads.window_end > $1::timestamptz
left join landed on rejects.source_system = landed.source and rejects.source_stream = landed.stream
group by rejects.source_system, rejects.source_stream
order by rejects.source_system, rejects.source_stream
"""

_UNMAPPED = """
select source_system, source_user_id, first_seen_on, last_seen_on, records
from marts.unmapped_identities
where first_seen_on < $1 and last_seen_on >= $2
order by source_system, source_user_id
"""

_STATES = """
select
    metric_id,
    count(*) filter (where state in ('missing', 'pending')),
    count(*) filter (where is_provisional),
    count(*)
from marts.fct_kpi_measurements
where period_start >= $1 and period_end <= $2
group by metric_id
order by metric_id
"""

_DAILY = "select {column}, count(*) from {table} where {column} >= $1 and {column} < $2 group by {column}"
