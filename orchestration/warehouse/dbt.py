"""Run dbt in this process: no second interpreter, no telemetry, no version check, nothing left open afterwards."""

import contextlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_ROOT
from orchestration.warehouse.errors import WarehouseError
from orchestration.warehouse.lock import hold_warehouse

PROJECT_DIR = PROJECT_ROOT / "dbt_project"
_OFF = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_VERSION_CHECK": "false", "DO_NOT_TRACK": "1"}


class DbtError(WarehouseError):
    """dbt could not do what was asked; the message lists the models and tests that failed."""


@dataclass(frozen=True, slots=True)
class NodeResult:
    """How one model, test or seed ended. `status` is dbt's word: success, pass, fail, error, skipped, warn."""

    unique_id: str
    status: str
    message: str
    rows: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class DbtResult:
    """What a dbt invocation did. `target` holds its manifest and run results."""

    success: bool
    nodes: tuple[NodeResult, ...]
    message: str
    target: Path

    @property
    def failures(self) -> tuple[NodeResult, ...]:
        return tuple(node for node in self.nodes if node.status in {"error", "fail", "runtime error"})

    def raise_for_failure(self) -> "DbtResult":
        """Return self, or raise `DbtError` listing what failed."""
        if self.success:
            return self
        lines = [f"  {node.unique_id}: {node.message}" for node in self.failures]
        raise DbtError("\n".join([f"dbt failed ({len(lines)} of {len(self.nodes)} nodes). {self.message}", *lines]))


def run_dbt(
    args: Sequence[str],
    *,
    home: Path,
    as_of: datetime,
    vars: Mapping[str, object] | None = None,  # noqa: A002 (dbt's own word)
    holder: str = "dbt",
    wait_seconds: float = 0.0,
) -> DbtResult:
    """Invoke dbt (`["build", "--select", …]`) on the warehouse of a data folder and wait for it.

    Close every connection of this process to the warehouse first. The lock is held meanwhile. Logs and target folder
    are below `home/dbt`. `as_of` travels by the environment, because another set of `vars` makes dbt parse the whole
    project again. Raises `WarehouseBusyError` when another process writes; a failing model or test does not raise:
    look at `success`, or call `raise_for_failure`.
    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 (3 CPU seconds that other users of this room need not pay)

    if as_of.tzinfo is None:
        raise ValueError("as_of has no time zone")
    target = home / "dbt" / "target"
    target.mkdir(parents=True, exist_ok=True)
    command = [
        *args,
        *("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)),
        *("--target-path", str(target), "--log-path", str(home / "dbt" / "logs")),
        *("--vars", json.dumps(dict(vars or {}), default=str), "--no-use-colors", "--quiet"),
    ]
    night = {"INCENTIVES_NIGHT": as_of.isoformat()}
    with hold_warehouse(home, holder=holder, wait_seconds=wait_seconds), _environment(home, **night):
        try:
            outcome = dbtRunner().invoke(command)
        finally:
            _release()
    nodes = tuple(_node(result) for result in getattr(outcome.result, "results", None) or [])
    message = str(outcome.exception).strip() if outcome.exception else ""
    return DbtResult(bool(outcome.success), nodes, message, target)


def parse_project(home: Path) -> Path:
    """Parse the project without touching a warehouse; gives the path of its manifest. Raises `DbtError`."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 (as above)

    target = home / "dbt" / "parsed"
    target.mkdir(parents=True, exist_ok=True)
    command = [
        *("parse", "--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)),
        *("--target-path", str(target), "--log-path", str(home / "dbt" / "logs")),
        *("--no-use-colors", "--quiet"),
    ]
    with _environment(home):
        try:
            outcome = dbtRunner().invoke(command)
        finally:
            _release()
    if not outcome.success:
        raise DbtError(f"the dbt project does not parse: {outcome.exception}")
    return target / "manifest.json"


def _node(result: Any) -> NodeResult:
    response = getattr(result, "adapter_response", None) or {}
    return NodeResult(
        unique_id=result.node.unique_id,
        status=str(result.status),
        message=" ".join((result.message or "").split())[:500],
        rows=response.get("rows_affected"),
        seconds=float(result.execution_time or 0.0),
    )


@contextmanager
def _environment(home: Path, **more: str) -> Iterator[None]:
    wanted = {"INCENTIVES_HOME": str(home), **_OFF, **more}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _release() -> None:
    """Close what dbt leaves open: the database, which would refuse the next opener, and its log file."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.adapters.factory import cleanup_connections  # noqa: PLC0415
    from dbt_common.events.event_manager_client import cleanup_event_logger  # noqa: PLC0415

    cleanup_connections()
    with contextlib.suppress(Exception):  # raises its own kind of error when dbt never came to open the file
        DuckDBConnectionManager.env().close()
    DuckDBConnectionManager.close_all_connections()
    cleanup_event_logger()
    for name in ("file_log", "stdout_log"):
        for handler in list(logging.getLogger(name).handlers):
            logging.getLogger(name).removeHandler(handler)
            handler.close()
