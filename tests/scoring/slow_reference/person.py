"""One person in one stay: categories with deductions and bonus points, total, rating."""

from fractions import Fraction
from typing import Any

from slow_reference.metrics import Metrics
from slow_reference.words import NoValue, number, run


class InStay(Metrics):
    """The calculation of one stay. `held` collects why there is no score."""

    def score(self) -> None:
        if self.stay.is_unruled:
            self.held.append("leave that the plan does not rule")
        for name in self.plan["metrics"]:
            if "pilot" not in self.plan["metrics"][name]:
                self.outcome(name)
        for name, category in self.plan["categories"].items():
            try:
                self.categories[name] = self._category(name, category)
            except NoValue as state:
                self.held.append(state.state)
        if not self.held:
            try:
                self.total = self._total()
                self.rating = self._rating(self.total)
            except NoValue as state:
                self.held.append(state.state)

    def _category(self, name: str, category: Any) -> Fraction:
        category = category if isinstance(category, dict) else {"weight": category}
        weighed = []
        for metric_id, metric in self.plan["metrics"].items():
            weight = number(metric.get("weight", "0"))
            if "pilot" in metric or metric["category"] != name or not weight:
                continue
            state, points = self.outcome(metric_id)
            if state in {"missing", "pending"}:
                raise NoValue("missing")
            if points is not None:
                weighed.append((weight, points))
        if not weighed:
            raise NoValue("missing")
        score = sum(weight * points for weight, points in weighed) / sum(weight for weight, _ in weighed)
        taken = sum((self._deduction(rule, score) for rule in self._rules("deductions", name)), Fraction(0))
        if "max_deduction" in category:
            limit = number(category["max_deduction"])
            taken = min(taken, score * limit if category["max_deduction"].endswith("%") else limit)
        score = max(Fraction(0), score - taken)
        for rule in self._rules("bonus", name):
            if self._holds(rule["when"]):
                score += run(rule["points"], self.look)
        score = max(Fraction(0), score)
        if "clamp" in category:
            score = min(number(category["clamp"]), score)
        gates = [gate for gate in self._scoped("category") if gate["category"] == name]
        return self._through(gates, score)

    def _rules(self, key: str, category: str) -> list[dict[str, Any]]:
        return [rule for rule in self.plan.get(key, []) if rule["category"] == category]

    def _scoped(self, scope: str) -> list[dict[str, Any]]:
        return [gate for gate in self.plan.get("gates", []) if gate["scope"] == scope]

    def _holds(self, condition: str) -> bool:
        """What does not apply neither rewards nor punishes."""
        try:
            return bool(run(condition, self.look))
        except NoValue as state:
            if state.state == "not_applicable":
                return False
            raise

    def _deduction(self, rule: dict[str, Any], score: Fraction) -> Fraction:
        if "event" not in rule:
            return run(rule["points"], self.look) if self._holds(rule["when"]) else Fraction(0)
        on = "occurred_on" if rule.get("counts_on") == "occurred" else "confirmed_on"
        counted = {
            event.event_id
            for event in self.company.events.get(self.no, [])
            if event.event_type == rule["event"]
            and event.status == "confirmed"
            and getattr(event, on) is not None
            and self.stay.start <= getattr(event, on) < self.stay.end
        }
        each = number(rule["per_event"])
        if not rule["per_event"].endswith("%"):
            return each * len(counted)
        if rule.get("mode") == "compound":
            left = score
            for _ in counted:
                left -= left * each
            return score - left
        return min(score, score * each * len(counted))

    def _through(self, gates: list[dict[str, Any]], value: Fraction) -> Fraction:
        action, factor = self.gates(gates)
        if action == "hold":
            raise NoValue("missing")
        return value * factor

    def paid_through(self, amount: Fraction) -> Fraction:
        """An amount of a component after the gates of the payout."""
        return self._through(self._scoped("payout"), amount)

    def _total(self) -> Fraction:
        total = Fraction(0)
        for name, category in self.plan["categories"].items():
            weight = category["weight"] if isinstance(category, dict) else category
            total += number(weight) * self.categories[name] / 100
        total = max(Fraction(0), total)
        if "score" in self.plan:
            total = min(number(self.plan["score"]["max"]), total)
        return self._through(self._scoped("plan"), total)

    def _rating(self, score: Fraction) -> str | None:
        rating = self.plan.get("rating")
        if rating is None:
            return None
        reached = []
        for band, edge in rating["bands"].items():
            above = score >= number(edge) if rating["at_edge"] == "upper" else score > number(edge)
            if above or number(edge) == 0:
                reached.append((number(edge), band))
        return max(reached)[1]
