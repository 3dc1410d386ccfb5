"""What people write into registers: breaches, complaints, product inputs, competitor reports, courses, service scores.

Every function yields the entries that begin in one month. An `Entry` may settle later (a complaint is closed, a course
completed): until then its row carries what `before` says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from connectors.sandbox.company.chance import chance, whole
from connectors.sandbox.company.clock import DAY, HISTORY_START, day_of, day_start, iso, next_month
from connectors.sandbox.company.people import Person
from connectors.sandbox.company.vocabulary import COURSES
from connectors.sandbox.company.world import World

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it ends up, and what it shows before it settles."""

    row: Row
    settles: int | None = None
    before: Row = field(default_factory=dict)

    def shown_at(self, ts: int) -> Row:
        return self.row if self.settles is None or self.settles <= ts else {**self.row, **self.before}


def policy_breaches(world: World, month: date) -> Iterator[Entry]:
    for rng, person, days in _people(world, "breach", month):
        seller = person.placement(days[0]).position in {"P-REP", "P-CARE"}
        for kind, rate in (
            ("price_policy_breach", 0.03 if seller else 0.004),
            ("contract_breach", 0.012 if seller else 0.002),
        ):
            if rng.random() >= rate:
                continue
            on = rng.choice(days)
            confirmed = on + timedelta(days=rng.randint(1, 3))
            due, dismissed = confirmed + timedelta(days=14), rng.random() < 0.12
            rectified = (
                confirmed + timedelta(days=rng.randint(3, 13)) if rng.random() < 0.93 and not dismissed else None
            )
            settles = day_start(rectified) + DAY if rectified else None
            row = {
                "breach_id": f"PB-{on:%Y%m%d}-{person.employee_no}-{kind[0]}",
                "employee_no": person.employee_no,
                "breach_type": kind,
                "occurred_on": f"{on}",
                "confirmed_on": f"{confirmed}",
                "status": "dismissed" if dismissed else "confirmed",
                "rectify_due_on": f"{due}",
                "rectified_on": f"{rectified or ''}",
            }
            yield Entry(row, settles, {"rectified_on": ""})


def complaints(world: World, month: date) -> Iterator[Entry]:
    customers = [c.number for c in world.customers if c.events[0] < day_start(month)]
    for rng, person, days in _people(world, "complaint", month):
        rate = {"P-CARE": 2.2, "P-REP": 0.5}.get(person.placement(days[0]).position, 0.0) * len(days) / 22
        for number in range(whole(rng, rate)):
            received = day_start(rng.choice(days)) + int(rng.uniform(9, 18) * 3600)
            due, draw = received + 2 * DAY, rng.random()
            closed = received + int(rng.uniform(0.05, 1.9) * DAY) if draw < 0.95 else due + DAY if draw < 0.99 else None
            row = {
                "complaint_id": f"CP-{day_of(received):%Y%m%d}-{person.employee_no}-{number}",
                "employee_no": person.employee_no,
                "customer_no": rng.choice(customers) if customers else "",
                "received_at": iso(received),
                "due_at": iso(due),
                "closed_at": iso(closed) if closed else "",
            }
            yield Entry(row, closed, {"closed_at": ""})


def product_inputs(world: World, month: date) -> Iterator[Entry]:
    for rng, person, days in _people(world, "input", month):
        share = rng.uniform(0.52, 0.82)
        for number in range(max(1, round(rng.randint(9, 13) * len(days) / 22))):
            on = rng.choice(days)
            decided = on + timedelta(days=rng.randint(2, 9))
            decision = "adopted" if rng.random() < share else "rejected"
            row = {
                "input_id": f"PI-{month:%Y%m}-{person.employee_no}-{number:02d}",
                "employee_no": person.employee_no,
                "submitted_on": f"{on}",
                "decision": decision,
                "decided_on": f"{decided}",
            }
            yield Entry(row, day_start(decided) + 18 * 3600, {"decision": "pending", "decided_on": ""})


