"""A whole night from the command line: the same Dagster jobs that the schedules run, in this one process.

For the sample company its own servers are started beside it (one child process) and its clock is the night's clock.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from orchestration.clock import business_date, resolve_as_of
from orchestration.company import is_sample, plans_folder, read_company
from orchestration.dagster_history import quick_history
from orchestration.instance import prepare_dagster_home
from orchestration.periods import Period
from orchestration.plans.calendar import due_periods, load_calendar
from orchestration.progress import say
from orchestration.settings import Settings
from orchestration.warehouse.connect import read_warehouse

if TYPE_CHECKING:
    import dagster as dg


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """One Dagster run: its job and partition, whether it went through, and the checks that did not pass."""

    job: str
    partition: str
    success: bool
    failed_checks: tuple[str, ...]
    passed_checks: int
    failure: str = ""


@contextmanager
def company_systems(settings: Settings, *, scale: float | None = None) -> Iterator[None]:
    """The systems the configuration points to. Only the sample company's are ours to start; others are there."""
    if not is_sample(settings) or "SANDBOX_ZOHO_URL" in os.environ:  # somebody serves them already
        yield
        return
    from connectors.sandbox.serve import serve  # noqa: PLC0415 - a company of one's own never loads the sandbox
    from connectors.sandbox.state import ensure, state_file  # noqa: PLC0415

    if scale or not state_file(settings.home).exists():
        ensure(settings.home, scale=scale or 1.0)
    with serve(settings.home) as sandbox:
        before = dict(os.environ)
        os.environ.update({name: value for name, value in sandbox.env.items() if name not in before})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def run_jobs(settings: Settings, as_of: datetime | None = None) -> tuple[datetime, list[JobOutcome]]:
    """Run `nightly`, then the close of every month and quarter that is due at this instant, in order.

    The first night is one run over all business dates since history began; a later one covers what was missed.
    """
    moment = resolve_as_of(as_of)
    config = read_company(settings)
    last = business_date(moment, config.zone)
    first = min(_next_business_date(settings) or config.history_start, last)
    say(f"night of {moment.astimezone(config.zone):%Y-%m-%d %H:%M}, business dates {first} to {last}")
    calendar = load_calendar(plans_folder(settings) / "payroll_calendar.yaml")
    with _runner(settings) as run:
        outcomes = [run("nightly", moment, _range_tags(first, last))]
        if outcomes[0].success:
            for period in due_periods(calendar, moment, config.zone):
                say(f"{period.cadence} close of {period}")
                outcomes.append(run(_close_job(period), moment, _period_tags(period)))
    return moment, outcomes


def run_close(settings: Settings, period: str, as_of: datetime | None = None) -> tuple[datetime, JobOutcome]:
    """Run the close of one month or quarter, due or not; the gate decides. Raises `ValueError` for other periods."""
    moment = resolve_as_of(as_of)
    closed = Period.parse(period)
    job = _close_job(closed)
    with _runner(settings) as run:
        return moment, run(job, moment, _period_tags(closed))


@contextmanager
def _runner(settings: Settings) -> Iterator[Callable[[str, datetime, dict[str, str]], JobOutcome]]:
    """Dagster, loaded once, with its storage below the data folder (or PostgreSQL)."""
    prepare_dagster_home(settings)
    import dagster as dg  # noqa: PLC0415 - two seconds that other commands need not pay

    from orchestration.definitions import definitions  # noqa: PLC0415

    defs = definitions()
    with quick_history(settings.dagster_home), dg.DagsterInstance.get() as instance:
        yield partial(_run, defs, instance)


def _next_business_date(settings: Settings) -> date | None:
    try:
        with read_warehouse(settings.home) as con:
            row = con.execute("select max(business_date) from etl.nights where finished").fetchone()
    except Exception as error:  # no warehouse or no table yet: the first night
        if type(error).__name__ not in {"FileNotFoundError", "CatalogException"}:
            raise
        return None
    return row[0] + timedelta(days=1) if row and row[0] else None


def _range_tags(first: date, last: date) -> dict[str, str]:
    if first == last:
        return {"dagster/partition": last.isoformat()}
    return {
        "dagster/asset_partition_range_start": first.isoformat(),
        "dagster/asset_partition_range_end": last.isoformat(),
    }


def _close_job(period: Period) -> str:
    if period.cadence not in {"month", "quarter"}:
        raise ValueError(f"{period} is a {period.cadence}; months and quarters are closed, such as 2026-10 or 2026-Q4")
    return f"{period.cadence}_close"


def _period_tags(period: Period) -> dict[str, str]:
    return {"dagster/partition": period.start.isoformat()}


def _run(
    defs: "dg.Definitions", instance: "dg.DagsterInstance", job: str, as_of: datetime, tags: dict[str, str]
) -> JobOutcome:
    from orchestration.defs.run_time import AS_OF_TAG  # noqa: PLC0415

    result = defs.resolve_job_def(job).execute_in_process(
        instance=instance,
        tags={**tags, AS_OF_TAG: as_of.isoformat()},
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )
    checks = result.get_asset_check_evaluations()
    failed = sorted(
        f"{it.asset_key.to_user_string()}: {it.check_name}{f': {it.description}' if it.description else ''}"
        for it in checks
        if not it.passed
    )
    failures = [
        event.step_failure_data.error.cause or event.step_failure_data.error
        for event in result.get_step_failure_events()
        if event.step_failure_data.error
    ]
    return JobOutcome(
        job=job,
        partition=tags.get("dagster/partition") or tags.get("dagster/asset_partition_range_end", ""),
        success=result.success,
        failed_checks=tuple(failed),
        passed_checks=sum(it.passed for it in checks),
        failure="\n".join(str(it.message).strip() for it in failures),
    )
