"""An open period's people and their evidence: what the night measured, scored now, person by person."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import duckdb

from orchestration.payout.canonical import sha256_json
from orchestration.payout.lines import RunKey, build_lines
from orchestration.payout.measurements import measurement_hash
from orchestration.payout.period_inputs import read_period
from orchestration.payout.room import CloseRoom
from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.results import ScoringResult
from orchestration.statements.evidence import PersonEvidence
from orchestration.statements.folder_rows import Folders
from orchestration.statements.organisation import organisation_of
from orchestration.statements.own_inputs import OwnInputs, compares_people, group_metrics
from orchestration.statements.past import trend_of
from orchestration.statements.period import PeriodPeople, layout_version
from orchestration.statements.runs import earlier_runs


def open_period(
    room: CloseRoom, con: duckdb.DuckDBPyConnection, plans: PlanBundle, period: Period, measured_on: date
) -> PeriodPeople:
    """A period that nobody calculated yet, as the warehouse measures it now; `measured_on` is the business date.

    Only people who are asked for are scored, unless a rule compares them.
    """
    inputs = read_period(room, con, period)
    own, groups, everybody = OwnInputs(inputs), group_metrics(plans), compares_people(plans)
    with room.ledger.read() as connection:
        earlier = earlier_runs(connection, period, [])
    folders = Folders(room.closed, whole=True)
    common = {
        "layout": layout_version(),
        "plans": plans.content_hash,
        "earlier": [[str(run), revision] for run, revision in earlier],
        "everybody": measurement_hash(inputs) if everybody else "",
    }

    def key_of(employee_no: str) -> str:
        return sha256_json({**common, "own": measurement_hash(own.of(employee_no, groups))})

    @cache
    def whole() -> ScoringResult:
        return room.score(plans, period, inputs)

    def evidence_of(employee_no: str) -> PersonEvidence | None:
        mine = inputs if everybody else own.of(employee_no)
        result = whole() if everybody else room.score(plans, period, mine)
        return _open_person(folders, period, employee_no, plans, mine, result, earlier, measured_on, is_all=everybody)

    return PeriodPeople(
        period=period,
        employees=tuple(sorted(organisation_of(inputs.assignments, period).seats)),
        assignments=inputs.assignments,
        key_of=key_of,
        evidence_of=evidence_of,
        run_totals={},
    )


def _open_person(
    folders: Folders,
    period: Period,
    employee_no: str,
    plans: PlanBundle,
    inputs: ScoringInputs,
    result: ScoringResult,
    earlier: list[tuple[RunKey, int]],
    measured_on: date,
    *,
    is_all: bool,
) -> PersonEvidence | None:
    def mine(rows: Iterable) -> tuple:
        return tuple(row for row in rows if row.employee_no == employee_no)

    components = mine(result.components)
    if not components and not mine(result.scores):
        return None
    lines, held = build_lines(components, period=str(period), run_no=1, pay_month="", departments={})
    return PersonEvidence(
        period=period,
        employee_no=employee_no,
        stand="open",
        bundle=plans,
        inputs=inputs,
        is_everybody=is_all,
        trace=mine(result.trace),
        scores=mine(result.scores),
        components=components,
        lines=lines,
        held=held,
        past=trend_of(folders, period, earlier, employee_no),
        measured_on=measured_on.isoformat(),
    )
