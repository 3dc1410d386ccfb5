"""Components of one person over the stays of the month, then floors and caps: component, plan, period, year."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from slow_reference.days import later, share
from slow_reference.person import InStay
from slow_reference.points import tier_result
from slow_reference.words import NoValue, number, run

Carried = dict[tuple[str, str, str, str], tuple[Fraction, int]]


@dataclass
class Line:
    """One amount, and what it was before the limits of the plan."""

    plan: str
    component: str
    amount: Fraction
    earned: Fraction = Fraction(0)
    due: Fraction = Fraction(0)


def base_of(company: Any, part: InStay) -> Fraction:
    """The bonus base of one stay: every counted day at the base of its day."""
    stay, rule, month = part.stay, part.plan["proration"], company.month
    rows = company.bases.get(part.no, [])
    total = Fraction(0)
    day = stay.start
    while day < stay.end:
        row = next((r for r in rows if r.valid_from <= day and (r.valid_to is None or day < r.valid_to)), None)
        if row is None:
            raise NoValue("missing")
        day += timedelta(days=1)
    for row in rows:
        days = [d for d in stay.days if row.valid_from <= d and (row.valid_to is None or d < row.valid_to)]
        total += Fraction(row.base_amount) * share(days, month, rule["basis"])
    if "base" not in rule["apply_to"]:
        last = next(r for r in rows if r.valid_to is None or stay.end <= r.valid_to)
        days = sum((other.end - other.start).days for other in part.all_stays)
        total = Fraction(last.base_amount) * (stay.end - stay.start).days / days
    kind = part.plan["payout"]["base"]
    if kind["kind"] == "salary_pct":
        return total * number(kind["percent"])
    if kind["kind"] != "fixed_base":
        part.is_paying = True
        try:
            return part.look(kind["metric"])
        finally:
            part.is_paying = False
    return total


def pay(company: Any, no: str, parts: list[InStay], awards: Any, carried: Carried) -> list[Line] | None:
    """The person's lines; None when something is missing, which holds them all."""
    by_plan: dict[str, list[InStay]] = {}
    for part in parts:
        by_plan.setdefault(part.plan["plan"], []).append(part)
    plans = []
    try:
        for mine in by_plan.values():
            is_gone = not company.is_employed(no, company.month.last_day)
            if mine[0].plan.get("leaver") == "forfeit" and is_gone:
                continue
            plans.append(OnePlan(company, no, mine, parts[-1], awards, carried))
        if plans and any(part.held for part in parts):
            return None
        for plan in plans:
            plan.components()
        for plan in plans:
            plan.add_rests()
        for plan in plans:
            plan.limit()
        _limit_period(plans)
        for plan in plans:
            plan.limit_year()
            plan.keep_rests()
    except NoValue:
        return None
    return [line for plan in plans for line in plan.lines]


