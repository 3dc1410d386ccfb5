"""`incentives audit` and `incentives ledger`: is the record whole, and the record as a file."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from orchestration.cli.desk import PeriodArgument, open_desk
from orchestration.cli.output import out, refusing
from orchestration.company import allowed_signers_file
from orchestration.payout import backup
from orchestration.payout.accounting.journal import build_journal
from orchestration.payout.accounting.journal_text import journal_text
from orchestration.payout.atomic import write_file
from orchestration.payout.audit import verify_audit
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.recompute import LineNow, as_known_now, as_known_then
from orchestration.payout.rounding import yuan_text
from orchestration.payout.signatures import check_signatures
from orchestration.periods import Period
from orchestration.warehouse.connect import open_warehouse

audit = typer.Typer(help="The hash chain over everything the ledger records.", no_args_is_help=True)
ledger = typer.Typer(help="The ledger as a whole: backup, restore, periods computed again.", no_args_is_help=True)


@audit.command("verify")
@refusing
def verify() -> None:
    """Walk the chain and every recorded row; names the first that is not as it was written."""
    with open_desk() as desk, desk.room.ledger.read() as connection:
        report = verify_audit(connection)
        if not report.ok:
            raise PayoutRefused(f"the audit chain is broken at {report.broken}; restore the ledger from its backup")
        verified, signed = check_signatures(connection, allowed_signers_file(desk.settings))
    out.print(f"whole: {report.events} events, {report.rows} rows, head {report.head}")
    if signed:
        out.print(f"signatures: {verified} of {signed} verified")
    if verified < signed:
        out.print("  the others need ssh-keygen and plans/allowed_signers")


@ledger.command("backup")
@refusing
def back_up(file: Annotated[Path, typer.Argument(help="the backup to write, such as ledger-2026-11.zip")]) -> None:
    """Write the ledger and its close folders to one file that SQLite and PostgreSQL both restore from."""
    with open_desk() as desk:
        done = backup.back_up(desk.room, file)
    out.print(
        f"{done.path.name}: {done.events} events, {done.rows} rows, {done.folders} close folders, head {done.head}"
    )


@ledger.command("restore")
@refusing
def restore(file: Annotated[Path, typer.Argument(help="a backup that `ledger backup` wrote")]) -> None:
    """Fill an empty ledger and its close folders from a backup; never overwrites anything."""
    with open_desk() as desk:
        done = backup.restore(desk.room, file)
    out.print(f"restored: {done.events} events, {done.rows} rows, {done.folders} close folders, head {done.head}")


@ledger.command("recompute")
@refusing
def recompute(
    period: PeriodArgument,
    known: Annotated[Literal["then", "now"], typer.Option(help="with the knowledge of then, or of today")] = "then",
    language: Annotated[Literal["zh", "en"], typer.Option("--lang")] = "zh",
) -> None:
    """Compute a closed period again: `then` has to give the same bytes, `now` shows every line that would differ."""
    with open_desk() as desk:
        if known == "then":
            replayed = as_known_then(desk.room, Period.parse(period))
            for each in replayed:
                told = "the same bytes" if each.is_same else f"DIFFERS in {', '.join(each.differing)}"
                out.print(f"{', '.join(each.runs)} revision {each.revision} ({each.engine}): {told}", markup=False)
            if not all(each.is_same for each in replayed):
                raise typer.Exit(1)
            return
        with open_warehouse(desk.settings.home, holder="recompute", wait_seconds=60) as con:
            lines = as_known_now(desk.room, con, Period.parse(period))
    for line in lines:
        _print_line(line, language)


@ledger.command("export")
@refusing
def export_ledger(
    form: Annotated[Literal["hledger", "beancount"], typer.Option("--format")] = "hledger",
    file: Annotated[Path | None, typer.Option("--out", help="file to write, readable to its owner only")] = None,
) -> None:
    """Every approved run as plain-text accounting, with closing balances for the checking program to compare."""
    with open_desk() as desk, desk.room.ledger.read() as connection:
        text = journal_text(build_journal(connection, desk.room.outputs.accounts, desk.room.timezone), form)
    if file is None:
        typer.echo(text, nl=False)
    else:
        write_file(file, text.encode())


def _print_line(line: LineNow, language: Literal["zh", "en"]) -> None:
    now = "held" if line.now_fen is None else yuan_text(line.now_fen)
    rest = "" if line.open_fen is None else f", still open {yuan_text(line.open_fen)}"
    told = f"then {yuan_text(line.then_fen)}, corrected since {yuan_text(line.since_fen)}, now {now}{rest}"
    out.print(f"{line.employee_no} {line.component} {line.currency}: {told}", markup=False)
    if line.held_reason:
        out.print(f"  {line.held_reason}", markup=False)
    if line.why:
        before, after = (
            (line.why.before, line.why.after) if language == "zh" else (line.why.before_en, line.why.after_en)
        )
        out.print(f"  {line.why.node}\n    then: {before}\n    now:  {after}", markup=False)
