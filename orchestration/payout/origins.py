"""Closed periods whose data changed after approval: found by their measurement hash, within the retro limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb

from orchestration.payout.errors import MeasurementsUnusable
from orchestration.payout.holds import read_holds
from orchestration.payout.measurements import measurement_hash
from orchestration.payout.period_inputs import read_period
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import Run, read_calculation
from orchestration.periods import MONTHS, Period
from orchestration.scoring.inputs import ScoringInputs


@dataclass(frozen=True, slots=True)
class Origin:
    """A closed period as the warehouse holds it now. `fault` says why it cannot be read (then `inputs` is None);
    `plans_revision` is the approved revision by whose plans it is recomputed."""

    period: Period
    inputs: ScoringInputs | None
    measurement_hash: str
    plans_revision: int
    settled_groups: frozenset[str]
    fault: str = ""


def changed_origins(
    room: CloseRoom, con: duckdb.DuckDBPyConnection, period: Period, approved: Sequence[Run]
) -> Iterator[Origin]:
    """The closed periods before `period`, oldest first, that were changed, corrected or held back by somebody since
    their approval. What an older one leaves to the next is taken as known now."""
    oldest, known = period.shift(-room.rules.retro_limit_periods), {}
    with room.ledger.read() as connection:
        touched = {each.period for each in read_holds(connection)}
    for origin in _within_limit(period, approved, oldest):
        runs = [run for run in approved if run.key.period == str(origin)]
        revision = max(run.revision for run in runs)
        groups = frozenset(run.key.pay_group for run in runs)
        with room.ledger.read() as connection:
            paid_from = {read_calculation(connection, str(origin), run.revision).measurement_hash for run in runs}
        corrected = any(
            line.origin_period == str(origin) and line.kind == "adjustment" for run in approved for line in run.lines
        )
        try:
            inputs = read_period(room, con, origin, oldest=oldest, known=known)
        except MeasurementsUnusable as error:
            yield Origin(origin, None, "", revision, groups, str(error))
            continue
        now = measurement_hash(inputs)
        if corrected or paid_from != {now} or str(origin) in touched:
            yield Origin(origin, inputs, now, revision, groups)


def _within_limit(period: Period, approved: Sequence[Run], oldest: Period) -> list[Period]:
    closed = {Period.parse(run.key.period) for run in approved}
    return sorted(origin for origin in closed if _fits(origin, period) and oldest <= origin < period)


def _fits(origin: Period, period: Period) -> bool:
    return MONTHS[origin.cadence] == MONTHS[period.cadence]
