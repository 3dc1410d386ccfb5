"""Ids: derived from the day and the number within the day, so that later days never renumber earlier ones."""

from datetime import date

from connectors.sandbox.company.clock import HISTORY_START

_MODULES = {"lead": 1, "contact": 2, "account": 3, "deal": 4, "call": 5, "timeline": 6}
PER_DAY = 100_000


def day_number(day: date) -> int:
    """Days since the history began; 0 for the first."""
    return (day - HISTORY_START).days


def crm_id(module: str, day: date, number: int, part: int = 0) -> str:
    """Nineteen digits, as the CRM's ids are (beyond 2^53 on purpose)."""
    return f"41508{_MODULES[module]:02d}{day_number(day):04d}{number:05d}{part:03d}"


def user_id(employee_no: str) -> str:
    """CRM user of an employee number; other user ids pass through."""
    return f"4150899{int(employee_no[1:]):012d}" if employee_no.startswith("E") else employee_no


def erp_id(day: date, number: int, part: int = 0) -> int:
    """Internal id of an ERP document."""
    return (day_number(day) * PER_DAY + number) * 10 + part + 100_000
