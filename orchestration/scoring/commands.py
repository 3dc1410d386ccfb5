"""What the command line offers about scoring: test plans, score from files, explain, compare two runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.periods import Period
from orchestration.plans import SAMPLE, load_bundle
from orchestration.plans.commands import Checked, check_plans
from orchestration.plans.single import assigned_to_all, load_single
from orchestration.scoring.credit import with_credits
from orchestration.scoring.csv_io import (
    read_absences,
    read_carried,
    read_credits,
    read_events,
    read_folder,
    read_measurements,
    read_people,
    read_training,
)
from orchestration.scoring.csv_results import result_tables
from orchestration.scoring.engine import score
from orchestration.scoring.errors import InputError
from orchestration.scoring.explain import Language, sentences
from orchestration.scoring.history_lint import lint_history
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
        _write(result, out)
    return result


def check_with_history(folder: Path, measurements: Path) -> Checked:
    """`check_plans`, and the warnings that past values give (a CSV like the measurements of a run)."""
    checked = check_plans(folder)
    if checked.bundle is None:
        return checked
    found = lint_history(checked.bundle, read_measurements(measurements))
    return Checked(checked.bundle, tuple(sorted((*checked.findings, *found))))


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """The files of a run of one plan, each named by itself. None: there are none."""

    plan: Path
    people: Path
    measurements: Path
    credits: Path | None = None
    events: Path | None = None
    training: Path | None = None
    absences: Path | None = None
    carried: Path | None = None


def score_named_files(files: NamedFiles, period: str, out: Path, folder: Path | None = None) -> ScoringResult:
    """Score everybody in the people file under one plan, and write the results as CSV.

    `folder` is the bundle whose catalogue, parameters and team rules count; the one the plan lies in when left out.
    """
    bundle, plan = load_single(files.plan, folder)
    when = Period.parse(period)
    if not plan.is_valid_on(when.last_day):
        until = plan.valid_to.isoformat() if plan.valid_to else "..."
        raise InputError(
            f"{plan.where}: {plan.id} holds from {plan.valid_from.isoformat()} to {until}, not at the end of {period}; "
            "correct effective: or name another period"
        )
    seats, bases = read_people(files.people)
    inputs = ScoringInputs(
        measurements=read_measurements(files.measurements),
        assignments=seats,
        bases=bases,
        events=read_events(files.events) if files.events else (),
        training=read_training(files.training) if files.training else (),
        carried=read_carried(files.carried) if files.carried else (),
        absences=read_absences(files.absences) if files.absences else (),
    )
    if files.credits:
        inputs = with_credits(inputs, read_credits(files.credits), bundle, when)
    result = score(assigned_to_all(bundle, plan, {seat.position_id for seat in seats}), when, inputs)
    _write(result, out)
    return result


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


def _write(result: ScoringResult, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, text in result_tables(result).items():
        (out / name).write_text(text, encoding="utf-8")
