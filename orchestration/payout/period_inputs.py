"""All inputs of one period, the warehouse's and what the close before left to it; and its scoring with evidence."""

from dataclasses import replace
from fractions import Fraction

import duckdb

from orchestration.payout.close_folder import Evidence, Plans, close_folder, read_rows
from orchestration.payout.measurements import read_contributions, read_inputs
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import read_run, run_keys
from orchestration.payout.used_values import used_values
from orchestration.periods import Period
from orchestration.scoring.inputs import Carried, ScoringInputs


def read_period(room: CloseRoom, con: duckdb.DuckDBPyConnection, period: Period) -> ScoringInputs:
    """What scoring reads for a period; raises `MeasurementsUnusable` as `read_inputs` does."""
    inputs = read_inputs(con, period, own_periods=room.rules.lookback_periods)
    return replace(inputs, carried=_carried_into(room, period))


def score_period(
    room: CloseRoom, con: duckdb.DuckDBPyConnection, plans: Plans, period: Period, inputs: ScoringInputs
) -> Evidence:
    """Score a period, and read the source records behind the values it used."""
    result = room.score(plans, period, inputs)
    used = used_values(((row.employee_no, row.inputs) for row in result.trace), period)
    return Evidence(period, inputs, read_contributions(con, used), result)


def _carried_into(room: CloseRoom, period: Period) -> tuple[Carried, ...]:
    """Accumulations, draws and capped remainders of the period before, each person's from the run that has them."""
    before = str(period.shift(-1))
    found: dict[tuple[str, str, str, str], Carried] = {}
    with room.ledger.read() as connection:
        runs = [read_run(connection, key) for key in run_keys(connection, before)]
    for run in runs:
        if run is None:
            continue
        people = {line.employee_no for line in run.lines} | {row.employee_no for row in run.held}
        for row in read_rows(close_folder(room.closed, before, run.revision), "carried"):
            if row["employee_no"] in people:
                carried = Carried(**{**row, "amount": Fraction(row["amount"])})
                found[carried.employee_no, carried.plan_id, carried.component, carried.kind] = carried
    return tuple(found[key] for key in sorted(found))
