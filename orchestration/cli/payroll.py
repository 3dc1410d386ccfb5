"""What goes to payroll and the books, and what comes back: deliver, acknowledge, gl, layouts."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from orchestration.cli.desk import ActorOption, GroupOption, PeriodArgument, RunOption, open_desk
from orchestration.cli.output import out, refusing
from orchestration.clock import resolve_as_of
from orchestration.company import delivery_file, layouts_folder
from orchestration.payout.accounting.mapping import accounts_schema
from orchestration.payout.acknowledgement.answers import CONTRACT
from orchestration.payout.acknowledgement.record import acknowledge as record_answer
from orchestration.payout.delivery.targets import Destination, delivery_schema, load_destinations
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.exports import Outputs, gl_file, gl_source
from orchestration.payout.layouts.load import layout_schema, load_layout, load_layouts
from orchestration.payout.layouts.model import Acknowledgement
from orchestration.payout.lines import RunKey
from orchestration.payout.runs import require_run
from orchestration.settings import Settings

layout = typer.Typer(
    help="Layouts of payroll imports: check them, and their schemas for editors.", no_args_is_help=True
)


class SchemaOf(StrEnum):
    """Which of the files."""

    LAYOUT = "layout"
    ACCOUNTS = "accounts"
    DELIVERY = "delivery"


@refusing
def deliver(
    period: PeriodArgument,
    target: Annotated[str, typer.Argument(help="a target of delivery.yaml")],
    actor: ActorOption,
    group: GroupOption = "MONTHLY",
    run: RunOption = 1,
    settled: Annotated[
        Literal["delivered", "lost"] | None,
        typer.Option(help="a person's word on a file whose fate is unknown: the receiver has it, or send it again"),
    ] = None,
) -> None:
    """Hand the files of an exported run over by SFTP; what was delivered before is not sent again."""
    from orchestration.payout.delivery.deliver import deliver as deliver_files  # noqa: PLC0415 - SSH is slow to import

    with open_desk() as desk:
        done = deliver_files(
            desk.room,
            desk.actors(),
            RunKey(period, group, run),
            _destination(desk.settings, target),
            actor=actor,
            at=resolve_as_of(),
            settled=settled or "",
        )
    for each in done:
        out.print(f"{each.name} -> {each.remote_path}{'' if each.is_new else f', delivered before, at {each.at}'}")


@refusing
def acknowledge(
    period: PeriodArgument,
    file: Annotated[Path, typer.Argument(help="payroll's answer, a CSV")],
    actor: ActorOption,
    group: GroupOption = "MONTHLY",
    run: RunOption = 1,
    by_layout: Annotated[str, typer.Option("--layout", help="layout that says how the answer is written")] = "",
) -> None:
    """Record payroll's answer: accepted, paid or rejected lines; rejected ones are held until released."""
    with open_desk() as desk:
        done = record_answer(
            desk.room,
            desk.actors(),
            RunKey(period, group, run),
            file.read_bytes(),
            name=file.name,
            actor=actor,
            at=resolve_as_of(),
            form=_form(desk.room.outputs, by_layout) if by_layout else CONTRACT,
        )
    news = "" if done.is_new else "nothing new: "
    out.print(
        f"{news}{done.paid} lines paid, {done.accepted} accepted, {done.rejected} rejected, {done.open} not answered"
    )


@refusing
def gl(period: PeriodArgument, group: GroupOption = "MONTHLY", run: RunOption = 1) -> None:
    """The postings of an approved run as CSV on stdout: those of its export, or those an export would write."""
    key = RunKey(period, group, run)
    with open_desk() as desk, desk.room.ledger.read() as connection:
        found = require_run(connection, key)
        if not found.is_locked:
            raise PayoutRefused(f"{key} is {found.state}; only an approved run is booked")
        accounts = gl_source(connection, found) or desk.room.outputs.accounts
        if accounts is None:
            raise PayoutRefused("there is no plans/accounts.yaml; write one (docs/payout_file.md, section Books)")
        content = gl_file(accounts, found, desk.room.timezone).content
    typer.echo(content.decode(), nl=False)


@layout.command("check")
@refusing
def check(files: Annotated[list[Path] | None, typer.Argument(help="layout files; none: the company's")] = None) -> None:
    """Tell every error of layout files with file and line."""
    loaded = [load_layout(path) for path in files] if files else load_layouts(layouts_folder(Settings.from_env()))
    for each in loaded:
        out.print(
            f"{each.layout.layout} version {each.layout.version}: {each.layout.format}, {each.layout.encoding}, good"
        )
    if not loaded:
        out.print("no layouts: write one into plans/layouts/ (docs/layouts.md)")


@layout.command("schema")
@refusing
def schema(of: Annotated[SchemaOf, typer.Argument(help="which file")] = SchemaOf.LAYOUT) -> None:
    """JSON schema for editors."""
    made = {SchemaOf.LAYOUT: layout_schema, SchemaOf.ACCOUNTS: accounts_schema, SchemaOf.DELIVERY: delivery_schema}
    typer.echo(json.dumps(made[of](), ensure_ascii=False, indent=1))


def _destination(settings: Settings, name: str) -> Destination:
    path = delivery_file(settings)
    if not path.is_file():
        raise PayoutRefused(f"there is no {path.name} in the company's plans; write one (docs/delivery.md)")
    known = load_destinations(path)
    if name not in known:
        raise PayoutRefused(f"{path.name} has no target {name!r}; it has {', '.join(known)}")
    return known[name]


def _form(outputs: Outputs, name: str) -> Acknowledgement:
    forms = {file.layout.layout: file.layout.acknowledgement for file in outputs.layouts}
    if name not in forms:
        raise PayoutRefused(f"there is no layout {name!r}; there are {', '.join(forms) or 'none'}")
    form = forms[name]
    if form is None:
        raise PayoutRefused(f"layout {name} does not say how an answer is written; add acknowledgement: to it")
    return form
