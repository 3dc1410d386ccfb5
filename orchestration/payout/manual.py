"""Manual adjustments: a person's amount with author, reason and evidence, kept apart from what is computed
(§1.10)."""

from datetime import datetime

from sqlalchemy import select

from orchestration.payout.actors import Actors, Step, require_actor
from orchestration.payout.canonical import sha256_json
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.ledger import append
from orchestration.payout.machine_text import unsafe_for_machines
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import fen_of_text
from orchestration.payout.schema import manual_adjustments
from orchestration.periods import Period


def adjust_manually(
    room: CloseRoom,
    actors: Actors,
    *,
    period: Period,
    employee_no: str,
    component: str,
    pay_item_code: str,
    amount_yuan: str,
    currency: str,
    reason: str,
    evidence: str,
    actor: str,
    at: datetime,
    origin_period: Period | None = None,
    step: Step = "adjust",
) -> str:
    """Record a manual adjustment for the next run of `period` or later; gives its id. The same one again is a no-op.

    It enters the draft at the next calculation and is approved with it. `step` is the right of the register that the
    author needs. Raises `PayoutRefused` for an amount that is
    not spelled `-1234.56`, a missing reason or evidence, or a text that cannot stand in a payout file.
    """
    author = require_actor(actors, actor, step)
    try:
        amount_fen = fen_of_text(amount_yuan)
    except ValueError as error:
        raise PayoutRefused(f"manual adjustment for {employee_no}: {error}") from None
    if not reason.strip() or not evidence.strip():
        raise PayoutRefused(f"manual adjustment for {employee_no}: say why, and where the evidence is")
    for name, text in (("component", component), ("pay item", pay_item_code), ("currency", currency)):
        fault = unsafe_for_machines(text) if text else "it is empty"
        if fault:
            raise PayoutRefused(f"manual adjustment for {employee_no}: {name} cannot stand in a payout file: {fault}")
    content = {
        "period": str(period),
        "origin_period": str(origin_period or period),
        "employee_no": employee_no,
        "pay_item_code": pay_item_code,
        "component": component,
        "amount_fen": amount_fen,
        "currency": currency,
        "author": author.id,
        "reason": reason,
        "evidence": evidence,
    }
    adjustment_id = sha256_json(content)[:16]
    with room.ledger.write() as connection:
        same = select(manual_adjustments.c.at).where(manual_adjustments.c.adjustment_id == adjustment_id)
        if connection.execute(same).first() is None:
            row = {**content, "adjustment_id": adjustment_id, "at": at.isoformat()}
            details = {"adjustment": adjustment_id, "actor": author.id, "period": str(period), "at": at.isoformat()}
            append(connection, "manual", details, {manual_adjustments: [row]})
    return adjustment_id
