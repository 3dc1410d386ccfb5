"""`incentives retention`: what is past its time, and the erasure of a person's names. Reports first, acts on demand."""

from typing import Annotated

import typer

from orchestration.cli.desk import ActorOption, ReasonOption, open_desk
from orchestration.cli.output import out, refusing
from orchestration.clock import resolve_as_of
from orchestration.company import retention_file
from orchestration.retention import erase, purge
from orchestration.retention.rules import load_retention
from orchestration.warehouse.connect import open_warehouse

app = typer.Typer(help="How long files are kept, and the erasure of names.", no_args_is_help=True)


@app.command("purge")
@refusing
def purge_files(
    apply: Annotated[bool, typer.Option("--apply", help="remove the files; without it they are only listed")] = False,
    actor: Annotated[str, typer.Option("--as", help="who decides, an id of approvers.yaml")] = "",
    verbose: Annotated[bool, typer.Option("--files", help="name every file")] = False,
) -> None:
    """Report the files that are older than their class is kept; `--apply` removes them and records it."""
    with open_desk() as desk:
        at, home = resolve_as_of(), desk.settings.home
        found = purge.overdue(
            home, desk.room, load_retention(retention_file(desk.settings)), as_of=at, zone=desk.config.zone
        )
        for each in found:
            told = f"{each.kind}: {len(each.files)} files, {each.bytes} bytes, from before {each.older_than}"
            out.print(f"{told} ({each.reason})", markup=False)
            for path in each.files if verbose else ():
                out.print(f"  {path.relative_to(home)}", markup=False)
        if apply:
            done = purge.purge(home, desk.room, desk.actors(), found, actor=actor, at=at)
            out.print(f"removed {sum(len(each.files) for each in done)} files, recorded in the ledger")
        else:
            out.print("nothing was removed; --apply --as WHO removes these files")


@app.command("erase-person")
@refusing
def erase_person(
    actor: ActorOption,
    reason: ReasonOption,
    employee: Annotated[str, typer.Option("--employee", help="employee number, E0006")] = "",
    record: Annotated[
        list[str] | None, typer.Option("--record", help="source/stream/key of any record with names")
    ] = None,
) -> None:
    """Take a person's names out of landing files and warehouse, for good; amounts stay. Recorded in the ledger."""
    records = [_subject(text) for text in record or ()]
    with open_desk() as desk, open_warehouse(desk.settings.home, holder="erasure", wait_seconds=60) as con:
        done = erase.erase_person(
            desk.settings.home,
            desk.room,
            con,
            desk.actors(),
            load_retention(retention_file(desk.settings)),
            employee_no=employee,
            reason=reason,
            actor=actor,
            at=resolve_as_of(),
            records=records,
        )
        _report(done)


@app.command("reapply")
@refusing
def reapply() -> None:
    """Carry out every recorded erasure again, after landing files or a warehouse came back from a backup."""
    with open_desk() as desk, open_warehouse(desk.settings.home, holder="erasure", wait_seconds=60) as con:
        for done in erase.reapply(desk.settings.home, desk.room, con):
            _report(done)


def _subject(text: str) -> erase.Subject:
    source, _, rest = text.partition("/")
    stream, _, key = rest.partition("/")
    if not (source and stream and key):
        raise ValueError(f"{text!r} is no record; write source/stream/key, such as zoho_crm/contacts/123")
    return erase.Subject(source, stream, key)


def _report(done: erase.Erased) -> None:
    out.print(
        f"{done.erasure_id}: {len(done.subjects)} records, {done.lines} landed lines and {done.rows} warehouse rows "
        "without names now"
    )
    for name in done.mentions:
        out.print(f"  a file of people still holds a name: {name}", markup=False)
