"""What was sent where: append-only, by the sha256 of the content. The log decides whether a file still has to go."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

from sqlalchemy import Connection, and_, select

from orchestration.payout.ledger import append, next_number
from orchestration.payout.lines import RunKey
from orchestration.payout.schema import deliveries

Event = Literal["started", "renaming", "delivered", "failed", "lost"]


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """One step of handing a file over. `sha256` is of the file itself, `sent_sha256` of the bytes that went out
    (another where they are encrypted)."""

    target: str
    sha256: str
    event: Event
    run: RunKey
    revision: int
    name: str
    remote_path: str
    sent_sha256: str
    sent_bytes: int
    actor: str
    note: str
    at: str


def last_event(connection: Connection, target: str, sha256: str, *, besides: str = "") -> DeliveryEvent | None:
    """How far a content is on its way to a target; events of the kind `besides` are passed over."""
    where = and_(deliveries.c.target == target, deliveries.c.sha256 == sha256, deliveries.c.event != besides)
    found = _read(connection, where)
    return found[-1] if found else None


def delivered_as(connection: Connection, target: str, remote_path: str) -> DeliveryEvent | None:
    """What was delivered under a name, which nothing else may take."""
    where = and_(
        deliveries.c.target == target, deliveries.c.remote_path == remote_path, deliveries.c.event == "delivered"
    )
    found = _read(connection, where)
    return found[-1] if found else None


def sent_as(connection: Connection, sent_sha256: str) -> DeliveryEvent | None:
    """What was delivered as these bytes: the file itself or its encrypted copy."""
    found = _read(connection, and_(deliveries.c.sent_sha256 == sent_sha256, deliveries.c.event == "delivered"))
    return found[-1] if found else None


def deliveries_of(connection: Connection, key: RunKey) -> list[DeliveryEvent]:
    """Every step of a run's files, by target, then file, in order."""
    table = deliveries.c
    where = and_(table.period == key.period, table.pay_group == key.pay_group, table.run_no == key.run_no)
    return _read(connection, where)


def append_delivery(connection: Connection, event: DeliveryEvent) -> None:
    """Record a step, with an audit event."""
    row: dict[str, Any] = asdict(event)
    del row["run"]
    where = and_(deliveries.c.target == event.target, deliveries.c.sha256 == event.sha256)
    row |= {
        "period": event.run.period,
        "pay_group": event.run.pay_group,
        "run_no": event.run.run_no,
        "step": next_number(connection, deliveries.c.step, where),
    }
    details = {
        "run": str(event.run),
        "target": event.target,
        "file": event.name,
        "sha256": event.sha256,
        "actor": event.actor,
        "at": event.at,
    }
    append(connection, f"delivery {event.event}", details, {deliveries: [row]})


def _read(connection: Connection, where: Any) -> list[DeliveryEvent]:
    order = (deliveries.c.target, deliveries.c.name, deliveries.c.sha256, deliveries.c.step)
    return [
        DeliveryEvent(
            target=row.target,
            sha256=row.sha256,
            event=cast("Event", row.event),
            run=RunKey(row.period, row.pay_group, row.run_no),
            revision=row.revision,
            name=row.name,
            remote_path=row.remote_path,
            sent_sha256=row.sent_sha256,
            sent_bytes=row.sent_bytes,
            actor=row.actor,
            note=row.note,
            at=row.at,
        )
        for row in connection.execute(select(deliveries).where(where).order_by(*order))
    ]
