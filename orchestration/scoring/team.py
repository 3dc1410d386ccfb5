"""Team rules: one condition on team facts per period, and the awards of the members (F091, F168)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from orchestration.plans.expression import Observation, Unavailable, evaluate, names
from orchestration.plans.model import Subject, TeamRule
from orchestration.scoring.base import BaseOf, base_of
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.people import ScoredPerson
from orchestration.scoring.reasons import reason_text, state_text, without_value
from orchestration.scoring.run import Run
from orchestration.scoring.segments import Segment
from orchestration.scoring.trace import Trace, in_unit, money_words, number, percent, tell, term
from orchestration.scoring.values import Wanted


@dataclass(frozen=True, slots=True)
class AwardRow:
    """A row for the trace of every member."""

    node: str
    zh: str
    en: str
    value: Fraction | None = None
    unit: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    parameter: str = ""
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class AwardOf:
    """What one person gets of one rule. `amount` None: nothing; `held_reason`: the condition could not be tested."""

    rule_id: str
    amount: Fraction | None
    rows: tuple[AwardRow, ...]
    held_reason: str = ""
    is_pool: bool = False


@dataclass(frozen=True, slots=True)
class RuleResult:
    """The outcome of a rule's condition. `awarded` None: it could not be tested."""

    rule: TeamRule
    awarded: bool | None
    rows: tuple[AwardRow, ...]
    reason: str = ""


def test_rule(run: Run, rule: TeamRule) -> RuleResult:
    """Test a rule's condition once for the period."""
    rows = [_fact(run, rule, name) for name in dict.fromkeys(names(rule.when)) if name not in run.bundle.parameters]
    seen: list[Observation] = []
    cited = _cite(run, rule)

    def value_of(name: str) -> Fraction:
        if name in run.bundle.parameters:
            return run.parameter(name)
        value = run.values.at(_wanted(run, rule, name), run.period)
        if value.value is None:
            raise Unavailable(name, value.state, value.reason)
        return value.value

    try:
        awarded = bool(evaluate(rule.when, value_of, seen))
    except Unavailable as unavailable:
        reason = without_value(unavailable.name, unavailable.state, unavailable.reason)
        awarded = False if unavailable.state == "not_applicable" else None
        zh = f"{rule.names.zh}:无法判断,{reason_text(reason, 'zh', run.names_of)}"
        en = f"{rule.names.en}: cannot be tested, {reason_text(reason, 'en', run.names_of)}"
        rows.append(AwardRow("rule", zh, en, inputs={"unavailable": reason}, parameter=cited, passed=awarded))
        return RuleResult(rule, awarded, tuple(rows), reason)
    told = tell(seen, run.unit_of, run.names_of)
    zh = f"{rule.names.zh}:{told.zh} → {'达成' if awarded else '未达成'}"
    en = f"{rule.names.en}: {told.en} -> {'awarded' if awarded else 'not awarded'}"
    rows.append(AwardRow("rule", zh, en, inputs={"conditions": told.code}, parameter=cited, passed=awarded))
    return RuleResult(rule, awarded, tuple(rows))


def team_awards(run: Run, people: Iterable[ScoredPerson]) -> dict[tuple[str, str], AwardOf]:
    """Awards by (rule, employee). Eligible: a member of an awarded team on the period's last day."""
    everybody = list(people)
    awards: dict[tuple[str, str], AwardOf] = {}
    for rule in sorted(run.bundle.team_rules, key=lambda item: item.id):
        day = run.period.last_day
        if rule.valid_from <= day and (rule.valid_to is None or day < rule.valid_to):
            members = [person for person in everybody if _is_member_at_end(run, rule, person)]
            for award in _awards_of(run, test_rule(run, rule), members):
                awards[rule.id, award[0]] = award[1]
    return awards


