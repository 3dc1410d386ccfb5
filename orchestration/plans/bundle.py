"""A company's plans as one value: catalogue, parameters, every plan version, team rules, assignments.

Folder of a bundle:
    bundle.yaml             names the catalogue (a path relative to this file)
    parameters/*.yaml       dated figures
    plans/<plan_id>/*.yaml  one file per version
    team_rules.yaml         optional
    assignments.yaml        who works under which plan
    payroll_calendar.yaml   read by `orchestration.plans.calendar`
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

from orchestration.plans.catalogue import Metric, read_catalogue
from orchestration.plans.errors import Finding, PlanErrors, PlanProblem, Problems
from orchestration.plans.fields import Fields
from orchestration.plans.model import Plan, PlanAssignment, TeamRule
from orchestration.plans.parameters import Parameter, read_parameters
from orchestration.plans.read_plan import read_plan
from orchestration.plans.read_rules import read_assignments, read_team_rules
from orchestration.plans.yaml_source import Node, read_yaml

SAMPLE = Path(__file__).parent / "sample"
"""The sample company's bundle."""


@dataclass(frozen=True, slots=True)
class PlanBundle:
    """Everything a run needs to know about plans. `files` holds the texts, so that a close can keep them."""

    metrics: Mapping[str, Metric]
    parameters: Mapping[str, Parameter]
    plans: tuple[Plan, ...]
    team_rules: tuple[TeamRule, ...]
    assignments: tuple[PlanAssignment, ...]
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_hash(self) -> str:
        """sha256 over the paths and texts of all files: the identity of a set of rules."""
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(f"{name}\0{len(self.files[name].encode())}\0".encode())
            digest.update(self.files[name].encode())
        return digest.hexdigest()

    def plan_on(self, plan_id: str, day: date) -> Plan | None:
        """The version of a plan in force on a day."""
        return next((plan for plan in self.plans if plan.id == plan_id and plan.is_valid_on(day)), None)

    def plan_of(self, employee_no: str, position_id: str, team_id: str, department_id: str, day: date) -> Plan | None:
        """The plan version a seat works under on a day: employee beats position and team, they beat department."""
        best: tuple[tuple[int, ...], PlanAssignment] | None = None
        for assignment in self.assignments:
            if not (assignment.valid_from <= day and (assignment.valid_to is None or day < assignment.valid_to)):
                continue
            pairs = (
                (assignment.employee_no, employee_no),
                (assignment.position_id, position_id),
                (assignment.team_id, team_id),
                (assignment.department_id, department_id),
            )
            if any(wanted is not None and wanted != actual for wanted, actual in pairs):
                continue
            rank = tuple(int(wanted is not None) for wanted, _ in pairs)
            if best is None or rank > best[0]:
                best = (rank, assignment)
        return None if best is None else self.plan_on(best[1].plan_id, day)


def load_bundle(folder: Path = SAMPLE, catalogue: Path | None = None) -> PlanBundle:
    """Read and check a folder of plans; raises `PlanErrors` with every finding (file:line, what, what to do)."""
    problems = Problems()
    files: dict[str, str] = {}
    with problems.collect():
        index = Fields(_read(folder / "bundle.yaml", folder, files), "bundle.yaml")
        catalogue = catalogue or (folder / index.need("catalogue").text()).resolve()
        index.close(problems)
    problems.raise_if_any()
    if catalogue is None or not catalogue.is_file():
        raise PlanErrors([Finding("bundle.yaml", 1, f"the catalogue {catalogue} does not exist", "correct catalogue:")])
    files["catalogue.yaml"] = catalogue.read_text(encoding="utf-8")
    metrics = read_catalogue(catalogue, catalogue.name, problems)
    parameters = _parameters(folder, files, metrics, problems)
    plans = _plans(folder, files, metrics, parameters, problems)
    rules: list[TeamRule] = []
    assignments: list[PlanAssignment] = []
    with problems.collect():
        if (folder / "team_rules.yaml").is_file():
            root = _read(folder / "team_rules.yaml", folder, files)
            rules = read_team_rules(root, metrics, parameters, problems)
    with problems.collect():
        assignments = read_assignments(_read(folder / "assignments.yaml", folder, files), problems)
    holidays, workdays = _days_off(folder, files, problems)
    problems.raise_if_any()
    bundle = PlanBundle(metrics, parameters, tuple(plans), tuple(rules), tuple(assignments), holidays, workdays, files)
    problems.findings.extend(_cross_check(bundle))
    problems.raise_if_any()
    return bundle


