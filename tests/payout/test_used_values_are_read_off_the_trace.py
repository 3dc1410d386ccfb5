from datetime import date

import pytest

from orchestration.payout.used_values import used_values, window_of
from orchestration.periods import Period

OCTOBER = Period.parse("2026-10")


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2026-10", "2026-10-01", "2026-11-01"),
        ("2026-Q3", "2026-07-01", "2026-10-01"),
        ("2026-08..2026-10", "2026-08-01", "2026-11-01"),
        ("2026-10/2025-10", "2025-10-01", "2026-11-01"),
        ("2026-10-16..2026-10-31", "2026-10-16", "2026-11-01"),
    ],
)
def test_every_spelling_of_a_period_gives_its_days(label: str, start: str, end: str):
    assert window_of(label) == (date.fromisoformat(start), date.fromisoformat(end))


def test_values_are_named_once_and_only_where_there_was_one():
    named = {"metric_id": "win_rate", "period": "2026-Q3", "state": "ok"}
    rows = [("E1", named), ("E1", named), ("E1", {"text": "5 * 2"}), ("E2", {**named, "state": "missing"})]
    assert [(each.metric_id, each.subject_id) for each in used_values(rows, OCTOBER)] == [("win_rate", "E1")]


def test_a_departments_value_is_the_departments():
    rows = [("E1", {"metric_id": "win_rate", "grain": "department", "subject": "D-SAL", "state": "ok"})]
    (value,) = used_values(rows, OCTOBER)
    assert (value.grain, value.subject_id, value.start) == ("department", "D-SAL", OCTOBER.start)
