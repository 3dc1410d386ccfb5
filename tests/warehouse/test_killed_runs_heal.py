"""A run that is killed anywhere leaves the old or the new state, and the next run heals."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse.connect import open_warehouse
from orchestration.warehouse.publish import current_version, verify_published
from tests.warehouse.contents import contents
from tests.warehouse.land import NIGHT, land
from tests.warehouse.streams import stream

_CHILD = Path(__file__).with_name("nights_child.py")


def _run(step: str, home: Path, failpoint: str | None = None) -> int:
    environment = {**os.environ, **({"INCENTIVES_FAILPOINT": failpoint} if failpoint else {})}
    return subprocess.run([sys.executable, str(_CHILD), step, str(home)], env=environment, check=False).returncode


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    staff, leads, deleted = (
        stream("ihr360", "staff"),
        stream("zoho_crm", "leads"),
        stream("zoho_crm", "deleted_leads"),
    )
    for night, status in enumerate(["A", "B", "A"]):
        as_of = NIGHT + timedelta(days=night)
        people = [{"staffId": f"s{number}", "staffStatus": status} for number in range(4 - night)]
        land(home / "landing", staff, people, as_of=as_of, full_scan=True)
        records = [{"id": str(number), "Lead_Status": status} for number in range(50)]
        land(home / "landing", leads, records, as_of=as_of, cursor=f"c{night}")
        land(home / "landing", deleted, [{"id": str(night)}], as_of=as_of + timedelta(minutes=1))
    assert _run("load", home) == 0
    return home


@pytest.mark.parametrize("failpoint", ["load_after_rows", "load_before_commit", "load_after_commit"])
def test_loading_killed_and_run_again_gives_the_same_contents(landed: Path, tmp_path: Path, failpoint: str) -> None:
    home = tmp_path / "killed"
    home.mkdir()
    shutil.copytree(landed / "landing", home / "landing")
    assert _run("load", home, failpoint) == -signal.SIGKILL
    if failpoint == "load_after_commit":
        assert _run("load", home, failpoint) == -signal.SIGKILL  # one load further each time
    assert _run("load", home) == 0
    assert contents(home) == contents(landed)


@pytest.mark.parametrize(
    ("failpoint", "day_seen"),
    [("publish_before_manifest", 1), ("publish_before_swap", 1), ("publish_after_swap", 2)],
)
def test_publishing_killed_leaves_a_whole_version_and_heals(tmp_path: Path, failpoint: str, day_seen: int) -> None:
    home = tmp_path
    with open_warehouse(home, holder="x") as con:
        con.execute("create schema marts; create table marts.fct_days as select date '2026-11-01' as day_on, 1 as day")
    assert _run("1", home) == 0
    with open_warehouse(home, holder="x") as con:
        con.execute("update marts.fct_days set day = 2")
    assert _run("2", home, failpoint) == -signal.SIGKILL
    assert _day(home) == day_seen
    assert verify_published(current_version(home)) == 1
    assert _run("2", home) == 0
    assert _day(home) == 2
    assert all((folder / "manifest.json").exists() for folder in (home / "published").glob("2*"))


def _day(home: Path) -> int:
    with duckdb.connect(str(current_version(home) / "marts.duckdb"), read_only=True) as con:
        return con.execute("select day from fct_days").fetchall()[0][0]
