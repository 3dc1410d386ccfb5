"""Exact numbers as authors write them and as people read them."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Unit = Literal["number", "ratio", "points", "currency", "count", "hours", "text", "boolean"]

_NUMBER = re.compile(r"([+-]?)(\d[\d_]*(?:\.\d+)?|\.\d+)(?:(%)|\s*/\s*(\d[\d_]*))?")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value and its unit: `30%` is a ratio, a bare number takes the unit of what it meets."""

    value: Fraction
    unit: Unit = "number"


def parse_quantity(text: str) -> Quantity | None:
    """Read `12.5`, `10_000`, `30%`, `2/37`; None when the text is no number.

    >>> parse_quantity("94.5%").value
    Fraction(189, 200)
    """
    match = _NUMBER.fullmatch(text.strip())
    if not match:
        return None
    value = Fraction(match[2].replace("_", ""))
    if match[1] == "-":
        value = -value
    if match[3]:
        return Quantity(value / 100, "ratio")
    if match[4]:
        divisor = int(match[4].replace("_", ""))
        return Quantity(value / divisor, "number") if divisor else None
    return Quantity(value)


def decimal_text(value: Fraction, places: int = 6) -> str:
    """The number as a decimal: exact when it ends within `places`, else the fraction and a rounded reading.

    >>> decimal_text(Fraction(5, 4)), decimal_text(Fraction(1, 3))
    ('1.25', '1/3≈0.333333')
    """
    scaled = value * 10**places
    if scaled.denominator == 1:
        return _plain(int(scaled), places)
    # Half away from zero, as the payout line is rounded; this is a reading, not an amount.
    rounded = (abs(scaled.numerator) * 2 + scaled.denominator) // (2 * scaled.denominator)
    reading = _plain(rounded if value > 0 else -rounded, places)
    return f"{value.numerator}/{value.denominator}≈{reading}"


def percent_text(value: Fraction) -> str:
    """A ratio as percent: `94.9875%`, or the exact fraction with a reading where the decimals do not end.

    >>> percent_text(Fraction(19, 20)), percent_text(Fraction(1, 3))
    ('95%', '1/3≈33.3333%')
    """
    text = decimal_text(value * 100, 4)
    if "≈" not in text:
        return f"{text}%"
    return f"{value.numerator}/{value.denominator}≈{text.split('≈')[1]}%"


def quantity_text(value: Fraction, unit: str) -> str:
    """The number the way its unit is read: ratios in percent, everything else as decimals."""
    return percent_text(value) if unit == "ratio" else decimal_text(value)


def _plain(scaled: int, places: int) -> str:
    sign = "-" if scaled < 0 else ""
    digits = str(abs(scaled)).rjust(places + 1, "0")
    whole, rest = digits[:-places], digits[-places:].rstrip("0")
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"
