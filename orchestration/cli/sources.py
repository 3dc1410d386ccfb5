"""`incentives sources` and `incentives extract`: connectors without Dagster."""

from datetime import date, datetime, time
from typing import Annotated

import typer
from rich.table import Table

from connectors.registry import build_sources, source_specs
from connectors.stream import ExtractRequest, Window
from orchestration.cli.output import out, refusing, visible_progress
from orchestration.clock import resolve_as_of
from orchestration.company import read_company
from orchestration.nightly import company_systems
from orchestration.settings import Settings
from orchestration.warehouse.connect import read_warehouse

_LAST = """
select state, strftime(as_of at time zone 'Asia/Shanghai', '%Y-%m-%d %H:%M'), rows_landed, message
from etl.stream_outcomes where source = ? and stream = ? order by as_of desc limit 1
"""


@refusing
def sources() -> None:
    """List the configured sources and streams with the outcome of their last night."""
    settings = Settings.from_env()
    table = Table("source", "stream", "mode", "last state", "last night", "rows", "message")
    con_rows: dict[tuple[str, str], tuple] = {}
    specs = source_specs(read_company(settings))
    if settings.warehouse.exists():
        with read_warehouse(settings.home) as con:
            for spec in specs:
                row = con.execute(_LAST, [spec.source, spec.name]).fetchone()
                if row:
                    con_rows[spec.source, spec.name] = row
    for spec in specs:
        state, night, rows, message = con_rows.get((spec.source, spec.name), ("never ran", "", "", ""))
        table.add_row(spec.source, spec.name, spec.mode, state, night, str(rows), message)
    out.print(table)


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
        first = date.fromisoformat(start) if start else config.history_start
        window = Window(
            datetime.combine(first, time(), config.zone),
            min(datetime.combine(date.fromisoformat(end), time.max, config.zone), as_of) if end else as_of,
        )
        for spec in chosen.specs.values():
            if stream and spec.name != stream:
                continue
            for account in chosen.accounts(spec.name):
                request = ExtractRequest(spec=spec, account=account, window=window, cursor=None, as_of=as_of)
                for landed in chosen.extract(request, settings.landing):
                    out.print(f"{landed.rows:>9} rows  {landed.path}")
