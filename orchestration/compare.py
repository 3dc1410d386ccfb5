"""Two calculations of one person side by side: where they part. A run is a revision of a close, or a result folder."""

from pathlib import Path

from orchestration.payout.close_folder import close_folder, read_trace_rows
from orchestration.payout.errors import PayoutRefused
from orchestration.periods import Period
from orchestration.scoring.csv_results import TRACE, read_trace
from orchestration.scoring.explain import Difference, first_difference
from orchestration.scoring.results import TraceRow


def compare_runs(closed: Path, period: Period, employee_no: str, before: str, after: str) -> Difference | None:
    """The first node that differs; None when the person's calculations agree.

    A run is the revision number of a close of the period (`2`), or a folder that `incentives score` wrote. Raises
    `PayoutRefused` when a run does not exist or neither knows the person.
    """
    left, right = (_trace(closed, period, employee_no, run) for run in (before, after))
    if not left and not right:
        raise PayoutRefused(f"neither {before} nor {after} of {period} knows the employee {employee_no}")
    return first_difference(left, right, employee_no)


def _trace(closed: Path, period: Period, employee_no: str, run: str) -> list[TraceRow]:
    if run.isdigit():
        folder = close_folder(closed, str(period), int(run))
        if not folder.is_dir():
            known = ", ".join(sorted(path.name for path in folder.parent.glob("[0-9]*"))) or "none"
            raise PayoutRefused(f"{period} has no revision {run}; the revisions are {known}")
        return read_trace_rows(folder, employee_no)
    if not (Path(run) / TRACE).is_file():
        raise PayoutRefused(f"{run} is no run; name a revision of {period} or a folder that incentives score wrote")
    return read_trace(Path(run), employee_no)
