"""`incentives sources` and `incentives extract`: connectors without Dagster."""

import json
from datetime import date, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from connectors.check import ADVICE, check_source
from connectors.config import company_schema
from connectors.config_models import CompanyConfig
from connectors.registry import FACTORIES, build_sources, source_specs
from connectors.stream import ExtractRequest, Window
from connectors.window import midnight
from orchestration.cli.output import out, refusing, visible_progress
from orchestration.clock import resolve_as_of
from orchestration.company import read_company
from orchestration.nightly import company_systems
from orchestration.settings import Settings
from orchestration.source_states import source_states, stream_states

app = typer.Typer(help="The systems that data comes from: what is switched on, how it stands, whether it answers.")


@app.callback(invoke_without_command=True)
@refusing
def sources(
    context: typer.Context,
    streams: Annotated[bool, typer.Option("--streams", help="one line a stream and account")] = False,
) -> None:
    """List the systems with their state: switched on, last load, how far known, fresh or stale, complete or not."""
    if context.invoked_subcommand:
        return
    settings = Settings.from_env()
    config, as_of = read_company(settings), resolve_as_of()
    table = Table("source", *(["stream", "account"] if streams else ["streams"]), "state", "last load", "known through")
    table.add_column("rows of the last night", justify="right")
    table.add_column("message", overflow="fold")
    found = stream_states(settings, config, source_specs(config), as_of)
    for it in found if streams else source_states(found, FACTORIES):
        table.add_row(*(escape(cell) for cell in it.cells(config.zone)))
    out.print(table)


@app.command("check")
@refusing
def check(
    source: Annotated[str, typer.Argument(help="for example zoho_crm")],
    stream: Annotated[list[str] | None, typer.Argument(help="for example leads; all streams when left out")] = None,
) -> None:
    """Ask the live system for a first page of every stream: credentials, accounts, fields, clock, network.

    Lands nothing. Ends with exit code 1 when anything is wrong.
    """
    settings = Settings.from_env()
    table = Table("stream", "account", "finding")
    table.add_column("what the system says", overflow="fold")
    table.add_column("what to do", overflow="fold")
    wrong = 0
    with company_systems(settings):
        config = read_company(settings)
        for it in check_source(source, config, settings.home, as_of=resolve_as_of(), streams=stream or ()):
            wrong += not it.is_fine
            table.add_row(it.stream, it.account, it.kind, escape(it.message), ADVICE[it.kind])
    out.print(table)
    if wrong:
        raise typer.Exit(1)


@app.command("schema")
@refusing
def schema() -> None:
    """Print the JSON schema of company.yaml, for editors."""
    typer.echo(json.dumps(company_schema(), ensure_ascii=False, indent=2))


@refusing
def extract(
    source: Annotated[str, typer.Argument(help="for example zoho_crm")],
    stream: Annotated[str | None, typer.Argument(help="for example leads; all streams when left out")] = None,
    start: Annotated[str | None, typer.Option("--from", help="first business date, 2026-10-01")] = None,
    end: Annotated[str | None, typer.Option("--to", help="last business date, inclusive")] = None,
) -> None:
    """Land data of one source without Dagster or the warehouse; prints the landed folders."""
    settings = Settings.from_env()
    with visible_progress(), company_systems(settings):
        config = read_company(settings)
        as_of = resolve_as_of()
        known = {it.name: it for it in build_sources(config, settings.home)}
        if source not in known:
            raise ValueError(f"{source} is not switched on; configured are: {', '.join(sorted(known))}")
        chosen = known[source]
        if stream and stream not in chosen.specs:
            raise ValueError(f"{source} has no stream {stream}; it has: {', '.join(sorted(chosen.specs))}")
        window = _window(config, start, end, as_of)
        for spec in chosen.specs.values():
            if stream and spec.name != stream:
                continue
            for account in chosen.accounts(spec.name):
                # A part of history read by hand must not let the next night believe that it knows the rest.
                cursor = window.start.isoformat() if start and spec.mode == "incremental" else None
                whole = start is None and end is None
                request = ExtractRequest(spec, account, window, cursor, as_of, moves_cursor=whole)
                for landed in chosen.extract(request, settings.landing):
                    out.print(f"{landed.rows:>9} rows  {landed.path}")


def _window(config: CompanyConfig, start: str | None, end: str | None, as_of: datetime) -> Window:
    """Local days from and to, both inclusive; raises `ValueError` for an empty stretch of time."""
    first = date.fromisoformat(start) if start else config.history_start
    after = date.fromisoformat(end) + timedelta(days=1) if end else None
    window = Window(midnight(first, config.zone), min(midnight(after, config.zone), as_of) if after else as_of)
    if window.start >= window.end:
        raise ValueError(f"from {first} to {end or as_of.date()} is no stretch of time before {as_of.isoformat()}")
    return window
