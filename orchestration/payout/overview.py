"""Which runs there are and how far each is: for command lines and pages, without amounts of persons."""

from dataclasses import dataclass

from orchestration.payout.lines import RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import RunState, require_run, run_keys


@dataclass(frozen=True, slots=True)
class RunOverview:
    """One run at its latest revision. `total_fen` is the gross sum of each currency."""

    key: RunKey
    revision: int
    state: RunState
    pay_month: str
    people: int
    lines: int
    held: int
    total_fen: dict[str, int]
    reviewed_by: str
    approved_by: str


def list_runs(room: CloseRoom, period: str | None = None) -> list[RunOverview]:
    """All runs, or those of one period, oldest first."""
    with room.ledger.read() as connection:
        runs = [require_run(connection, key) for key in run_keys(connection, period)]
    overviews = []
    for run in runs:
        totals: dict[str, int] = {}
        for line in run.lines:
            totals[line.currency] = totals.get(line.currency, 0) + line.amount_fen
        reviewed, approved = run.event("reviewed"), run.event("approved")
        overviews.append(
            RunOverview(
                key=run.key,
                revision=run.revision,
                state=run.state,
                pay_month=run.pay_month,
                people=len({line.employee_no for line in run.lines}),
                lines=len(run.lines),
                held=len(run.held),
                total_fen=totals,
                reviewed_by=reviewed.actor if reviewed else "",
                approved_by=approved.actor if approved else "",
            )
        )
    return overviews