def _awards_of(run: Run, result: RuleResult, members: list[ScoredPerson]) -> list[tuple[str, AwardOf]]:
    rule = result.rule
    numbers = [member.person.employee_no for member in members]
    if result.awarded is None:
        return [(no, AwardOf(rule.id, None, result.rows, result.reason)) for no in numbers]
    if not result.awarded:
        return [(no, AwardOf(rule.id, None, result.rows)) for no in numbers]
    excluded = [(member, row) for member in members if (row := _excluded(run, rule, member))]
    awards = [(m.person.employee_no, AwardOf(rule.id, None, (*result.rows, row))) for m, row in excluded]
    eligible = [member for member in members if all(member is not other for other, _ in excluded)]
    amount = evaluate(rule.award.amount, run.parameter)
    if not isinstance(amount, Fraction):
        raise TypeError(f"{rule.where}: the award is no number")
    if rule.award.type == "pct_of_base":
        return awards + [(m.person.employee_no, _share_of_base(rule, result, m, amount)) for m in eligible]
    if rule.award.type == "per_head":
        zh, en = _money(members)
        row = AwardRow("award", f"每人 {number(amount)} {zh}", f"{number(amount)} {en} each", amount, "currency")
        return awards + [(m.person.employee_no, AwardOf(rule.id, amount, (*result.rows, row))) for m in eligible]
    return awards + _pool(rule, result, eligible, amount)


def _share_of_base(rule: TeamRule, result: RuleResult, member: ScoredPerson, share: Fraction) -> AwardOf:
    bases = [_base(ctx) for ctx in member.contexts if _covers(rule.members, ctx.segment)]
    held = "; ".join(base for base in bases if isinstance(base, str))
    if held:
        return AwardOf(rule.id, None, result.rows, held)
    base = sum((item.amount for item in bases if isinstance(item, BaseOf)), Fraction(0))
    text = f"{term(base)} * {percent(share)} = {number(base * share)}"
    zh, en = _money([member])
    row = AwardRow(
        "award", f"{rule.names.zh} = 基数 {text} {zh}", f"{rule.names.en} = base {text} {en}", base * share, "currency"
    )
    return AwardOf(rule.id, base * share, (*result.rows, row))


def _pool(rule: TeamRule, result: RuleResult, members: list[ScoredPerson], pool: Fraction) -> list[tuple[str, AwardOf]]:
    keys = [(member, _key(rule, member)) for member in members]
    # One unknown share makes every share of a pool unknown.
    held = "; ".join(f"{m.person.employee_no}: {key}" for m, key in keys if isinstance(key, str))
    if held:
        return [(m.person.employee_no, AwardOf(rule.id, None, result.rows, held)) for m in members]
    known = [(member, key) for member, key in keys if isinstance(key, Fraction)]
    total = sum((key for _, key in known), Fraction(0))
    zh, en = _money(members)
    awards = []
    for member, key in known:
        amount = pool * key / total if total else Fraction(0)
        text = f"{number(pool)} * {term(key)} / {term(total)} = {number(amount)}"
        row = AwardRow("award", f"{rule.names.zh} = {text} {zh}", f"{rule.names.en} = {text} {en}", amount, "currency")
        awards.append((member.person.employee_no, AwardOf(rule.id, amount, (*result.rows, row), is_pool=True)))
    return awards


def _money(members: list[ScoredPerson]) -> tuple[str, str]:
    """The plans of one company are in one currency."""
    currency = next((ctx.plan.currency for member in members for ctx in member.contexts), "CNY")
    return money_words(currency)


def _key(rule: TeamRule, member: ScoredPerson) -> Fraction | str:
    contexts = [ctx for ctx in member.contexts if _covers(rule.members, ctx.segment)]
    match rule.award.distribute:
        case "equal":
            return Fraction(1)
        case "by_days":
            return Fraction(sum(ctx.segment.counted_days for ctx in contexts))
        case "by_score":
            if any(ctx.total is None for ctx in contexts):
                return member.held_reason or "no score"
            days = sum(ctx.segment.days for ctx in contexts)
            return sum(((ctx.total or Fraction(0)) * ctx.segment.days for ctx in contexts), Fraction(0)) / days
        case _:
            bases = [_base(ctx) for ctx in contexts]
            wrong = [base for base in bases if isinstance(base, str)]
            return wrong[0] if wrong else sum((b.amount for b in bases if isinstance(b, BaseOf)), Fraction(0))


