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
from orchestration.scoring import commands as scoring
from orchestration.settings import Settings

app = typer.Typer(help="Check, test, compare and print plans.", no_args_is_help=True)

FolderOption = Annotated[Path | None, typer.Option("--plans", help="folder of plans; the company's when left out")]


@app.command("check")
@refusing
def check(folder: FolderOption = None) -> None:
    """Every error with file, line and fix, and the linter's warnings."""
    checked = plans.check_plans(_folder(folder))
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


@app.command("schema")
def schema() -> None:
    """JSON schema of a plan file, for editors."""
    out.print(plans.schema_text(), markup=False)


@refusing
def score(
    inputs: Annotated[Path, typer.Argument(help="folder of CSV files, columns in docs/scoring.md")],
    period: Annotated[str, typer.Option("--period", help="2026-10")],
    target: Annotated[Path, typer.Option("--out", help="folder for the results")],
    folder: FolderOption = None,
) -> None:
    """Score plain CSV files, without warehouse or Dagster."""
    result = scoring.score_files(inputs, period, _folder(folder), target)
    out.print(f"{len(result.scores)} scores, {len(result.components)} components, {len(result.trace)} trace rows")


def _folder(given: Path | None) -> Path:
    return given or plans_folder(Settings.from_env())
