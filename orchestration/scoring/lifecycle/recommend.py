"""What closed periods recommend: improvement plans, raises, promotions, each with its evidence in both languages.

Read off the history as it is known now. When a late correction changes a closed month, `changed_recommendations` names
what would be recommended differently: proposals for people, never a silent change of a state (§ life cycle).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from fractions import Fraction

from orchestration.periods import Cadence, Period, periods_between
from orchestration.plans import PlanBundle
from orchestration.plans.expression import evaluate
from orchestration.plans.lifecycle_model import ImprovementPlan, Promotion, Raise
from orchestration.plans.model import Plan, Rating
from orchestration.plans.quantities import decimal_text
from orchestration.scoring.lifecycle.past import MonthScore, score_over
from orchestration.scoring.lifecycle.pip import MonthOutcome, walk
from orchestration.scoring.lifecycle.ratings import PeriodRating, in_top, is_at_least, rate_period
from orchestration.scoring.lifecycle.recommendation import ChangedRecommendation, Kind, Recommendation


def recommend(
    bundle: PlanBundle,
    months: Iterable[MonthScore],
    through: Period,
    *,
    extended: Mapping[str, Collection[Period]] | None = None,
) -> tuple[Recommendation, ...]:
    """Everything the plans in force at the end of `through` recommend, by employee and kind.

    A person belongs to the plan of their last closed month. `extended` are decisions to observe longer, by employee.
    """
    known = [row for row in months if row.period.end <= through.end]
    by_person: dict[str, list[MonthScore]] = defaultdict(list)
    for row in known:
        by_person[row.employee_no].append(row)
    found: list[Recommendation] = []
    for plan in bundle.plans:
        if plan.lifecycle is None or not plan.is_valid_on(through.last_day):
            continue
        mine = {no: rows for no, rows in by_person.items() if rows[-1].plan_id == plan.id}
        if plan.lifecycle.pip is not None:
            found.extend(_pips(bundle, plan, plan.lifecycle.pip, mine, through, extended or {}))
        if plan.lifecycle.raise_ is not None:
            found.extend(_raises(plan, plan.lifecycle.raise_, known, mine, through))
        if plan.lifecycle.promotion is not None and plan.rating is not None:
            found.extend(_promotions(plan, plan.rating, plan.lifecycle.promotion, known, mine, through))
    return tuple(sorted(found, key=lambda item: (item.employee_no, item.kind, item.plan_id)))


def ratings_over(plan: Plan, months: Iterable[MonthScore], period: Period) -> dict[str, PeriodRating]:
    """Ratings of a quarter or year of everybody under one plan in it."""
    return {} if plan.rating is None else rate_period(plan.rating, _scores(plan, months, period))


def changed_recommendations(
    before: Iterable[Recommendation], after: Iterable[Recommendation]
) -> tuple[ChangedRecommendation, ...]:
    """What differs between two evaluations of the past, as proposals."""
    old: dict[tuple[str, Kind], Recommendation] = {(item.employee_no, item.kind): item for item in before}
    new: dict[tuple[str, Kind], Recommendation] = {(item.employee_no, item.kind): item for item in after}
    keys = sorted(key for key in set(old) | set(new) if (key in old) != (key in new))
    return tuple(ChangedRecommendation(no, kind, old.get((no, kind)), new.get((no, kind))) for no, kind in keys)


def _pips(
    bundle: PlanBundle,
    plan: Plan,
    rule: ImprovementPlan,
    people: Mapping[str, list[MonthScore]],
    through: Period,
    extended: Mapping[str, Collection[Period]],
) -> Iterator[Recommendation]:
    kinds: dict[str, tuple[Kind, str, str]] = {
        "watch": ("watch", "未达标,关注", "below the score, watch"),
        "pip": ("pip", "建议进入或继续绩效改进计划", "improvement plan recommended or running"),
        "extended": ("pip_extended", "改进计划延长观察中", "improvement plan, observed longer"),
        "passed": ("pip_passed", "改进计划通过", "improvement plan passed"),
        "review": (
            "review",
            "改进计划未通过,由人决定调岗或解除评估,须附证据并符合劳动法",
            "improvement plan not passed: people decide on a transfer or termination review, with evidence and law",
        ),
    }
    for employee_no, rows in people.items():
        outcomes = list(_outcomes(bundle, rule, rows, through))
        steps = walk(rule, outcomes, extended.get(employee_no, ()))
        if not steps or steps[-1].state not in kinds:
            continue
        step = steps[-1]
        kind, zh, en = kinds[step.state]
        count_zh = f"连续 {step.misses} 个月" if step.misses else f"观察 {step.observed} 个月,达标 {step.met} 个月"
        count_en = f"{step.misses} in a row" if step.misses else f"{step.observed} months observed, {step.met} met"
        evidence = tuple((str(row.period), row.total) for row in rows[-12:])
        yield Recommendation(
            employee_no, kind, plan.id, through, f"{zh}({count_zh})", f"{en} ({count_en})", evidence, rule.reference
        )


def _outcomes(
    bundle: PlanBundle, rule: ImprovementPlan, rows: list[MonthScore], through: Period
) -> Iterator[MonthOutcome]:
    by_period: dict[Period, MonthScore] = {row.period: row for row in rows}
    for period in periods_between(rows[0].period.start, through.end, rows[0].period.cadence):
        row = by_period.get(period)
        least = evaluate(
            rule.below, lambda name, day=period.last_day: bundle.parameters[name].at(day).value or Fraction(0)
        )
        met = None if row is None or row.total is None or not isinstance(least, Fraction) else row.total >= least
        yield MonthOutcome(period, met)


def _raises(
    plan: Plan, rule: Raise, months: list[MonthScore], people: Mapping[str, list[MonthScore]], through: Period
) -> Iterator[Recommendation]:
    quarters = _last_complete(through, "quarter", months)
    tops = {quarter: _top(plan, rule, months, quarter) for quarter in quarters}
    for employee_no, rows in people.items():
        chain: list[tuple[str, Fraction | None]] = []
        for quarter in reversed(quarters):
            score = score_over([row for row in rows if row.plan_id == plan.id], quarter)
            if score is None and rule.on_gap == "skip":
                continue
            if employee_no not in tops[quarter]:
                break
            chain.append((str(quarter), score))
            if len(chain) == rule.quarters:
                zh = f"连续 {rule.quarters} 个季度位于前 {decimal_text(rule.top * 100)}%,建议优先加薪"
                en = f"among the best {decimal_text(rule.top * 100)} % for {rule.quarters} quarters, first for a raise"
                yield Recommendation(
                    employee_no, "raise", plan.id, through, zh, en, tuple(reversed(chain)), rule.reference
                )
                break


def _promotions(
    plan: Plan,
    rating: Rating,
    rule: Promotion,
    months: list[MonthScore],
    people: Mapping[str, list[MonthScore]],
    through: Period,
) -> Iterator[Recommendation]:
    years = _last_complete(through, "year", months)[-rule.years :]
    if len(years) < rule.years:
        return
    by_year = [rate_period(rating, _scores(plan, months, year)) for year in years]
    for employee_no in people:
        ratings = [rated.get(employee_no) for rated in by_year]
        if any(one is None or not is_at_least(rating, one.forced, rule.rating) for one in ratings):
            continue
        evidence = tuple((str(year), one.score) for year, one in zip(years, ratings, strict=True) if one)
        zh = f"最近 {rule.years} 个年度评级均不低于 {rule.rating},具备管理岗晋升资格"
        en = f"rated {rule.rating} or better in the last {rule.years} years, open to management posts"
        yield Recommendation(employee_no, "promotion", plan.id, through, zh, en, evidence, rule.reference)


def _top(plan: Plan, rule: Raise, months: list[MonthScore], quarter: Period) -> frozenset[str]:
    return in_top(_scores(plan, months, quarter), rule.top, rule.min_population)


def _scores(plan: Plan, months: Iterable[MonthScore], period: Period) -> dict[str, Fraction]:
    """The population of a comparison: everybody with a score under the same plan in the period (T16)."""
    by_person: dict[str, list[MonthScore]] = defaultdict(list)
    for row in months:
        if row.plan_id == plan.id:
            by_person[row.employee_no].append(row)
    scores = {no: score_over(rows, period) for no, rows in by_person.items()}
    return {no: score for no, score in scores.items() if score is not None}


def _last_complete(through: Period, cadence: Cadence, months: list[MonthScore]) -> list[Period]:
    """Whole periods of the history up to the end of `through`, in order."""
    if not months:
        return []
    first = min(row.period.start for row in months)
    return [
        period
        for period in periods_between(first, through.end, cadence)
        if first <= period.start and period.end <= through.end
    ]
