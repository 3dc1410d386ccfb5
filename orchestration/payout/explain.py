"""Why this amount? One payout line walked down: component, score, category, metric, measurement, source records
(F185).

Everything comes from the close folder of the run's revision, whatever the warehouse says today; only line ids,
states and earlier lines come from the ledger. Rendering as text, table or JSON is `explain_text.py`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from orchestration.payout.close_folder import close_folder, read_rows, verify_close_folder
from orchestration.payout.disputes import Dispute, dispute_of, read_disputes
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.lines import HeldLine, PayoutLine
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import Run, RunState, locked_runs, read_calculation, read_run, run_keys
from orchestration.payout.used_values import used_values
from orchestration.periods import Period

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the calculation, in the order it was done; `text` carries the arithmetic, `value` is exact."""

    number: int
    node: str
    parent: str
    text: str
    value: str | None
    unit: str
    parameter: str


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A record of a source system that a measurement was made from; `load_id` is the load that brought it."""

    occurred_on: date
    numerator: Decimal | None
    denominator: Decimal | None
    source_system: str
    source_stream: str
    source_key: str
    load_id: str


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """A measurement that a step used, with its records. Records of other people count for a team's or department's
    value."""

    metric_id: str
    grain: str
    subject_id: str
    period: str
    numerator: Decimal | None
    denominator: Decimal | None
    records: tuple[SourceRecord, ...]


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """One payout line. `exact` is its amount before rounding (None where it has none of its own: balances, manual
    lines); `earlier` are the lines of the same origin that an adjustment was reduced by; `dispute` is about it."""

    line: PayoutLine
    state: RunState
    exact: Fraction | None
    steps: tuple[Step, ...]
    measured: tuple[MeasuredValue, ...]
    earlier: tuple[PayoutLine, ...] = ()
    dispute: Dispute | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything one person gets, or waits for, from the runs of a period."""

    period: str
    employee_no: str
    language: Language
    lines: tuple[ExplainedLine, ...]
    held: tuple[HeldLine, ...]
    disputes: tuple[Dispute, ...] = ()

    @property
    def total_fen(self) -> int:
        return sum(each.line.amount_fen for each in self.lines)


def explain(room: CloseRoom, period: Period, employee_no: str, *, lang: Language = "zh") -> Explanation:
    """Explain every amount of one person in a period. Raises `PayoutRefused` when the period has nothing for them,
    and `VerificationFailed` when the evidence of an approved run is not what was approved."""
    lines: list[ExplainedLine] = []
    held: list[HeldLine] = []
    with room.ledger.read() as connection:
        runs = [run for key in run_keys(connection, str(period)) if (run := read_run(connection, key))]
        disputes = read_disputes(connection, period=str(period), employee_no=employee_no)
        for run in runs:
            folder = _evidence(room, connection, run)
            mine = [line for line in run.lines if line.employee_no == employee_no]
            lines.extend(_explain_line(connection, run, line, folder, lang) for line in mine)
            held.extend(row for row in run.held if row.employee_no == employee_no)
    if not lines and not held:
        known = "no run of it was calculated" if not runs else "its runs neither pay nor hold this person"
        raise PayoutRefused(f"{period} has no amount of {employee_no}: {known}")
    mine_disputed = tuple(replace(each, dispute=dispute_of(each.line, disputes)) for each in lines)
    return Explanation(str(period), employee_no, lang, mine_disputed, tuple(held), disputes)


def _evidence(room: CloseRoom, connection: Connection, run: Run) -> Path:
    folder = close_folder(room.closed, run.key.period, run.revision)
    verify_close_folder(folder, read_calculation(connection, run.key.period, run.revision).close_folder_sha256)
    return folder


def _explain_line(connection: Connection, run: Run, line: PayoutLine, folder: Path, lang: Language) -> ExplainedLine:
    if line.kind not in {"regular", "adjustment"}:
        return ExplainedLine(line, run.state, None, (), ())
    if line.origin_period != line.run.period:
        folder = folder / "origins" / line.origin_period
    parts = [
        row
        for row in read_rows(folder, "components", employee_no={line.employee_no})
        if (row["employee_no"], row["component"], row["plan_id"]) == (line.employee_no, line.component, line.plan_id)
        and row["amount"] is not None
    ]
    rows = _related(
        sorted(read_rows(folder, "trace", employee_no={line.employee_no}), key=lambda row: row["sequence"]),
        line.trace_node.split(),
        line.plan_id,
    )
    earlier = _earlier(connection, run, line) if line.kind == "adjustment" else ()
    return ExplainedLine(
        line=line,
        state=run.state,
        exact=sum((Fraction(part["amount"]) for part in parts), Fraction(0)) if parts else None,
        steps=tuple(_step(number, row, lang) for number, row in enumerate(rows, start=1)),
        measured=tuple(_measured(folder, rows, line.employee_no, Period.parse(line.origin_period))),
        earlier=earlier,
    )


