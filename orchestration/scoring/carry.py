"""What people who were not paid in a period pass on to the next one: a pause neither pays nor forgets.

Somebody who was not eligible (leave, too few days) keeps accumulations, owed draws and remainders as they are; where
the next period begins a new quarter or year the accumulation starts at zero again. A held person passes nothing on: the
period is not calculated yet.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from orchestration.periods import Cadence, Period
from orchestration.scoring.inputs import Carried
from orchestration.scoring.people import ScoredPerson
from orchestration.scoring.run import Run


def passed_on(run: Run, people: Iterable[ScoredPerson]) -> list[Carried]:
    """The carried rows of everybody whose plan paid nothing in this period, for the next one."""
    paid = {(item.person.employee_no, ctx.plan.id) for item in people for ctx in item.contexts}
    rows = [row for _, row in sorted(run.carried.items()) if (row.employee_no, row.plan_id) not in paid]
    stored = [row for mine in run.stored.values() for row in mine if (row.employee_no, row.plan_id) not in paid]
    return [*(kept for row in rows if (kept := _next(run, row)) is not None), *stored]


def _next(run: Run, row: Carried) -> Carried | None:
    match row.kind:
        case "cap_rest" | "plan_rest":
            return replace(row, periods_left=row.periods_left - 1) if row.periods_left > 1 else None
        case "draw_owed" | "clawback_rest":
            return row
        case _:
            following = run.period.shift(1)
            window = Period.containing(following.start, _window(run, row))
            return replace(row, amount=Fraction(0)) if window.start == following.start else row


def _window(run: Run, row: Carried) -> Cadence:
    for plan in run.bundle.plans:
        for component in plan.payout.components:
            if (plan.id, component.id) == (row.plan_id, row.component) and component.accumulate == "quarter":
                return "quarter"
    return "year"
