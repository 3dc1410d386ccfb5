"""One person scored again from the same evidence: targets, curves and "what if" come from the engine, not from copies.

The rerun must give the recorded steps exactly; where it does not (another engine wrote them), a statement shows the
recorded steps alone and computes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from orchestration.payout.lines import build_lines
from orchestration.scoring.context import SegmentContext
from orchestration.scoring.engine import score
from orchestration.scoring.inputs import Measurement
from orchestration.scoring.pay import pay_person
from orchestration.scoring.people import score_person
from orchestration.scoring.ranks import rank_people
from orchestration.scoring.results import TraceRow
from orchestration.scoring.run import index_run
from orchestration.scoring.segments import people_of
from orchestration.statements.evidence import PersonEvidence


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person would have: total score of each segment by its node (held ones are absent), points of each metric
    by its node, and the fen of the period's own lines (None: something is held)."""

    totals: dict[str, Fraction]
    points: dict[str, Fraction]
    values: dict[str, Fraction]
    fen: int | None


def live_contexts(evidence: PersonEvidence) -> list[SegmentContext]:
    """The person's segments with everything scored, or nothing where the engine no longer gives the recorded steps."""
    run = index_run(evidence.bundle, evidence.period, evidence.inputs)
    people = people_of(evidence.bundle, evidence.period, evidence.inputs.assignments, evidence.inputs.absences)
    run.ranks = rank_people(run, people)
    person = next((one for one in people if one.employee_no == evidence.employee_no), None)
    if person is None:
        return []
    scored = score_person(run, person)
    if not _agrees(scored.trace.rows, evidence.trace):
        return []
    pay_person(scored, {})  # gives every segment its base
    return scored.contexts


def outcome(evidence: PersonEvidence, changed: dict[Measurement, Decimal]) -> Outcome:
    """Score the person with other numerators of some measurements; an empty change is the recorded outcome."""
    rows = tuple(
        replace(row, numerator=changed[row]) if row in changed else row for row in evidence.inputs.measurements
    )
    result = score(evidence.bundle, evidence.period, replace(evidence.inputs, measurements=rows))
    mine = [row for row in result.trace if row.employee_no == evidence.employee_no and row.value is not None]
    components = [part for part in result.components if part.employee_no == evidence.employee_no]
    fen = None
    if not any(part.held_reason for part in components):
        lines, _ = build_lines(components, period=str(evidence.period), run_no=1, pay_month="", departments={})
        fen = sum(line.amount_fen for line in lines)
    return Outcome(
        totals={row.node.partition("/")[0]: row.value or Fraction(0) for row in mine if row.node.endswith("/score")},
        points={
            row.node: row.value or Fraction(0) for row in mine if row.node.count("/") == 2 and "/metric/" in row.node
        },
        values={row.node: row.value or Fraction(0) for row in mine if row.step == 2},
        fen=fen,
    )


def _agrees(live: Sequence[TraceRow], recorded: Sequence[TraceRow]) -> bool:
    told = {row.node: (row.value, row.passed) for row in recorded}
    return bool(told) and all(told.get(row.node, ()) == (row.value, row.passed) for row in live)
