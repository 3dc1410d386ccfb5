"""`incentives audit` and `incentives ledger`: is the record whole, and the record as a file."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.desk import open_desk
from orchestration.cli.output import out, refusing
from orchestration.payout import backup
from orchestration.payout.audit import verify_audit
from orchestration.payout.errors import PayoutRefused

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
    out.print(f"whole: {report.events} events, {report.rows} rows, head {report.head}")


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
