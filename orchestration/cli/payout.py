"""`incentives payout`: calculate, review, approve, export, verify. Maker and checker are two people of the register."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from connectors.config_models import CompanyConfig
from orchestration.cli.output import out, refusing, relative
from orchestration.clock import resolve_as_of
from orchestration.closing import close_room, pay
from orchestration.company import allowed_signers_file, approvers_file, read_company
from orchestration.payout import approval, export
from orchestration.payout.actors import load_actors
from orchestration.payout.audit import verify_audit
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import require_run, run_keys
from orchestration.payout.verify import verify_file
from orchestration.periods import Period
from orchestration.settings import Settings

app = typer.Typer(help="From a calculated draft to the file that payroll gets.", no_args_is_help=True)

PeriodArgument = Annotated[str, typer.Argument(help="2026-10")]
GroupOption = Annotated[str, typer.Option("--group", help="pay group")]
RunOption = Annotated[int, typer.Option("--run", help="run number; off-cycle runs take the next")]
ActorOption = Annotated[str, typer.Option("--as", help="who acts, an id of approvers.yaml")]
NoteOption = Annotated[str, typer.Option("--note", help="a remark for the record")]
TicketOption = Annotated[str, typer.Option("--ticket", help="number of the company's own approval (OA)")]
SignatureOption = Annotated[
    Path | None, typer.Option("--signature", help="file made by ssh-keygen -Y sign from `to-sign`")
]
SeenOption = Annotated[str, typer.Option("--seen", help="sha256 of the draft you looked at")]


@dataclass(frozen=True, slots=True)
class _Desk:
    settings: Settings
    config: CompanyConfig
    room: CloseRoom


@contextmanager
def _desk() -> Iterator[_Desk]:
    settings = Settings.from_env()
    config = read_company(settings)
    with close_room(settings, config) as room:
        yield _Desk(settings, config, room)


@app.command("calculate")
@refusing
def calculate(period: PeriodArgument) -> None:
    """Calculate a month again from the warehouse; refused without a green gate for exactly these numbers."""
    settings = Settings.from_env()
    result = pay(settings, read_company(settings), Period.parse(period), resolve_as_of())
    for path in result.manifests:
        out.print(f"{'new revision' if result.is_new else 'nothing new, revision'} {result.revision}: {relative(path)}")


@app.command("status")
@refusing
def status(period: PeriodArgument) -> None:
    """Every run of a period: state, people, total, who did what."""
    with _desk() as desk, desk.room.ledger.read() as connection:
        keys = run_keys(connection, str(Period.parse(period)))
        if not keys:
            raise ValueError(f"{period} was never calculated; run `incentives close {period}`")
        for key in keys:
            run = require_run(connection, key)
            total = yuan_text(sum(line.amount_fen for line in run.lines))
            people = len({line.employee_no for line in run.lines})
            out.print(f"{key}: {run.state}, revision {run.revision}, {people} people, {len(run.held)} held, {total}")
            for event in run.events:
                out.print(f"  {event.event} by {event.actor} at {event.at}")


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
    with _desk() as desk:
        key = RunKey(period, group, run)
        done = approval.review(
            desk.room, _actors(desk), key, actor=actor, at=resolve_as_of(), seen_sha256=seen, note=note
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
    with _desk() as desk:
        key = RunKey(period, group, run)
        done = approval.approve(
            desk.room,
            _actors(desk),
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
    with _desk() as desk:
        text = approval.statement_to_sign(desk.room, RunKey(period, group, run), actor=actor, ticket=ticket)
    typer.echo(text, nl=False)


@app.command("export")
@refusing
def export_run(period: PeriodArgument, actor: ActorOption, group: GroupOption = "MONTHLY", run: RunOption = 1) -> None:
    """Write payout.csv of an approved run."""
    with _desk() as desk:
        path = export.export(desk.room, _actors(desk), RunKey(period, group, run), actor=actor, at=resolve_as_of())
        out.print(relative(path))


@app.command("verify")
@refusing
def verify(file: Annotated[Path, typer.Argument(help="payout.csv or payout.draft.csv, beside its manifest")]) -> None:
    """Check a file against its manifest, its approvals and the ledger."""
    with _desk() as desk:
        checks = verify_file(desk.room, file)
    for check in checks:
        out.print(f"{'ok    ' if check.ok else 'FAILED'} {check.check}{'' if check.ok else ': ' + check.fault}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@refusing
def audit() -> None:
    """Verify the hash chain of the ledger; names the first broken row."""
    with _desk() as desk, desk.room.ledger.read() as connection:
        report = verify_audit(connection)
    if not report.ok:
        raise PayoutRefused(f"the audit chain is broken at {report.broken}; restore the ledger from its backup")
    out.print(f"whole: {report.events} events, {report.rows} rows, head {report.head}")


def _actors(desk: _Desk) -> dict:
    return load_actors(approvers_file(desk.settings))
