"""What payroll can deduct from a person's wages in a month, as payroll told: this system does not know the wage.

Only where the rules of the close say `deduction_limit: supplied`. A later figure for the same person replaces the
earlier one for calculations from then on; both stay recorded.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, select

from orchestration.payout.actors import Actors, require_actor
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.ledger import append, as_of_event, next_number
from orchestration.payout.room import CloseRoom
from orchestration.payout.rounding import fen_of_text
from orchestration.payout.schema import deduction_limits
from orchestration.periods import Period


def supply_limit(
    room: CloseRoom,
    actors: Actors,
    *,
    period: Period,
    employee_no: str,
    payer_entity: str,
    currency: str,
    limit_yuan: str,
    evidence: str,
    actor: str,
    at: datetime,
) -> None:
    """Record how much the runs of a period may deduct for a person; the same again is a no-op.

    Raises `PayoutRefused` for an amount not spelled `1234.56`, a negative one, or missing evidence.
    """
    person = require_actor(actors, actor, "confirm")
    try:
        limit_fen = fen_of_text(limit_yuan)
    except ValueError as error:
        raise PayoutRefused(f"limit of {employee_no}: {error}") from None
    if limit_fen < 0:
        raise PayoutRefused(f"limit of {employee_no}: {limit_yuan} is negative; write how much can be deducted")
    if not evidence.strip():
        raise PayoutRefused(f"limit of {employee_no}: say where payroll's figure is kept (--evidence)")
    key = {"period": str(period), "employee_no": employee_no, "payer_entity": payer_entity, "currency": currency}
    where = and_(*(deduction_limits.c[name] == value for name, value in key.items()))
    with room.ledger.write() as connection:
        if read_limits(connection, str(period)).get((employee_no, payer_entity, currency)) == limit_fen:
            return
        row = {
            **key,
            "step": next_number(connection, deduction_limits.c.step, where),
            "limit_fen": limit_fen,
            "actor": person.id,
            "evidence": evidence,
            "at": at.isoformat(),
        }
        details = {"period": str(period), "actor": person.id, "at": at.isoformat()}
        append(connection, "limit", details, {deduction_limits: [row]})


def read_limits(
    connection: Connection, period: str, *, known_until: int | None = None
) -> Mapping[tuple[str, str, str], int]:
    """Fen that can be deducted per (person, payer, currency) in a period, the latest figure of each."""
    query = select(deduction_limits).where(deduction_limits.c.period == period).order_by(deduction_limits.c.step)
    rows = connection.execute(as_of_event(query, deduction_limits, known_until))
    return {(row.employee_no, row.payer_entity, row.currency): row.limit_fen for row in rows}
