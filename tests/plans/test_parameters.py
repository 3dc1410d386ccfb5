"""Dated figures: the value on a date, before the first one, after the end."""

from datetime import date
from fractions import Fraction

import pytest

from orchestration.plans.errors import Problems
from orchestration.plans.parameters import Parameter, ParameterError, read_parameters

TEXT = """\
rate:
  name: {zh: 比例, en: Rate}
  unit: ratio
  reference: F033
  values:
    2026-01-01: 10%
    2026-07-01: {value: 12.5%, reference: minutes 12}
    2027-01-01: null
"""


@pytest.fixture
def rate() -> Parameter:
    problems = Problems()
    (parameter,) = read_parameters(TEXT, "rules.yaml", problems)
    problems.raise_if_any()
    return parameter


@pytest.mark.parametrize(
    ("day", "value"),
    [("2026-01-01", "1/10"), ("2026-06-30", "1/10"), ("2026-07-01", "1/8"), ("2026-12-31", "1/8")],
)
def test_a_value_holds_from_its_date_until_the_next(rate: Parameter, day: str, value: str) -> None:
    assert rate.at(date.fromisoformat(day)).value == Fraction(value)


def test_before_the_first_value_is_an_error_and_not_zero(rate: Parameter) -> None:
    with pytest.raises(ParameterError, match="rate has no value on 2025-12-31, its first one holds from 2026-01-01"):
        rate.at(date(2025, 12, 31))


def test_after_the_end_is_an_error(rate: Parameter) -> None:
    with pytest.raises(ParameterError, match="rate ended on 2027-01-01"):
        rate.at(date(2027, 1, 1))


def test_an_explanation_quotes_value_date_and_reference(rate: Parameter) -> None:
    assert rate.cite(date(2026, 8, 1)) == "rate@2026-07-01=12.5% (minutes 12)"


def test_a_percentage_needs_a_ratio() -> None:
    problems = Problems()
    read_parameters(TEXT.replace("unit: ratio", "unit: points"), "rules.yaml", problems)
    assert "10% is a ratio, the unit of this parameter is points" in str(problems.findings[0])
