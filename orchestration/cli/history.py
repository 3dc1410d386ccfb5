"""`incentives history-example`: a public CRM export through the marts and a commission plan, and what comes out."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.cli.output import err, out, refusing, relative, visible_progress
from orchestration.history.example import ExampleRun, run_example
from orchestration.history.findings import read_findings
from orchestration.history.tables import Draft, SalesLine, read_drafts, read_names, read_sales
from orchestration.payout.rounding import yuan_text
from orchestration.settings import Settings
from orchestration.warehouse.connect import read_warehouse

# As wide as the tables also where the output is a file or a narrow terminal: a cut amount is no amount.
_wide = Console(highlight=False, width=150)
_NOTHING = "n/a"


@refusing
def history_example(
    data: Annotated[Path | None, typer.Option(help="folder of the export; looked for beside the checkout")] = None,
) -> None:
    """Take in a public CRM export, measure it, and pay a commission plan quarter by quarter. Safe to repeat."""
    settings = Settings.from_env()
    with visible_progress():
        run = run_example(settings, data)
    for outcome in run.outcomes:
        if not outcome.success:
            err.print(f"[bold red]{outcome.job} {outcome.partition} failed[/]\n{escape(outcome.failure)}")
    if run.outcomes[0].success:
        _print_tables(run)
    if not run.success:
        raise typer.Exit(1)


def _print_tables(run: ExampleRun) -> None:
    with read_warehouse(run.settings.home) as con:
        agents, managers, company = (read_sales(con, grain) for grain in ("agent", "manager", "company"))
        names = read_names(con)
        findings = read_findings(con)
    _print_sales("By agent and quarter", agents, with_manager=True)
    _print_sales("By manager and quarter", managers, with_manager=False)
    _print_sales("Company by quarter", company, with_manager=False)
    out.print("* partial: the quarter began before the first engagement or the first closing of the export")
    out.print("undated: opportunities that nobody dated; n/a: nothing was closed, so there is no rate")
    out.print("\n[bold]What is odd in the data, and the rule that dealt with it[/]")
    table = Table("records", "where", "rule", "detail", box=None, pad_edge=False)
    for line in findings:
        table.add_row(f"{line.count:,}", line.subject, line.rule, escape(line.detail))
    _wide.print(table)
    drafts = read_drafts(run.settings)
    _print_commissions(drafts, names)
    _print_totals(drafts)
    passed = sum(outcome.passed_checks for outcome in run.outcomes)
    failed = [check for outcome in run.outcomes for check in outcome.failed_checks]
    out.print(f"\n[bold]Checks[/]: {passed} passed, {len(failed)} failed")
    for check in failed:
        out.print(f"  failed: {escape(check)}")
    out.print(f"\n[bold]Marts[/]: {relative(run.settings.published / 'current')}/")


def _print_sales(title: str, lines: list[SalesLine], *, with_manager: bool) -> None:
    out.print(f"\n[bold]{title}[/]")
    table = Table("name", *(["manager"] if with_manager else []), box=None, pad_edge=False)
    for heading in ("quarter", "opportunities", "won / closed", "win rate", "won value", "days to win"):
        table.add_column(heading, justify="left" if heading == "quarter" else "right", no_wrap=True)
    for line in lines:
        table.add_row(
            escape(line.subject),
            *([escape(line.manager)] if with_manager else []),
            line.period_id + ("*" if line.is_partial else ""),
            f"{line.opportunities:,}",
            f"{line.won:,} / {line.closed:,}",
            f"{_tenths(line.won * 100, line.closed)} %" if line.closed else _NOTHING,
            f"{line.won_amount:,.2f} {line.currency}",
            _tenths(line.days_to_win, line.days_known) if line.days_known else _NOTHING,
        )
    _wide.print(table)


def _tenths(numerator: int, denominator: int) -> str:
    """For reading only: one decimal, half up, without a float on the way."""
    tenths = (numerator * 20 + denominator) // (2 * denominator)
    return f"{tenths // 10}.{tenths % 10}"


def _print_commissions(drafts: list[Draft], names: dict[str, str]) -> None:
    out.print("\n[bold]Commission by agent and quarter[/] (drafts)")
    table = Table("no", "name", box=None, pad_edge=False)
    for heading in (*(draft.manifest["period"] for draft in drafts), "total"):
        table.add_column(heading, justify="right")
    for number in sorted({number for draft in drafts for number in draft.amounts}):
        amounts = [draft.amounts.get(number, 0) for draft in drafts]
        table.add_row(number, escape(names.get(number, "")), *map(yuan_text, [*amounts, sum(amounts)]))
    _wide.print(table)


def _print_totals(drafts: list[Draft]) -> None:
    out.print("\n[bold]Quarterly closes[/]")
    for draft in drafts:
        manifest = draft.manifest
        totals = ", ".join(
            f"{yuan_text(total['sum_fen'])} {currency}"
            for currency, total in sorted(manifest["totals"]["by_currency"].items())
        )
        held = len({line["employee_no"] for line in manifest["held"]})
        out.print(
            f"  {manifest['period']} ({manifest['status']}, revision {manifest['revision']}) paid in "
            f"{manifest['pay_month']}: {manifest['totals']['people']} people, {held} held, {totals or 'nothing'} gross"
        )
        out.print(f"    {relative(draft.manifest_path.parent / manifest['file']['name'])}")
