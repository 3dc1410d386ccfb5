"""Which approved runs a calculation took into account: those that pay somebody it pays too."""

from collections.abc import Collection, Iterable

from orchestration.payout.runs import Run


def settled_runs_of(approved: Iterable[Run], people: Collection[str]) -> list[str]:
    """Names of the approved runs that share a person, with revision, sorted."""
    return sorted(
        f"{run.key} revision {run.revision}"
        for run in approved
        if any(line.employee_no in people for line in run.lines)
    )
