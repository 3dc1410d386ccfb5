"""Results of a run as CSV tables: every number as its exact fraction and as a decimal to read."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, fields
from fractions import Fraction
from io import StringIO
from pathlib import Path

from orchestration.plans.quantities import decimal_text
from orchestration.scoring.csv_io import CARRIED
from orchestration.scoring.csv_rows import Row, read_rows
from orchestration.scoring.inputs import Carried
from orchestration.scoring.results import ScoringResult, TraceRow

TRACE = "trace.csv"
_TRACE_COLUMNS = "employee_no,sequence,step,node,parent,text_zh,text_en,value_exact,unit,parameter,passed"


def result_tables(result: ScoringResult) -> dict[str, str]:
    """File name -> CSV text: scores, metric points, components, explanation, carried state."""
    scores = [
        (
            s.employee_no,
            s.plan_id,
            s.plan_version,
            s.segment_from,
            s.segment_to,
            *_both(s.total),
            s.rating,
            s.held_reason,
        )
        for s in result.scores
    ]
    metrics = [
        (
            s.employee_no,
            s.plan_id,
            s.segment_from,
            m.metric_id,
            m.category,
            decimal_text(m.weight),
            m.state,
            *_both(m.points),
        )
        for s in result.scores
        for m in s.metrics
    ]
    components = [
        (
            c.employee_no,
            c.plan_id,
            c.plan_version,
            c.component,
            c.pay_item_code,
            *_both(c.amount),
            c.currency,
            c.held_reason,
        )
        for c in result.components
    ]
    trace = [
        (
            t.employee_no,
            t.sequence,
            t.step,
            t.node,
            t.parent,
            t.text_zh,
            t.text_en,
            _exact(t.value),
            t.unit,
            t.parameter,
            "" if t.passed is None else str(t.passed).lower(),
        )
        for t in result.trace
    ]
    return {
        "scores.csv": _table(
            "employee_no,plan_id,plan_version,segment_from,segment_to,score_exact,score,rating,held_reason", scores
        ),
        "metrics.csv": _table(
            "employee_no,plan_id,segment_from,metric_id,category,weight,state,points_exact,points", metrics
        ),
        "components.csv": _table(
            "employee_no,plan_id,plan_version,component,pay_item_code,amount_exact,amount,currency,held_reason",
            components,
        ),
        TRACE: _table(_TRACE_COLUMNS, trace),
        CARRIED: _table(",".join(field.name for field in fields(Carried)), [astuple(row) for row in result.carried]),
    }


def read_trace(folder: Path, employee_no: str) -> list[TraceRow]:
    """The explanation of one person from a result folder, in its order; raises `InputError` when there is none."""
    rows = read_rows(folder / TRACE, _TRACE_COLUMNS.split(","), _trace_row)
    return sorted((row for row in rows if row.employee_no == employee_no), key=lambda row: row.sequence)


def _trace_row(row: Row) -> TraceRow:
    exact, passed = row.optional("value_exact"), row.optional("passed")
    return TraceRow(
        row.text("employee_no"),
        int(row.text("sequence")),
        row.text("node"),
        row.optional("parent") or "",
        int(row.text("step")),
        row.optional("text_zh") or "",
        row.optional("text_en") or "",
        None if exact is None else Fraction(exact),
        row.optional("unit") or "",
        {},
        row.optional("parameter") or "",
        None if passed is None else passed == "true",
    )


def _table(header: str, rows: Iterable[tuple]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(["" if cell is None else str(cell) for cell in row] for row in rows)
    return out.getvalue()


def _both(value: Fraction | None) -> tuple[str, str]:
    """The exact fraction, and a decimal to read."""
    return _exact(value), "" if value is None else decimal_text(value).rpartition("≈")[2]


def _exact(value: Fraction | None) -> str:
    return "" if value is None else str(value)
