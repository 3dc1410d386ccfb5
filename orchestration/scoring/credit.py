"""Who a deal or lead is credited to: exclusive shares are the whole deal, overlay shares come on top (F109, F179).

Overlay credit (a manager, pre-sales) counts for the person's own attainment and stays out of company totals.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import Literal

from orchestration.periods import Cadence, Period
from orchestration.plans import PlanBundle
from orchestration.scoring.errors import InputError
from orchestration.scoring.inputs import Grain, Measurement, ScoringInputs

UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One person's share of one record, in percent."""

    employee_no: str
    group: Literal["exclusive", "overlay"]
    share_percent: Fraction


@dataclass(frozen=True, slots=True)
class CreditedRecord:
    """One deal, lead or order and who it is credited to. `amount` is its whole value, money or a count."""

    record_id: str
    metric_id: str
    occurred_on: date
    amount: Decimal
    rows: tuple[CreditRow, ...]


def measurements_of(
    records: Iterable[CreditedRecord], employees: Collection[str], cadences: Collection[Cadence], period: Period
) -> list[Measurement]:
    """What every employee is credited with, and the company's total, for the periods of some cadences that matter to
    a plan period.

    The records are all there are: somebody without one has 0. The company counts every record once, by its exclusive
    shares and what nobody owns. Raises `InputError` when shares exceed the whole or have no end as a decimal.
    """
    sums: dict[tuple[str, Grain, str, Period], Fraction] = defaultdict(Fraction)
    for record in sorted(records, key=lambda item: item.record_id):
        whole = Fraction(record.amount)
        try:
            parts = split_amount(record.rows, whole)
        except InputError as error:
            raise InputError(f"record {record.record_id}: {error}") from None
        extra = overlay_amounts(record.rows, whole)
        for cadence in cadences:
            own = Period.containing(record.occurred_on, cadence)
            sums[record.metric_id, "company", "company", own] += whole
            for table in (parts, extra):
                for employee_no, amount in table.items():
                    if employee_no != UNASSIGNED:
                        sums[record.metric_id, "employee", employee_no, own] += amount
    metrics = {metric_id for metric_id, _, _, _ in sums}
    for cadence in cadences:
        own = Period.containing(period.last_day, cadence)
        for metric_id in metrics:
            for employee_no in employees:
                sums.setdefault((metric_id, "employee", employee_no, own), Fraction(0))
    return [_measurement(*key, amount) for key, amount in sorted(sums.items(), key=lambda item: str(item[0]))]


def with_credits(
    inputs: ScoringInputs, records: Iterable[CreditedRecord], bundle: PlanBundle, period: Period
) -> ScoringInputs:
    """The inputs with what people are credited with; raises `InputError` when such a value is there already."""
    used: list[Cadence] = [period.cadence, *(metric.cadence for plan in bundle.plans for metric in plan.metrics)]
    employees = {seat.employee_no for seat in inputs.assignments}
    credited = measurements_of(records, employees, tuple(dict.fromkeys(used)), period)
    known = {
        (row.metric_id, row.grain, row.subject_id, row.period_start, row.period_end) for row in inputs.measurements
    }
    for row in credited:
        if row.metric_id not in bundle.metrics:
            raise InputError(f"{row.metric_id!r} of the credits is no metric of the catalogue")
        if (row.metric_id, row.grain, row.subject_id, row.period_start, row.period_end) in known:
            raise InputError(
                f"{row.metric_id} of {row.subject_id} stands in the measurements and in the credits; keep one of them"
            )
    return replace(inputs, measurements=(*inputs.measurements, *credited))


def split_amount(rows: Iterable[CreditRow], amount: Fraction) -> dict[str, Fraction]:
    """Exclusive shares of an amount; what nobody owns goes to `unassigned`, so that the parts are the whole.

    Raises `InputError` when the exclusive shares exceed 100 % or one is not positive.
    """
    parts: dict[str, Fraction] = {}
    total = Fraction(0)
    for row in rows:
        if row.share_percent <= 0:
            raise InputError(f"the share of {row.employee_no} is {row.share_percent} %; shares are positive")
        if row.group == "exclusive":
            total += row.share_percent
            parts[row.employee_no] = parts.get(row.employee_no, Fraction(0)) + amount * row.share_percent / 100
    if total > 100:
        raise InputError(f"exclusive shares add up to {total} %, at most 100 % can be given away; correct the owners")
    if total < 100:
        parts[UNASSIGNED] = amount * (100 - total) / 100
    return parts


def overlay_amounts(rows: Iterable[CreditRow], amount: Fraction) -> dict[str, Fraction]:
    """Overlay shares of an amount; they may exceed 100 % together."""
    parts: dict[str, Fraction] = {}
    for row in rows:
        if row.group == "overlay":
            parts[row.employee_no] = parts.get(row.employee_no, Fraction(0)) + amount * row.share_percent / 100
    return parts


def _measurement(metric_id: str, grain: Grain, subject_id: str, own: Period, amount: Fraction) -> Measurement:
    value = exact_decimal(amount)
    if value is None:
        raise InputError(f"what {subject_id} is credited with on {metric_id} in {own} has no end as a decimal")
    span = (own.cadence, own.start, own.end)
    return Measurement(metric_id, grain, subject_id, *span, value, None, None, "", "ok")


def exact_decimal(value: Fraction) -> Decimal | None:
    """The fraction as a decimal; None when it has no end."""
    context = Context(prec=60, traps=[Inexact])
    try:
        return context.divide(Decimal(value.numerator), Decimal(value.denominator))
    except Inexact:
        return None
