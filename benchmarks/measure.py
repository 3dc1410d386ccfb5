"""CPU seconds and peak memory of a command, children included."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a command took. `cpu` = user + system seconds, children included; `peak` = MB of the largest."""

    cpu: float
    wall: float
    peak: float
    said: str


def run(arguments: Sequence[str], environment: Mapping[str, str], *, python: str = sys.executable) -> Cost:
    """Run a Python command to its end; raises `RuntimeError` with its words when it fails."""
    started = time.perf_counter()
    with subprocess.Popen(
        [python, *arguments], env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{said[-3000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024, said)


def typical(runs: Sequence[Cost]) -> Cost:
    """The run with the median CPU time."""
    middle = median(run.cpu for run in runs)
    return min(runs, key=lambda run: abs(run.cpu - middle))
