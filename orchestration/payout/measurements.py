"""What scoring reads for one period, taken from the warehouse as exact types, and the hash that names it.

Facts that a later day adds (a seat that ends after the period, an exam taken after it) are cut off at the period's
end, so that the hash changes only when something the period can be paid from changes. Tables: docs/contracts.md §6.
"""

import hashlib
from collections.abc import Hashable, Iterable
from dataclasses import astuple
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.payout.canonical import canonical_json
from orchestration.payout.close_folder import LATER_INPUTS
from orchestration.payout.errors import MeasurementsUnusable
from orchestration.payout.used_values import UsedValue
from orchestration.periods import Period
from orchestration.scoring.inputs import (
    Absence,
    Assignment,
    BonusBase,
    Carried,
    ImprovementPlan,
    Measurement,
    ScoringEvent,
    ScoringInputs,
    TrainingResult,
)

_HASHED = ("measurements", "assignments", "bases", "events", "training", "carried", *LATER_INPUTS)
_EXACT = {
    "marts.fct_kpi_measurements": ("numerator", "denominator", "target"),
    "marts.dim_bonus_bases": ("base_amount",),
    "marts.fct_training_results": ("exam_score",),
}


def read_inputs(con: duckdb.DuckDBPyConnection, period: Period, *, own_periods: int = 1) -> ScoringInputs:
    """Everything one run scores for `period`, sorted, with `Decimal` values.

    Measurements are those inside the period, and of every cadence the last `own_periods` periods that ended by its
    last day (a slower metric is held, plan language §1.3). Raises `MeasurementsUnusable` for missing tables, inexact
    columns, two values for one subject, or seats and bases of one person that overlap.
    """
    try:
        _require_exact_columns(con)
        inputs = ScoringInputs(
            measurements=tuple(_measurements(con, period, own_periods)),
            assignments=tuple(Assignment(*row) for row in con.execute(_ASSIGNMENTS, _ends(period, 2)).fetchall()),
            bases=tuple(BonusBase(*row) for row in con.execute(_BASES, _ends(period, 2)).fetchall()),
            events=tuple(ScoringEvent(*row) for row in con.execute(_EVENTS, [period.start, period.end] * 2).fetchall()),
            training=tuple(TrainingResult(*row) for row in con.execute(_TRAINING, _ends(period, 7)).fetchall()),
            improvement_plans=tuple(
                ImprovementPlan(*row) for row in con.execute(_IMPROVEMENT_PLANS, _ends(period, 2)).fetchall()
            ),
            absences=tuple(Absence(*row) for row in con.execute(_ABSENCES, _ends(period, 2)).fetchall()),
        )
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise MeasurementsUnusable(
            f"{period}: the warehouse has not what scoring reads: {str(error).splitlines()[0]}. "
            "Run the night (extract, load, dbt build) and try again"
        ) from error
    _require_no_overlap("dim_employee_assignments", inputs.assignments)
    _require_no_overlap("dim_bonus_bases", inputs.bases)
    _require_one_value_per_subject(inputs.measurements)
    return inputs


