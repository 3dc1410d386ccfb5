"""The instant a run is about. The only module that may ask what time it is."""

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def resolve_as_of(explicit: datetime | None = None) -> datetime:
    """The run's instant: given by the caller, else pinned by `INCENTIVES_AS_OF`, else now (UTC, whole seconds).

    Raises `ValueError` when the pinned instant is not ISO 8601 with an offset.
    """
    pinned = os.environ.get("INCENTIVES_AS_OF")
    moment = explicit or (datetime.fromisoformat(pinned) if pinned else datetime.now(UTC).replace(microsecond=0))
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset: write for example 2026-11-03T09:00:00+08:00")
    return moment


def business_date(as_of: datetime, zone: ZoneInfo) -> date:
    """The last whole business day known at `as_of`: the local day before."""
    return as_of.astimezone(zone).date() - timedelta(days=1)
