from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.payout.rounding import allocate, fen_of_text, round_fen, round_to_total, yuan_text

fractions = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [("0.005", 1), ("-0.005", -1), ("0.0049", 0), ("2.345", 235), ("-2.345", -235), ("2.355", 236), ("0", 0)],
)
def test_halves_go_away_from_zero(yuan: str, fen: int):
    assert round_fen(Decimal(yuan)) == fen
    assert round_fen(Fraction(yuan)) == fen


def test_a_float_is_refused():
    with pytest.raises(TypeError, match="float"):
        round_fen(0.1)  # pyright: ignore[reportArgumentType]


@given(fractions)
def test_rounding_is_never_off_by_more_than_half_a_fen_and_mirrors_refunds(yuan: Fraction):
    assert abs(Fraction(round_fen(yuan), 100) - yuan) <= Fraction(1, 200)
    assert round_fen(-yuan) == -round_fen(yuan)


@given(
    st.integers(-(10**12), 10**12),
    st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.fractions(0, 10**6, max_denominator=999), min_size=1),
)
def test_an_allocation_adds_up_and_no_part_is_a_whole_fen_off(total: int, weights: dict[str, Fraction]):
    if not any(weights.values()):
        if total:
            with pytest.raises(ValueError, match="zero"):
                allocate(total, weights)
        return
    parts = allocate(total, weights)
    assert sum(parts.values()) == total
    whole = sum(weights.values())
    assert all(abs(parts[key] - total * weight / whole) < 1 for key, weight in weights.items())


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=4), fractions, min_size=1))
def test_lines_of_one_total_add_up_to_it_and_none_is_a_whole_fen_off(amounts: dict[str, Fraction]):
    parts = round_to_total(amounts)
    assert sum(parts.values()) == round_fen(sum(amounts.values(), Fraction(0)))
    assert all(abs(Fraction(parts[key], 100) - amount) < Fraction(1, 100) for key, amount in amounts.items())


def test_equal_remainders_go_to_the_lowest_id():
    assert allocate(100, {"b": 1, "a": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert allocate(-100, {"b": 1, "a": 1, "c": 1}) == {"a": -34, "b": -33, "c": -33}


@given(st.integers(-(10**15), 10**15))
def test_an_amount_survives_its_spelling(fen: int):
    assert fen_of_text(yuan_text(fen)) == fen


@pytest.mark.parametrize("text", ["1", "1.5", "1.234", "-0.00", "+1.00", "01.00", "1e2", "", "１.00", "=1.00"])
def test_other_spellings_of_an_amount_are_refused(text: str):
    with pytest.raises(ValueError, match="no amount"):
        fen_of_text(text)
