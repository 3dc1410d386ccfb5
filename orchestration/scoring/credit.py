"""Who a deal or lead is credited to: exclusive shares are the whole deal, overlay shares come on top (F109, F179).

Overlay credit (a manager, pre-sales) counts for the person's own attainment and stays out of company totals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from orchestration.scoring.errors import InputError

UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One person's share of one record, in percent."""

    employee_no: str
    group: Literal["exclusive", "overlay"]
    share_percent: Fraction


def split_amount(rows: Iterable[CreditRow], amount: Fraction) -> dict[str, Fraction]:
    """Exclusive shares of an amount; what nobody owns goes to `unassigned`, so that the parts are the whole.

    Raises `InputError` when the exclusive shares exceed 100 % or one is not positive.
    """
    parts: dict[str, Fraction] = {}
    total = Fraction(0)
    for row in rows:
        if row.share_percent <= 0:
            raise InputError(f"the share of {row.employee_no} is {row.share_percent} %; shares are positive")
        if row.group == "exclusive":
            total += row.share_percent
            parts[row.employee_no] = parts.get(row.employee_no, Fraction(0)) + amount * row.share_percent / 100
    if total > 100:
        raise InputError(f"exclusive shares add up to {total} %, at most 100 % can be given away; correct the owners")
    if total < 100:
        parts[UNASSIGNED] = amount * (100 - total) / 100
    return parts


def overlay_amounts(rows: Iterable[CreditRow], amount: Fraction) -> dict[str, Fraction]:
    """Overlay shares of an amount; they may exceed 100 % together."""
    parts: dict[str, Fraction] = {}
    for row in rows:
        if row.group == "overlay":
            parts[row.employee_no] = parts.get(row.employee_no, Fraction(0)) + amount * row.share_percent / 100
    return parts
