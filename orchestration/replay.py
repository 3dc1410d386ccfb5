"""Closed periods once more: under another plan, or with their pilots counted. Close folders are only read."""

from orchestration.payout.close_folder import CATALOGUE, close_folder, read_closed_inputs, verify_close_folder
from orchestration.payout.errors import PayoutRefused
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import read_calculation, read_run, run_keys
from orchestration.periods import Period
from orchestration.plans import PlanBundle, load_bundle
from orchestration.plans.model import Plan
from orchestration.plans.single import with_plan
from orchestration.scoring.engine import score
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.pilots import PilotPayout, compare_pilots
from orchestration.scoring.simulate import PastPeriod


def period_range(text: str) -> list[Period]:
    """`2026-01..2026-10`, or one period; raises `ValueError` when the ends do not fit together."""
    first_text, _, last_text = text.partition("..")
    first = Period.parse(first_text.strip())
    last = Period.parse((last_text or first_text).strip())
    if first.cadence != last.cadence or last < first:
        raise ValueError(f"{text!r} is no range of periods; write 2026-01..2026-10, both of one length, earlier first")
    periods = [first]
    while periods[-1] != last:
        periods.append(periods[-1].shift(1))
    return periods


def past_periods(room: CloseRoom, periods: list[Period], source: PlanBundle, plan: Plan) -> list[PastPeriod]:
    """The periods as they were calculated last, each with its own plans and the same with `plan` in place.

    Raises `PayoutRefused` for a period without a calculation, `VerificationFailed` when its evidence was changed.
    """
    return [_past(room, period, source, plan) for period in periods]


def closed_period(room: CloseRoom, period: Period) -> tuple[PlanBundle, ScoringInputs]:
    """Plans and inputs of a period as it was calculated last, out of its close folder.

    Raises `PayoutRefused` for a period without a calculation, `VerificationFailed` when its evidence was changed.
    """
    with room.ledger.read() as connection:
        runs = [run for key in run_keys(connection, str(period)) if (run := read_run(connection, key))]
        if not runs:
            raise PayoutRefused(
                f"{period} was never calculated, there is nothing to replay; name closed periods, or run "
                f"incentives close {period} first"
            )
        revision = max(run.revision for run in runs)
        expected = read_calculation(connection, str(period), revision).close_folder_sha256
    folder = close_folder(room.closed, str(period), revision)
    verify_close_folder(folder, expected)
    return load_bundle(folder / "plans", folder / "plans" / CATALOGUE), read_closed_inputs(folder)


def pilots_of(room: CloseRoom, period: Period) -> tuple[PilotPayout, ...]:
    """What everybody of a pilot's cohort was paid in a period, and would have been paid had the pilot counted (F187).

    The report is calculated from the evidence of the close and never enters the ledger.
    """
    plans, inputs = closed_period(room, period)
    return compare_pilots(score(plans, period, inputs), score(plans, period, inputs, pilots_count=True), plans.plans)


def _past(room: CloseRoom, period: Period, source: PlanBundle, plan: Plan) -> PastPeriod:
    before, inputs = closed_period(room, period)
    return PastPeriod(period, inputs, before, with_plan(before, source, plan, period.start))
