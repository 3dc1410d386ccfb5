"""What the command line offers about scoring: test plans, score from files, simulate a change, explain."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from orchestration.periods import Period
from orchestration.plans import SAMPLE, PlanBundle, load_bundle
from orchestration.plans.quantities import decimal_text
from orchestration.scoring.csv_io import read_folder, result_tables
from orchestration.scoring.engine import score
from orchestration.scoring.explain import Language, sentences
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.plan_tests import CaseResult, run_files
from orchestration.scoring.results import ScoringResult


@dataclass(frozen=True, slots=True)
class Tested:
    """The outcome of plan tests."""

    results: tuple[CaseResult, ...]

    @property
    def is_ok(self) -> bool:
        return bool(self.results) and all(result.passed for result in self.results)

    @property
    def text(self) -> str:
        failed = [result for result in self.results if not result.passed]
        lines = [str(result) for result in failed]
        return "\n".join([*lines, f"{len(self.results)} cases, {len(failed)} failed"])


def run_plan_tests(folder: Path = SAMPLE, files: Sequence[Path] = (), catalogue: Path | None = None) -> Tested:
    """Run test files against a bundle; without files those in `plans/*/tests/` of the folder."""
    chosen = list(files) or sorted(folder.glob("plans/*/tests/*.yaml"))
    return Tested(tuple(run_files(load_bundle(folder, catalogue), chosen)))


def score_files(inputs: Path, period: str, folder: Path = SAMPLE, out: Path | None = None) -> ScoringResult:
    """Score a folder of CSV files; with `out` the results are written there as CSV."""
    result = score(load_bundle(folder), Period.parse(period), read_folder(inputs))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in result_tables(result).items():
            (out / name).write_text(text, encoding="utf-8")
    return result


@dataclass(frozen=True, slots=True)
class Simulated:
    """One person under two sets of plans. None: held, or not paid at all, under that set."""

    employee_no: str
    before: Fraction | None
    after: Fraction | None

    @property
    def change(self) -> Fraction | None:
        return None if self.before is None or self.after is None else self.after - self.before


def simulate(
    before: PlanBundle, after: PlanBundle, period: Period, inputs: ScoringInputs
) -> tuple[list[Simulated], str]:
    """What a changed set of plans would have paid for the same inputs (F158)."""
    old, new = _totals(score(before, period, inputs)), _totals(score(after, period, inputs))
    people = [Simulated(no, old.get(no), new.get(no)) for no in sorted(set(old) | set(new))]
    lines = [f"{one.employee_no}: {_shown(one.before)} -> {_shown(one.after)} ({_shown(one.change)})" for one in people]
    changes = [item.change for item in people if item.change is not None]
    changed, total = sum(change != 0 for change in changes), _shown(sum(changes, Fraction(0)))
    lines.append(f"{len(people)} people, {changed} change, sum {total}")
    return people, "\n".join(lines)


def explain(result: ScoringResult, employee_no: str, language: Language = "zh", component: str = "") -> str:
    """Sentences for one person, or for one component; `LookupError` when the run does not know the person."""
    node = ""
    if component:
        parts = [part for part in result.components if (part.employee_no, part.component) == (employee_no, component)]
        if not parts:
            raise LookupError(f"{employee_no} has no component {component!r} in this run")
        node = parts[0].trace_node
    lines = sentences(result.trace, employee_no, language, node)
    if not lines:
        raise LookupError(f"this run does not know the employee {employee_no!r}")
    return "\n".join(lines)


def _totals(result: ScoringResult) -> dict[str, Fraction | None]:
    totals: dict[str, Fraction | None] = defaultdict(Fraction)
    for part in result.components:
        known = totals[part.employee_no]
        totals[part.employee_no] = None if known is None or part.amount is None else known + part.amount
    for row in result.scores:
        if row.held_reason:
            totals[row.employee_no] = None
    return dict(totals)


def _shown(value: Fraction | None) -> str:
    return "held" if value is None else decimal_text(value, 2).rpartition("≈")[2]
