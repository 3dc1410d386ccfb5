"""`incentives nightly`, `close`, `dev`, `rebuild`."""

import os
import subprocess
import sys
from datetime import datetime
from typing import Annotated

import typer

from orchestration.cli.night_report import print_night
from orchestration.cli.output import err, flush, out, refusing, visible_progress
from orchestration.clock import resolve_as_of
from orchestration.company import company_file, is_sample, read_company
from orchestration.instance import prepare_dagster_home
from orchestration.nightly import company_systems, run_close, run_jobs
from orchestration.settings import PROJECT_ROOT, Settings


@refusing
def nightly(
    as_of: Annotated[str | None, typer.Option(help="the night's instant, 2026-11-03T09:00:00+08:00")] = None,
    scale: Annotated[float | None, typer.Option(help="size of the sample company; fixed on its first night")] = None,
) -> None:
    """Run a whole night: extract, load, build, and close the months that are due. Safe to repeat."""
    settings = Settings.from_env()
    settings.home.mkdir(parents=True, exist_ok=True)
    whose = "sample company" if is_sample(settings) else company_file(settings).name
    err.print(f"[bold]incentives nightly[/] · {whose} · data in {settings.home}")
    with visible_progress(), company_systems(settings, scale=scale):
        moment, outcomes = run_jobs(settings, datetime.fromisoformat(as_of) if as_of else None)
        config = read_company(settings)
    print_night(settings, config, moment, outcomes)
    if not all(outcome.success for outcome in outcomes):
        raise typer.Exit(1)


@refusing
def close(period: Annotated[str, typer.Argument(help="2026-10 or 2026-Q4")]) -> None:
    """Close one month or quarter: gate, scores, draft payout. A red gate stops it."""
    settings = Settings.from_env()
    with visible_progress(), company_systems(settings):
        moment, outcome = run_close(settings, period)
        config = read_company(settings)
    print_night(settings, config, moment, [outcome])
    if not outcome.success:
        raise typer.Exit(1)


@refusing
def dev(port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 3000) -> None:
    """Open Dagster's web UI and daemon on this data folder, with the sample company's systems running beside them."""
    settings = Settings.from_env()
    prepare_dagster_home(settings)
    with company_systems(settings):
        err.print(f"Dagster UI: http://127.0.0.1:{port}  (Ctrl-C ends it)")
        flush()
        command = [sys.executable, "-m", "dagster", "dev", "-w", str(PROJECT_ROOT / "workspace.yaml")]
        command += ["-h", "127.0.0.1", "-p", str(port)]
        try:
            subprocess.run(command, check=False, cwd=PROJECT_ROOT, env=os.environ)  # noqa: S603 - our own interpreter
        except KeyboardInterrupt:
            return


@refusing
def rebuild() -> None:
    """Build the warehouse anew from the landing files: same loads, same order, same contents."""
    from orchestration.rebuild import rebuild_all  # noqa: PLC0415 - dbt is slow to import

    settings = Settings.from_env()
    with visible_progress():
        count = rebuild_all(settings, read_company(settings), resolve_as_of())
    out.print(f"{count} loads taken in again; run `incentives nightly` to publish")
