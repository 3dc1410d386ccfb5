"""The one place where an amount becomes fen: half away from zero, once per payout line (plan language §1.9).

Exact values come in (`Fraction`, `Decimal`, `int`, all in yuan); integers of fen (1/100 yuan) go out. A float is
refused, because by then the exact amount is already lost.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

FEN_PER_YUAN = 100


def round_fen(yuan: Fraction | Decimal | int) -> int:
    """Fen of an exact amount in yuan, half away from zero.

    >>> round_fen(Decimal("2.345")), round_fen(Decimal("-2.345"))
    (235, -235)
    """
    if isinstance(yuan, bool) or not isinstance(yuan, Fraction | Decimal | int):
        raise TypeError(f"money is exact: got {type(yuan).__name__}, expected Fraction, Decimal or int")
    exact = Fraction(yuan) * FEN_PER_YUAN
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return magnitude if exact >= 0 else -magnitude


def allocate(total_fen: int, weights: Mapping[str, Fraction | Decimal | int]) -> dict[str, int]:
    """Split an amount of fen in proportion to weights so that the parts add up to it: largest remainder.

    Equal remainders go to the lowest id. A negative total is split as its magnitude and turned round, so that a
    refund mirrors the payment. Raises `ValueError` for negative weights or when there is something to split and no
    weight.
    """
    shares = {key: Fraction(weight) for key, weight in weights.items()}
    if any(share < 0 for share in shares.values()):
        raise ValueError("weights of an allocation must not be negative")
    whole = sum(shares.values(), Fraction(0))
    if whole == 0:
        if total_fen:
            raise ValueError(f"nothing to allocate {total_fen} fen to: all weights are zero")
        return dict.fromkeys(shares, 0)
    exact = {key: abs(total_fen) * share / whole for key, share in shares.items()}
    parts = {key: value.numerator // value.denominator for key, value in exact.items()}
    missing = abs(total_fen) - sum(parts.values())
    for key in sorted(exact, key=lambda key: (parts[key] - exact[key], key))[:missing]:
        parts[key] += 1
    return parts if total_fen >= 0 else {key: -part for key, part in parts.items()}


def round_to_total(exact: Mapping[str, Fraction]) -> dict[str, int]:
    """Fen of several amounts in yuan so that they add up to the rounded sum: largest remainder, equal ones lowest id.

    For lines that share a cap or a pool. No part is a whole fen away from its exact amount.
    """
    fen = {key: yuan * FEN_PER_YUAN for key, yuan in exact.items()}
    parts = {key: value.numerator // value.denominator for key, value in fen.items()}
    missing = round_fen(sum(exact.values(), Fraction(0))) - sum(parts.values())
    for key in sorted(fen, key=lambda key: (parts[key] - fen[key], key))[:missing]:
        parts[key] += 1
    return parts


def yuan_text(fen: int) -> str:
    """Yuan with two decimals as payroll reads it.

    >>> yuan_text(-5), yuan_text(123456)
    ('-0.05', '1234.56')
    """
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def fen_of_text(text: str) -> int:
    """Fen of an amount spelled by `yuan_text`; any other spelling raises `ValueError`."""
    whole, _, rest = text.removeprefix("-").partition(".")
    if not (whole.isdecimal() and rest.isdecimal() and whole.isascii() and rest.isascii() and len(rest) == 2):
        raise ValueError(f"{text!r} is no amount: expected yuan with two decimals, such as 1234.56")
    fen = int(whole) * FEN_PER_YUAN + int(rest)
    fen = -fen if text.startswith("-") else fen
    if yuan_text(fen) != text:
        raise ValueError(f"{text!r} is no amount: expected {yuan_text(fen)}")
    return fen
