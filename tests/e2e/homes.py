"""Data folders of the sample company, run by the real command line in processes of its own."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("incentives")
SCALE = "0.03"


def incentives(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command on a data folder; the environment holds nothing of the caller's settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("INCENTIVES_", "DAGSTER_"))}
    return subprocess.run(
        [str(COMMAND), *arguments],
        env=clean | {"INCENTIVES_HOME": str(home), "COLUMNS": "200", "TZ": "UTC"} | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def night(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A night that must go through."""
    done = incentives(home, "nightly", *arguments, **environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def copy_home(home: Path, to: Path) -> Path:
    """A data folder of its own with the same contents."""
    shutil.copytree(home, to, symlinks=True)
    return to


def bytes_that_count(home: Path) -> dict[str, str]:
    """sha256 of everything that must come out the same: payout files, close folders, published Parquet."""
    root = (home / "published" / "current").resolve()
    files = {
        **{f"payouts/{it.relative_to(home / 'out')}": it for it in (home / "out").rglob("*") if it.is_file()},
        **{f"closed/{it.relative_to(home / 'closed')}": it for it in (home / "closed").glob("*/*/*") if it.is_file()},
        **{f"published/{it.relative_to(root)}": it for it in root.rglob("*.parquet")},
    }
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())}
