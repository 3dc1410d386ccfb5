"""Lines a person holds back, and lets go again: who, which, why. They act on every run that is not approved yet.

A held line gets no place in a payout file; once released it is paid by the next run of its period, or as what is still
owed by a run of a later one. What the calculation itself holds (missing data) is not of this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from orchestration.payout.actors import Actors, require_actor
from orchestration.payout.canonical import sha256_json
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.ledger import append, as_of_event, next_number
from orchestration.payout.lines import PayoutLine
from orchestration.payout.room import CloseRoom
from orchestration.payout.schema import line_holds
from orchestration.periods import Period

EVERY_COMPONENT = ""


@dataclass(frozen=True, slots=True, order=True)
class Hold:
    """One hold on a person's lines earned in a period; `component` empty: all of them."""

    period: str
    employee_no: str
    component: str
    hold_id: str
    actor: str
    reason: str
    is_active: bool

    def covers(self, line: PayoutLine) -> bool:
        """Whether the line is held by it: the person's, earned in the period, of the component."""
        return (self.period, self.employee_no) == (line.origin_period, line.employee_no) and self.component in {
            EVERY_COMPONENT,
            line.component,
        }


def hold(
    room: CloseRoom,
    actors: Actors,
    *,
    period: Period,
    employee_no: str,
    reason: str,
    actor: str,
    at: datetime,
    component: str = EVERY_COMPONENT,
) -> str:
    """Hold a person's lines (or one component) of a period; gives the hold's id. An active one again is a no-op.

    Takes effect with the next calculation. An approved line stays paid: correct it in the open period instead.
    """
    person = require_actor(actors, actor, "hold")
    _require_reason(reason, f"hold of {employee_no}")
    hold_id = sha256_json([str(period), employee_no, component])[:16]
    with room.ledger.write() as connection:
        active = _holds(connection).get(hold_id)
        if active is None or not active.is_active:
            row = {"period": str(period), "employee_no": employee_no, "component": component}
            _append(connection, hold_id, "held", row, person.id, reason, at)
    return hold_id


def hold_line(connection: Connection, line: PayoutLine, *, actor: str, reason: str, at: datetime) -> None:
    """Hold what a line is for, inside somebody's write; an active hold stays as it is."""
    hold_id = sha256_json([line.origin_period, line.employee_no, line.component])[:16]
    active = _holds(connection).get(hold_id)
    if active is None or not active.is_active:
        row = {"period": line.origin_period, "employee_no": line.employee_no, "component": line.component}
        _append(connection, hold_id, "held", row, actor, reason, at)


def release(room: CloseRoom, actors: Actors, hold_id: str, *, reason: str, actor: str, at: datetime) -> None:
    """Let a hold go; raises `PayoutRefused` when there is no active one of that id."""
    person = require_actor(actors, actor, "hold")
    _require_reason(reason, f"release of {hold_id}")
    with room.ledger.write() as connection:
        known = _holds(connection)
        if hold_id not in known or not known[hold_id].is_active:
            open_ids = ", ".join(sorted(each.hold_id for each in known.values() if each.is_active)) or "none"
            raise PayoutRefused(f"{hold_id} is no active hold (active: {open_ids}); see incentives payout holds")
        held = known[hold_id]
        row = {"period": held.period, "employee_no": held.employee_no, "component": held.component}
        _append(connection, hold_id, "released", row, person.id, reason, at)


def read_holds(
    connection: Connection, *, period: str | None = None, known_until: int | None = None
) -> tuple[Hold, ...]:
    """Every hold in its latest state, also released ones, sorted; `known_until` as of that audit event."""
    return tuple(sorted(each for each in _holds(connection, known_until).values() if period in {None, each.period}))


def reason_held(line: PayoutLine, holds: tuple[Hold, ...]) -> str:
    """Why a person holds the line, or an empty text."""
    return next((f"held by {each.actor}: {each.reason}" for each in holds if each.is_active and each.covers(line)), "")


def _holds(connection: Connection, known_until: int | None = None) -> Mapping[str, Hold]:
    query = as_of_event(select(line_holds), line_holds, known_until)
    rows = connection.execute(query.order_by(line_holds.c.hold_id, line_holds.c.step)).all()
    return {
        row.hold_id: Hold(
            row.period, row.employee_no, row.component, row.hold_id, row.actor, row.reason, row.event == "held"
        )
        for row in rows
    }


def _append(
    connection: Connection, hold_id: str, event: str, what: dict[str, str], actor: str, reason: str, at: datetime
) -> None:
    row = {
        **what,
        "hold_id": hold_id,
        "step": next_number(connection, line_holds.c.step, line_holds.c.hold_id == hold_id),
        "event": event,
        "actor": actor,
        "reason": reason,
        "at": at.isoformat(),
    }
    details = {"hold": hold_id, "actor": actor, "period": what["period"], "at": at.isoformat()}
    append(connection, event, details, {line_holds: [row]})


def _require_reason(reason: str, what: str) -> None:
    if not reason.strip():
        raise PayoutRefused(f"{what}: say why")