def measurement_hash(inputs: ScoringInputs) -> str:
    """sha256 over the canonical text of everything scoring reads, independent of the order it came in."""
    digest = hashlib.sha256()
    for name in _HASHED:
        if name in LATER_INPUTS and not getattr(inputs, name):
            # Inputs that came later leave the hash of a period without them as it was.
            continue
        digest.update(f"{name}\n".encode())
        rows = sorted(canonical_json([_canonical(value) for value in _cells(row)]) for row in getattr(inputs, name))
        digest.update("\n".join(rows).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _cells(row: Any) -> tuple[Any, ...]:
    """The fields of a row; a carried amount without a period of its own is hashed as it was before there was one."""
    cells = astuple(row)
    return cells[:-1] if isinstance(row, Carried) and not row.period else cells


def read_contributions(con: duckdb.DuckDBPyConnection, used: Iterable[UsedValue]) -> pa.Table:
    """The source records behind the values a calculation used: those of the same metric that occurred in the same
    days.

    Records of other people are there too where a team's or department's value was used.
    """
    windows = sorted({(value.metric_id, value.start, value.end) for value in used})
    parameters = [[window[position] for window in windows] for position in range(3)]
    return con.execute(_CONTRIBUTIONS, parameters).to_arrow_table()


def exact_text(value: Decimal) -> str:
    """One spelling per decimal value: no exponent, no trailing zeros.

    >>> exact_text(Decimal("30.000000")), exact_text(Decimal("0.10")), exact_text(Decimal("-0.0"))
    ('30', '0.1', '0')
    """
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _canonical(value: Any) -> Any:
    if isinstance(value, Decimal):
        return exact_text(value)
    if isinstance(value, Fraction):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _measurements(con: duckdb.DuckDBPyConnection, period: Period, own_periods: int) -> Iterable[Measurement]:
    rows = con.execute(_MEASUREMENTS, [period.end, own_periods, period.start]).fetchall()
    return (Measurement(*row) for row in rows)


def _ends(period: Period, count: int) -> list[date]:
    return [period.end] * count


def _require_exact_columns(con: duckdb.DuckDBPyConnection) -> None:
    for table, columns in _EXACT.items():
        types = {row[0]: row[1] for row in con.execute(f"describe {table}").fetchall()}
        for column in columns:
            kind = types.get(column, "no column")
            if not kind.startswith(("DECIMAL", "BIGINT", "INTEGER", "HUGEINT")):
                raise MeasurementsUnusable(
                    f"{table}.{column} is {kind}, but pay is computed from DECIMAL only; fix the model's contract"
                )


def _require_no_overlap(table: str, rows: Iterable[Assignment | BonusBase]) -> None:
    last: dict[str, Assignment | BonusBase] = {}
    for row in rows:
        before = last.get(row.employee_no)
        if before and (before.valid_to is None or before.valid_to > row.valid_from):
            raise MeasurementsUnusable(
                f"{row.employee_no} has two entries in {table} for {row.valid_from} (one from {before.valid_from}, one "
                f"from {row.valid_from}); nobody is paid twice for one day: correct the personnel data"
            )
        last[row.employee_no] = row


def _require_one_value_per_subject(rows: Iterable[Measurement]) -> None:
    seen: set[Hashable] = set()
    for row in rows:
        key = (row.metric_id, row.grain, row.subject_id, row.cadence, row.period_start, row.period_end)
        if key in seen:
            raise MeasurementsUnusable(
                f"fct_kpi_measurements has two values of {row.metric_id} for {row.grain} {row.subject_id} in the "
                f"{row.cadence} from {row.period_start}; its primary key is broken, rebuild the mart"
            )
        seen.add(key)


_MEASUREMENTS = """
select
    metric_id, grain, subject_id, cadence, period_start, period_end,
    numerator, denominator, target, unit, state, coalesce(state_reason, '')
from (
    select *, dense_rank() over (partition by cadence order by period_start desc) as age
    from marts.fct_kpi_measurements
    where period_end <= $1
)
where age <= $2 or period_start >= $3
order by all
"""

_ASSIGNMENTS = """
select
    employee_no, valid_from, case when valid_to <= $1 then valid_to end, department_id, team_id, position_id,
    manager_employee_no, is_employed
from marts.dim_employee_assignments
where valid_from < $2
order by all
"""

_BASES = """
select
    employee_no, valid_from, case when valid_to <= $1 then valid_to end, base_amount, currency, payer_entity,
    pay_group, cost_centre
from marts.dim_bonus_bases
where valid_from < $2
order by all
"""

_ABSENCES = """
select
    employee_no, absence_type, valid_from, least(valid_to, $1), concat_ws('/', source_system, source_stream, source_key)
from marts.fct_absences
where valid_from < $2
order by all
"""

_IMPROVEMENT_PLANS = """
select
    employee_no, valid_from, case when valid_to <= $1 then valid_to end,
    concat_ws('/', source_system, source_stream, source_key)
from marts.fct_improvement_plans
where valid_from < $2
order by all
"""

_EVENTS = """
select
    event_id, event_type, employee_no, occurred_on, confirmed_on, status,
    concat_ws('/', source_system, source_stream, source_key)
from marts.fct_scoring_events
where (occurred_on >= $1 and occurred_on < $2) or (confirmed_on >= $3 and confirmed_on < $4)
order by all
"""

_CONTRIBUTIONS = """
with windows as (
    select unnest($1::varchar[]) as metric_id, unnest($2::date[]) as first_on, unnest($3::date[]) as end_on
)
select distinct
    contributions.contribution_id, contributions.metric_id, employee_no, team_id, department_id, occurred_on,
    numerator, denominator, counts_for_company, source_system, source_stream, source_key, load_id
from marts.fct_kpi_contributions as contributions
inner join windows on contributions.metric_id = windows.metric_id
where occurred_on >= first_on and occurred_on < end_on
order by all
"""

_TRAINING = """
select
    employee_no, course_id,
    case when completed_on < $1 then completed_on end,
    case when passed_on < $2 then passed_on end,
    case when exam_on < $3 then exam_score end,
    case when exam_on < $4 then exam_on end,
    concat_ws('/', source_system, source_stream, source_key)
from marts.fct_training_results
where completed_on < $5 or passed_on < $6 or exam_on < $7
order by all
"""
