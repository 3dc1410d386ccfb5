"""Is what the warehouse holds recent enough? Asked of `etl.*`: a load tells more than a table's newest row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from connectors.stream import StreamSpec


@dataclass(frozen=True, slots=True)
class Stale:
    """A stream known only through an instant that is too long ago; None: it was never loaded."""

    source: str
    stream: str
    known_through: datetime | None

    def __str__(self) -> str:
        through = f"is known through {self.known_through.isoformat()}" if self.known_through else "was never loaded"
        return f"{self.source}/{self.stream} {through}"


_KNOWN = """
select source, stream, max(through)
from (
    select source, stream, window_end as through from etl.loads
    union all
    select source, stream, complete_through from etl.stream_outcomes where state in ('complete', 'unchanged')
)
group by source, stream
"""


def stale_streams(
    con: duckdb.DuckDBPyConnection, specs: Iterable[StreamSpec], *, as_of: datetime, allowed: timedelta
) -> list[Stale]:
    """Streams known only through an instant earlier than `as_of - allowed`.

    Files are left out: they come when somebody writes them, and the measurements that need one are missing until then.
    """
    known = {(source, stream): through for source, stream, through in con.execute(_KNOWN).fetchall()}
    found = []
    for spec in specs:
        through = known.get((spec.source, spec.name))
        if spec.mode != "file" and (through is None or through < as_of - allowed):
            found.append(Stale(spec.source, spec.name, through))
    return sorted(found, key=lambda it: (it.source, it.stream))
