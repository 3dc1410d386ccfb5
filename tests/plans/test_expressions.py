"""The expression language: exact, typed, three-valued, and nothing to break out with."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.plans.expression import Observation, Unavailable, check, evaluate, parse
from orchestration.plans.expression.evaluate import Value
from orchestration.plans.expression.parser import ExpressionError


def value(text: str, **values: Value) -> Value:
    def value_of(name: str) -> Value:
        found = values[name]
        if isinstance(found, Unavailable):
            raise found
        return found

    return evaluate(parse(text), value_of)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2", "3/10"),
        ("30%", "3/10"),
        ("1 / 3 * 3", "1"),
        ("2 - 3 - 4", "-5"),
        ("2 * -3", "-6"),
        ("mean(1, 2, 6)", "3"),
        ("clamp(130, 0, 120)", "120"),
        ("round(2.345, 2)", "2.35"),
        ("round(-2.345, 2)", "-2.35"),
        ("max(1, min(5, 3))", "3"),
        ("10_000 * 2", "20000"),
    ],
)
def test_arithmetic_is_exact(text: str, expected: str) -> None:
    assert value(text) == Fraction(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 < 2 and not 2 < 1", True),
        ("1 > 2 or 2 >= 2", True),
        ("(1 > 2 or 2 > 1) and 3 != 3", False),
        ("status = 'confirmed'", True),
        ('status == "open"', False),
    ],
)
def test_conditions_follow_their_words(text: str, *, expected: bool) -> None:
    assert value(text, status="confirmed") is expected


MISSING = Unavailable("x", "missing", "late")
NONE = Unavailable("y", "not_applicable")


def test_a_missing_value_does_not_decide_what_is_decided_without_it() -> None:
    assert value("x > 1 and 2 < 1", x=MISSING) is False  # type: ignore[arg-type]
    assert value("x > 1 or 2 > 1", x=MISSING) is True  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["x > 1 and 2 > 1", "x > 1 or 2 < 1", "x + 1 > 0", "not x > 1", "y > 1 and x > 1"])
def test_a_missing_value_is_never_zero_and_stronger_than_one_that_does_not_apply(text: str) -> None:
    with pytest.raises(Unavailable) as caught:
        value(text, x=MISSING, y=NONE)  # type: ignore[arg-type]
    assert caught.value.state == "missing"


def test_coalesce_takes_the_first_that_applies_and_still_waits_for_a_missing_one() -> None:
    assert value("coalesce(y, 5)", y=NONE) == 5  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        value("coalesce(x, 5)", x=MISSING)  # type: ignore[arg-type]


def test_division_by_zero_does_not_apply() -> None:
    with pytest.raises(Unavailable, match="division by zero"):
        value("1 / x", x=Fraction(0))


def test_every_comparison_is_observed_also_behind_a_decided_one() -> None:
    seen: list[Observation] = []
    evaluate(parse("1 > 2 and 3 > 2"), lambda name: Fraction(0), seen)
    assert [(item.comparison.text, item.passed) for item in seen] == [("1 > 2", False), ("3 > 2", True)]


UNITS = {"rate": "ratio", "score": "points", "base": "currency", "pieces": "count", "late": "hours", "status": "text"}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("rate * 2", "ratio"),
        ("base * score / 100", "currency"),
        ("base * (rate - 120%) * 50%", "currency"),
        ("base / base", "ratio"),
        ("pieces * base", "currency"),
        ("rate >= 0.8", "boolean"),
        ("rate * 100 + score * 0", "error"),
        ("score + rate", "error"),
        ("base + pieces", "error"),
        ("late < 24 and rate", "error"),
        ("score * score", "error"),
        ("100 / base", "error"),
        ("status = 1", "error"),
        ("status < 'a'", "error"),
        ("open('x')", "error"),
        ("min()", "error"),
        ("unknown > 1", "error"),
    ],
)
def test_units_are_checked_before_anything_runs(text: str, unit: str) -> None:
    if unit == "error":
        with pytest.raises(ExpressionError):
            check(parse(text), UNITS.get)  # type: ignore[arg-type]
    else:
        assert check(parse(text), UNITS.get) == unit  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "(1", "1)", "a..b", "a[0]", "lambda: 1", "1; 2", "x if y", "__import__", "'open", "1 2", "@x", "=1"],
)
def test_what_is_no_expression_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(ExpressionError):
        check(parse(text), {}.get)


def test_deep_nesting_is_refused_instead_of_breaking_the_reader() -> None:
    with pytest.raises(ExpressionError, match="nested too deeply"):
        parse("(" * 500 + "1" + ")" * 500)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        parse(text)
    except ExpressionError as error:
        assert str(error)  # noqa: PT017


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(1, 1000))
def test_expressions_agree_with_exact_fractions(a: int, b: int, c: int) -> None:
    text = f"({a} - ({b})) / {c} + {a} * ({b})"
    assert value(text) == Fraction(a - b, c) + a * b
