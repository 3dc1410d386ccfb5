"""A stream that has not been heard of for too long is named."""

from datetime import datetime, timedelta
from pathlib import Path

from connectors.stream import StreamSpec
from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.freshness import stale_streams
from orchestration.warehouse.schema import ensure_tables

AS_OF = datetime.fromisoformat("2026-11-03T09:00:00+08:00")
ALLOWED = timedelta(hours=36)
LEADS = StreamSpec("zoho_crm", "leads", "incremental", ("id",))
REPORT = StreamSpec("oceanengine", "report", "window", ("id",))
TARGETS = StreamSpec("file_drop", "targets", "file", ("id",))


def _stale(home: Path, outcomes: list[tuple[StreamSpec, str, datetime | None]]) -> list[str]:
    with open_warehouse(home, holder="test") as con:
        ensure_tables(con, [LEADS, REPORT, TARGETS])
        for spec, state, through in outcomes:
            con.execute(
                "insert into etl.stream_outcomes values (?, ?, ?, 'a', ?, null, '', 0, 0, ?)",
                [AS_OF, spec.source, spec.name, state, through],
            )
        return [str(it) for it in stale_streams(con, [LEADS, REPORT, TARGETS], as_of=AS_OF, allowed=ALLOWED)]


def test_streams_known_through_the_allowed_age_are_fresh_and_files_are_never_stale(tmp_path: Path) -> None:
    assert _stale(tmp_path, [(LEADS, "complete", AS_OF), (REPORT, "unchanged", AS_OF - ALLOWED)]) == []


def test_a_stream_known_through_too_long_ago_is_stale_also_when_it_failed_just_now(tmp_path: Path) -> None:
    late = AS_OF - ALLOWED - timedelta(seconds=1)
    found = _stale(tmp_path, [(LEADS, "failed", AS_OF), (LEADS, "complete", late), (REPORT, "complete", AS_OF)])
    assert found == ["zoho_crm/leads is known through 2026-11-01T20:59:59+08:00"]


def test_a_stream_that_was_never_loaded_is_stale(tmp_path: Path) -> None:
    assert _stale(tmp_path, [(LEADS, "complete", AS_OF)]) == ["oceanengine/report was never loaded"]
