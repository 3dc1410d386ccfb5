"""DAGSTER_HOME: `dagster.yaml` is written from the settings, because that file knows no conditions.

SQLite below the data folder by default; PostgreSQL where `INCENTIVES_DATABASE_URL` is set (read from the environment by
Dagster itself, so that no password lands in the file). The limits are those measured to survive killed workers:
without `free_slots_after_run_end_seconds` a pool of one stays locked for ever after a kill, and without
`max_runtime_seconds` a run whose host died stays "started" for ever.
"""

import os
from pathlib import Path

from orchestration.settings import Settings

_COMMON = """\
telemetry:
  enabled: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 180
  cancel_timeout_seconds: 60
  max_runtime_seconds: 10800
  poll_interval_seconds: 30
  free_slots_after_run_end_seconds: 60
run_retries:
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false
concurrency:
  pools:
    default_limit: 1
    granularity: run
  runs:
    max_concurrent_runs: 2
"""

_POSTGRES = """\
storage:
  postgres:
    postgres_url:
      env: INCENTIVES_DAGSTER_URL
"""


def prepare_dagster_home(settings: Settings) -> Path:
    """Write `dagster.yaml`, point this process's environment at it and return DAGSTER_HOME. Safe to repeat."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    text = "# Written by `incentives`; changes are overwritten.\n" + _COMMON
    if settings.database_url:
        text += _POSTGRES
        os.environ["INCENTIVES_DAGSTER_URL"] = settings.ledger_url
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        partial = target.with_suffix(".tmp")
        partial.write_text(text, encoding="utf-8")
        partial.replace(target)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    return home
