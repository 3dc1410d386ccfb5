"""`incentives payout dispute`, `adjust`, `hold`, `release`, `limit`: what people say about lines, and its effect."""

from typing import Annotated, Literal

import typer

from orchestration.cli.desk import ActorOption, EmployeeArgument, PeriodArgument, ReasonOption, open_desk
from orchestration.cli.output import out, refusing
from orchestration.clock import resolve_as_of
from orchestration.payout import deductions, disputes, holds, manual
from orchestration.periods import Period

dispute = typer.Typer(help="A line is contested, answered, and corrected where that is right.", no_args_is_help=True)

EvidenceOption = Annotated[str, typer.Option("--evidence", help="where the proof is kept")]
DisputeArgument = Annotated[str, typer.Argument(help="id of the dispute")]


@dispute.command("raise")
@refusing
def raise_dispute(
    period: PeriodArgument,
    employee: EmployeeArgument,
    component: Annotated[str, typer.Argument(help="component, as explain shows it")],
    reason: ReasonOption,
    actor: Annotated[str, typer.Option("--as", help="the employee, or who speaks for them")] = "",
    line: Annotated[str, typer.Option("--line", help="line id, where there are several")] = "",
) -> None:
    """Say that an amount is wrong, and why."""
    with open_desk() as desk:
        dispute_id = disputes.raise_dispute(
            desk.room,
            desk.actors(),
            period=Period.parse(period),
            employee_no=employee,
            component=component,
            reason=reason,
            raised_by=actor or employee,
            at=resolve_as_of(),
            line_id=line,
        )
    out.print(dispute_id)


@dispute.command("answer")
@refusing
def answer(
    dispute_id: DisputeArgument,
    verdict: Annotated[Literal["accepted", "rejected", "withdrawn"], typer.Argument()],
    actor: ActorOption,
    reason: ReasonOption,
    amount: Annotated[
        str, typer.Option(help="yuan to pay, -150.00 takes back; without it the recomputation pays")
    ] = "",
    period: Annotated[str, typer.Option("--in", help="open period that pays the amount")] = "",
    evidence: EvidenceOption = "",
) -> None:
    """Answer a dispute; an accepted one with an amount becomes a line of an open period."""
    with open_desk() as desk:
        done = disputes.answer_dispute(
            desk.room,
            desk.actors(),
            dispute_id,
            answer=verdict,
            reason=reason,
            actor=actor,
            at=resolve_as_of(),
            amount_yuan=amount,
            open_period=Period.parse(period) if period else None,
            evidence=evidence,
        )
    out.print(f"{dispute_id}: {done.state}" + (f", adjustment {done.adjustment_id}" if done.adjustment_id else ""))


@dispute.command("list")
@refusing
def list_disputes(period: Annotated[str | None, typer.Argument(help="2026-10; all without it")] = None) -> None:
    """Every dispute, what it is about and how it was answered."""
    with open_desk() as desk, desk.room.ledger.read() as connection:
        for each in disputes.read_disputes(connection, period=str(Period.parse(period)) if period else None):
            told = f"{each.dispute_id} {each.period} {each.employee_no} {each.component}: {each.state}: {each.reason}"
            out.print(told + (f" -> {each.answered_by}: {each.answer}" if each.answer else ""), markup=False)


@refusing
def adjust(
    period: PeriodArgument,
    employee: EmployeeArgument,
    component: Annotated[str, typer.Argument(help="name of the line, such as goodwill")],
    amount: Annotated[str, typer.Argument(help="yuan with two decimals, -150.00 takes back (after --)")],
    actor: ActorOption,
    reason: ReasonOption,
    evidence: EvidenceOption,
    item: Annotated[str, typer.Option("--item", help="payroll's wage item")],
    origin: Annotated[str, typer.Option("--origin", help="period it was earned in, if another")] = "",
) -> None:
    """Record a manual line for the next run of a period; it enters the draft with the next calculation."""
    with open_desk() as desk:
        adjustment_id = manual.adjust_manually(
            desk.room,
            desk.actors(),
            period=Period.parse(period),
            origin_period=Period.parse(origin) if origin else None,
            employee_no=employee,
            component=component,
            pay_item_code=item,
            amount_yuan=amount,
            currency=desk.config.currency,
            reason=reason,
            evidence=evidence,
            actor=actor,
            at=resolve_as_of(),
        )
    out.print(adjustment_id)


@refusing
def hold(
    period: PeriodArgument,
    employee: EmployeeArgument,
    actor: ActorOption,
    reason: ReasonOption,
    component: Annotated[str, typer.Option(help="only this component")] = holds.EVERY_COMPONENT,
) -> None:
    """Hold a person's lines of a period back from the next calculation on."""
    with open_desk() as desk:
        hold_id = holds.hold(
            desk.room,
            desk.actors(),
            period=Period.parse(period),
            employee_no=employee,
            component=component,
            reason=reason,
            actor=actor,
            at=resolve_as_of(),
        )
    out.print(hold_id)


@refusing
def release(
    hold_id: Annotated[str, typer.Argument(help="id of the hold")], actor: ActorOption, reason: ReasonOption
) -> None:
    """Let a hold go; the next calculation pays what waited."""
    with open_desk() as desk:
        holds.release(desk.room, desk.actors(), hold_id, reason=reason, actor=actor, at=resolve_as_of())
    out.print(f"{hold_id}: released")


@refusing
def list_holds(period: Annotated[str | None, typer.Argument(help="2026-10; all without it")] = None) -> None:
    """Holds, active and released."""
    with open_desk() as desk, desk.room.ledger.read() as connection:
        for each in holds.read_holds(connection, period=str(Period.parse(period)) if period else None):
            state = "held" if each.is_active else "released"
            what = f"{each.hold_id} {each.period} {each.employee_no} {each.component or 'everything'}"
            out.print(f"{what}: {state} by {each.actor}: {each.reason}", markup=False)


@refusing
def limit(
    period: PeriodArgument,
    employee: EmployeeArgument,
    amount: Annotated[str, typer.Argument(help="yuan that payroll can deduct, 500.00")],
    actor: ActorOption,
    evidence: EvidenceOption,
    payer: Annotated[str, typer.Option("--payer", help="payer entity")],
) -> None:
    """Record what payroll can deduct from a person's wages in a period (close rules: deduction_limit: supplied)."""
    with open_desk() as desk:
        deductions.supply_limit(
            desk.room,
            desk.actors(),
            period=Period.parse(period),
            employee_no=employee,
            payer_entity=payer,
            currency=desk.config.currency,
            limit_yuan=amount,
            evidence=evidence,
            actor=actor,
            at=resolve_as_of(),
        )
