"""Seats and the people in them: joiners, leavers, transfers, rehires.

A seat has a chain of occupants up to SCHEDULE_END, drawn once, so a person's whole stay is known from the seed alone.
The first seat of every position is never vacated: routing and credit always find somebody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from connectors.sandbox.company.chance import chance
from connectors.sandbox.company.clock import HISTORY_START, SCHEDULE_END
from connectors.sandbox.company.vocabulary import GIVEN, SURNAMES

DEPARTMENTS = (
    ("D-MKT", "市场部", None),
    ("D-SAL", "销售部", None),
    ("T-BRD", "品牌组", "D-MKT"),
    ("T-LEAD", "获客组", "D-MKT"),
    ("T-FUP", "跟进组", "D-SAL"),
    ("T-CARE", "客户关怀组", "D-SAL"),
)
POSITIONS = {
    "P-BRD": "品牌专员",
    "P-LEAD": "获客专员",
    "P-LEADM": "获客组长",
    "P-REP": "销售代表",
    "P-CARE": "客户成功专员",
    "P-MGR": "部门经理",
}
PARENT = {code: parent or code for code, _, parent in DEPARTMENTS}
_HEADCOUNT = (
    # department or team, position, seats at scale 1, at least, grows with scale
    ("D-MKT", "P-MGR", 1, 1, False),
    ("D-SAL", "P-MGR", 1, 1, False),
    ("T-BRD", "P-BRD", 4, 1, True),
    ("T-LEAD", "P-LEADM", 1, 1, False),
    ("T-LEAD", "P-LEAD", 5, 1, True),
    ("T-FUP", "P-REP", 12, 2, True),
    ("T-CARE", "P-CARE", 6, 1, True),
)
_MEAN_STAY_DAYS = 900
_TRANSFERS = {"P-REP": ("T-CARE", "P-CARE"), "P-BRD": ("T-LEAD", "P-LEAD")}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where somebody works from a date on."""

    since: date
    team: str
    position: str


@dataclass(slots=True, eq=False)
class Person:
    """One stay of one person. A rehire is a second stay: same employee number, new staff id."""

    employee_no: str
    staff_id: str
    name: str
    hired: date
    left: date | None
    """Last working day."""
    placements: tuple[Placement, ...]
    skill: float = 1.0
    is_routed: bool = True
    """Receives leads and customers of the random company; planted people with facts of their own do not."""
    is_planted: bool = False
    crm_email: str = ""
    mobile: str = ""

    @property
    def email(self) -> str:
        return f"{self.employee_no.lower()}@sample.example"

    def placement(self, day: date) -> Placement:
        """The placement in force on a day (the first one before the person joined)."""
        current = self.placements[0]
        for placement in self.placements[1:]:
            if placement.since <= day:
                current = placement
        return current

    def works_on(self, day: date) -> bool:
        return self.hired <= day and (self.left is None or day <= self.left)

    def until(self, position: str) -> date | None:
        """First day on which the person no longer holds `position`, or None."""
        for index, placement in enumerate(self.placements):
            if placement.position == position and index + 1 < len(self.placements):
                return self.placements[index + 1].since
        return self.left + timedelta(days=1) if self.left else None


@dataclass(slots=True)
class Roster:
    """All stays, by seat and by day."""

    people: list[Person]
    seats: dict[tuple[str, int], list[Person]]
    _by_day: dict[tuple[str, date], tuple[Person, ...]] = field(default_factory=dict)

    def on(self, position: str, day: date) -> tuple[Person, ...]:
        """Routed people holding a position on a day."""
        key = (position, day)
        if key not in self._by_day:
            self._by_day[key] = tuple(
                p for p in self.people if p.is_routed and p.works_on(day) and p.placement(day).position == position
            )
        return self._by_day[key]

    def employed(self, first: date, last: date) -> list[Person]:
        """Everybody with at least one working day in [first, last]."""
        return [p for p in self.people if p.hired <= last and (p.left is None or p.left >= first)]

    def superior_of(self, person: Person, day: date) -> str | None:
        """Employee number of the group leader, else of the department's manager."""
        placement = person.placement(day)
        if placement.position == "P-MGR":
            return None
        if placement.position == "P-LEAD":
            return self.seats["P-LEADM", 0][0].employee_no
        return self.manager_of(PARENT[placement.team])

    def manager_of(self, department: str) -> str:
        """Employee number of a department's (or its team's department's) manager."""
        index = 0 if PARENT[department] == "D-MKT" else 1
        return self.seats["P-MGR", index][0].employee_no


def build_roster(seed: int, scale: float, planted: Iterable[Person] = ()) -> Roster:
    """Fill the seats of a company of that scale and number the people in the order they joined."""
    seats: dict[tuple[str, int], list[Person]] = {}
    for team, position, base, least, grows in _HEADCOUNT:
        taken = sum(1 for key in seats if key[0] == position)
        for index in range(max(least, round(base * scale)) if grows else base):
            seats[position, taken + index] = _occupants(
                chance(seed, "seat", team, position, index), team, position, index
            )
    order = sorted(
        (
            (p.hired, position, index, number, p)
            for (position, index), chain in seats.items()
            for number, p in enumerate(chain)
        ),
        key=lambda entry: entry[:4],
    )
    for rank, entry in enumerate(order, start=1):
        person = entry[4]
        # 9001-9099 belong to the planted people, at any scale.
        person.employee_no = f"E{rank if rank < 9001 else rank + 99:04d}"
        person.staff_id = f"st{chance(seed, 'staff', rank).getrandbits(96):024x}"
        person.crm_email = person.email
    if len(seats["P-REP", 1]) > 0:
        # The usual accident: a CRM account opened with another mailbox. The feed identity_map names its owner.
        for person in seats["P-REP", 1]:
            person.crm_email = f"sales.{person.employee_no.lower()}@partner.example"
    return Roster([entry[4] for entry in order] + list(planted), seats)


def _occupants(rng: Random, team: str, position: str, index: int) -> list[Person]:
    chain: list[Person] = []
    hired = HISTORY_START - timedelta(days=rng.randint(45, 1500))
    while hired < SCHEDULE_END:
        left: date | None = None
        if index > 0:
            left = max(hired, HISTORY_START) + timedelta(days=60 + int(rng.expovariate(1 / _MEAN_STAY_DAYS)))
            left = left if left < SCHEDULE_END else None
        placements = [Placement(hired, team, position)]
        moved = _transfer(rng, hired, left, index, position)
        if moved:
            placements.append(moved)
        chain.append(
            Person(
                "", "", _name(rng), hired, left, tuple(placements), rng.uniform(0.85, 1.15), mobile=mobile_number(rng)
            ),
        )
        if left is None:
            break
        hired = left + timedelta(days=rng.randint(3, 40))
    return chain


def _transfer(rng: Random, hired: date, left: date | None, index: int, position: str) -> Placement | None:
    draw, share = rng.random(), rng.uniform(0.3, 0.9)
    if index < 2 or position not in _TRANSFERS or draw > 0.10:
        return None
    begin = max(hired, HISTORY_START)
    moved = begin + timedelta(days=int(((left or SCHEDULE_END) - begin).days * share))
    return Placement(moved, *_TRANSFERS[position]) if begin + timedelta(days=30) < moved else None


def mobile_number(rng: Random) -> str:
    """Eleven digits that look like a mainland mobile number."""
    return f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"


def _name(rng: Random) -> str:
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def pick(rng: Random, people: Sequence[Person]) -> Person:
    """One of the people, by the given draw."""
    return people[int(rng.random() * len(people))]
