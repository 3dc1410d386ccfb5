"""Team rules: tested once, shared among the members of the last day."""

from fractions import Fraction
from typing import Any

from slow_reference.money import base_of
from slow_reference.person import InStay
from slow_reference.words import NoValue, number, run

Awards = dict[tuple[str, str], Fraction | str | None]


def awards_of(company: Any, people: dict[str, list[InStay]]) -> Awards:
    """(rule, employee) -> amount, None (nothing), or "held"."""
    awards: Awards = {}
    for rule_id, rule in sorted(company.team_rules.items()):
        members = [
            no
            for no, parts in people.items()
            if parts and parts[-1].stay.end == company.month.end and _covers(rule["members"], parts[-1])
        ]
        try:
            awarded = bool(run(rule["when"], lambda name, rule=rule: _fact(company, rule, name)))
        except NoValue as state:
            awarded = False if state.state == "not_applicable" else None
        for no in members:
            awards[rule_id, no] = "held" if awarded is None else None
        if not awarded:
            continue
        award = rule["award"]
        words = award.get("exclude_if", [])
        if "gate_failed" in words:
            members = [no for no in members if not any(part.failed_gates for part in people[no])]
        if "pip" in words:
            members = [no for no in members if no not in company.on_pip]
        _share(company, rule_id, rule, {no: people[no] for no in members}, awards)
    return awards


def _share(company: Any, rule_id: str, rule: dict[str, Any], members: dict[str, list[InStay]], awards: Awards) -> None:
    award = rule["award"]
    amount = number(award["amount"])
    mine = {no: [part for part in parts if _covers(rule["members"], part)] for no, parts in members.items()}
    if award["type"] == "per_head":
        awards.update({(rule_id, no): amount for no in members})
        return
    keys: dict[str, Fraction | None] = {}
    for no, parts in mine.items():
        keys[no] = _key(company, award, parts)
    if award["type"] == "pct_of_base":
        for no, key in keys.items():
            awards[rule_id, no] = "held" if key is None else key * amount
        return
    known = [key for key in keys.values() if key is not None]
    for no, key in keys.items():
        if len(known) < len(keys) or key is None:
            awards[rule_id, no] = "held"
        else:
            awards[rule_id, no] = amount * key / sum(known) if sum(known) else Fraction(0)


def _key(company: Any, award: dict[str, Any], parts: list[InStay]) -> Fraction | None:
    how = "by_base" if award["type"] == "pct_of_base" else award.get("distribute", "equal")
    if how == "equal":
        return Fraction(1)
    if how == "by_days":
        return Fraction(sum(len(part.stay.days) for part in parts))
    if how == "by_score":
        if any(part.total is None for part in parts):
            return None
        days = [(part.stay.end - part.stay.start).days for part in parts]
        return sum((part.total or 0) * count for part, count in zip(parts, days, strict=True)) / Fraction(sum(days))
    try:
        return sum((base_of(company, part) for part in parts), Fraction(0))
    except NoValue:
        return None


def _fact(company: Any, rule: dict[str, Any], name: str) -> Fraction:
    alias, _, metric = name.partition(".")
    ((grain, subject),) = rule["subjects"][alias].items()
    return company.book.asked(company.month, metric, grain, subject, "month", "").value


def _covers(subjects: list[dict[str, str]], part: InStay) -> bool:
    seats = {"team": part.stay.team, "department": part.stay.department, "employee": part.no}
    return any(grain == "company" or seats[grain] == identity for item in subjects for grain, identity in item.items())
