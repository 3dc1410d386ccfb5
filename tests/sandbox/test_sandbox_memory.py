"""The company stays small enough to run beside everything else on a small machine."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# VmHWM and not getrusage: the latter counts what the starting process held before the new program replaced it.
BUILD = """
import re
from pathlib import Path
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DEFAULT_CLOCK
World(7, 0.25).extend_to(int(DEFAULT_CLOCK.timestamp()))
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def test_a_quarter_of_the_full_company_takes_a_quarter_of_500_megabytes() -> None:
    done = subprocess.run([sys.executable, "-c", BUILD], capture_output=True, text=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 500_000 / 4 + 50_000  # the interpreter and its modules come once
