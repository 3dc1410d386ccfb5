"""The registers as they are kept day by day, for the systems that show them live; the inbox shows them once a month.

Generated and hand-written rows together: what a monthly file carries stands here as well, under the same ids.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from connectors.sandbox.company import registers
from connectors.sandbox.company.clock import DAY, HISTORY_START, day_start, next_month
from connectors.sandbox.company.registers import Entry, Row
from connectors.sandbox.company.world import World

_GENERATED: Mapping[str, Callable[[World, date], Iterator[Entry]]] = {
    "policy_breaches": registers.policy_breaches,
    "complaints": registers.complaints,
    "product_inputs": registers.product_inputs,
    "competitor_reports": registers.competitor_reports,
    "training_results": registers.training_results,
    "service_scores": registers.service_scores,
}
_EVENING = 18 * 3600
_SETTLED_BY: Mapping[str, tuple[str, int, Row]] = {
    # register: the date a hand-written row settles on, the second of that day, what stands there before
    "policy_breaches": ("rectified_on", DAY, {"rectified_on": ""}),
    "product_inputs": ("decided_on", _EVENING, {"decision": "pending", "decided_on": ""}),
    "training_results": (
        "completed_on",
        _EVENING,
        dict.fromkeys(("completed_on", "passed_on", "exam_score", "exam_on"), ""),
    ),
}


def entries(world: World, register: str, ts: int) -> Iterator[Entry]:
    """All entries of a register that begin in the months up to the one of `ts`, hand-written ones first."""
    for planted in world.planted.feeds.get(register, ()):
        row = {name: str(value) for name, value in planted.items()}
        name, second, before = _SETTLED_BY[register]
        settles = day_start(date.fromisoformat(row[name])) + second if row[name] else None
        yield Entry(row, settles, before if settles is not None else {})
    month = HISTORY_START
    while day_start(month) <= ts:
        yield from _GENERATED[register](world, month)
        month = next_month(month)
