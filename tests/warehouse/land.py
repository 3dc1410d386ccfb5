"""Land records the way connectors do, for tests that care about what happens afterwards."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from connectors.load_writer import LoadFacts, LoadWriter
from connectors.stream import ExtractRequest, LandedLoad, Scope, StreamSpec, Window

NIGHT = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)


def land(
    landing: Path,
    spec: StreamSpec,
    records: Sequence[dict[str, Any]],
    *,
    as_of: datetime = NIGHT,
    account: str = "org",
    window: Window | None = None,
    cursor: str | None = None,
    vendor_total: int | None = None,
    full_scan: bool = False,
    scope: Scope | None = None,
    complete: bool = True,
    rows_per_part: int = 50_000,
) -> LandedLoad:
    """One whole load of these records; the window defaults to the day before `as_of`."""
    request = ExtractRequest(spec, account, window or Window(as_of - timedelta(days=1), as_of), None, as_of)
    with LoadWriter(landing, request, rows_per_part=rows_per_part) as writer:
        writer.write([orjson.dumps(record) for record in records])
        return writer.finish(
            LoadFacts(
                pages=1,
                cursor=cursor,
                vendor_total=vendor_total,
                full_scan=full_scan,
                scope=scope or {},
                complete=complete,
            )
        )
