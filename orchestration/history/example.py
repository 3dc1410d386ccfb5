"""The example from end to end: prepare its folder, run its one night and the quarterly closes that are due at it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestration.clock import business_date
from orchestration.company import read_company
from orchestration.history.home import environment_of, example_settings, find_export, prepare_home
from orchestration.nightly import JobOutcome, run_jobs
from orchestration.settings import Settings

AS_OF = datetime(2018, 1, 3, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
"""The example's clock: three days after the export's last quarter ended. It is data of the example, not a rule."""


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """What a run left behind: where it is, and how its jobs ended."""

    settings: Settings
    as_of: datetime
    outcomes: tuple[JobOutcome, ...]

    @property
    def success(self) -> bool:
        return all(outcome.success for outcome in self.outcomes)


def run_example(settings: Settings, data: Path | None = None) -> ExampleRun:
    """Run it; safe to repeat. Raises `FileNotFoundError` where the export is not there."""
    export = find_export(data)
    own = example_settings(settings)
    own.home.mkdir(parents=True, exist_ok=True)
    prepare_home(own.home, export, business_date(AS_OF, ZoneInfo("Asia/Shanghai")))
    with environment_of(own, AS_OF):
        read_company(own)  # a fault of the configuration is told before Dagster is loaded
        moment, outcomes = run_jobs(own, AS_OF)
    return ExampleRun(own, moment, tuple(outcomes))