def _read(path: Path, folder: Path, files: dict[str, str]) -> Node:
    label = path.relative_to(folder).as_posix()
    if not path.is_file():
        raise PlanProblem(Finding(label, 1, "the file does not exist", f"add {label} to the bundle"))
    files[label] = path.read_text(encoding="utf-8")
    return read_yaml(path, label)


def _parameters(
    folder: Path, files: dict[str, str], metrics: Mapping[str, Metric], problems: Problems
) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for path in sorted((folder / "parameters").glob("*.yaml")):
        label = path.relative_to(folder).as_posix()
        files[label] = path.read_text(encoding="utf-8")
        for parameter in read_parameters(path, label, problems):
            if parameter.id in found or parameter.id in metrics:
                taken = "a metric" if parameter.id in metrics else f"a parameter in {found[parameter.id].where}"
                message = f"the name {parameter.id} is taken by {taken}"
                problems.findings.append(Finding(label, parameter.where.line, message, "choose another id"))
            found[parameter.id] = parameter
    return found


def _plans(
    folder: Path,
    files: dict[str, str],
    metrics: dict[str, Metric],
    parameters: dict[str, Parameter],
    problems: Problems,
) -> list[Plan]:
    plans: list[Plan] = []
    for path in sorted((folder / "plans").glob("*/*.yaml")):
        with problems.collect():
            label = path.relative_to(folder).as_posix()
            plans.append(read_plan(_read(path, folder, files), metrics, parameters, problems, label))
    return sorted(plans, key=lambda plan: (plan.id, plan.valid_from))


def _days_off(folder: Path, files: dict[str, str], problems: Problems) -> tuple[frozenset[date], frozenset[date]]:
    path = folder / "payroll_calendar.yaml"
    holidays: set[date] = set()
    workdays: set[date] = set()
    if path.is_file():
        with problems.collect():
            root = _read(path, folder, files).mapping()
            for key, days in (("holidays", holidays), ("workdays", workdays)):
                if key in root:
                    days.update(Node(v.file, v.line, k).date() for k, v in root[key].mapping().items())
    return frozenset(holidays), frozenset(workdays)


def _cross_check(bundle: PlanBundle) -> list[Finding]:
    findings: list[Finding] = []
    known = {plan.id for plan in bundle.plans}
    for assignment in bundle.assignments:
        if assignment.plan_id not in known:
            message = f"there is no plan {assignment.plan_id}"
            findings.append(Finding(assignment.where.file, assignment.where.line, message, "correct plan:"))
    for left, right in pairwise(bundle.plans):
        if left.id == right.id and (left.valid_to is None or left.valid_to > right.valid_from):
            message = f"version {left.version} of {left.id} is still in force on {right.valid_from.isoformat()}"
            advice = f"end version {left.version}: effective to {right.valid_from.isoformat()}"
            findings.append(Finding(right.where.file, right.where.line, message, advice))
        if left.id == right.id and left.version >= right.version:
            message = f"version {right.version} of {right.id} follows version {left.version}"
            findings.append(Finding(right.where.file, right.where.line, message, "number versions upwards"))
    rules = {rule.id for rule in bundle.team_rules}
    for plan in bundle.plans:
        for component in plan.payout.components:
            if component.team_rule and component.team_rule not in rules:
                message = f"there is no team rule {component.team_rule}"
                findings.append(
                    Finding(component.where.file, component.where.line, message, "add it to team_rules.yaml")
                )
    return findings
