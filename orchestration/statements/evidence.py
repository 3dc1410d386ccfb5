"""What a statement is made of: one person's part of a period's evidence, whether it is closed, a draft or still open.

Calculated periods are read from their close folders and the ledger's list of runs alone; an open one from what the
night measured. Names of people are in neither, so no statement has any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from orchestration.payout.lines import HeldLine, PayoutLine, RunKey
from orchestration.periods import Period
from orchestration.plans import PlanBundle
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.results import PayComponent, Score, TraceRow
from orchestration.statements.folder_rows import (
    Folders,
    closed_components,
    closed_held,
    closed_lines,
    closed_scores,
    closed_trace,
)
from orchestration.statements.own_inputs import compares_people
from orchestration.statements.past import PastPeriod, Recomputed, first_of_origins, recomputed, trend_of
from orchestration.statements.runs import RunHead

Stand = Literal["final", "draft", "open"]
"""final: approved; draft: calculated, not approved; open: the period still runs or was not calculated yet."""


@dataclass(frozen=True, slots=True)
class PersonEvidence:
    """Everything a statement needs. `inputs` are the person's and the groups', or everybody's where a rule compares
    people (`is_everybody`). `lines` carry their ids where the ledger has them."""

    period: Period
    employee_no: str
    stand: Stand
    bundle: PlanBundle
    inputs: ScoringInputs
    is_everybody: bool
    trace: tuple[TraceRow, ...]
    scores: tuple[Score, ...]
    components: tuple[PayComponent, ...]
    lines: tuple[PayoutLine, ...] = ()
    held: tuple[HeldLine, ...] = ()
    past: tuple[PastPeriod, ...] = ()
    origins: tuple[Recomputed, ...] = ()
    measured_on: str = ""


def closed_person(
    folders: Folders,
    period: Period,
    employee_no: str,
    heads: Sequence[RunHead],
    earlier: Sequence[tuple[RunKey, int]],
) -> PersonEvidence | None:
    """One person's evidence of a calculated period; None when no run of it pays or holds them.

    The plans, inputs and steps are those of the person's latest run.
    """
    lines: list[PayoutLine] = []
    held: list[HeldLine] = []
    mine: list[RunHead] = []
    for revision in sorted({head.revision for head in heads}):
        folder = folders.at(str(period), revision)
        of_folder = [head for head in heads if head.revision == revision]
        own, waiting = closed_lines(folder, of_folder, employee_no), closed_held(folder, of_folder, employee_no)
        lines += own
        held += waiting
        groups = {line.run.pay_group for line in own} | {row.pay_group for row in waiting}
        mine += [head for head in of_folder if head.key.pay_group in groups]
    if not mine:
        return None
    folder = folders.at(str(period), max(head.revision for head in mine))
    everybody = compares_people(folder.bundle)
    return PersonEvidence(
        period=period,
        employee_no=employee_no,
        stand="final" if all(head.is_final for head in mine) else "draft",
        bundle=folder.bundle,
        inputs=folder.everything if everybody else folder.inputs(employee_no),
        is_everybody=everybody,
        trace=closed_trace(folder, employee_no),
        scores=closed_scores(folder, employee_no),
        components=closed_components(folder, employee_no),
        lines=tuple(lines),
        held=tuple(held),
        past=trend_of(folders, period, earlier, employee_no),
        origins=tuple(recomputed(folders, folder, line, employee_no, earlier) for line in first_of_origins(lines)),
    )
