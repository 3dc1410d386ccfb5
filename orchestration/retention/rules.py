"""The rules of retention, read from YAML: for each class of files how long it is kept; where people's names land.

The ledger, the evidence behind approved runs, the landing files and the warehouse are no class: nothing here can name
them. Sample: `sample/retention.yaml`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from orchestration.payout.errors import RulesInvalid
from orchestration.plans.errors import PlanProblem
from orchestration.plans.fields import Fields
from orchestration.plans.yaml_source import Node, read_yaml

Kind = Literal["inbox", "quarantine", "drafts", "payout_files", "statements", "logs"]
SAMPLE_RETENTION = Path(__file__).parent / "sample" / "retention.yaml"


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One kind of files and how many whole months it is kept after the day it belongs to."""

    kind: Kind
    keep_months: int
    reason: str


@dataclass(frozen=True, slots=True)
class NamesOf:
    """A stream with people's names, and how its records belong to an employee: by a field of the record, or because
    the record is a user account that `identity` (a source system) maps to employees."""

    source: str
    stream: str
    field: str
    identity: str


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """Classes and streams of names, as written."""

    classes: tuple[RetentionClass, ...]
    names: tuple[NamesOf, ...]


def load_retention(path: Path | None = None) -> RetentionRules:
    """Read the rules (default: the sample company's); raises `RulesInvalid` with file, line and what to do."""
    try:
        top = Fields(read_yaml(path or SAMPLE_RETENTION), "the rules of retention")
        classes = tuple(_class(node) for node in top.need("classes").items())
        names = tuple(_names(node) for node in top.need("names").items())
        top.close()
    except PlanProblem as problem:
        raise RulesInvalid(str(problem)) from None
    kinds = [each.kind for each in classes]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise RulesInvalid(f"{(path or SAMPLE_RETENTION).name}: the class {kind} stands there twice; keep one")
    return RetentionRules(classes, names)


def _class(node: Node) -> RetentionClass:
    fields = Fields(node, "a class of retention")
    entry = RetentionClass(
        fields.choice("class", get_args(Kind)), fields.whole("keep_months"), fields.need("reason").text()
    )
    if entry.keep_months < 0:
        raise node.problem(f"{entry.kind} is kept {entry.keep_months} months", "write 0 or more")
    fields.close()
    return entry


def _names(node: Node) -> NamesOf:
    fields = Fields(node, "a stream of names")
    stream = fields.need("stream")
    source, slash, name = stream.text().partition("/")
    entry = NamesOf(source, name, fields.text("field"), fields.text("identity"))
    fields.close()
    if not (source and slash and name):
        raise stream.problem(f"{stream.text()!r} is no stream", "write source/stream, such as ihr360/staff")
    if bool(entry.field) == bool(entry.identity):
        raise node.problem(f"{stream.text()}: say how its records belong to an employee", "add field: or identity:")
    return entry
