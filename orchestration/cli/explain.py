"""`incentives explain`: why is it this amount?"""

from typing import Annotated, Literal

import typer
from rich.table import Table

from orchestration.cli.output import out, refusing
from orchestration.closing import close_room
from orchestration.company import read_company
from orchestration.payout.explain import explain as explain_amount
from orchestration.payout.explain_text import as_json, as_table, as_text
from orchestration.periods import Period
from orchestration.settings import Settings


@refusing
def explain(
    period: Annotated[str, typer.Argument(help="2026-10")],
    employee: Annotated[str, typer.Argument(help="employee number, E0006")],
    language: Annotated[Literal["zh", "en"], typer.Option("--lang")] = "zh",
    form: Annotated[Literal["text", "table", "json"], typer.Option("--as")] = "text",
    records: Annotated[int, typer.Option(help="source records shown for each measurement")] = 10,
) -> None:
    """Walk every amount of one person down to metrics, events and raw records."""
    settings = Settings.from_env()
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
