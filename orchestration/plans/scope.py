"""Which names an expression may use at which place of a plan, and their units."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestration.plans.catalogue import Metric
from orchestration.plans.parameters import Parameter
from orchestration.plans.quantities import Unit

GRAIN_PREFIXES = ("team", "department", "company")
METRIC_PARTS: dict[str, Unit | None] = {"points": "points", "target": None, "attainment": "ratio"}
"""Dotted parts of a metric; None: the unit of the metric itself."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The catalogue and the parameters of a bundle, with what one plan adds (`plan_metrics` id -> unit)."""

    metrics: Mapping[str, Metric]
    parameters: Mapping[str, Parameter]
    plan_metrics: Mapping[str, Unit]
    categories: frozenset[str] = frozenset()

    def constants(self, name: str) -> Unit | None:
        """Figures only: parameters."""
        parameter = self.parameters.get(name)
        return parameter.unit if parameter else None

    def values(self, name: str) -> Unit | None:
        """Raw values of metrics, at the person's or at a wider grain, and parameters."""
        head, _, part = name.partition(".")
        if head in GRAIN_PREFIXES and part in self.metrics:
            return self.metrics[part].unit
        if not part:
            return self.plan_metrics.get(name) or self._metric_unit(name) or self.constants(name)
        return self._metric_part(head, part)

    def scores(self, name: str) -> Unit | None:
        """What is known once metrics have points: also categories and the total."""
        head, _, part = name.partition(".")
        if name in {"score", "total_score"} or (part == "score" and head in self.categories):
            return "points"
        return self.values(name)

    def pay(self, name: str) -> Unit | None:
        """What a component may use: everything above and the person's base."""
        return "currency" if name == "base" else self.scores(name)

    def with_extra(self, extra: Mapping[str, Unit]) -> Callable[[str], Unit | None]:
        """Constants and some names of the place, such as the fields of an event."""
        return lambda name: extra.get(name) or self.constants(name)

    def _metric_unit(self, name: str) -> Unit | None:
        metric = self.metrics.get(name)
        return metric.unit if metric else None

    def _metric_part(self, head: str, part: str) -> Unit | None:
        if head not in self.plan_metrics or part not in METRIC_PARTS:
            return None
        return METRIC_PARTS[part] or self.plan_metrics[head]
