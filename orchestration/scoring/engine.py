"""Measurements and plans to scores, exact pay components and their explanation. Pure: no clock, no random, no I/O.

The order of steps is the same for every plan (docs/scoring.md): eligibility, values, curves, training, clamps and
gates, categories, total, rating, components, proration, limits.
"""

from dataclasses import replace

from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.scoring.carry import passed_on
from orchestration.scoring.clawback import with_paid
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.pay import pay_person
from orchestration.scoring.people import score_person
from orchestration.scoring.pilots import with_live_pilots
from orchestration.scoring.pools import fund_from_pools
from orchestration.scoring.ranks import rank_people
from orchestration.scoring.results import PayComponent, ScoringResult
from orchestration.scoring.run import index_run
from orchestration.scoring.segments import people_of
from orchestration.scoring.team import AwardOf, team_awards

ENGINE_VERSION = "1"
"""Raised when the same inputs would give other amounts or another explanation."""


def score(plans: PlanBundle, period: Period, inputs: ScoringInputs, *, pilots_count: bool = False) -> ScoringResult:
    """Score everybody whose plan is paid per period of this length, for one period.

    Raises `InputError` when the inputs contradict themselves, `ParameterError` when a dated figure does not exist yet.
    A value that is only missing holds the lines of the person it belongs to. With `pilots_count` pilot metrics that say
    what they would weigh take part as if they were live (F187); such a result is for comparison, never for pay.
    """
    run = index_run(plans, period, inputs)
    people = people_of(plans, period, inputs.assignments, inputs.absences)
    if pilots_count:
        people = [with_live_pilots(person, period) for person in people]
    run.ranks = rank_people(run, people)
    scored = [score_person(run, person) for person in people]
    awards = team_awards(run, scored)
    paid = [pay_person(person, awards) for person in scored]
    components = [_with_pool_group(part, awards, plans) for item in paid for part in item.components]
    carried = [row for item in paid for row in item.carried]
    funded = fund_from_pools(run, components, carried, {item.person.employee_no: item.trace for item in scored})
    paid_lines = {
        (part.employee_no, part.plan_id, part.component): part.amount
        for part in funded.parts
        if part.amount is not None
    }
    return ScoringResult(
        scores=tuple(row for item in scored for row in item.scores),
        components=funded.parts,
        trace=tuple(row for item in scored for row in item.trace.rows),
        without_plan=tuple(item.person.employee_no for item in scored if item.person.has_seat_without_plan),
        carried=(*with_paid(funded.carried, paid_lines, period), *passed_on(run, scored)),
    )


def _with_pool_group(part: PayComponent, awards: dict[tuple[str, str], AwardOf], plans: PlanBundle) -> PayComponent:
    """Shares of a fixed pool have to add up to the pool after rounding."""
    plan = next(plan for plan in plans.plans if (plan.id, plan.version) == (part.plan_id, part.plan_version))
    component = next(item for item in plan.payout.components if item.id == part.component)
    award = awards.get((component.team_rule or "", part.employee_no))
    if award is None or not award.is_pool or part.allocation_group or part.amount is None:
        return part
    return replace(part, allocation_group=f"team_rule/{component.team_rule}")
