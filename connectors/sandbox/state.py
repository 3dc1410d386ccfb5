"""What the sandbox keeps on disk below `<home>/sandbox/`: seed, scale and clock (state.json), tokens, endpoints.

The clock is a file, so that moving it works while servers run: they read it again whenever it changed.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from connectors.sandbox.company.clock import DEFAULT_CLOCK, HISTORY_START, SCHEDULE_END, SHANGHAI, as_datetime


@dataclass(frozen=True, slots=True)
class SandboxState:
    """Everything the sample company is a function of."""

    seed: int
    scale: float
    clock: datetime


def ensure(home: Path, *, scale: float = 1.0, seed: int = 7, clock: datetime | None = None) -> SandboxState:
    """Create the sandbox of a data folder, or return the one it has.

    An existing sandbox keeps its clock unless `clock` is given. Raises ValueError when it was made with another seed or
    scale: its landed data would no longer fit.
    """
    path = state_file(home)
    if path.exists():
        state = load(home)
        if (state.seed, state.scale) != (seed, scale):
            raise ValueError(
                f"{path} holds seed {state.seed} and scale {state.scale}, not seed {seed} and scale {scale}: "
                "use another data folder or remove this one"
            )
        return state if clock is None else set_clock(home, clock)
    state = SandboxState(seed, scale, _checked(clock or DEFAULT_CLOCK))
    path.parent.mkdir(parents=True, exist_ok=True)
    _save(path, state)
    return state


def load(home: Path) -> SandboxState:
    """The sandbox of a data folder; raises FileNotFoundError saying how to make one."""
    path = state_file(home)
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: create the sandbox with connectors.sandbox.state.ensure(home)")
    found = json.loads(path.read_text(encoding="utf-8"))
    return SandboxState(found["seed"], found["scale"], datetime.fromisoformat(found["clock"]))


def advance(home: Path, step: timedelta) -> datetime:
    """Let time pass (never backwards); returns the new clock."""
    if step < timedelta(0):
        raise ValueError("the sandbox clock does not run backwards")
    return set_clock(home, load(home).clock + step).clock


def set_clock(home: Path, clock: datetime) -> SandboxState:
    """Move the clock to an aware instant."""
    state = load(home)
    moved = SandboxState(state.seed, state.scale, _checked(clock))
    _save(state_file(home), moved)
    return moved


def state_file(home: Path) -> Path:
    """Where seed, scale and clock stand."""
    return home / "sandbox" / "state.json"


class LiveClock:
    """The clock of a running server: the file's, read again when the file changed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._path = state_file(home)
        self._seen: tuple[int, int] = (0, 0)
        self._now = 0

    def now(self) -> int:
        """Epoch seconds of the sandbox clock."""
        stat = self._path.stat()
        if self._seen != (stat.st_mtime_ns, stat.st_ino):
            self._now = int(load(self.home).clock.timestamp())
            self._seen = (stat.st_mtime_ns, stat.st_ino)
        return self._now

    def advance(self, seconds: float) -> str:
        """Move the file's clock; returns it as ISO text."""
        return advance(self.home, timedelta(seconds=seconds)).isoformat()


def write_atomically(path: Path, text: str) -> None:
    """Old or new content, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _save(path: Path, state: SandboxState) -> None:
    body = {"seed": state.seed, "scale": state.scale, "clock": state.clock.astimezone(SHANGHAI).isoformat()}
    write_atomically(path, json.dumps(body, indent=1) + "\n")


def _checked(clock: datetime) -> datetime:
    if clock.tzinfo is None:
        raise ValueError(f"the sandbox clock needs an offset: {clock} could be any zone")
    local = as_datetime(int(clock.timestamp()))
    if not HISTORY_START <= local.date() <= SCHEDULE_END:
        raise ValueError(f"the sandbox clock runs from {HISTORY_START} to {SCHEDULE_END}, not at {clock}")
    return local
