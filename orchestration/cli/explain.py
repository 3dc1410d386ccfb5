"""`incentives explain`: why is it this amount?"""

from typing import Annotated, Literal

import typer
from rich.table import Table

from orchestration.cli.output import out, refusing
from orchestration.closing import close_room
from orchestration.company import read_company
from orchestration.compare import compare_runs
from orchestration.payout.explain import explain as explain_amount
from orchestration.payout.explain_text import as_json, as_table, as_text
from orchestration.periods import Period
from orchestration.scoring.explain import Difference
from orchestration.settings import Settings


@refusing
def explain(
    period: Annotated[str, typer.Argument(help="2026-10")],
    employee: Annotated[str, typer.Argument(help="employee number, E0006")],
    language: Annotated[Literal["zh", "en"], typer.Option("--lang")] = "zh",
    form: Annotated[Literal["text", "table", "json"], typer.Option("--as")] = "text",
    records: Annotated[int, typer.Option(help="source records shown for each measurement")] = 10,
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option(help="two runs, each a revision of the period or a folder of incentives score: where they part"),
    ] = None,
) -> None:
    """Walk every amount of one person down to metrics, events and raw records."""
    settings = Settings.from_env()
    if diff is not None:
        _print_difference(compare_runs(settings.closed, Period.parse(period), employee, *diff), diff, language)
        return
    with close_room(settings, read_company(settings)) as room:
        explanation = explain_amount(room, Period.parse(period), employee, lang=language)
    if form == "json":
        out.print(as_json(explanation), markup=False)
    elif form == "table":
        rows = as_table(explanation)
        table = Table(*rows[0]) if rows else Table()
        for row in rows:
            table.add_row(*row.values())
        out.print(table)
    else:
        out.print(as_text(explanation, max_records=records), markup=False)


def _print_difference(found: Difference | None, runs: tuple[str, str], language: Literal["zh", "en"]) -> None:
    if found is None:
        out.print("no difference")
        return
    out.print(f"first difference: {found.node}", markup=False)
    texts = (found.before, found.after) if language == "zh" else (found.before_en, found.after_en)
    for run, text in zip(runs, texts, strict=True):
        out.print(f"  {run}: {text}", markup=False)
