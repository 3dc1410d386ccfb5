"""`incentives payout`: calculate, review, approve, export, verify. Maker and checker are two people of the register."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from orchestration.cli.desk import ActorOption, GroupOption, PeriodArgument, RunOption, open_desk
from orchestration.cli.output import out, refusing, relative
from orchestration.clock import resolve_as_of
from orchestration.closing import pay
from orchestration.company import allowed_signers_file, read_company
from orchestration.payout import approval, export
from orchestration.payout.acknowledgement.record import progress
from orchestration.payout.acknowledgement.states import line_states
from orchestration.payout.delivery.log import deliveries_of
from orchestration.payout.disputes import read_disputes
from orchestration.payout.holds import read_holds
from orchestration.payout.lines import RunKey
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import Run, read_evidence, require_run, run_keys
from orchestration.payout.verify import verify_file
from orchestration.periods import Period
from orchestration.settings import Settings

app = typer.Typer(help="From a calculated draft to the file that payroll gets.", no_args_is_help=True)

NoteOption = Annotated[str, typer.Option("--note", help="a remark for the record")]
TicketOption = Annotated[str, typer.Option("--ticket", help="number of the company's own approval (OA)")]
SignatureOption = Annotated[
    Path | None, typer.Option("--signature", help="file made by ssh-keygen -Y sign from `to-sign`")
]
SeenOption = Annotated[str, typer.Option("--seen", help="sha256 of the draft you looked at")]


@app.command("calculate")
@refusing
def calculate(
    period: PeriodArgument,
    run: RunOption = 1,
    employee: Annotated[list[str] | None, typer.Option("--employee", help="only these people, off-cycle")] = None,
) -> None:
    """Calculate a month again from the warehouse; refused without a green gate for exactly these numbers.

    With --run 2 an off-cycle run: it pays what no approved run of the month has paid.
    """
    settings = Settings.from_env()
    people = set(employee) if employee else None
    result = pay(settings, read_company(settings), Period.parse(period), resolve_as_of(), run_no=run, employees=people)
    for path in result.manifests:
        out.print(f"{'new revision' if result.is_new else 'nothing new, revision'} {result.revision}: {relative(path)}")


@app.command("status")
@refusing
def status(period: PeriodArgument) -> None:
    """Every run of a period: state, people, total, who did what."""
    with open_desk() as desk, desk.room.ledger.read() as connection:
        keys = run_keys(connection, str(Period.parse(period)))
        if not keys:
            raise ValueError(f"{period} was never calculated; run `incentives close {period}`")
        for key in keys:
            run = require_run(connection, key)
            total = yuan_text(sum(line.amount_fen for line in run.lines))
            people = len({line.employee_no for line in run.lines})
            out.print(f"{key}: {run.state}, revision {run.revision}, {people} people, {len(run.held)} held, {total}")
            tickets = {event: evidence.ticket for event, evidence in read_evidence(connection, run)}
            for event in run.events:
                ticket = f", ticket {tickets[event]}" if tickets.get(event) else ""
                out.print(f"  {event.event} by {event.actor} at {event.at}{ticket}", markup=False)
            _print_handing_over(connection, run)
        for each in read_disputes(connection, period=str(Period.parse(period))):
            told = f"dispute {each.dispute_id} of {each.employee_no} over {each.component}: {each.state}"
            out.print(told, markup=False)
        for each in read_holds(connection, period=str(Period.parse(period))):
            if each.is_active:
                out.print(f"hold {each.hold_id} on {each.employee_no} {each.component or 'everything'} by {each.actor}")


def _print_handing_over(connection: Connection, run: Run) -> None:
    """What was sent where, and what payroll answered."""
    for each in deliveries_of(connection, run.key):
        note = f" ({each.note})" if each.note else ""
        out.print(f"  {each.event} {each.name} to {each.target}:{each.remote_path} at {each.at}{note}", markup=False)
    states = line_states(connection)
    if any(line.line_id in states for line in run.lines):
        done = progress(run, states)
        out.print(
            f"  payroll: {done.paid} paid, {done.accepted} accepted, {done.rejected} rejected, {done.open} not answered"
        )
    for line in run.lines:
        state = states.get(line.line_id)
        if state and state.status == "rejected":
            out.print(f"  rejected {line.employee_no} {line.component} {line.line_id}: {state.reason}", markup=False)


@app.command("review")
@refusing
def review(
    period: PeriodArgument,
    actor: ActorOption,
    group: GroupOption = "MONTHLY",
    run: RunOption = 1,
    seen: SeenOption = "",
    note: NoteOption = "",
) -> None:
    """The maker's step: I looked through this draft and ask for its approval."""
    with open_desk() as desk:
        key = RunKey(period, group, run)
        done = approval.review(
            desk.room, desk.actors(), key, actor=actor, at=resolve_as_of(), seen_sha256=seen, note=note
        )
        out.print(f"{key}: {done.state} by {actor}")


@app.command("approve")
@refusing
def approve(
    period: PeriodArgument,
    actor: ActorOption,
    group: GroupOption = "MONTHLY",
    run: RunOption = 1,
    seen: SeenOption = "",
    note: NoteOption = "",
    ticket: TicketOption = "",
    signature: SignatureOption = None,
) -> None:
    """The checker's step: approve what the maker reviewed, lock it and freeze its evidence."""
    with open_desk() as desk:
        key = RunKey(period, group, run)
        done = approval.approve(
            desk.room,
            desk.actors(),
            key,
            actor=actor,
            at=resolve_as_of(),
            seen_sha256=seen,
            note=note,
            ticket=ticket,
            signature=signature.read_text(encoding="utf-8") if signature else "",
            allowed_signers=allowed_signers_file(desk.settings),
        )
        if done.is_locked:
            out.print(f"{key}: {done.state} by {actor}")
        else:
            out.print(f"{key}: approved by {actor}; its total is above the limit of one approver, a second one follows")


@app.command("to-sign")
@refusing
def to_sign(
    period: PeriodArgument,
    actor: ActorOption,
    group: GroupOption = "MONTHLY",
    run: RunOption = 1,
    ticket: TicketOption = "",
) -> None:
    """The statement an approver signs: what is approved, in plain words. Write it to a file and sign that."""
    with open_desk() as desk:
        text = approval.statement_to_sign(desk.room, RunKey(period, group, run), actor=actor, ticket=ticket)
    typer.echo(text, nl=False)


@app.command("export")
@refusing
def export_run(period: PeriodArgument, actor: ActorOption, group: GroupOption = "MONTHLY", run: RunOption = 1) -> None:
    """Write payout.csv of an approved run, the workbook, the payroll layouts and the postings."""
    with open_desk() as desk:
        path = export.export(desk.room, desk.actors(), RunKey(period, group, run), actor=actor, at=resolve_as_of())
        out.print(relative(path))


@app.command("verify")
@refusing
def verify(file: Annotated[Path, typer.Argument(help="any file of a run, beside its manifest or alone")]) -> None:
    """Check any file of a run against its manifest, its approvals and the ledger."""
    with open_desk() as desk:
        checks = verify_file(desk.room, file)
    for check in checks:
        out.print(f"{'ok    ' if check.ok else 'FAILED'} {check.check}{'' if check.ok else ': ' + check.fault}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
