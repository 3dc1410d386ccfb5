"""Points of every metric of one stay: curve, training, clamp, gates, and what stands in for a missing value."""

from datetime import date
from fractions import Fraction
from typing import Any

from slow_reference.names import Names
from slow_reference.points import curve_points
from slow_reference.words import NoValue, number, rounded, run


class Metrics(Names):
    """Adds the points of metrics, each calculated once and on demand."""

    def outcome(self, name: str) -> tuple[str, Fraction | None]:
        if name not in self.states:
            self.states[name] = self._outcome(name)
        return self.states[name]

    def _outcome(self, name: str) -> tuple[str, Fraction | None]:
        metric = self.plan["metrics"][name]
        full, cap = number(metric.get("full_points", "100")), number(metric["cap"])
        try:
            points = self._points(name, metric, full, cap)
            if "round" in metric:
                points = rounded(points, int(metric["round"]))
            points += self._training(metric)
            points = max(Fraction(0), min(cap, points))
            return self._gated(metric, points)
        except NoValue as state:
            return self._without(name, metric, state.state, full, cap)

    def _points(self, name: str, metric: dict[str, Any], full: Fraction, cap: Fraction) -> Fraction:
        curve, kind = metric["curve"], metric["curve"]["type"]
        if kind == "expr":
            return run(curve["expr"], self.look)
        if kind == "rubric":
            parts = [self.look(part) >= 1 for part in curve.get("parts", [])]
            marks = [min(self.look(mark), number(most)) for mark, most in curve.get("rated", {}).items()]
            return (number(curve.get("parts_points", "0")) if all(parts) else Fraction(0)) + sum(marks, Fraction(0))
        if kind == "table2d":
            row, column = (self._place(curve[axis]) for axis in ("row", "column"))
            return number(curve["cells"][row][column])
        if self._is_full(name):
            return full
        if kind == "binary":
            return full if run(curve["when"], self.look) else Fraction(0)
        if kind == "rank":
            self.look(name)
            ranked = self.company.ranks.get((self.plan["plan"], name), {})
            if self.no not in ranked:
                raise NoValue("not_applicable")
            return ranked[self.no]
        return curve_points(curve, self.look(name), self.target(name), full, cap)

    def _is_full(self, name: str) -> bool:
        try:
            return self.value(name).is_full
        except NoValue:
            return False

    def _place(self, axis: dict[str, Any]) -> int:
        value, upper = run(axis["of"], self.look), axis["at_edge"] == "upper"
        return sum(value > number(edge) or (upper and value == number(edge)) for edge in axis["edges"])

    def _training(self, metric: dict[str, Any]) -> Fraction:
        link = metric.get("training")
        if not link or "add" not in link:
            return Fraction(0)
        result = self.company.training.get((self.no, link["course"]))
        if link["add"].startswith("fixed"):
            passed = result is not None and self._counts(link, result.passed_on)
            return number(link["add"][6:-1]) if passed else Fraction(0)
        if result is None or result.exam_score is None or not self._counts(link, result.exam_on):
            return Fraction(0)
        return Fraction(result.exam_score) * number(link["add"].partition("*")[2])

    def _counts(self, link: dict[str, Any], on: date | None) -> bool:
        if on is None or on > self.month.last_day:
            return False
        if "valid_for" not in link:
            return True
        months = int(link["valid_for"].split()[0])
        index = on.year * 12 + on.month - 1 + months
        # A day that the month does not have is the month's last one.
        for day in range(on.day, 0, -1):
            try:
                return date(index // 12, index % 12 + 1, day) > self.month.last_day
            except ValueError:
                continue
        return False

    def _gated(self, metric: dict[str, Any], points: Fraction) -> tuple[str, Fraction | None]:
        link = metric.get("training", {})
        failed = []
        if link.get("gate") == "completed":
            result = self.company.training.get((self.no, link["course"]))
            if result is None or not self._counts(link, result.completed_on):
                failed.append("zero")
        action, factor = self.gates(metric.get("gates", []), failed)
        if action == "hold":
            return "missing", None
        if action == "exclude_renormalise":
            return "excluded", None
        return "ok", points * factor

    def gates(self, gates: list[dict[str, Any]], failed: list[str] | None = None) -> tuple[str, Fraction]:
        """Every gate is tested; the strongest of those that fail decides."""
        failed = list(failed or [])
        for gate in gates:
            try:
                if not run(gate["when"], self.look):
                    failed.append(gate.get("on_fail", "zero"))
            except NoValue as state:
                if state.state != "not_applicable":
                    failed.append("hold")
        self.failed_gates += len(failed)
        if "hold" in failed:
            return "hold", Fraction(0)
        if "zero" in failed:
            return "zero", Fraction(0)
        factors = [number(text[7:-1]) for text in failed if text.startswith("factor")]
        if factors:
            return "factor", min(factors)
        return (failed[0], Fraction(1)) if failed else ("", Fraction(1))

    def _without(
        self, name: str, metric: dict[str, Any], state: str, full: Fraction, cap: Fraction
    ) -> tuple[str, Fraction | None]:
        if state == "zero_target":
            rule = self.company.catalogue[metric.get("metric", name)].get("on_zero_denominator", "error")
            known = {"zero": ("ok", Fraction(0)), "full": ("ok", min(cap, full)), "not_applicable": (rule, None)}
            return known.get(rule, ("missing", None))
        if state == "not_applicable":
            return state, None
        rule = metric.get("on_missing", "block")
        if rule == "zero":
            return "ok", Fraction(0)
        if rule.startswith("neutral"):
            return "ok", number(rule[8:-1])
        if rule == "exclude_renormalise":
            return "excluded", None
        return ("pending" if state == "pending" else "missing"), None
