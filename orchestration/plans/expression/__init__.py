"""The expression language of plans: exact, typed, without loops, attributes or anything to call beyond a short list."""

from orchestration.plans.expression.check import FUNCTIONS, check
from orchestration.plans.expression.evaluate import Observation, Unavailable, evaluate
from orchestration.plans.expression.parser import parse
from orchestration.plans.expression.syntax import Expression, names

__all__ = ["FUNCTIONS", "Expression", "Observation", "Unavailable", "check", "evaluate", "names", "parse"]
