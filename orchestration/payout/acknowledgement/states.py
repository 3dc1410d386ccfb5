"""What payroll answered about single lines: the latest answer counts, earlier ones stay in the ledger.

A rejected line was not paid: for everything that asks what a person got, it is as if it had not been exported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import Connection, select

from orchestration.payout.ledger import as_of_event
from orchestration.payout.lines import PayoutLine
from orchestration.payout.runs import Run
from orchestration.payout.schema import acknowledged_lines, acknowledgements

Status = Literal["accepted", "paid", "rejected"]


@dataclass(frozen=True, slots=True)
class LineState:
    """The latest answer about a line. `at` is when it was recorded, `sha256` the answer's file."""

    line_id: str
    status: Status
    reason: str
    step: int
    sha256: str
    at: str

    def is_return_of(self, source: Mapping[str, str]) -> bool:
        """Whether the line came back with the answer that a reversal was made for."""
        return self.status == "rejected" and self.sha256 == source["acknowledgement"]


def line_states(connection: Connection, *, known_until: int | None = None) -> dict[str, LineState]:
    """The latest answer about every line that has one, by line id; `known_until` as of that audit event."""
    query = (
        select(acknowledged_lines, acknowledgements.c.at)
        .join(acknowledgements, acknowledgements.c.sha256 == acknowledged_lines.c.sha256)
        .order_by(acknowledged_lines.c.line_id, acknowledged_lines.c.step)
    )
    return {
        row.line_id: LineState(row.line_id, cast("Status", row.status), row.reason, row.step, row.sha256, row.at)
        for row in connection.execute(as_of_event(query, acknowledged_lines, known_until))
    }


def rejected_ids(connection: Connection, *, known_until: int | None = None) -> frozenset[str]:
    """Lines that payroll gave back; `known_until` as of that audit event."""
    states = line_states(connection, known_until=known_until).values()
    return frozenset(state.line_id for state in states if state.status == "rejected")


def taken_lines(run: Run, rejected: Iterable[str]) -> tuple[PayoutLine, ...]:
    """A run's lines without those that payroll gave back."""
    back = set(rejected)
    return tuple(line for line in run.lines if line.line_id not in back)
