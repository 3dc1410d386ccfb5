"""Scoring inputs from CSV files, for a run without a warehouse (docs/scoring.md lists files and columns)."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

from orchestration.periods import Period
from orchestration.scoring.credit import CreditedRecord, CreditRow
from orchestration.scoring.csv_rows import Row, read_rows
from orchestration.scoring.inputs import (
    Absence,
    Assignment,
    BonusBase,
    Carried,
    CarriedKind,
    Grain,
    ImprovementPlan,
    Measurement,
    Reversal,
    ScoringEvent,
    ScoringInputs,
    State,
    TrainingResult,
)

MEASUREMENTS, ASSIGNMENTS, BASES = "measurements.csv", "assignments.csv", "bases.csv"
EVENTS, TRAINING, CARRIED, ABSENCES = "events.csv", "training.csv", "carried.csv", "absences.csv"
IMPROVEMENT_PLANS, REVERSALS = "improvement_plans.csv", "reversals.csv"


def read_folder(folder: Path) -> ScoringInputs:
    """Read the files of a folder; those that not every company has may be absent.

    Raises `InputError` with file:line.
    """
    return ScoringInputs(
        measurements=read_measurements(folder / MEASUREMENTS),
        assignments=read_assignments(folder / ASSIGNMENTS),
        bases=read_bases(folder / BASES),
        events=read_events(folder / EVENTS, optional=True),
        training=read_training(folder / TRAINING, optional=True),
        carried=read_carried(folder / CARRIED, optional=True),
        absences=read_absences(folder / ABSENCES, optional=True),
        improvement_plans=read_improvement_plans(folder / IMPROVEMENT_PLANS, optional=True),
        reversals=read_reversals(folder / REVERSALS, optional=True),
    )


def read_measurements(path: Path) -> tuple[Measurement, ...]:
    """Measured values."""
    return tuple(read_rows(path, {"metric_id", "grain", "subject_id", "period_id"}, _measurement))


def read_assignments(path: Path) -> tuple[Assignment, ...]:
    """Seats."""
    columns = {"employee_no", "valid_from", "department_id", "team_id", "position_id"}
    return tuple(read_rows(path, columns, _assignment))


def read_bases(path: Path) -> tuple[BonusBase, ...]:
    """Bonus bases."""
    return tuple(read_rows(path, {"employee_no", "valid_from", "base_amount", "currency", "pay_group"}, _base))


def read_people(path: Path) -> tuple[tuple[Assignment, ...], tuple[BonusBase, ...]]:
    """Seats and bases from one file: a line is a seat with the base that holds as long as the seat does."""
    columns = {"employee_no", "valid_from", "department_id", "team_id", "position_id", "base_amount", "currency"}
    columns |= {"pay_group"}
    pairs = read_rows(path, columns, lambda row: (_assignment(row), _base(row)))
    return tuple(seat for seat, _ in pairs), tuple(base for _, base in pairs)


def read_events(path: Path, *, optional: bool = False) -> tuple[ScoringEvent, ...]:
    """Dated events."""
    return tuple(read_rows(path, {"event_id", "event_type", "employee_no", "occurred_on"}, _event, optional=optional))


def read_training(path: Path, *, optional: bool = False) -> tuple[TrainingResult, ...]:
    """Courses."""
    return tuple(read_rows(path, {"employee_no", "course_id"}, _training, optional=optional))


def read_carried(path: Path, *, optional: bool = False) -> tuple[Carried, ...]:
    """What the period before left."""
    columns = {"employee_no", "plan_id", "component", "kind", "amount"}
    return tuple(read_rows(path, columns, _carried, optional=optional))


def read_absences(path: Path, *, optional: bool = False) -> tuple[Absence, ...]:
    """Leave."""
    return tuple(read_rows(path, {"employee_no", "absence_type", "valid_from"}, _absence, optional=optional))


def read_improvement_plans(path: Path, *, optional: bool = False) -> tuple[ImprovementPlan, ...]:
    """Who is on a performance improvement plan."""
    return tuple(read_rows(path, {"employee_no", "valid_from"}, _improvement_plan, optional=optional))


def read_reversals(path: Path, *, optional: bool = False) -> tuple[Reversal, ...]:
    """Credited records that were taken back."""
    columns = {"employee_no", "metric_id", "record_id", "credited_on", "reversed_on", "amount"}
    return tuple(read_rows(path, columns, _reversal, optional=optional))


def read_credits(path: Path) -> tuple[CreditedRecord, ...]:
    """Credited records: one line for every record and person; a line without a person leaves its share to nobody."""
    columns = {"record_id", "metric_id", "occurred_on", "amount", "employee_no", "share_percent"}
    grouped: dict[str, CreditedRecord] = {}
    for row, record in read_rows(path, columns, lambda row: (row, _credit(row))):
        known = grouped.setdefault(record.record_id, record)
        if known is record:
            continue
        if replace(known, rows=()) != replace(record, rows=()):
            raise row.problem(f"record {record.record_id} has another metric, date or amount than on an earlier line")
        grouped[record.record_id] = replace(known, rows=(*known.rows, *record.rows))
    return tuple(grouped.values())


def _credit(row: Row) -> CreditedRecord:
    amount = row.decimal("amount")
    if amount is None:
        raise row.problem("amount is empty; fill it in")
    rows: tuple[CreditRow, ...] = ()
    if row.optional("employee_no"):
        share = row.decimal("share_percent")
        if share is None or share <= 0:
            raise row.problem("share_percent has to be a positive number, 50 for a half")
        group = row.one_of("group", ("exclusive", "overlay"), "exclusive")
        rows = (CreditRow(row.text("employee_no"), group, Fraction(share)),)
    return CreditedRecord(row.text("record_id"), row.text("metric_id"), row.date("occurred_on"), amount, rows)


def _measurement(row: Row) -> Measurement:
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


def _assignment(row: Row) -> Assignment:
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


def _base(row: Row) -> BonusBase:
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


def _event(row: Row) -> ScoringEvent:
    return ScoringEvent(
        row.text("event_id"),
        row.text("event_type"),
        row.text("employee_no"),
        row.date("occurred_on"),
        row.optional_date("confirmed_on"),
        row.optional("status") or "",
        row.optional("source_record") or "",
    )


def _training(row: Row) -> TrainingResult:
    return TrainingResult(
        row.text("employee_no"),
        row.text("course_id"),
        row.optional_date("completed_on"),
        row.optional_date("passed_on"),
        row.decimal("exam_score"),
        row.optional_date("exam_on"),
        row.optional("source_record") or "",
    )


def _absence(row: Row) -> Absence:
    return Absence(
        row.text("employee_no"),
        row.text("absence_type"),
        row.date("valid_from"),
        row.optional_date("valid_to"),
        row.optional("source_record") or "",
    )


def _improvement_plan(row: Row) -> ImprovementPlan:
    ends = row.optional_date("valid_to")
    return ImprovementPlan(row.text("employee_no"), row.date("valid_from"), ends, row.optional("source_record") or "")


def _reversal(row: Row) -> Reversal:
    amount = row.decimal("amount")
    if amount is None or amount <= 0:
        raise row.problem("amount has to be a positive number: what was taken back")
    return Reversal(
        row.text("employee_no"),
        row.text("metric_id"),
        row.text("record_id"),
        row.date("credited_on"),
        row.date("reversed_on"),
        amount,
        row.optional("source_record") or "",
    )


def _carried(row: Row) -> Carried:
    try:
        amount = Fraction(row.text("amount"))
    except (ValueError, ZeroDivisionError):
        raise row.problem("amount is no exact number; write 12.5 or 1/3") from None
    return Carried(
        row.text("employee_no"),
        row.text("plan_id"),
        row.text("component"),
        row.one_of("kind", get_args(CarriedKind)),
        amount,
        int(row.optional("periods_left") or 0),
        row.optional("period") or "",
    )