class OnePlan:
    """The components of one plan for one person."""

    def __init__(self, company: Any, no: str, parts: list[InStay], last: InStay, awards: Any, carried: Carried) -> None:
        self.company, self.no, self.parts, self.awards, self.carried = company, no, parts, awards, carried
        self.plan, self.last, self.is_last = parts[0].plan, parts[-1], parts[-1] is last
        self.id, self.payout = self.plan["plan"], self.plan["payout"]
        self.lines: list[Line] = []
        self.base = Fraction(0)

    def components(self) -> None:
        for part in self.parts:
            part.base = base_of(self.company, part)
            self.base += part.base
        for component in self.payout["components"]:
            amount = self._award(component) if "team_rule" in component else self._earned(component)
            if amount is None:
                self._wait(component)
            else:
                amount = self._between(component, amount)
                self.lines.append(Line(self.id, component["id"], amount, amount, amount))

    def figure(self, text: str) -> Fraction:
        """A limit: `base` is that of the whole month."""
        kept, self.last.base = self.last.base, self.base
        try:
            return run(text, self.last.look)
        finally:
            self.last.base = kept

    def before(self, component: str, kind: str) -> Any:
        return self.company.carried.get((self.no, self.id, component, kind))

    def keep(self, component: str, kind: str, amount: Fraction, periods: int = 0) -> None:
        self.carried[self.no, self.id, component, kind] = (amount, periods)

    def _award(self, component: dict[str, Any]) -> Fraction | None:
        award = self.awards.get((component["team_rule"], self.no)) if self.is_last else None
        if award == "held":
            raise NoValue("missing")
        return award

    def _earned(self, component: dict[str, Any]) -> Fraction | None:
        amounts = []
        window = component.get("accumulate", "none")
        prior = self._prior(component["id"], "accumulated", window) if "tiers" in component else Fraction(0)
        for part in self.parts:
            if "when" in component and not run(component["when"], part.look):
                continue
            part.is_paying = True
            try:
                used = amount = run(component.get("formula", component.get("amount")), part.look)
            finally:
                part.is_paying = False
            if "tiers" in component:
                amount = self._tiers(component["tiers"], prior, used)
                prior += used
            amounts.append(part.paid_through(amount))
        if window in {"quarter", "year"}:
            self.keep(component["id"], "accumulated", prior)
        return sum(amounts, Fraction(0)) if amounts else None

    def _tiers(self, table: dict[str, Any], prior: Fraction, amount: Fraction) -> Fraction:
        if table["type"] == "marginal":
            return tier_result(table, amount, prior)
        if table["type"] == "interpolated":
            return amount * tier_result(table, amount)
        earlier = tier_result(table, prior) if prior else Fraction(0)
        return tier_result(table, prior + amount) - earlier

    def _prior(self, component: str, kind: str, window: str) -> Fraction:
        """What was accumulated before in the quarter or year; unknown for somebody who was there holds."""
        if window not in {"quarter", "year"}:
            return Fraction(0)
        month = self.company.month.start
        if month.month % (3 if window == "quarter" else 12) == 1:
            return Fraction(0)
        row = self.before(component, kind)
        if row is not None:
            return row.amount
        if max(self._began(), self._entered()) >= month:
            return Fraction(0)
        raise NoValue("missing")

    def _began(self) -> date:
        return date.fromisoformat(self.plan["effective"]["from"])

    def _entered(self) -> date:
        return self.company.entered(self.no, self.parts[0].all_stays[0].start)

    def _between(self, component: dict[str, Any], amount: Fraction) -> Fraction:
        if "cap" in component:
            amount = self._capped(component, amount)
        if "floor" in component and amount >= 0:
            amount = max(amount, self.figure(component["floor"]))
        if "draw" in component:
            amount = self._draw(component, amount)
        return amount

    def _capped(self, component: dict[str, Any], amount: Fraction) -> Fraction:
        cap, most = self.figure(component["cap"]), _periods(component)
        earlier = self.before(component["id"], "cap_rest") if most else None
        whole = amount + (earlier.amount if earlier else 0)
        rest = whole - min(whole, cap)
        # A remainder that only comes from before grows old.
        left = most if earlier is None or amount > cap else min(most, earlier.periods_left - 1)
        if rest and left > 0:
            self.keep(component["id"], "cap_rest", rest, left)
        return min(whole, cap)

    def _draw(self, component: dict[str, Any], amount: Fraction) -> Fraction:
        draw = component["draw"]
        advance, number_of = run(draw["amount"], self.last.look), self._period_number()
        row = self.before(component["id"], "draw_owed")
        if number_of > 1 and row is None:
            raise NoValue("missing")
        owed = Fraction(0) if number_of == 1 else row.amount
        recoverable = draw.get("recoverable", "true") == "true"
        if amount < advance:
            owed += advance - amount if recoverable else 0
            paid = advance
        else:
            back = Fraction(0)
            if recoverable and number_of >= int(draw.get("recover_from", 1)):
                back = min(owed, (amount - advance) * number(draw.get("recover_rate", "1")))
            owed -= back
            paid = amount - back
        self.keep(component["id"], "draw_owed", owed)
        return paid

    def _period_number(self) -> int:
        first = max(self._began(), self._entered()).replace(day=1)
        count = 1
        while first < self.company.month.start:
            first, count = later(first, 1), count + 1
        return count

    def _wait(self, component: dict[str, Any]) -> None:
        owed, rest = self.before(component["id"], "draw_owed"), self.before(component["id"], "cap_rest")
        if owed:
            self.keep(component["id"], "draw_owed", owed.amount, owed.periods_left)
        if rest and rest.periods_left > 1:
            self.keep(component["id"], "cap_rest", rest.amount, rest.periods_left - 1)

    # limits of the plan

    def add_rests(self) -> None:
        by_id = {line.component: line for line in self.lines}
        for component in self.payout["components"]:
            rest = self.before(component["id"], "plan_rest") if _periods(self.payout) else None
            if rest is not None:
                line = by_id.setdefault(component["id"], Line(self.id, component["id"], Fraction(0)))
                line.amount += rest.amount
                line.due = line.amount
        self.lines = list(by_id.values())

    @property
    def total(self) -> Fraction:
        return sum((line.amount for line in self.lines), Fraction(0))

    def scale(self, goal: Fraction) -> None:
        total = self.total
        for line in self.lines:
            line.amount = line.amount * goal / total

    def limit(self) -> None:
        cap = self.figure(self.payout["cap"]) if "cap" in self.payout else None
        floor = self.figure(self.payout["floor"]) if "floor" in self.payout else None
        if cap is not None and self.total > cap:
            self._to(max(cap, Fraction(0)))
        elif floor is not None and 0 <= self.total < floor:
            self._to(floor)

    def limit_year(self) -> None:
        if "year_cap" not in self.payout:
            return
        before = self._prior("*", "paid_in_year", "year")
        self._to(min(self.total, max(Fraction(0), self.figure(self.payout["year_cap"]) - before)))
        self.keep("*", "paid_in_year", before + self.total)

    def _to(self, goal: Fraction) -> None:
        if self.total and goal != self.total:
            self.scale(goal)

    def keep_rests(self) -> None:
        most = _periods(self.payout)
        for line in self.lines:
            rest = line.due - line.amount
            if not most or rest <= 0:
                continue
            earlier = self.before(line.component, "plan_rest")
            is_old = earlier is not None and line.earned <= line.amount
            left = min(most, earlier.periods_left - 1) if is_old else most
            if left > 0:
                self.keep(line.component, "plan_rest", rest, left)


def _limit_period(plans: list[OnePlan]) -> None:
    caps = [plan.figure(plan.payout["period_cap"]) for plan in plans if "period_cap" in plan.payout]
    total = sum((plan.total for plan in plans), Fraction(0))
    if caps and total > min(caps):
        goal = max(min(caps), Fraction(0))
        for plan in plans:
            for line in plan.lines:
                line.amount = line.amount * goal / total


def _periods(rule: dict[str, Any]) -> int:
    text = rule.get("cap_rest", "lost")
    return int(text[8:-1]) if text.startswith("carried") else 0
