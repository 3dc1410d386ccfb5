"""Where a company's closes live and by which rules they run: what every step of a close is handed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.payout.close_folder import Plans
from orchestration.payout.exports import Outputs
from orchestration.payout.ledger import Ledger
from orchestration.payout.rules import CloseRules
from orchestration.periods import Period
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.results import ScoringResult


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """`closed` and `payouts` are folders; `score` is the pure scoring function (plans, period, inputs) -> result;
    `load_plans` (folder, catalogue file) reads
    the plans back from a close folder, for corrections by the rules of their time. `outputs`: the files beside
    payout.csv."""

    ledger: Ledger
    closed: Path
    payouts: Path
    rules: CloseRules
    timezone: str
    score: Callable[[Any, Period, ScoringInputs], ScoringResult]
    load_plans: Callable[[Path, Path], Plans]
    outputs: Outputs = field(default_factory=Outputs)


def settlement_of(room: CloseRoom) -> dict[str, str]:
    """What a calculation is settled by beside plans and evidence: rules, and layouts that may hold a line."""
    return {**room.rules.settlement, **room.outputs.settlement}
