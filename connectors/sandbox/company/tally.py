"""How many leads a channel or campaign brought on a business date: what other systems of the company count as well."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from connectors.sandbox.company.clock import day_of
from connectors.sandbox.company.world import World

_lock = threading.Lock()


@dataclass(slots=True)
class _Tally:
    seen: int = 0
    counts: Counter[tuple[str, date]] = field(default_factory=Counter)


def leads_on(world: World, name: str, day: date) -> int:
    """Leads created on a day in a channel, or in a campaign by its id; complete once the day is over."""
    with _lock:
        tally: _Tally = world.memo.setdefault("tally", _Tally())  # type: ignore[assignment]
        leads = world.leads
        while tally.seen < len(leads):
            lead = leads[tally.seen]
            tally.seen += 1
            day_created = day_of(lead.created)
            tally.counts[lead.channel, day_created] += 1
            tally.counts[lead.campaign_id, day_created] += 1
        return tally.counts[name, day]
