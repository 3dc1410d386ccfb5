"""The whole company in one month: who is in which seat, ranks, scores, awards, pay, limits, pools."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import yaml

from slow_reference.awards import awards_of
from slow_reference.days import Month, Stay, stays
from slow_reference.measured import Book
from slow_reference.money import Line, pay
from slow_reference.person import InStay
from slow_reference.words import NoValue, number


@dataclass
class Outcome:
    """What the month gives. `lines` has people who are paid, `held` those who wait."""

    lines: dict[tuple[str, str, str], Fraction] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    scores: dict[tuple[str, date], tuple[Fraction | None, str | None]] = field(default_factory=dict)
    carried: dict[tuple[str, str, str, str], tuple[Fraction, int]] = field(default_factory=dict)


class Company:
    """Everything one calculation knows, by person."""

    def __init__(self, files: dict[str, str], month: Month, inputs: Any) -> None:
        read = {name: yaml.load(text, yaml.BaseLoader) for name, text in files.items() if name.endswith(".yaml")}
        self.month = month
        self.plans = [document for name, document in sorted(read.items()) if name.startswith("plans/")]
        for plan in self.plans:
            plan["position"] = next(row["position"] for row in read["assignments.yaml"] if row["plan"] == plan["plan"])
        self.team_rules = read.get("team_rules.yaml") or {}
        self.catalogue = {entry["id"]: entry for entry in read["catalogue.yaml"]["metrics"]}
        self.book = Book(self.catalogue, inputs.measurements)
        self.seats, self.bases, self.events, self.absences = (
            _by_person(rows) for rows in (inputs.assignments, inputs.bases, inputs.events, inputs.absences)
        )
        self.training = {(row.employee_no, row.course_id): row for row in inputs.training}
        self.carried = {(r.employee_no, r.plan_id, r.component, r.kind): r for r in inputs.carried}
        self.on_pip = {row.employee_no for row in inputs.improvement_plans if row.is_on(month.last_day)}
        self.ranks: dict[tuple[str, str], dict[str, Fraction]] = {}

    def is_employed(self, no: str, day: date) -> bool:
        return any(
            row.is_employed and row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
            for row in self.seats[no]
        )

    @staticmethod
    def is_assessed(stay: Stay, stays_of_person: list[Stay]) -> bool:
        days = sum(len(one.days) for one in stays_of_person)
        return days >= max(1, int(stay.plan["proration"].get("min_days", 0)))

    def counts(self, no: str, day: date, rule: dict[str, Any]) -> bool:
        """Whether a day counts: employed, and not on leave that the plan leaves out."""
        away = [
            row
            for row in self.absences.get(no, [])
            if row.valid_from <= day and (row.valid_to is None or day < row.valid_to)
        ]
        kept = "leave" not in rule or all(rule["leave"].get(row.absence_type) != "not" for row in away)
        return self.is_employed(no, day) and kept

    def entered(self, no: str, day: date) -> date:
        """First day of the unbroken employment that holds on a day."""
        first = day
        for row in sorted(
            (row for row in self.seats[no] if row.is_employed), key=lambda row: row.valid_from, reverse=True
        ):
            if row.valid_from <= first and (row.valid_to is None or row.valid_to >= first):
                first = row.valid_from
        return first


def calculate(files: dict[str, str], month_start: date, inputs: Any) -> Outcome:
    """Score and pay everybody for one month. `files` as a bundle holds them, `inputs` as scoring reads them."""
    company = Company(files, Month(month_start), inputs)
    people: dict[str, list[InStay]] = {}
    for no in sorted(company.seats):
        found = stays(company.plans, company.month, company.seats[no], company.absences.get(no, []))
        enough = [stay for stay in found if company.is_assessed(stay, found)]
        people[no] = [InStay(company, no, stay, found) for stay in enough]
    _rank(company, people)
    outcome = Outcome()
    for no, parts in people.items():
        for part in parts:
            part.score()
            outcome.scores[no, part.stay.start] = (part.total, part.rating)
    awards = awards_of(company, people)
    paid: dict[str, list[Line] | None] = {}
    for no, parts in people.items():
        paid[no] = pay(company, no, parts, awards, outcome.carried) if parts else []
    plan_of = {no: _plans_with_lines(company, people[no], lines) for no, lines in paid.items()}
    _fund(company, paid, plan_of, outcome)
    for no, lines in paid.items():
        if lines is None:
            outcome.held.add(no)
            outcome.carried = {key: row for key, row in outcome.carried.items() if key[0] != no}
            continue
        for line in lines:
            outcome.lines[no, line.plan, line.component] = line.amount
    return outcome


def _plans_with_lines(company: Company, parts: list[InStay], lines: list[Line] | None) -> set[str]:
    """The plans a person has lines of, held or not; a plan that takes the pay of leavers gives none."""
    if lines is not None:
        return {line.plan for line in lines}
    gone = [part for part in parts if not company.is_employed(part.no, company.month.last_day)]
    return {part.plan["plan"] for part in parts if part not in gone or part.plan.get("leaver") != "forfeit"}


def _by_person(rows: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.employee_no, str(getattr(row, "valid_from", "")))):
        found[row.employee_no].append(row)
    return dict(found)


def _rank(company: Company, people: dict[str, list[InStay]]) -> None:
    for plan in company.plans:
        for name, metric in plan["metrics"].items():
            if metric["curve"]["type"] == "rank":
                values = _population(people, plan, name)
                if len(values) >= int(metric["curve"]["min_population"]) and values:
                    company.ranks[plan["plan"], name] = _ranked(metric["curve"], values)


def _population(people: dict[str, list[InStay]], plan: dict[str, Any], name: str) -> dict[str, Fraction]:
    values: dict[str, Fraction] = {}
    for no, parts in people.items():
        for part in parts:
            if part.plan is plan:
                try:
                    values[no] = InStay(
                        company=part.company, employee_no=no, stay=part.stay, all_stays=part.all_stays
                    ).look(name)
                except NoValue:
                    continue
    return values


def _ranked(curve: dict[str, Any], values: dict[str, Fraction]) -> dict[str, Fraction]:
    up = curve.get("lower_is_better") == "true"
    order = sorted(values, key=lambda no: (values[no] if up else -values[no], no))
    bands = [(number(edge), number(points)) for edge, points in curve["bands"]]
    shares = [Fraction(place, len(order)) for place in range(1, len(order) + 1)]
    by_place = [next(points for edge, points in bands if share <= edge) for share in shares]
    points: dict[str, Fraction] = {}
    for index, no in enumerate(order):
        same = [i for i, other in enumerate(order) if values[other] == values[no]]
        chosen = {"none": [index], "all": same[:1], "split": same}[curve["ties"]]
        points[no] = sum((by_place[i] for i in chosen), Fraction(0)) / len(chosen)
    return points


def _fund(company: Company, paid: dict[str, list[Line] | None], plan_of: dict[str, set[str]], outcome: Outcome) -> None:
    """A pool smaller than the sum of its plan is shared in proportion; who waits lets everybody of the pool wait."""
    pools = {plan["plan"]: number(plan["payout"]["pool"]) for plan in company.plans if "pool" in plan["payout"]}
    for _ in company.plans:
        for plan_id in pools:
            members = [no for no in paid if plan_id in plan_of[no]]
            if any(paid[no] is None for no in members):
                paid.update(dict.fromkeys(members))
    for plan_id, pool in pools.items():
        lines = [line for mine in paid.values() for line in mine or [] if line.plan == plan_id]
        before = sum((line.amount for line in lines), Fraction(0))
        if before <= pool:
            continue
        for no, mine in paid.items():
            for line in mine or []:
                if line.plan == plan_id:
                    less = line.amount - line.amount * pool / before
                    line.amount -= less
                    key = (no, plan_id, "*", "paid_in_year")
                    if key in outcome.carried:
                        outcome.carried[key] = (outcome.carried[key][0] - less, 0)


__all__ = ["Company", "Outcome", "Stay", "calculate"]