def _step(number: int, row: dict[str, Any], lang: Language) -> Step:
    return Step(number, row["node"], row["parent"], row[f"text_{lang}"], row["value"], row["unit"], row["parameter"])


def _related(rows: list[dict[str, Any]], nodes: Sequence[str], plan_id: str) -> list[dict[str, Any]]:
    """The rows that led to a component: its own, those of the segments it was paid for, and the limits of its
    plan."""

    def is_below(node: str, tops: Iterable[str]) -> bool:
        return any(node == top or node.startswith(f"{top}/") for top in tops)

    own = [row["node"] for row in rows if is_below(row["node"], nodes) or row["parent"] in nodes]
    segments = {node.split("/pay/")[0] for node in own if "/pay/" in node}
    tops = [*own, f"pay/{plan_id}/limit"]
    return [
        row
        for row in rows
        if is_below(row["node"], tops)
        or (is_below(row["node"], segments) and "/pay/" not in row["node"])
        or not (segments or row["node"].startswith("pay"))
    ]


def _measured(
    folder: Path, rows: Iterable[dict[str, Any]], employee_no: str, period: Period
) -> Iterable[MeasuredValue]:
    used = used_values(((employee_no, json.loads(row["inputs"] or "{}")) for row in rows), period)
    metrics = {value.metric_id for value in used}
    measurements = read_rows(folder, "measurements", metric_id=metrics) if used else []
    contributions = read_rows(folder, "contributions", metric_id=metrics) if used else []
    for value in used:
        whose = (value.metric_id, value.grain, value.subject_id)
        inside = [
            row
            for row in measurements
            if (row["metric_id"], row["grain"], row["subject_id"]) == whose
            and value.start <= row["period_start"]
            and row["period_end"] <= value.end
        ]
        # The value of exactly these days, or the shorter ones it was put together from.
        exact = [row for row in inside if (row["period_start"], row["period_end"]) == (value.start, value.end)]
        for row in exact or inside:
            yield MeasuredValue(
                *whose, _label(row), row["numerator"], row["denominator"], tuple(_records(contributions, row))
            )


def _label(row: dict[str, Any]) -> str:
    period = Period.containing(row["period_start"], row["cadence"])
    if (period.start, period.end) == (row["period_start"], row["period_end"]):
        return str(period)
    return f"{row['period_start']}..{row['period_end'] - timedelta(days=1)}"


def _records(contributions: list[dict[str, Any]], row: dict[str, Any]) -> Iterable[SourceRecord]:
    column = {"employee": "employee_no", "team": "team_id", "department": "department_id"}.get(row["grain"])
    for each in contributions:
        if each["metric_id"] != row["metric_id"] or not row["period_start"] <= each["occurred_on"] < row["period_end"]:
            continue
        if each[column] == row["subject_id"] if column else each["counts_for_company"]:
            yield SourceRecord(
                each["occurred_on"],
                each["numerator"],
                each["denominator"],
                each["source_system"],
                each["source_stream"],
                each["source_key"],
                each["load_id"],
            )


def _earlier(connection: Connection, run: Run, line: PayoutLine) -> tuple[PayoutLine, ...]:
    """The lines an adjustment was reduced by: those of the approved runs its calculation took into account."""
    known = set(read_calculation(connection, run.key.period, run.revision).facts.get("settled_runs", []))
    key = (line.employee_no, line.component, line.pay_item_code, line.currency, line.origin_period)
    return tuple(
        each
        for other in locked_runs(connection)
        if f"{other.key} revision {other.revision}" in known
        for each in other.lines
        if each.kind in {"regular", "adjustment"}
        and (each.employee_no, each.component, each.pay_item_code, each.currency, each.origin_period) == key
    )
