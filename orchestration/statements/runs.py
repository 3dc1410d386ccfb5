"""Which runs a period has and how far each is, read from the ledger without their lines: those are in the folders.

A run is *final* from its approval on. What happens to it afterwards (locked, exported, paid) is not looked at, because
a statement of a closed period must not change with it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from orchestration.payout.lines import RunKey
from orchestration.payout.runs import FINAL, read_calculation
from orchestration.payout.schema import run_events, runs
from orchestration.periods import Period

_SETTLED = re.compile(r"(?P<period>\S+) (?P<group>\S+)-(?P<no>\d+) revision (?P<revision>\d+)")


@dataclass(frozen=True, slots=True)
class RunHead:
    """One run at its latest revision. `total_fen` is what the ledger says the lines add up to."""

    key: RunKey
    revision: int
    pay_month: str
    total_fen: int
    is_final: bool


def run_heads(connection: Connection, period: str | None = None) -> list[RunHead]:
    """Every run, or those of one period, sorted."""
    rows, events = select(runs), select(run_events).order_by(run_events.c.step)
    if period is not None:
        rows, events = rows.where(runs.c.period == period), events.where(run_events.c.period == period)
    states = {
        (RunKey(row.period, row.pay_group, row.run_no), row.revision): row.event for row in connection.execute(events)
    }
    latest: dict[RunKey, RunHead] = {}
    for row in connection.execute(rows.order_by(runs.c.revision)):
        key = RunKey(row.period, row.pay_group, row.run_no)
        is_final = states.get((key, row.revision)) in FINAL
        latest[key] = RunHead(key, row.revision, row.pay_month, row.total_fen, is_final)
    return [latest[key] for key in sorted(latest)]


def earlier_runs(connection: Connection, period: Period, own: Sequence[RunHead]) -> list[tuple[RunKey, int]]:
    """Approved runs (with revision) of earlier periods of the same length, oldest first.

    A calculated period names the approved runs it took into account, so that its statement never changes; an open one
    looks at what is approved now.
    """
    if own:
        revisions = sorted({head.revision for head in own})
        known = [read_calculation(connection, str(period), revision).facts for revision in revisions]
        found: Iterable[tuple[RunKey, int]] = (_settled(text) for it in known for text in it.get("settled_runs", []))
    else:
        found = ((head.key, head.revision) for head in run_heads(connection) if head.is_final)
    wanted = []
    for key, revision in found:
        other = Period.parse(key.period)
        if other.cadence == period.cadence and other.start < period.start:
            wanted.append((key, revision))
    return sorted(set(wanted))


def _settled(text: str) -> tuple[RunKey, int]:
    match = _SETTLED.fullmatch(text)
    if match is None:
        raise ValueError(
            f"the ledger names a settled run {text!r}, which is no run; restore the ledger from its backup"
        )
    return RunKey(match["period"], match["group"], int(match["no"])), int(match["revision"])
