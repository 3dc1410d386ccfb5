"""Plan tests in YAML: cases that a payroll officer can read, run through the real plans, compared exactly.

    - name: synergy needs strictly more than 120%
      plan: sales_rep_2026
      period: 2026-09
      input: {base: 8000, metrics: {...}}
      shared: {department.D-SAL: {sales_revenue_attainment: "1.20"}}
      output: {team.synergy.awarded: false}
      trace_contains: ["..."]

`refused: text` instead of `output:` expects an error with that text. `credits:` splits records among people,
`pilots_count: true` lets pilots with a trial weight count.
`parameters:` overrides figures, `plan_patch:` changes the plan, `people:` adds others (`B: {...}`, asked for as
`B.pay.total`). A file is a list of cases, or `defaults:` and `cases:`. Unknown keys are errors.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from orchestration.periods import Period
from orchestration.plans import PlanBundle, PlanErrors, bundle_from_files
from orchestration.plans.errors import PlanProblem
from orchestration.plans.fields import Fields
from orchestration.plans.parameters import ParameterError
from orchestration.plans.yaml_source import Node, parse_yaml, plain, read_yaml
from orchestration.scoring.case_inputs import read_credits, read_inputs
from orchestration.scoring.case_outputs import difference, outcomes_of
from orchestration.scoring.credit import with_credits
from orchestration.scoring.engine import score
from orchestration.scoring.errors import InputError
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.results import ScoringResult

PERSON = "E1"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: passed when there are no differences."""

    name: str
    file: str
    line: int
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences

    def __str__(self) -> str:
        mark = "ok  " if self.passed else "FAIL"
        lines = [f"{mark} {self.file}:{self.line} {self.name}", *(f"       {text}" for text in self.differences)]
        return "\n".join(lines)


def run_files(bundle: PlanBundle, paths: Iterable[Path]) -> list[CaseResult]:
    """Run every case of some files; a case that cannot be read is a failed case, not a stopped run."""
    return [run_case(bundle, case) for path in paths for case in read_cases(path)]


def read_cases(path: Path) -> list[Node]:
    """The cases of a file with the file's defaults applied; raises `PlanErrors` when the file is no test file."""
    try:
        root = read_yaml(path)
        if root.is_list:
            return root.items()
        fields = Fields(root, "a test file")
        defaults = fields.get("defaults")
        cases = [_merge(defaults, case) if defaults else case for case in fields.need("cases").items()]
        fields.close()
    except PlanProblem as problem:
        raise PlanErrors([problem.finding]) from None
    return cases


def run_case(bundle: PlanBundle, case: Node) -> CaseResult:
    """Run one case against a bundle."""
    name = "?"
    try:
        fields = Fields(case, "a test case")
        name = fields.need("name").text()
        differences = _run(bundle, fields)
    except (PlanProblem, PlanErrors, InputError, ParameterError) as error:
        refused = case.mapping().get("refused") if case.is_mapping else None
        differences = [] if refused is not None and refused.text() in str(error) else [str(error)]
    return CaseResult(name, case.file, case.line, tuple(differences))


def case_result(bundle: PlanBundle, case: Node) -> ScoringResult:
    """The scoring result of a case, whatever it expects."""
    return _score(bundle, Fields(case, "a test case"))[0]


def case_inputs_of(bundle: PlanBundle, case: Node, period: Period) -> ScoringInputs:
    """The inputs of a case, its values moved to another period."""
    fields = Fields(case, "a test case")
    people: dict[str, tuple[Node | None, Node | None]] = {PERSON: (fields.get("seat"), fields.get("input"))}
    return read_inputs(people, fields.get("shared"), fields.need("plan").text(), period, bundle)


def _run(bundle: PlanBundle, fields: Fields) -> list[str]:
    result, people = _score(bundle, fields)
    refused = fields.get("refused")
    if refused is not None:
        return [f"expected to be refused with {refused.text()!r}, but it was calculated"]
    output, contains = fields.need("output"), fields.get("trace_contains")
    fields.close()
    return _compare(result, people, output, contains)


