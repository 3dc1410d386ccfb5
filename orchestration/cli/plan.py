"""`incentives plan` and `incentives score`: the plan language for the people who write plans."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from orchestration.cli.output import out, refusing
from orchestration.clock import resolve_as_of
from orchestration.company import plans_folder
from orchestration.plans import commands as plans
from orchestration.plans.bundle import load_bundle
from orchestration.plans.templates import copy_templates, template_names, template_text
from orchestration.scoring import commands as scoring
from orchestration.settings import Settings

app = typer.Typer(help="Check, test, compare and print plans.", no_args_is_help=True)

FolderOption = Annotated[Path | None, typer.Option("--plans", help="folder of plans; the company's when left out")]


@app.command("check")
@refusing
def check(
    folder: FolderOption = None,
    history: Annotated[
        Path | None, typer.Option("--measurements", help="CSV of past values: warns of thresholds nobody reached")
    ] = None,
) -> None:
    """Every error with file, line and fix, and the linter's warnings."""
    chosen = _folder(folder)
    checked = scoring.check_with_history(chosen, history) if history else plans.check_plans(chosen)
    out.print(checked.text, markup=False)
    if not checked.is_ok:
        raise typer.Exit(1)


@app.command("test")
@refusing
def run_tests(
    files: Annotated[list[Path] | None, typer.Argument(help="YAML cases; those of the plans when left out")] = None,
    folder: FolderOption = None,
) -> None:
    """Run YAML cases, exact to the last digit."""
    tested = scoring.run_plan_tests(_folder(folder), files or [])
    out.print(tested.text, markup=False)
    if not tested.is_ok:
        raise typer.Exit(1)


@app.command("diff")
@refusing
def diff(before: Path, after: Path) -> None:
    """What changed between two folders of plans."""
    out.print(plans.diff_plans(before, after)[1], markup=False)


@app.command("render")
@refusing
def render(
    plan: Annotated[str, typer.Argument(help="for example sales_rep_2026")],
    day: Annotated[str | None, typer.Option("--on", help="a date the version is in force")] = None,
    language: Annotated[Literal["zh", "en"], typer.Option("--lang")] = "zh",
    folder: FolderOption = None,
) -> None:
    """The plan as a document that an employee can read and sign."""
    on = date.fromisoformat(day) if day else resolve_as_of().date()
    out.print(plans.render(load_bundle(_folder(folder)), plan, on, language), markup=False)


@app.command("template")
@refusing
def template(
    name: Annotated[str | None, typer.Argument(help="a template; all names when left out")] = None,
    target: Annotated[Path | None, typer.Option("--to", help="new folder for all templates, figures and cases")] = None,
) -> None:
    """Plans of the articles for marketing, sales and promotion teams, to copy and adapt."""
    if target is not None:
        out.print(f"{len(copy_templates(target))} files; incentives plan check --plans {target}", markup=False)
    else:
        out.print(template_text(name) if name else "\n".join(template_names()), markup=False)


@app.command("schema")
def schema() -> None:
    """JSON schema of a plan file, for editors."""
    out.print(plans.schema_text(), markup=False)


@refusing
def score(
    period: Annotated[str, typer.Option("--period", help="2026-10")],
    target: Annotated[Path, typer.Option("--out", help="folder for the results")],
    inputs: Annotated[Path | None, typer.Argument(help="folder of CSV files, columns in docs/scoring.md")] = None,
    folder: FolderOption = None,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="one plan file for everybody")] = None,
    people: Annotated[Path | None, typer.Option(help="seats and bases")] = None,
    measurements: Annotated[Path | None, typer.Option(help="measured values")] = None,
    credit_file: Annotated[Path | None, typer.Option("--credits", help="records and their owners")] = None,
    events: Annotated[Path | None, typer.Option(help="dated events")] = None,
    training: Annotated[Path | None, typer.Option(help="courses")] = None,
    absences: Annotated[Path | None, typer.Option(help="leave")] = None,
    carried: Annotated[Path | None, typer.Option(help="what the period before left")] = None,
) -> None:
    """Score plain CSV files, without warehouse or Dagster: a folder of them, or one plan and files named one by one."""
    named = {"--plan": plan_file, "--people": people, "--measurements": measurements}
    if inputs is not None:
        if any(path is not None for path in named.values()):
            raise ValueError("a folder of files and files named one by one do not go together; leave one out")
        result = scoring.score_files(inputs, period, _folder(folder), target)
    elif plan_file is None or people is None or measurements is None:
        absent = ", ".join(name for name, path in named.items() if path is None)
        raise ValueError(f"name a folder of files, or add {absent}")
    else:
        files = scoring.NamedFiles(plan_file, people, measurements, credit_file, events, training, absences, carried)
        result = scoring.score_named_files(files, period, target, folder)
    out.print(f"{len(result.scores)} scores, {len(result.components)} components, {len(result.trace)} trace rows")


def _folder(given: Path | None) -> Path:
    return given or plans_folder(Settings.from_env())
