"""How the command line speaks: progress on stderr, results on stdout, a refusal as one message and exit code 1."""

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from connectors.errors import ConfigError, SourceError
from orchestration.payout.errors import PayoutRefused
from orchestration.plans.errors import PlanErrors
from orchestration.progress import LOGGER
from orchestration.warehouse.errors import WarehouseError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

P = ParamSpec("P")
R = TypeVar("R")

_EXPECTED = (ConfigError, SourceError, PayoutRefused, PlanErrors, WarehouseError, FileNotFoundError, ValueError)


def refusing(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors that say what to do into one message; anything else is a defect and keeps its traceback."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (*_EXPECTED, LookupError) as error:
            if isinstance(error, KeyError | IndexError):
                raise
            err.print(f"[bold red]refused:[/] {escape(str(error).strip())}")
            raise typer.Exit(1) from error

    return wrapped


@contextmanager
def visible_progress() -> Iterator[None]:
    """Show what `orchestration.progress.say` tells, with the seconds since the start, and keep library noise away."""
    handler = _Lines(datetime.now().astimezone())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            LOGGER.removeHandler(handler)


class _Lines(logging.Handler):
    def __init__(self, started: datetime) -> None:
        super().__init__()
        self._started = started

    def emit(self, record: logging.LogRecord) -> None:
        seconds = (datetime.now().astimezone() - self._started).total_seconds()
        err.print(f"[dim]{seconds:7.1f}s[/]  {escape(record.getMessage())}")


def relative(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def flush() -> None:
    """Nothing stays in a buffer when a child process takes over the terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
