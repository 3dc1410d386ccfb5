"""Promotion material: what is handed out each day and what lies in stock."""

from datetime import date
from random import Random

from connectors.sandbox.company.chance import chance, whole
from connectors.sandbox.company.clock import HISTORY_START, day_of, day_start
from connectors.sandbox.company.entities import MaterialIssue, OrderLine
from connectors.sandbox.company.ids import erp_id
from connectors.sandbox.company.people import Roster, pick
from connectors.sandbox.company.vocabulary import PROMO_MATERIALS, STOCKS

_OPENING, _MONTHLY = 12_000, 700
"""Pieces of each material at the start and delivered on the first of a month, at scale 1."""


def issues_of_day(seed: int, scale: float, day: date, roster: Roster) -> list[MaterialIssue]:
    """Material issues of a working day; marketing people apply for them."""
    rng = chance(seed, "material", day)
    if day.weekday() >= 5:
        return []
    return [_issue(rng, day, number, roster) for number in range(whole(rng, 3 * scale))]


def _issue(rng: Random, day: date, number: int, roster: Roster) -> MaterialIssue:
    issue_id = erp_id(day, number)
    at = day_start(day) + int(rng.uniform(9, 17) * 3600)
    lines = []
    for index, (material, _, price) in enumerate(rng.sample(PROMO_MATERIALS, rng.randint(1, 2))):
        quantity = rng.randint(5, 60)
        lines.append(OrderLine(issue_id * 10 + index + 1, material, quantity, quantity * price * 100))
    applicant = pick(rng, roster.on(rng.choice(("P-BRD", "P-LEAD")), day)).employee_no
    return MaterialIssue(issue_id, f"QTCK{issue_id:010d}", day, applicant, tuple(lines), at + 3600, (at, at + 3600))


def stock(scale: float, issues: list[MaterialIssue], ts: int) -> dict[tuple[str, str], int]:
    """Pieces in stock at an instant: opening + monthly deliveries - approved issues, by material and warehouse."""
    today = day_of(ts)
    months = (today.year - HISTORY_START.year) * 12 + today.month - HISTORY_START.month
    held = {
        (material, place): int((_OPENING + _MONTHLY * months) * max(scale, 0.05) / len(STOCKS))
        for material, _, _ in PROMO_MATERIALS
        for place in STOCKS
    }
    for issue in issues:
        if issue.approved <= ts:
            for line in issue.lines:
                held[line.material, STOCKS[line.entry_id % len(STOCKS)]] -= line.quantity
    return held
