"""Numbers as a page shows them: thousands grouped, rounded for reading only (half away from zero), never a float."""

from fractions import Fraction

from orchestration.payout.rounding import yuan_text


def money(fen: int, *, signed: bool = False) -> str:
    """Yuan with two decimals and groups: `1,234.56`, `-0.05`; `signed` writes the plus too.

    >>> money(123456789), money(-5), money(100, signed=True)
    ('1,234,567.89', '-0.05', '+1.00')
    """
    text = yuan_text(abs(fen))
    sign = "-" if fen < 0 else "+" if signed and fen > 0 else ""
    return sign + _grouped(text)


def number(value: Fraction, places: int = 2) -> str:
    """A number with at most `places` decimals, without trailing zeros.

    >>> number(Fraction(8831, 900)), number(Fraction(1200)), number(Fraction(-1, 3), 4)
    ('9.81', '1,200', '-0.3333')
    """
    scaled = abs(value) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    digits = str(whole).rjust(places + 1, "0")
    head, tail = (digits[:-places], digits[-places:].rstrip("0")) if places else (digits, "")
    text = _grouped(f"{head}.{tail}" if tail else head)
    return f"-{text}" if value < 0 and whole else text


def signed_number(value: Fraction, places: int = 2) -> str:
    """The same with its sign: a change."""
    return f"+{number(value, places)}" if value > 0 else number(value, places)


def in_unit(value: Fraction, unit: str) -> str:
    """A value the way its unit is read; a ratio in percent with four decimals, so that 94.9999 % is not shown as 95 %.

    >>> in_unit(Fraction(379, 399), "ratio"), in_unit(Fraction(28600), "currency"), in_unit(Fraction(24), "hours")
    ('94.9875%', '28,600.00', '24')
    """
    if unit == "ratio":
        return f"{number(value * 100, 4)}%"
    if unit == "currency":
        text = number(value)
        head, _, tail = text.partition(".")
        return f"{head}.{tail.ljust(2, '0')}"
    return number(value, 4 if unit == "hours" else 2)


def _grouped(text: str) -> str:
    head, dot, tail = text.partition(".")
    groups = []
    while len(head) > 3:
        head, group = head[:-3], head[-3:]
        groups.append(group)
    return ",".join([head, *reversed(groups)]) + dot + tail
