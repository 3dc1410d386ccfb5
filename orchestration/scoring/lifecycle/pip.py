"""The improvement plan as a state machine over a person's closed months (F150, F151, T15).

none -> watch (a miss) -> pip (the plan's number of misses in a row) -> passed, or failed and a review by people.
A month without a score (leave, not eligible, before entry) pauses the clock; where the plan says `break` it also ends a
row of misses. The observation begins with the month after the one that started it, and may be prolonged once, by a
person's decision. What follows a failure is decided by people (F152, F195).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from orchestration.periods import Period
from orchestration.plans.lifecycle_model import ImprovementPlan

State = Literal["none", "watch", "pip", "extended", "passed", "review"]


@dataclass(frozen=True, slots=True)
class MonthOutcome:
    """Whether a month reached the score; None: the person was not assessed in it."""

    period: Period
    met: bool | None


@dataclass(frozen=True, slots=True)
class PipStep:
    """The state after a month. `misses` in a row, `observed` and `met` months of a running observation."""

    period: Period
    state: State
    misses: int = 0
    observed: int = 0
    met: int = 0


def walk(rule: ImprovementPlan, months: Iterable[MonthOutcome], extended: Collection[Period] = ()) -> list[PipStep]:
    """The state after every month, in order. `extended`: months at whose end somebody decided to observe longer."""
    steps: list[PipStep] = []
    step: PipStep | None = None
    for month in sorted(months, key=lambda item: item.period):
        step = _next(rule, step, month, is_extended=month.period in extended)
        steps.append(step)
    return steps


def _next(rule: ImprovementPlan, before: PipStep | None, month: MonthOutcome, *, is_extended: bool) -> PipStep:
    state = before.state if before else "none"
    misses = before.misses if before else 0
    if state in {"pip", "extended"} and before is not None:
        return _observe(rule, before, month, is_extended=is_extended)
    if state == "review" and before is not None:
        # Until people have decided nothing moves on by itself.
        return PipStep(month.period, "review", observed=before.observed, met=before.met)
    if month.met is None:
        kept = misses if rule.on_gap == "skip" else 0
        return PipStep(month.period, "watch" if kept else "none", kept)
    if month.met:
        return PipStep(month.period, "none")
    misses += 1
    return PipStep(month.period, "pip" if misses >= rule.misses else "watch", misses)


def _observe(rule: ImprovementPlan, before: PipStep, month: MonthOutcome, *, is_extended: bool) -> PipStep:
    if month.met is None:
        return PipStep(month.period, before.state, before.misses, before.observed, before.met)
    observed, met = before.observed + 1, before.met + int(month.met)
    longer = rule.extend_months if before.state == "extended" else 0
    wanted = rule.must_meet + longer
    if observed < rule.observe_months + longer:
        return PipStep(month.period, before.state, before.misses, observed, met)
    if met >= wanted:
        return PipStep(month.period, "passed")
    if is_extended and before.state == "pip" and rule.extend_months:
        # What was missed so far is forgiven; the prolongation has to be met in full.
        return PipStep(month.period, "extended", before.misses, observed, rule.must_meet)
    return PipStep(month.period, "review", observed=observed, met=met)