def _base(ctx: SegmentContext) -> BaseOf | str:
    # The person's own trace gets its base row when the components are paid; here only the amount is needed.
    kept, ctx.trace = ctx.trace, Trace(ctx.person.employee_no)
    try:
        return base_of(ctx)
    finally:
        ctx.trace = kept


def _is_member_at_end(run: Run, rule: TeamRule, scored: ScoredPerson) -> bool:
    last = scored.contexts[-1].segment if scored.contexts else None
    return last is not None and last.end == run.period.end and _covers(rule.members, last)


def _covers(subjects: tuple[Subject, ...], segment: Segment) -> bool:
    seats = {
        "team": segment.team_id,
        "department": segment.department_id,
        "employee": segment.employee_no,
        "company": "company",
    }
    return any(subject.grain == "company" or seats[subject.grain] == subject.id for subject in subjects)


def _wanted(run: Run, rule: TeamRule, name: str) -> Wanted:
    alias, _, metric_id = name.partition(".")
    subject = next(subject for subject in rule.subjects if subject.alias == alias)
    entry = run.bundle.metrics[metric_id]
    usual = "ratio_of_sums" if entry.has_denominator else entry.aggregation
    return Wanted(entry, subject.grain, subject.id, run.period.cadence, usual, None)


def _fact(run: Run, rule: TeamRule, name: str) -> AwardRow:
    wanted = _wanted(run, rule, name)
    value = run.values.at(wanted, run.period)
    labels = wanted.metric.names
    if value.value is None:
        told_zh = f"{state_text(value.state, 'zh')}({reason_text(value.reason, 'zh')})"
        told_en = f"{state_text(value.state, 'en')} ({reason_text(value.reason, 'en')})"
    else:
        told_zh = in_unit(value.value, wanted.metric.unit)
        if value.denominator is not None and value.numerator is not None:
            told_zh = f"{number(value.numerator)} / {number(value.denominator)} = {told_zh}"
        told_en = told_zh
    who = f"{wanted.subject_id} "
    inputs = {"metric_id": wanted.metric.id, "grain": wanted.grain, "subject": wanted.subject_id, "state": value.state}
    zh, en = f"{who}{labels.zh}({value.period})= {told_zh}", f"{who}{labels.en} ({value.period}) = {told_en}"
    return AwardRow(f"fact/{name}", zh, en, value.value, wanted.metric.unit, inputs)


def _excluded(run: Run, rule: TeamRule, member: ScoredPerson) -> AwardRow | None:
    """Why a member of an awarded team gets nothing; None: the member takes part."""
    if rule.award.exclude_if_gate_failed and member.trace.failed_gates:
        zh, en = f"{rule.names.zh}:本期有门槛未通过,不参与", f"{rule.names.en}: a gate failed in this period, left out"
    elif rule.award.exclude_if_on_pip and member.person.employee_no in run.on_pip:
        zh, en = f"{rule.names.zh}:期末处于绩效改进期,不参与", f"{rule.names.en}: on an improvement plan, left out"
    else:
        return None
    return AwardRow("excluded", zh, en, passed=False)


def _cite(run: Run, rule: TeamRule) -> str:
    source = f"{rule.id} {rule.where}" + (f" ({rule.reference})" if rule.reference else "")
    used = {name for expression in (rule.when, rule.award.amount) for name in names(expression)}
    parameters = run.bundle.parameters
    return "; ".join([source, *(parameters[n].cite(run.period.last_day) for n in sorted(used & set(parameters)))])
