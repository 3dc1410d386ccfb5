"""The life cycle over a company's closed periods: their scores out of the close folders, and what they recommend."""

from datetime import date
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from orchestration.payout.close_folder import close_folder, read_closed_inputs, read_rows
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import read_run, run_keys
from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.scoring.lifecycle import MonthScore, Recommendation, award_candidates, months_of, recommend
from orchestration.scoring.results import Score


def review(room: CloseRoom, bundle: PlanBundle, through: Period) -> tuple[Recommendation, ...]:
    """What the approved periods up to the end of `through` recommend; the award of the year where a year ends.

    Raises `PayoutRefused` when `through` itself is not approved: an open period may still change.
    """
    folders = closed_folders(room, through)
    if str(through) not in folders:
        raise PayoutRefused(f"{through} is not approved in every pay group; ratings look at closed periods only")
    months = months_of((Period.parse(text), _scores(folder)) for text, folder in folders.items())
    found = recommend(bundle, months, through)
    year = Period.containing(through.start, "year")
    if year.end == through.end:
        values = read_closed_inputs(folders[str(through)]).measurements
        found = (*found, *award_candidates(bundle, months, values, year))
    return tuple(sorted(found, key=lambda item: (item.employee_no, item.kind, item.plan_id)))


def closed_months(room: CloseRoom, through: Period) -> tuple[MonthScore, ...]:
    """The scores of every approved period up to the end of `through`."""
    return months_of((Period.parse(text), _scores(folder)) for text, folder in closed_folders(room, through).items())


def closed_folders(room: CloseRoom, through: Period) -> dict[str, Path]:
    """Close folders of the periods whose pay groups are all approved, oldest first."""
    with room.ledger.read() as connection:
        runs = [run for key in run_keys(connection) if (run := read_run(connection, key))]
    by_period: dict[str, list[Any]] = {}
    for run in runs:
        by_period.setdefault(run.key.period, []).append(run)
    found = {
        period: close_folder(room.closed, period, max(run.revision for run in mine))
        for period, mine in by_period.items()
        if all(run.is_locked for run in mine) and Period.parse(period).end <= through.end
    }
    return dict(sorted(found.items(), key=lambda item: Period.parse(item[0]).start))


def _scores(folder: Path) -> list[Score]:
    """Scores without their metrics: a folder has one row per score and metric."""
    rows = sorted(read_rows(folder, "scores"), key=_seat)
    return [_score(key, next(parts)) for key, parts in groupby(rows, key=_seat)]


def _seat(row: dict[str, Any]) -> tuple[str, str, int, date, date]:
    return row["employee_no"], row["plan_id"], row["plan_version"], row["segment_from"], row["segment_to"]


def _score(key: tuple[str, str, int, date, date], row: dict[str, Any]) -> Score:
    total = None if row["total"] is None else Fraction(row["total"])
    return Score(*key, (), {}, total, row["rating"], row["held_reason"])