def competitor_reports(world: World, month: date) -> Iterator[Entry]:
    for rng, person, days in _people(world, "competitor", month):
        marketing = person.placement(days[0]).position in {"P-BRD", "P-LEAD", "P-LEADM"}
        for number in range(whole(rng, 1.6 if marketing else 0.7)):
            found = day_start(rng.choice(days)) + int(rng.uniform(9, 18) * 3600)
            late = rng.random() < 0.08
            sent = found + (DAY if late else 0) + int(rng.uniform(0.5, 23.5) * 3600)
            row = {
                "report_id": f"CR-{month:%Y%m}-{person.employee_no}-{number}",
                "employee_no": person.employee_no,
                "discovered_at": iso(found),
                "submitted_at": iso(sent),
                **{
                    part: _flag(rng.random() < 0.97)
                    for part in ("has_features", "has_users", "has_impact", "has_advice")
                },
                "quality_score": str(rng.randint(68, 98)),
            }
            yield Entry(row)


def training_results(world: World, month: date) -> Iterator[Entry]:
    """Courses are booked in the month of joining (or the first of the history) and taken within six weeks."""
    for rng, person, days in _people(world, "training", month):
        if max(person.hired, HISTORY_START) < month:
            continue
        for course, name in COURSES:
            done = days[0] + timedelta(days=rng.randint(4, 40))
            score, misses = min(100, round(rng.gauss(86, 6))), rng.random() < 0.06
            passed = score >= 60 and not misses
            row = {
                "employee_no": person.employee_no,
                "course_id": course,
                "course_name": name,
                "completed_on": "" if misses else f"{done}",
                "passed_on": f"{done}" if passed else "",
                "exam_score": "" if misses else str(score),
                "exam_on": "" if misses else f"{done}",
            }
            blank: Row = dict.fromkeys(("completed_on", "passed_on", "exam_score", "exam_on"), "")
            yield Entry(row, None if misses else day_start(done) + 18 * 3600, blank)


def service_scores(world: World, month: date) -> Iterator[Entry]:
    for rng, person, days in _people(world, "service", month):
        rate = {"P-CARE": 12.0, "P-REP": 5.0}.get(person.placement(days[0]).position, 0.0)
        level = rng.uniform(8.3, 9.4)
        for number in range(round(rate * len(days) / 22)):
            score = max(1, min(10, round(rng.gauss(level, 0.8))))
            yield Entry(
                {"response_id": f"SV-{month:%Y%m}-{person.employee_no}-{number:02d}", "employee_no": person.employee_no,
                 "answered_on": f"{rng.choice(days)}", "score": str(score)},
            )  # fmt: skip


def _people(world: World, register: str, month: date) -> Iterator[tuple[Random, Person, list[date]]]:
    """Everybody employed in the month, a generator and the working days; not the people of planted rows."""
    last = next_month(month) - timedelta(days=1)
    feed = _FEED_OF[register]
    claimed = {row["employee_no"] for row in world.planted.feeds.get(feed, ())}
    for person in world.roster.employed(month, last):
        first, end = max(person.hired, month), min(person.left or last, last)
        days = [d for d in (first + timedelta(days=i) for i in range((end - first).days + 1)) if d.weekday() < 5]
        if days and person.employee_no not in claimed:
            yield chance(world.seed, register, month, person.staff_id), person, days


def _flag(value: bool) -> str:  # noqa: FBT001 - it is the value, not a mode
    return "true" if value else "false"


_FEED_OF = {
    "breach": "policy_breaches",
    "complaint": "complaints",
    "input": "product_inputs",
    "competitor": "competitor_reports",
    "training": "training_results",
    "service": "service_scores",
}
__all__ = [
    "Entry",
    "Row",
    "competitor_reports",
    "complaints",
    "policy_breaches",
    "product_inputs",
    "service_scores",
    "training_results",
]
