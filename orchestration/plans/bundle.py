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

from orchestration.periods import Period
from orchestration.plans.calendar import read_days_off
from orchestration.plans.catalogue import Metric, read_catalogue
from orchestration.plans.errors import Finding, PlanErrors, PlanProblem, Problems
from orchestration.plans.expression import names
from orchestration.plans.expressions import expressions_of
from orchestration.plans.fields import Fields
from orchestration.plans.model import Plan, PlanAssignment, TeamRule
from orchestration.plans.parameters import Parameter, read_parameters
from orchestration.plans.read_plan import read_plan
from orchestration.plans.read_rules import read_assignments, read_team_rules
from orchestration.plans.yaml_source import parse_yaml, read_yaml

SAMPLE = Path(__file__).parent / "sample"
"""The sample company's bundle."""
INDEX, CATALOGUE, CALENDAR = "bundle.yaml", "catalogue.yaml", "payroll_calendar.yaml"
TEAM_RULES, ASSIGNMENTS = "team_rules.yaml", "assignments.yaml"


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
    return bundle_from_files(read_files(folder, catalogue))


def read_files(folder: Path, catalogue: Path | None = None) -> dict[str, str]:
    """The texts of a bundle by their path in it; the catalogue is called `catalogue.yaml`."""
    index = folder / INDEX
    if not index.is_file():
        raise PlanErrors([Finding(INDEX, 1, f"{folder} holds no {INDEX}", "name the folder of a bundle")])
    if catalogue is None:
        try:
            catalogue = (folder / Fields(read_yaml(index), INDEX).need("catalogue").text()).resolve()
        except PlanProblem as problem:
            raise PlanErrors([problem.finding]) from None
    if not catalogue.is_file():
        raise PlanErrors([Finding(INDEX, 1, f"the catalogue {catalogue.name} does not exist", "correct catalogue:")])
    files = {CATALOGUE: catalogue.read_text(encoding="utf-8")}
    names = [INDEX, *(name for name in (TEAM_RULES, ASSIGNMENTS, CALENDAR) if (folder / name).is_file())]
    paths = [folder / name for name in names]
    for pattern in ("parameters/*.yaml", "plans/*/*.yaml"):
        paths.extend(sorted(folder.glob(pattern)))
    for path in paths:
        files[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
    return files


def bundle_from_files(files: Mapping[str, str]) -> PlanBundle:
    """Check a bundle given as texts: a folder just read, or one that a close has kept."""
    problems = Problems()
    for name in (CATALOGUE, ASSIGNMENTS):
        if name not in files:
            raise PlanErrors([Finding(name, 1, "the file does not exist", f"add {name} to the bundle")])
    metrics: dict[str, Metric] = {}
    with problems.collect():
        metrics = read_catalogue(parse_yaml(files[CATALOGUE], CATALOGUE), problems)
    parameters = _parameters(files, metrics, problems)
    plans: list[Plan] = []
    for name in _below("plans/", files):
        with problems.collect():
            plans.append(read_plan(parse_yaml(files[name], name), metrics, parameters, problems, name))
    plans.sort(key=lambda plan: (plan.id, plan.valid_from))
    rules: list[TeamRule] = []
    with problems.collect():
        if TEAM_RULES in files:
            rules = read_team_rules(parse_yaml(files[TEAM_RULES], TEAM_RULES), metrics, parameters, problems)
    assignments: list[PlanAssignment] = []
    with problems.collect():
        assignments = read_assignments(parse_yaml(files[ASSIGNMENTS], ASSIGNMENTS), problems)
    holidays, workdays = _days_off(files, problems)
    problems.raise_if_any()
    bundle = PlanBundle(
        metrics, parameters, tuple(plans), tuple(rules), tuple(assignments), holidays, workdays, dict(files)
    )
    problems.findings.extend(_cross_check(bundle))
    problems.raise_if_any()
    return bundle


def _below(prefix: str, files: Mapping[str, str]) -> list[str]:
    return sorted(name for name in files if name.startswith(prefix) and name.endswith(".yaml"))


def _parameters(files: Mapping[str, str], metrics: Mapping[str, Metric], problems: Problems) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for name in _below("parameters/", files):
        for parameter in read_parameters(files[name], name, problems):
            if parameter.id in found or parameter.id in metrics:
                taken = "a metric" if parameter.id in metrics else f"a parameter in {found[parameter.id].where}"
                message = f"the name {parameter.id} is taken by {taken}"
                problems.findings.append(Finding(name, parameter.where.line, message, "choose another id"))
            found[parameter.id] = parameter
    return found


def _days_off(files: Mapping[str, str], problems: Problems) -> tuple[frozenset[date], frozenset[date]]:
    if CALENDAR not in files:
        return frozenset(), frozenset()
    with problems.collect():
        return read_days_off(parse_yaml(files[CALENDAR], CALENDAR))
    return frozenset(), frozenset()


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
        begins = Period.containing(right.valid_from, right.period).start
        if left.id == right.id and right.valid_from != begins:
            what = f"version {right.version} of {right.id} begins inside a {right.period}"
            message = f"{what}: its caps and draws would hold twice"
            findings.append(
                Finding(
                    right.where.file, right.where.line, message, f"let it begin with a {right.period}: from: {begins}"
                )
            )
        if left.id == right.id and left.version >= right.version:
            message = f"version {right.version} of {right.id} follows version {left.version}"
            findings.append(Finding(right.where.file, right.where.line, message, "number versions upwards"))
    findings.extend(_figures_in_time(bundle))
    rules = {rule.id for rule in bundle.team_rules}
    for plan in bundle.plans:
        for component in plan.payout.components:
            if component.team_rule and component.team_rule not in rules:
                message = f"there is no team rule {component.team_rule}"
                findings.append(
                    Finding(component.where.file, component.where.line, message, "add it to team_rules.yaml")
                )
    return findings


def _figures_in_time(bundle: PlanBundle) -> list[Finding]:
    """A plan may only use figures that exist on its first day and do not end before its last one."""
    findings: list[Finding] = []
    users = [(plan.id, plan.valid_from, plan.valid_to, plan.where, list(expressions_of(plan))) for plan in bundle.plans]
    users += [(r.id, r.valid_from, r.valid_to, r.where, [r.when, r.award.amount]) for r in bundle.team_rules]
    for user, valid_from, valid_to, where, expressions in users:
        used = {name for expression in expressions for name in names(expression)} & set(bundle.parameters)
        for name in sorted(used):
            entries = bundle.parameters[name].values
            if entries[0].valid_from > valid_from:
                first = entries[0].valid_from.isoformat()
                message = f"{user} holds from {valid_from.isoformat()}, its parameter {name} only from {first}"
                findings.append(Finding(where.file, where.line, message, f"add a value to {name} for the earlier date"))
            ends = [entry.valid_from for entry in entries if entry.value is None]
            if ends and ends[-1] == entries[-1].valid_from and (valid_to is None or valid_to > ends[-1]):
                message = f"{user} still holds when its parameter {name} ends on {ends[-1].isoformat()}"
                findings.append(Finding(where.file, where.line, message, "end the plan too, or add a later value"))
    return findings
