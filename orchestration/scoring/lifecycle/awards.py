"""Who may be chosen for the award of the year: a condition on the values of the year (F034, F165).

A value that does not apply passes (nobody had to rectify anything); one that is missing leaves the person out with the
reason, because an award is not given on unknown facts.
"""

from collections.abc import Iterable
from fractions import Fraction

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.plans.expression import Observation, Unavailable, evaluate
from orchestration.plans.lifecycle_model import AnnualAward
from orchestration.plans.model import Names
from orchestration.plans.quantities import Unit
from orchestration.scoring.inputs import Measurement
from orchestration.scoring.lifecycle.past import MonthScore, score_over
from orchestration.scoring.lifecycle.recommendation import Recommendation
from orchestration.scoring.trace import tell
from orchestration.scoring.values import Values, Wanted


def award_candidates(
    bundle: PlanBundle, months: Iterable[MonthScore], measurements: Iterable[Measurement], year: Period
) -> tuple[Recommendation, ...]:
    """Everybody with a score in the year whose plan's condition holds, by employee."""
    known = [row for row in months if year.start <= row.period.start and row.period.end <= year.end]
    values = Values(measurements)
    found = []
    for plan in bundle.plans:
        award = plan.lifecycle.annual_award if plan.lifecycle else None
        if award is None or not plan.is_valid_on(year.last_day):
            continue
        last = {row.employee_no: row.plan_id for row in known}
        for employee_no in sorted(no for no, plan_id in last.items() if plan_id == plan.id):
            told = _passes(bundle, award, values, employee_no, year)
            if told is not None:
                score = score_over([row for row in known if row.employee_no == employee_no], year)
                zh, en = f"符合年度评优条件:{told[0]}", f"may be chosen for the award of the year: {told[1]}"
                evidence = ((str(year), score),)
                found.append(
                    Recommendation(employee_no, "annual_award", plan.id, year, zh, en, evidence, award.reference)
                )
    return tuple(found)


def _passes(
    bundle: PlanBundle, award: AnnualAward, values: Values, employee_no: str, year: Period
) -> tuple[str, str] | None:
    """The condition in words when it holds; None when it does not, or cannot be tested."""

    def value_of(name: str) -> Fraction:
        if name in bundle.parameters:
            return bundle.parameters[name].at(year.last_day).value or Fraction(0)
        entry = bundle.metrics[name]
        usual = "ratio_of_sums" if entry.has_denominator else entry.aggregation
        found = values.at(Wanted(entry, "employee", employee_no, "year", usual, None), year)
        if found.value is None:
            raise Unavailable(name, found.state, found.reason)
        return found.value

    def names_of(name: str) -> Names | None:
        return bundle.metrics[name].names if name in bundle.metrics else None

    def unit_of(name: str) -> Unit | None:
        table = bundle.metrics if name in bundle.metrics else bundle.parameters
        return table[name].unit if name in table else None

    seen: list[Observation] = []
    try:
        if not evaluate(award.when, value_of, seen):
            return None
    except Unavailable as unavailable:
        if unavailable.state != "not_applicable":
            return None
        return f"{unavailable.name} 不适用", f"{unavailable.name} does not apply"
    told = tell(seen, unit_of, names_of)
    return told.zh, told.en
