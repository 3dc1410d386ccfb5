"""How the systems stand: switched on, last load, how far they are known, and whether that is recent enough.

Read from `etl.*` of the warehouse; a system that never ran has no state there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.config_models import CompanyConfig
from connectors.stream import StreamSpec
from orchestration.settings import Settings
from orchestration.warehouse.connect import read_warehouse

_LAST = """
select source, stream, account, state, as_of, rows_landed, message, complete_through
from etl.stream_outcomes
qualify row_number() over (partition by source, stream, account order by as_of desc) = 1
"""
_LOADED = "select source, stream, account, max(extracted_at), max(window_end) from etl.loads group by all"
_WORST = ("failed", "never ran", "stale", "partial", "complete", "unchanged")


@dataclass(frozen=True, slots=True)
class State:
    """One stream and account, or a whole source (`stream` empty, `streams` counted).

    `state` is one of failed, partial, complete, unchanged (the outcome of its last night), stale (its last night was
    good, but it is known only through an instant that is too long ago), never ran, off. Instants with their zone.
    """

    source: str
    stream: str
    account: str
    state: str
    loaded_at: datetime | None = None
    known_through: datetime | None = None
    rows: int = 0
    message: str = ""
    streams: int = 0

    def cells(self, zone: ZoneInfo) -> list[str]:
        """What a table shows, times in the business zone."""
        which = [self.stream, self.account] if self.stream else [str(self.streams or "")]
        times = [_local(moment, zone) for moment in (self.loaded_at, self.known_through)]
        return [self.source, *which, self.state, *times, f"{self.rows:,}" if self.state != "off" else "", self.message]


def stream_states(
    settings: Settings, config: CompanyConfig, specs: Iterable[StreamSpec], as_of: datetime
) -> list[State]:
    """One state for each account of each stream that is switched on, in the order of the streams."""
    outcomes: dict[tuple[str, str], list[State]] = {}
    if settings.warehouse.exists():
        with read_warehouse(settings.home) as con:
            loads = {tuple(row[:3]): row[3:] for row in con.execute(_LOADED).fetchall()}
            for source, stream, account, state, _, rows, message, through in con.execute(_LAST).fetchall():
                loaded_at, window_end = loads.get((source, stream, account), (None, None))
                known = max((it for it in (through, window_end) if it), default=None)
                found = State(source, stream, account, state, loaded_at, known, rows, message or "")
                outcomes.setdefault((source, stream), []).append(found)
    oldest = as_of - timedelta(hours=config.freshness_hours)
    found = []
    for spec in specs:
        ran = sorted(outcomes.get((spec.source, spec.name), ()), key=lambda it: it.account)
        for it in ran or [State(spec.source, spec.name, "", "never ran")]:
            is_old = spec.mode != "file" and (it.known_through is None or it.known_through < oldest)
            stale = is_old and it.state in {"complete", "unchanged"}
            found.append(replace(it, state="stale") if stale else it)
    return found


def source_states(states: Sequence[State], names: Iterable[str]) -> list[State]:
    """One state for each source: of its streams the worst state, the oldest knowledge, all rows."""
    result = []
    for name in names:
        own = [it for it in states if it.source == name]
        if not own:
            result.append(State(name, "", "", "off"))
            continue
        worst = min(own, key=lambda it: _WORST.index(it.state))
        counts = [f"{sum(it.state == state for it in own)} {state}" for state in _WORST if state == worst.state]
        told = f"{worst.stream}: {worst.message}" if worst.message else ""
        bad = worst.state not in {"complete", "unchanged"}
        result.append(
            State(
                name,
                "",
                "",
                "complete" if not bad else worst.state,
                max((it.loaded_at for it in own if it.loaded_at), default=None),
                min((it.known_through for it in own if it.known_through), default=None),
                sum(it.rows for it in own),
                "; ".join([*counts, told] if told else counts) if bad else "",
                len({it.stream for it in own}),
            )
        )
    return result


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""
