"""A commission with memory for tests: 10 % of revenue up to 100,000 yuan in the year, 20 % above; somebody without a
value is held and passes nothing on, somebody without a base of this month is not paid and passes everything on."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from simple_scoring import METRIC, score_simply

from orchestration.periods import Period
from orchestration.scoring.inputs import Carried, ScoringInputs
from orchestration.scoring.results import ScoringResult

EDGE, LOW, HIGH = 100_000, Fraction(1, 10), Fraction(1, 5)


def commission(total: Fraction) -> Fraction:
    """Commission of the year for the revenue of the year."""
    return min(total, Fraction(EDGE)) * LOW + max(total - EDGE, Fraction(0)) * HIGH


def score_with_memory(plans, period: Period, inputs: ScoringInputs) -> ScoringResult:
    result = score_simply(plans, period, inputs)
    before = {row.employee_no: row for row in inputs.carried}
    revenue = {
        row.subject_id: Fraction(row.numerator or Decimal(0))
        for row in inputs.measurements
        if (row.metric_id, row.grain, row.period_start) == (METRIC, "employee", period.start)
    }
    components, carried = [], []
    for part in result.components:
        earlier = before.get(part.employee_no)
        prior = earlier.amount if earlier else Fraction(0)
        if part.amount is None:
            components.append(part)
            continue
        total = prior + revenue[part.employee_no]
        components.append(replace(part, amount=commission(total) - commission(prior)))
        carried.append(Carried(part.employee_no, "simple", "score_bonus", "accumulated", total))
    paid = {part.employee_no for part in result.components}
    carried += [row for row in inputs.carried if row.employee_no not in paid]
    return replace(result, components=tuple(components), carried=tuple(carried))