def _score(bundle: PlanBundle, fields: Fields) -> tuple[ScoringResult, list[str]]:
    fields.need("name")
    plan_id = fields.need("plan").text()
    period_node = fields.need("period")
    try:
        period = Period.parse(period_node.text())
    except ValueError as error:
        raise period_node.problem(str(error)) from None
    if not any(plan.id == plan_id for plan in bundle.plans):
        raise fields.need("plan").problem(f"there is no plan {plan_id!r}")
    changed = _changed(bundle, plan_id, fields.get("parameters"), fields.get("plan_patch"))
    seat = fields.get("seat")
    people: dict[str, tuple[Node | None, Node | None]] = {PERSON: (seat, fields.get("input"))}
    others = fields.get("people")
    if others is not None:
        people |= {no: (seat, node) for no, node in others.mapping().items()}
    inputs = read_inputs(people, fields.get("shared"), plan_id, period, changed)
    credited = fields.get("credits")
    if credited is not None:
        inputs = with_credits(inputs, read_credits(credited, period), changed, period)
    pilots_count = fields.boolean("pilots_count", default=False)
    return score(changed, period, inputs, pilots_count=pilots_count), list(people)


def _compare(result: ScoringResult, people: list[str], output: Node, contains: Node | None) -> list[str]:
    differences: list[str] = []
    found = outcomes_of(result, PERSON)
    for person in people[1:]:
        found |= {f"{person}.{key}": value for key, value in outcomes_of(result, person).items()}
    for key, expected in output.mapping().items():
        text = difference(key, expected, found)
        if text:
            differences.append(text)
    texts = [text for row in result.trace for text in (row.text_zh, row.text_en, *row.inputs.get("conditions", ()))]
    wanted = [node.text() for node in contains.items()] if contains else []
    absent = [text for text in wanted if not any(text in shown for shown in texts)]
    return [*differences, *(f"no step of the explanation contains {text!r}" for text in absent)]


def _changed(bundle: PlanBundle, plan_id: str, parameters: Node | None, patch: Node | None) -> PlanBundle:
    if parameters is None and patch is None:
        return bundle
    files = dict(bundle.files)
    if patch is not None:
        for plan in bundle.plans:
            if plan.id == plan_id:
                files[plan.label] = _dump(_patched(plain(parse_yaml(files[plan.label], plan.label)), plain(patch)))
    if parameters is not None:
        for identity, value in parameters.mapping().items():
            _override(bundle, files, identity, value)
    return bundle_from_files(files)


def _override(bundle: PlanBundle, files: dict[str, str], identity: str, value: Node) -> None:
    known = bundle.parameters.get(identity)
    if known is None:
        raise value.problem(f"there is no parameter {identity!r}")
    document: Any = plain(parse_yaml(files[known.where.file], known.where.file))
    document[identity]["values"] = {known.values[0].valid_from.isoformat(): plain(value)}
    files[known.where.file] = _dump(document)


def _patched(document: Any, patch: Any) -> Any:
    """Mappings are merged key by key, `null` removes a key, everything else is replaced."""
    if not (isinstance(document, dict) and isinstance(patch, dict)):
        return patch
    merged = dict(document)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _patched(merged.get(key), value)
    return merged


def _dump(document: Any) -> str:
    stream = StringIO()
    YAML(typ="safe").dump(document, stream)
    return stream.getvalue()


def _merge(defaults: Node, case: Node) -> Node:
    """Defaults below the case's own keys; mappings are merged, so that a case only says what is special about it."""
    if not (defaults.is_mapping and case.is_mapping):
        return case
    merged = dict(defaults.mapping())
    for key, value in case.mapping().items():
        merged[key] = _merge(merged[key], value) if key in merged else value
    return Node(case.file, case.line, merged)
