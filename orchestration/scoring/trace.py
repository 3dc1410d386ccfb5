"""The explanation of one person's calculation, written while it happens: one row for every step, in both languages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from orchestration.plans.expression import Observation, check
from orchestration.plans.model import Names
from orchestration.plans.quantities import Unit, decimal_text, percent_text, quantity_text
from orchestration.scoring.results import TraceRow


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


def money_words(currency: str) -> tuple[str, str]:
    """What an amount is counted in, in Chinese and English."""
    return ("元", "yuan") if currency == "CNY" else (currency, currency)


def number(value: Fraction) -> str:
    """A number as explanations show it: exact, or as fraction with a reading."""
    return decimal_text(value)


def percent(value: Fraction) -> str:
    """A ratio in percent."""
    return percent_text(value)


def in_unit(value: Fraction, unit: str) -> str:
    """A number the way its unit is read."""
    return quantity_text(value, unit)


def term(value: Fraction, unit: str = "number") -> str:
    """A number inside arithmetic: a fraction that does not end stands in parentheses."""
    text = in_unit(value, unit)
    return f"({text})" if "≈" in text else text


@dataclass(frozen=True, slots=True)
class Told:
    """A condition in words: `code` has the text of the plan with the values, `zh` and `en` the names people know."""

    code: list[str]
    zh: str
    en: str


def tell(
    seen: list[Observation], unit_of: Callable[[str], Unit | None], names_of: Callable[[str], Names | None]
) -> Told:
    """Every comparison as it came out. A comparison that failed is told by what is true instead: `96% ≥ 95%`.

    The code form is `coverage < floor : 94.2% < 95% -> true`.
    """
    code, zh, en = [], [], []
    for item in seen:
        unit = check(item.comparison.left, unit_of)
        left, right = (in_unit(v, unit) if isinstance(v, Fraction) else str(v) for v in (item.left, item.right))
        op = item.comparison.op if item.passed else _OPPOSITE[item.comparison.op]
        outcome = "true" if item.passed else "false"
        code.append(f"{item.comparison.text} : {left} {item.comparison.op} {right} -> {outcome}")
        labels = names_of(item.comparison.left.text)
        zh.append(f"{labels.zh if labels else item.comparison.left.text} {left} {_SIGN.get(op, op)} {right}")
        en.append(f"{labels.en if labels else item.comparison.left.text} {left} {op} {right}")
    return Told(code, ",".join(zh), ", ".join(en))


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_SIGN = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
