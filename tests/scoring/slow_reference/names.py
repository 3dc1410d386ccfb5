"""What a name means to one person in one stay: values, targets, points, categories, the base."""

import re
from fractions import Fraction
from typing import Any

from slow_reference.days import Month, Stay, days_between, share
from slow_reference.measured import Book, Value
from slow_reference.words import NoValue, number, run

GAPS = {"missing", "pending", "excluded"}


class Names:
    """The state of one stay, and the meaning of names in it. `outcome` is given by `Metrics`."""

    def __init__(self, company: Any, employee_no: str, stay: Stay, all_stays: list[Stay]) -> None:
        self.company, self.no, self.stay, self.all_stays = company, employee_no, stay, all_stays
        self.month: Month = company.month
        self.book: Book = company.book
        self.plan = stay.plan
        self.base: Fraction | None = None
        self.is_paying = False
        self.total: Fraction | None = None
        self.rating: str | None = None
        self.categories: dict[str, Fraction] = {}
        self.states: dict[str, tuple[str, Fraction | None]] = {}
        self.failed_gates = 0
        self.held: list[str] = []

    def outcome(self, name: str) -> tuple[str, Fraction | None]:
        """State and points of a metric."""
        raise NotImplementedError(name)

    def look(self, name: str) -> Any:
        head, _, part = name.partition(".")
        if name == "base":
            return _there(self.base)
        if name in {"score", "total_score"}:
            return _there(self.total)
        if part == "score" and head in self.plan["categories"]:
            return _there(self.categories.get(head))
        if part == "points":
            state, points = self.outcome(head)
            if points is None:
                raise NoValue("not_applicable" if state in {"not_applicable", "excluded"} else "missing")
            return points
        if part in {"target", "attainment"} and head in self.plan["metrics"]:
            target = _there(self.target(head))
            if part == "target":
                return target
            if target == 0:
                raise NoValue("not_applicable")
            return self.value(head).value / target
        return self._paid_part(name) if self.is_paying else self.value(name).value

    def _paid_part(self, name: str) -> Fraction:
        """A flow of the whole month is paid once: what no part of it was measured for is divided by days."""
        metric = self.plan["metrics"].get(name, {})
        entry = metric.get("metric", name)
        whole = self.value(name).value
        is_flow = self.company.catalogue.get(entry, {}).get("aggregation") == "sum"
        is_flow = is_flow and "denominator" not in self.company.catalogue[entry]
        mine = [stay for stay in self.all_stays if self.company.is_assessed(stay, self.all_stays)]
        sharing = [stay for stay in mine if _pays_by(stay.plan, entry)]
        if not is_flow or metric.get("grain", "employee") != "employee" or len(sharing) < 2:
            return whole
        own = {}
        for stay in sharing:
            if self.book.has(entry, "employee", self.no, stay.start, stay.end):
                own[stay.start] = self.book.over(entry, "employee", self.no, stay.start, stay.end).value
        if self.stay.start in own:
            return own[self.stay.start]
        days = sum((stay.end - stay.start).days for stay in sharing if stay.start not in own)
        return (whole - sum(own.values())) * Fraction((self.stay.end - self.stay.start).days, days)

    def value(self, name: str) -> Value:
        head, _, part = name.partition(".")
        metric = self.plan["metrics"].get(name, {})
        wider = head if head in {"team", "department", "company"} else ""
        entry = metric.get("metric", part if wider else name)
        grain = wider or metric.get("grain", "employee")
        subject = {"employee": self.no, "team": self.stay.team, "department": self.stay.department}.get(grain, grain)
        cadence, window = metric.get("cadence", "month"), metric.get("window", "")
        key = (entry, grain, subject)
        whole = self.stay.start == self.month.start and self.stay.end == self.month.end
        try:
            if not whole and grain == "employee" and self.book.has(*key, self.stay.start, self.stay.end):
                found = self.book.over(*key, self.stay.start, self.stay.end)
            else:
                found = self.book.asked(self.month, *key, cadence, window)
        except NoValue as state:
            found = self._instead(state, metric, key, cadence)
        if metric.get("prorate") == "denominator" and found.denominator is not None:
            factor = self.factor(name)
            if factor != 1:
                found = self.book.ratio(entry, found.numerator, found.denominator * factor, found.target)
        return found

    def _instead(self, state: NoValue, metric: dict[str, Any], key: tuple[str, str, str], cadence: str) -> Value:
        if state.state == "missing" and key[1] == "employee" and cadence != "month":
            start, end = self.month.own(cadence)
            if not any(self.company.is_employed(self.no, day) for day in days_between(start, end)):
                raise NoValue("not_applicable")
        rule = metric.get("on_missing", "block")
        if state.state in GAPS and rule.startswith("carry_last"):
            for back in range(1, int(rule.partition("(")[2].rstrip(")").replace("max=", "")) + 1):
                try:
                    return self.book.over(*key, *self.month.own(cadence, back))
                except NoValue:
                    continue
        raise state

    def target(self, name: str) -> Fraction | None:
        metric = self.plan["metrics"][name]
        if "target" not in metric:
            return None
        target = self.value(name).target if metric["target"] == "feed" else run(metric["target"], self.look)
        if target is None:
            raise NoValue("missing")
        return target * self.factor(name) if self._prorates(name) == "target" else target

    def factor(self, name: str) -> Fraction:
        metric = self.plan["metrics"][name]
        if metric.get("grain", "employee") != "employee":
            return Fraction(1)
        return self._worked(name) * self._ramp()

    def _worked(self, name: str) -> Fraction:
        metric, rule = self.plan["metrics"][name], self.plan["proration"]
        if "target" not in rule["apply_to"]:
            return Fraction(1)
        cadence, basis = metric.get("cadence", "month"), rule["basis"]
        if cadence != "month":
            start, end = self.month.own(cadence)
            days = [day for day in days_between(start, end) if self.company.counts(self.no, day, rule)]
            return Fraction(len(days), (end - start).days)
        entry = metric.get("metric", name)
        if self.book.has(entry, metric.get("grain", "employee"), self.no, self.stay.start, self.stay.end):
            return share(self.stay.days, self.month, basis)
        seats = [stay for stay in self.all_stays if _measures(stay.plan, entry)]
        return sum((share(stay.days, self.month, basis) for stay in seats), Fraction(0))

    def _ramp(self) -> Fraction:
        entered = self.company.entered(self.no, self.all_stays[0].start)
        months = (self.month.start.year - entered.year) * 12 + self.month.start.month - entered.month
        months -= entered.day > 1
        for step in sorted(self.plan.get("ramp", []), key=lambda step: int(step["months"])):
            if months < int(step["months"]):
                return number(step["quota"])
        return Fraction(1)

    def _prorates(self, name: str) -> str:
        metric = self.plan["metrics"][name]
        entry = self.company.catalogue.get(metric.get("metric", name), {})
        is_flow = entry.get("aggregation") == "sum" and entry["unit"] in {"count", "currency"}
        return metric.get("prorate", "target" if is_flow else "none")


def _there(value: Fraction | None) -> Fraction:
    if value is None:
        raise NoValue("missing")
    return value


def _measures(plan: dict[str, Any], entry: str) -> bool:
    return any(
        metric.get("metric", name) == entry and metric.get("grain", "employee") == "employee" and "pilot" not in metric
        for name, metric in plan["metrics"].items()
    )


def _pays_by(plan: dict[str, Any], entry: str) -> bool:
    texts = [str(part.get(key, "")) for part in plan["payout"]["components"] for key in ("formula", "amount")]
    texts.append(plan["payout"]["base"].get("metric", ""))
    used = {word for text in texts for word in re.findall(r"[a-z_]+(?:\.[a-z_]+)*", text)}
    return any(plan["metrics"].get(word, {}).get("metric", word) == entry for word in used)
