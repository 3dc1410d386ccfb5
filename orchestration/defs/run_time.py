"""The instant a Dagster run is about: its own tag (set by schedules and the command line), else pinned, else now."""

from datetime import datetime

import dagster as dg

from orchestration.clock import resolve_as_of

AS_OF_TAG = "incentives/as_of"


def as_of_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> datetime:
    """`as_of` of this run."""
    tag = context.run.tags.get(AS_OF_TAG)
    return resolve_as_of(datetime.fromisoformat(tag) if tag else None)
