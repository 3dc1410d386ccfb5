"""After every increment of a random history, each table holds to the row what a build from nothing gives."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.marts.conftest import BuiltMarts, dbt
from tests.marts.increments import add_increment, differing_tables
from tests.warehouse.sample import ZONE

MODELS = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


def _follow(marts: BuiltMarts, folder: Path, seed: int, nights: list[datetime]) -> None:
    chance = Random(seed)
    home, again = folder / "grown", folder / "rebuilt"
    shutil.copytree(marts.home, home)
    for as_of in nights:
        told = add_increment(home, chance, as_of)
        dbt(home, as_of, *MODELS).raise_for_failure()
        shutil.rmtree(again, ignore_errors=True)
        again.mkdir()
        shutil.copy(home / "warehouse.duckdb", again)
        dbt(again, as_of, *MODELS, "--full-refresh").raise_for_failure()
        assert differing_tables(home, again) == {}, (seed, as_of, told)


def test_after_each_night_of_a_random_history_the_tables_equal_a_rebuild(marts: BuiltMarts, tmp_path: Path) -> None:
    """The night after, the same night once more with other facts, and one beyond the end of the month."""
    first = marts.sample.as_of + timedelta(days=1)
    _follow(marts, tmp_path, 11, [first, first, datetime(2026, 12, 1, 9, tzinfo=ZONE)])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_long_random_histories_equal_a_rebuild_after_every_night(marts: BuiltMarts, tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    night = marts.sample.as_of
    nights = []
    for _ in range(10):
        night += timedelta(days=chance.choice([0, 1, 1, 2, 9, 30]))
        nights.append(night)
    _follow(marts, tmp_path, seed, nights)
