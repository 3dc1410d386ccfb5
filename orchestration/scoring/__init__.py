"""Measurements + plans -> scores, exact pay components, explanations. Pure functions."""

from orchestration.scoring.engine import ENGINE_VERSION, score
from orchestration.scoring.errors import InputError
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.results import PayComponent, Score, ScoringResult, TraceRow

__all__ = [
    "ENGINE_VERSION",
    "InputError",
    "PayComponent",
    "Score",
    "ScoringInputs",
    "ScoringResult",
    "TraceRow",
    "score",
]
