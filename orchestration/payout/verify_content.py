"""What a file of a run should hold by the ledger, and where a given one departs from it."""

import csv
import io
import itertools

from sqlalchemy import Connection

from orchestration.payout.contents import held_csv, payout_csv
from orchestration.payout.exports import PAYOUT, render_again
from orchestration.payout.files import DRAFT, HELD
from orchestration.payout.runs import Run


def expected_content(connection: Connection, run: Run, name: str) -> bytes | None:
    """A file's bytes as the ledger gives them; None for a name that the run does not have."""
    if name in {DRAFT, PAYOUT}:
        return payout_csv(run)
    if name == HELD:
        return held_csv(run)
    return next((file.content for file in render_again(connection, run) if file.name == name), None)


def difference(expected: bytes, found: bytes) -> str:
    """How a file departs from what it should be, without repeating an amount; an empty text when it does not."""
    if expected == found:
        return ""
    if b"\0" in expected:  # a workbook
        return "it is not the file that was exported"
    if of_other := _other_run(expected, found):
        return of_other
    wanted, given = expected.splitlines(), found.splitlines()
    first = next(
        (number for number, (a, b) in enumerate(itertools.zip_longest(wanted, given), start=1) if a != b), len(wanted)
    )
    counts = "" if len(wanted) == len(given) else f"it has {len(given)} lines, the ledger's has {len(wanted)}; "
    return f"its lines are not the ledger's lines: {counts}the first that differs is line {first}"


def _other_run(expected: bytes, found: bytes) -> str:
    """Whether the rows of a payout file say themselves that they are of another run or revision."""
    columns = ("work_period", "pay_group", "run_no", "revision")

    def runs_of(content: bytes) -> set[tuple[str, ...]]:
        try:
            rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
            return {tuple(row[name] for name in columns) for row in rows}
        except (UnicodeDecodeError, KeyError, csv.Error):
            return set()

    others = runs_of(found) - (wanted := runs_of(expected))
    if not others or not wanted:
        return ""
    period, group, number, revision = min(others)
    return f"it has lines of {period} {group}-{number} revision {revision}"
