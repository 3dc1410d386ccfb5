"""Scoring inputs from CSV files and results into CSV files, for a run without a warehouse (docs/scoring.md).

UTF-8 (a byte order mark is allowed), header in the first line, ISO dates, empty = absent. Numbers are read as decimals
and never pass through floats.
"""

import csv
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar, get_args

from orchestration.periods import Period
from orchestration.plans.quantities import decimal_text
from orchestration.scoring.errors import InputError
from orchestration.scoring.inputs import (
    Assignment,
    BonusBase,
    Carried,
    Grain,
    Measurement,
    ScoringEvent,
    ScoringInputs,
    State,
    TrainingResult,
)
from orchestration.scoring.results import ScoringResult

T = TypeVar("T")
MEASUREMENTS, ASSIGNMENTS, BASES = "measurements.csv", "assignments.csv", "bases.csv"
EVENTS, TRAINING, CARRIED = "events.csv", "training.csv", "carried.csv"


def read_folder(folder: Path) -> ScoringInputs:
    """Read the files of a folder; events, training and carried may be absent. Raises `InputError` with file:line."""
    return ScoringInputs(
        tuple(_rows(folder / MEASUREMENTS, _measurement)),
        tuple(_rows(folder / ASSIGNMENTS, _assignment)),
        tuple(_rows(folder / BASES, _base)),
        tuple(_rows(folder / EVENTS, _event, optional=True)),
        tuple(_rows(folder / TRAINING, _training, optional=True)),
        tuple(_rows(folder / CARRIED, _carried, optional=True)),
    )


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
        (t.employee_no, t.sequence, t.step, t.node, t.text_zh, t.text_en, _exact(t.value), t.unit, t.parameter)
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
        "trace.csv": _table("employee_no,sequence,step,node,text_zh,text_en,value_exact,unit,parameter", trace),
        CARRIED: _table(",".join(field.name for field in fields(Carried)), [astuple(row) for row in result.carried]),
    }


@dataclass(slots=True)
class _Row:
    """One line of a file, read column by column."""

    file: str
    line: int
    cells: dict[str, str]

    def problem(self, what: str) -> InputError:
        return InputError(f"{self.file}:{self.line}: {what}")

    def text(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            raise self.problem(f"{name} is empty; fill it in")
        return value

    def optional(self, name: str) -> str | None:
        value = (self.cells.get(name) or "").strip()
        return value or None

    def one_of(self, name: str, words: tuple[str, ...], default: str | None = None) -> Any:
        value = self.optional(name) or default
        if value not in words:
            raise self.problem(f"{name} cannot be {value!r}; write {' or '.join(words)}")
        return value

    def date(self, name: str) -> dt.date:
        return self._read(name, self.text(name), dt.date.fromisoformat, "a date such as 2026-10-31")

    def optional_date(self, name: str) -> dt.date | None:
        return self.date(name) if self.optional(name) else None

    def decimal(self, name: str) -> Decimal | None:
        text = self.optional(name)
        if text is None:
            return None
        value = self._read(name, text, Decimal, "a decimal such as 1234.5")
        if not value.is_finite():
            raise self.problem(f"{name} is {text!r}; write a decimal such as 1234.5")
        return value

    def _read(self, name: str, text: str, convert: Callable[[str], T], wanted: str) -> T:
        try:
            return convert(text)
        except (ValueError, InvalidOperation):
            raise self.problem(f"{name} is {text!r}; write {wanted}") from None


_COLUMNS: dict[str, set[str]] = {
    MEASUREMENTS: {"metric_id", "grain", "subject_id", "period_id"},
    ASSIGNMENTS: {"employee_no", "valid_from", "department_id", "team_id", "position_id"},
    BASES: {"employee_no", "valid_from", "base_amount", "currency", "pay_group"},
    EVENTS: {"event_id", "event_type", "employee_no", "occurred_on"},
    TRAINING: {"employee_no", "course_id"},
    CARRIED: {"employee_no", "plan_id", "component", "kind", "amount"},
}


def _rows(path: Path, convert: Callable[[_Row], T], *, optional: bool = False) -> Iterable[T]:
    if not path.is_file():
        if optional:
            return []
        raise InputError(f"{path.name}: the file does not exist; docs/scoring.md lists the files of a run")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        absent = _COLUMNS[path.name] - set(reader.fieldnames or ())
        if absent:
            raise InputError(
                f"{path.name}:1: the columns {', '.join(sorted(absent))} are missing; add them to the header"
            )
        return [convert(_Row(path.name, reader.line_num, cells)) for cells in reader]


def _measurement(row: _Row) -> Measurement:
    try:
        period = Period.parse(row.text("period_id"))
    except ValueError as error:
        raise row.problem(str(error)) from None
    return Measurement(
        row.text("metric_id"),
        row.one_of("grain", get_args(Grain), "employee"),
        row.text("subject_id"),
        period.cadence,
        row.optional_date("period_start") or period.start,
        row.optional_date("period_end") or period.end,
        row.decimal("numerator"),
        row.decimal("denominator"),
        row.decimal("target"),
        row.optional("unit") or "",
        row.one_of("state", get_args(State), "ok"),
        row.optional("state_reason") or "",
    )


def _assignment(row: _Row) -> Assignment:
    return Assignment(
        row.text("employee_no"),
        row.date("valid_from"),
        row.optional_date("valid_to"),
        row.text("department_id"),
        row.text("team_id"),
        row.text("position_id"),
        row.optional("manager_employee_no"),
        row.one_of("is_employed", ("true", "false"), "true") == "true",
    )


def _base(row: _Row) -> BonusBase:
    amount = row.decimal("base_amount")
    if amount is None:
        raise row.problem("base_amount is empty; fill it in")
    return BonusBase(
        row.text("employee_no"),
        row.date("valid_from"),
        row.optional_date("valid_to"),
        amount,
        row.text("currency"),
        row.optional("payer_entity") or "",
        row.text("pay_group"),
        row.optional("cost_centre") or "",
    )


def _event(row: _Row) -> ScoringEvent:
    return ScoringEvent(
        row.text("event_id"),
        row.text("event_type"),
        row.text("employee_no"),
        row.date("occurred_on"),
        row.optional_date("confirmed_on"),
        row.optional("status") or "",
        row.optional("source_record") or "",
    )


def _training(row: _Row) -> TrainingResult:
    return TrainingResult(
        row.text("employee_no"),
        row.text("course_id"),
        row.optional_date("completed_on"),
        row.optional_date("passed_on"),
        row.decimal("exam_score"),
        row.optional_date("exam_on"),
        row.optional("source_record") or "",
    )


def _carried(row: _Row) -> Carried:
    try:
        amount = Fraction(row.text("amount"))
    except (ValueError, ZeroDivisionError):
        raise row.problem("amount is no exact number; write 12.5 or 1/3") from None
    return Carried(
        row.text("employee_no"),
        row.text("plan_id"),
        row.text("component"),
        row.one_of("kind", ("accumulated", "draw_owed", "cap_rest")),
        amount,
        int(row.optional("periods_left") or 0),
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
