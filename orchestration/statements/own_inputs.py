"""One person's inputs out of everybody's, indexed once; and which values of groups count."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from orchestration.plans import PlanBundle
from orchestration.plans.curve_model import Rank
from orchestration.plans.expression import names
from orchestration.plans.expressions import expressions_of
from orchestration.plans.scope import GRAIN_PREFIXES
from orchestration.scoring.inputs import Measurement, ScoringInputs

_OF_PEOPLE = ("assignments", "bases", "events", "training", "carried", "absences")


class OwnInputs:
    """Everybody's inputs, asked person by person."""

    def __init__(self, everything: ScoringInputs) -> None:
        self._rows: dict[str, dict[str, list[Any]]] = {name: defaultdict(list) for name in ("values", *_OF_PEOPLE)}
        self._groups: list[Measurement] = []
        for row in everything.measurements:
            if row.grain == "employee":
                self._rows["values"][row.subject_id].append(row)
            else:
                self._groups.append(row)
        for name in _OF_PEOPLE:
            for row in getattr(everything, name):
                self._rows[name][row.employee_no].append(row)

    def of(self, employee_no: str, groups: frozenset[str] | None = None) -> ScoringInputs:
        """The person's inputs with the values of teams, departments and the company: all, or of some metrics."""
        shared = (row for row in self._groups if groups is None or row.metric_id in groups)
        parts = {name: tuple(self._rows[name].get(employee_no, ())) for name in _OF_PEOPLE}
        return ScoringInputs(measurements=(*self._rows["values"].get(employee_no, ()), *shared), **parts)


def compares_people(bundle: PlanBundle) -> bool:
    """Whether somebody's points or pay depend on other people: then the engine needs everybody's inputs."""
    ranks = any(isinstance(metric.curve, Rank) for plan in bundle.plans for metric in plan.metrics)
    pools = any(plan.payout.pool is not None for plan in bundle.plans)
    return ranks or pools or any(rule.award.type == "fixed_pool" for rule in bundle.team_rules)


def group_metrics(bundle: PlanBundle) -> frozenset[str]:
    """Metrics that somebody is paid by at the grain of a team, a department or the company."""
    found = {
        metric.metric_id or metric.id for plan in bundle.plans for metric in plan.metrics if metric.grain != "employee"
    }
    used: Iterable[str] = (name for plan in bundle.plans for one in expressions_of(plan) for name in names(one))
    found |= {name.partition(".")[2] for name in used if name.partition(".")[0] in GRAIN_PREFIXES}
    found |= {name.partition(".")[2] for rule in bundle.team_rules for name in names(rule.when)}
    return frozenset(found)
