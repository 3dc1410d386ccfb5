"""The explanation of one person's calculation, written while it happens: one row for every step, in both languages."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from orchestration.plans.expression import Observation
from orchestration.plans.quantities import decimal_text, percent_text, quantity_text
from orchestration.scoring.results import TraceRow

OPERATORS_ZH = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}


@dataclass(slots=True)
class Trace:
    """Collects the rows of one employee; the order of calls is the order of the explanation."""

    employee_no: str
    rows: list[TraceRow] = field(default_factory=list)
    failed_gates: int = 0

    def add(
        self,
        node: str,
        step: int,
        zh: str,
        en: str,
        *,
        parent: str = "",
        value: Fraction | None = None,
        unit: str = "",
        inputs: dict[str, Any] | None = None,
        parameter: str = "",
        passed: bool | None = None,
    ) -> None:
        """Note one step. `value` is exact, `inputs` are texts."""
        row = TraceRow(
            self.employee_no,
            len(self.rows) + 1,
            node,
            parent,
            step,
            zh,
            en,
            value,
            unit,
            inputs or {},
            parameter,
            passed,
        )
        self.rows.append(row)


def number(value: Fraction) -> str:
    """A number as explanations show it: exact, or as fraction with a reading."""
    return decimal_text(value)


def percent(value: Fraction) -> str:
    """A ratio in percent."""
    return percent_text(value)


def in_unit(value: Fraction, unit: str) -> str:
    """A number the way its unit is read."""
    return quantity_text(value, unit)


def condition_text(observation: Observation, unit: str) -> str:
    """`coverage < floor : 94.2% < 95% -> true`: the text of the plan, both values, the outcome."""
    sides = [in_unit(side, unit) if isinstance(side, Fraction) else str(side) for side in _sides(observation)]
    op = observation.comparison.op
    outcome = "true" if observation.passed else "false"
    return f"{observation.comparison.text} : {sides[0]} {op} {sides[1]} -> {outcome}"


def _sides(observation: Observation) -> tuple:
    return observation.left, observation.right
