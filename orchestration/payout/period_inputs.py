"""All inputs of one period, the warehouse's and what the close before left to it; and its scoring with evidence."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

import duckdb

from orchestration.payout.close_folder import CATALOGUE, Evidence, Plans, close_folder, read_rows
from orchestration.payout.errors import GateNotGreen, MeasurementsUnusable
from orchestration.payout.gate import require_green_gate
from orchestration.payout.measurements import measurement_hash, read_contributions, read_inputs
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import Run, read_calculation, read_run, run_keys
from orchestration.payout.used_values import used_values
from orchestration.periods import Period
from orchestration.scoring.inputs import Carried, ScoringInputs

Known = dict[Period, ScoringInputs]
"""Periods that were read already in the same step: a chain of closed periods is read once."""
_CarriedKey = tuple[str, str, str, str, str]


def read_period(
    room: CloseRoom,
    con: duckdb.DuckDBPyConnection,
    period: Period,
    *,
    oldest: Period | None = None,
    known: Known | None = None,
) -> ScoringInputs:
    """What scoring reads for a period; raises `MeasurementsUnusable` as `read_inputs` does.

    What the period before left (accumulations, draws, remainders) is taken as it is known now: a closed period whose
    data changed is recomputed for it, back to `oldest` (default: the retro limit), where its own gate is green.
    """
    known = {} if known is None else known
    if period not in known:
        oldest = oldest or period.shift(-room.rules.retro_limit_periods)
        inputs = read_inputs(con, period, own_periods=room.rules.lookback_periods)
        known[period] = replace(inputs, carried=_carried_into(room, con, period, oldest, known))
    return known[period]


def score_period(
    room: CloseRoom, con: duckdb.DuckDBPyConnection, plans: Plans, period: Period, inputs: ScoringInputs
) -> Evidence:
    """Score a period, and read the source records behind the values it used."""
    result = room.score(plans, period, inputs)
    used = used_values(((row.employee_no, row.inputs) for row in result.trace), period)
    return Evidence(period, inputs, read_contributions(con, used), result)


def closed_plans(room: CloseRoom, period: Period, revision: int) -> Plans:
    """The plans a closed period was calculated with, from its close folder."""
    folder = close_folder(room.closed, str(period), revision) / "plans"
    return room.load_plans(folder, folder / CATALOGUE)


def recorded_carried(room: CloseRoom, period: Period) -> tuple[Carried, ...]:
    """What a calculated period passed on, as its close folders have it: each person's rows from the run that pays or
    holds them, and those of everybody else (a pause) from the newest revision."""
    return tuple(row for _, row in sorted(_recorded(room, period, _runs_of(room, period)).items()))


def _carried_into(
    room: CloseRoom, con: duckdb.DuckDBPyConnection, period: Period, oldest: Period, known: Known
) -> tuple[Carried, ...]:
    before = period.shift(-1)
    runs = _runs_of(room, before)
    found = _recorded(room, before, runs)
    is_waiting = any(run.held for run in runs)
    if before >= oldest and (found or is_waiting) and any(run.is_locked for run in runs):
        found = _as_known_now(room, con, before, runs, found, oldest, known)
    return tuple(found[key] for key in sorted(found))


def _runs_of(room: CloseRoom, period: Period) -> list[Run]:
    with room.ledger.read() as connection:
        return [run for key in run_keys(connection, str(period)) if (run := read_run(connection, key))]


def _recorded(room: CloseRoom, period: Period, runs: Iterable[Run]) -> dict[_CarriedKey, Carried]:
    found: dict[_CarriedKey, Carried] = {}
    by_revision = sorted(runs, key=lambda run: (run.revision, run.key))
    everybody = {person for run in by_revision for person in _people(run)}
    for run in by_revision:
        people, is_newest = _people(run), run is by_revision[-1]
        for row in read_rows(close_folder(room.closed, str(period), run.revision), "carried"):
            if row["employee_no"] in people or (is_newest and row["employee_no"] not in everybody):
                carried = Carried(**{**row, "amount": Fraction(row["amount"])})
                found[_key(carried)] = carried
    return found


def _as_known_now(
    room: CloseRoom,
    con: duckdb.DuckDBPyConnection,
    period: Period,
    runs: list[Run],
    recorded: dict[_CarriedKey, Carried],
    oldest: Period,
    known: Known,
) -> dict[_CarriedKey, Carried]:
    """The recorded rows, replaced for everybody whom a recomputation of the closed period pays."""
    try:
        inputs = read_period(room, con, period, oldest=oldest, known=known)
        now = measurement_hash(inputs)
        with room.ledger.read() as connection:
            locked = [run for run in runs if run.is_locked]
            paid_from = {read_calculation(connection, str(period), run.revision).measurement_hash for run in locked}
            if paid_from == {now}:
                return recorded
            require_green_gate(connection, str(period), now)
    except (MeasurementsUnusable, GateNotGreen):
        return recorded
    result = room.score(closed_plans(room, period, max(run.revision for run in locked)), period, inputs)
    held = {part.employee_no for part in result.components if part.held_reason}
    anew = {(part.employee_no, part.plan_id) for part in result.components if part.employee_no not in held}
    kept = {key: row for key, row in recorded.items() if key[:2] not in anew}
    return kept | {_key(row): row for row in result.carried if (row.employee_no, row.plan_id) in anew}


def _people(run: Run) -> set[str]:
    return {line.employee_no for line in run.lines} | {row.employee_no for row in run.held}


def _key(row: Carried) -> _CarriedKey:
    return row.employee_no, row.plan_id, row.component, row.kind, row.period
