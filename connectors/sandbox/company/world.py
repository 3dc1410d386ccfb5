"""The company from the beginning of its history up to a day, growing day by day.

`World(seed, scale)` is empty; `extend_to(ts)` lets everything up to the end of that business date happen. Days only
ever add; what a lead will become is known when it is created, so the view at an instant never depends on how far the
world has grown beyond it.
"""

from collections import defaultdict
from datetime import date, timedelta
from threading import RLock

from connectors.sandbox import planted as planted_file
from connectors.sandbox.company.business import Offspring
from connectors.sandbox.company.chance import month_of
from connectors.sandbox.company.channels import Campaign, build_campaigns
from connectors.sandbox.company.clock import HISTORY_START, SCHEDULE_END, day_of
from connectors.sandbox.company.entities import (
    Account,
    Call,
    Clue,
    Contact,
    Deal,
    ErpCustomer,
    Lead,
    MaterialIssue,
    Order,
    Return,
)
from connectors.sandbox.company.leads import leads_of_day
from connectors.sandbox.company.materials import issues_of_day
from connectors.sandbox.company.people import Roster, build_roster
from connectors.sandbox.company.planting import plant, planted_people


class World:
    """All entities in the order in which they came; times on them reach into the future (see the module's note)."""

    def __init__(self, seed: int = 7, scale: float = 1.0) -> None:
        if not 0 < scale <= 200:
            raise ValueError(f"the sandbox scale must lie in (0, 200], not {scale}: 1 is a company of about 40 people")
        self.seed, self.scale = seed, scale
        self.planted = planted_file.load()
        self.roster: Roster = build_roster(seed, scale, planted_people(self.planted))
        self.campaigns: dict[str, tuple[Campaign, ...]] = build_campaigns(self.roster)
        self.leads: list[Lead] = []
        self.calls: list[Call] = []
        self.clues: list[Clue] = []
        self.accounts: list[Account] = []
        self.contacts: list[Contact] = []
        self.deals: list[Deal] = []
        self.orders: list[Order] = []
        self.returns: list[Return] = []
        self.customers: list[ErpCustomer] = []
        self.issues: list[MaterialIssue] = []
        self.clues_per_day: dict[tuple[str, date], int] = defaultdict(int)
        """Clues by promotion and business date: what the ad report shows as conversions."""
        self.revenue: dict[tuple[str, str], int] = defaultdict(int)
        """Fen by salesman and month: effective orders less returns, each by its own date."""
        self.memo: dict[object, object] = {}
        """Derived figures that are dear to compute (month targets); they depend on seed and scale only."""
        self.grown_to = HISTORY_START - timedelta(days=1)
        self._skills = {p.employee_no: p.skill for p in self.roster.people}
        self._lock = RLock()
        self._add_planted()

    def extend_to(self, ts: int) -> "World":
        """Let all days up to the one of `ts` happen, once. Raises ValueError beyond the schedule's end."""
        last = day_of(ts)
        if last > SCHEDULE_END:
            raise ValueError(f"the sandbox is scheduled to {SCHEDULE_END}, its clock cannot reach {last}")
        with self._lock:
            while self.grown_to < last:
                self.grown_to += timedelta(days=1)
                self._grow(self.grown_to)
        return self

    def _grow(self, day: date) -> None:
        brought = leads_of_day(self.seed, self.scale, day, self.roster, self.campaigns, self._skills)
        self.leads += brought.leads
        self.calls += brought.calls
        for clue in brought.clues:
            self._add_clue(clue)
        for offspring in brought.offspring:
            self._add_offspring(offspring)
        self.issues += issues_of_day(self.seed, self.scale, day, self.roster)

    def _add_planted(self) -> None:
        things = plant(self.planted)
        self.leads += things.leads
        self.calls += things.calls
        for clue in things.clues:
            self._add_clue(clue)
        self._add_offspring(things)

    def _add_clue(self, clue: Clue) -> None:
        self.clues.append(clue)
        self.clues_per_day[clue.promotion_id, day_of(clue.created)] += 1

    def _add_offspring(self, things: Offspring) -> None:
        self.accounts += things.accounts
        self.contacts += things.contacts
        self.deals += things.deals
        self.orders += things.orders
        self.returns += things.returns
        self.customers += things.customers
        for order in things.orders:
            if order.cancelled is None:
                self.revenue[order.salesman, month_of(order.day)] += sum(line.amount for line in order.lines)
        for back in things.returns:
            self.revenue[back.salesman, month_of(back.day)] -= sum(line.amount for line in back.lines)
