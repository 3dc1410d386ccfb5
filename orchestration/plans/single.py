"""One plan file on its own: for a run of a single plan, and for trying a plan that is not in the company's folder yet.

The catalogue, parameters and team rules come from the bundle the file lies in, or from a named one; a file that lies
outside of every bundle is read with the catalogue of the library and may only use figures it writes itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from orchestration.plans.bundle import (
    ASSIGNMENTS,
    CATALOGUE,
    INDEX,
    TEAM_RULES,
    PlanBundle,
    bundle_from_files,
    read_files,
)
from orchestration.plans.errors import Finding, PlanErrors, PlanProblem
from orchestration.plans.model import Plan, PlanAssignment
from orchestration.plans.parameters import Dated, Parameter
from orchestration.plans.yaml_source import Node, parse_yaml

LIBRARY = Path(__file__).parent / "library" / "metrics.yaml"
"""The catalogue that comes with the product."""


def load_single(plan_file: Path, folder: Path | None = None, catalogue: Path | None = None) -> tuple[PlanBundle, Plan]:
    """The bundle that holds this plan alone, and the plan. Raises `PlanErrors` with every finding."""
    if not plan_file.is_file():
        raise PlanErrors([Finding(plan_file.name, 1, "the file does not exist", "name a plan file")])
    files = _surroundings(folder or _folder_of(plan_file), catalogue)
    files = {name: text for name, text in files.items() if not name.startswith("plans/")}
    label = f"plans/{plan_file.name}"
    files[label] = plan_file.read_text(encoding="utf-8")
    files[ASSIGNMENTS] = "[]\n"
    _drop_rules_of_others(files)
    bundle = bundle_from_files(files)
    return bundle, bundle.plans[0]


def assigned_to_all(bundle: PlanBundle, plan: Plan, seats: Iterable[str]) -> PlanBundle:
    """The bundle with every position assigned to one plan, as long as the plan holds."""
    rows = tuple(
        PlanAssignment(plan.id, plan.valid_from, plan.valid_to, position, None, None, None, plan.where)
        for position in sorted(set(seats))
    )
    return replace(bundle, assignments=rows)


def with_plan(bundle: PlanBundle, source: PlanBundle, plan: Plan, day: date) -> PlanBundle:
    """A past bundle in which a plan of another bundle stands for every version of that plan, as if in force on `day`.

    Its parameters come along. Where the plan did not hold yet on that day its figures are those of its first day: the
    question is what the new plan would have paid, not what its figures used to be.
    """
    start = min(plan.valid_from, day)
    moved = replace(plan, valid_from=start, valid_to=None if plan.valid_to and plan.valid_to <= day else plan.valid_to)
    figures = {name: _as_on(parameter, plan, day) for name, parameter in source.parameters.items()}
    return replace(
        bundle,
        metrics={**bundle.metrics, **source.metrics},
        parameters={**bundle.parameters, **figures},
        plans=(*(other for other in bundle.plans if other.id != plan.id), moved),
        assignments=tuple(_reaching(row, plan, day) for row in bundle.assignments),
    )


def _as_on(parameter: Parameter, plan: Plan, day: date) -> Parameter:
    if day >= plan.valid_from or parameter.values[0].valid_from > plan.valid_from:
        return parameter
    first = parameter.at(plan.valid_from)
    return replace(parameter, values=(Dated(day, first.value, first.reference),))


def _reaching(row: PlanAssignment, plan: Plan, day: date) -> PlanAssignment:
    return replace(row, valid_from=min(row.valid_from, day)) if row.plan_id == plan.id else row


def _folder_of(plan_file: Path) -> Path | None:
    return next((parent for parent in plan_file.resolve().parents[:3] if (parent / INDEX).is_file()), None)


def _surroundings(folder: Path | None, catalogue: Path | None) -> dict[str, str]:
    if folder is not None:
        return read_files(folder, catalogue)
    return {CATALOGUE: (catalogue or LIBRARY).read_text(encoding="utf-8")}


def _drop_rules_of_others(files: dict[str, str]) -> None:
    """A rule with a fault of its own must not stop a plan that does not refer to it."""
    if TEAM_RULES not in files or any(
        _uses_team_rules(files[name], name) for name in files if name.startswith("plans/")
    ):
        return
    del files[TEAM_RULES]


def _uses_team_rules(text: str, label: str) -> bool:
    try:
        return _has_key(parse_yaml(text, label), "team_rule")
    except PlanProblem:
        return False


def _has_key(node: Node, key: str) -> bool:
    value = node.value
    if isinstance(value, Mapping):
        return key in value or any(_has_key(child, key) for child in value.values())
    return isinstance(value, list) and any(_has_key(child, key) for child in value)
