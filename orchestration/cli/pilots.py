"""`incentives pilots`: what a closed period would have paid had its pilot metrics counted."""

import csv
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from orchestration.cli.output import out, refusing, relative
from orchestration.closing import close_room
from orchestration.company import read_company
from orchestration.periods import Period
from orchestration.plans.quantities import decimal_text
from orchestration.replay import pilots_of
from orchestration.scoring.pilots import PilotPayout
from orchestration.settings import Settings


@refusing
def pilots(
    period: Annotated[str, typer.Argument(help="a closed period, 2026-10")],
    target: Annotated[Path | None, typer.Option("--out", help="CSV file with exact amounts")] = None,
) -> None:
    """The cohort of every pilot: what was paid, and what would have been paid had the pilot counted. Nothing is paid
    by it."""
    settings = Settings.from_env()
    with close_room(settings, read_company(settings)) as room:
        rows = pilots_of(room, Period.parse(period))
    if not rows:
        out.print(f"no pilot with would_weigh: was shown to anybody in {period}", markup=False)
        return
    table = Table("employee", "plan", "pilot", box=None, pad_edge=False)
    for heading in ("points", "paid", "as if", "change"):
        table.add_column(heading, justify="right")
    for row in rows:
        points = ", ".join(_shown(value) for value in row.points)
        table.add_row(row.employee_no, row.plan_id, ", ".join(row.metrics), points, *_amounts(row))
    both = [row for row in rows if row.change is not None]
    sums = [sum((value or Fraction(0) for value in column), Fraction(0)) for column in zip(
        *((row.paid, row.as_if, row.change) for row in both), strict=True)]  # fmt: skip
    if both:
        table.add_row("all", "", "", "", *(_shown(value) for value in sums))
    out.print(f"[bold]Pilots of {period}, as if they had counted[/] (gross, before rounding; nobody is paid by this)")
    out.print(table)
    if target is not None:
        _write(rows, target)
        out.print(f"\n{relative(target)}")


def _amounts(row: PilotPayout) -> tuple[str, ...]:
    return tuple(_shown(value) for value in (row.paid, row.as_if, row.change))


def _write(rows: tuple[PilotPayout, ...], target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["employee_no", "plan_id", "plan_version", "metrics", "points", "paid", "as_if", "change"])
        for row in rows:
            points = "|".join("" if value is None else str(value) for value in row.points)
            exact = ["" if value is None else str(value) for value in (row.paid, row.as_if, row.change)]
            writer.writerow([row.employee_no, row.plan_id, row.plan_version, "|".join(row.metrics), points, *exact])


def _shown(value: Fraction | None) -> str:
    return "-" if value is None else decimal_text(value, 2).rpartition("≈")[2]
