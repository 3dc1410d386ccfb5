"""Team rules and the assignment of people to plans."""

from datetime import date

from orchestration.plans.catalogue import Metric
from orchestration.plans.errors import Problems
from orchestration.plans.fields import Fields, read_expression
from orchestration.plans.model import Award, PlanAssignment, Subject, TeamRule
from orchestration.plans.parameters import Parameter
from orchestration.plans.quantities import Unit
from orchestration.plans.read_metrics import GRAINS
from orchestration.plans.yaml_source import Node, parse_yaml

EXCLUDED = frozenset({"gate_failed", "pip"})
SEATS = ("employee", "team", "department", "position")


def read_team_rules(
    root: Node, metrics: dict[str, Metric], parameters: dict[str, Parameter], problems: Problems
) -> list[TeamRule]:
    """`rule id -> {name, effective, subjects, members, when, award}`."""
    rules: list[TeamRule] = []
    for identity, node in root.mapping().items():
        with problems.collect():
            rules.append(_rule(identity, node, metrics, parameters))
    return rules


def read_assignments(root: Node, problems: Problems) -> list[PlanAssignment]:
    """A list of `{plan, position|team|department|employee, from, to}`."""
    found: list[PlanAssignment] = []
    for node in root.items():
        with problems.collect():
            fields = Fields(node, "an assignment")
            seats = {key: fields.text(key) or None for key in SEATS}
            if not any(seats.values()):
                raise node.problem("the assignment names nobody", "add position:, team:, department: or employee:")
            valid_from, valid_to = fields.date("from"), fields.optional_date("to")
            if valid_to is not None and valid_to <= valid_from:
                raise node.problem("the assignment ends before it begins", "to is the first day it no longer holds")
            plan_id = fields.need("plan").text()
            found.append(
                PlanAssignment(
                    plan_id,
                    valid_from,
                    valid_to,
                    seats["position"],
                    seats["team"],
                    seats["department"],
                    seats["employee"],
                    fields.where,
                )
            )
            fields.close()
    return found


def parse_assignments(text: str, label: str = "assignments") -> list[PlanAssignment]:
    """Read assignments from a text; raises `PlanErrors`."""
    problems = Problems()
    found = read_assignments(parse_yaml(text, label), problems)
    problems.raise_if_any()
    return found


def _rule(identity: str, node: Node, metrics: dict[str, Metric], parameters: dict[str, Parameter]) -> TeamRule:
    fields = Fields(node, f"team rule {identity}")
    subjects = tuple(_subject(alias, value) for alias, value in fields.need("subjects").mapping().items())
    members = tuple(_subject("", item) for item in fields.need("members").items())
    aliases = {subject.alias for subject in subjects}

    def unit_of(name: str) -> Unit | None:
        head, _, part = name.partition(".")
        if head in aliases and part in metrics:
            return metrics[part].unit
        parameter = parameters.get(name)
        return parameter.unit if parameter else None

    def constant_unit(name: str) -> Unit | None:
        return parameters[name].unit if name in parameters else None

    effective = Fields(fields.need("effective"), "effective")
    award_fields = Fields(fields.need("award"), "award")
    kind = award_fields.choice("type", ("fixed_pool", "per_head", "pct_of_base"))
    amount_unit: Unit = "ratio" if kind == "pct_of_base" else "currency"
    excluded = award_fields.get("exclude_if")
    words = {item.text() for item in excluded.items()} if excluded else set()
    if excluded and words - EXCLUDED:
        raise excluded.problem(
            f"exclude_if cannot hold {', '.join(sorted(words - EXCLUDED))}", "write [gate_failed], [pip] or both"
        )
    award = Award(
        kind,
        read_expression(award_fields.need("amount"), constant_unit, (amount_unit,)),
        award_fields.choice("distribute", ("equal", "by_base", "by_score", "by_days"), "equal"),
        "gate_failed" in words,
        "pip" in words,
    )
    award_fields.close()
    valid_from: date = effective.date("from")
    rule = TeamRule(
        identity,
        fields.names("name"),
        valid_from,
        effective.optional_date("to"),
        subjects,
        members,
        read_expression(fields.need("when"), unit_of, ("boolean",)),
        award,
        fields.text("reference"),
        fields.where,
    )
    effective.close()
    fields.close()
    return rule


def _subject(alias: str, node: Node) -> Subject:
    parts = list(node.mapping().items())
    if len(parts) != 1 or parts[0][0] not in GRAINS:
        raise node.problem("one of team, department, company or employee is expected", "write {department: D-SAL}")
    grain, identity = parts[0]
    return Subject(alias, grain, identity.text())  # type: ignore[arg-type]
