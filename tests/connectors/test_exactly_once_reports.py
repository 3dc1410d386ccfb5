"""Reports by day: what is restated or withdrawn inside the look-back is seen, exactly once, wherever a night is killed.

What these vendors do to days before the look-back cannot be seen, and the test says so: such a day keeps what was read
last. Nothing of it is called deleted.
"""

import random
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from fake_server import Answer, Asked, FakeVendor
from mutating import FIRST_NIGHT, POINTS, Nights, Stream, is_in_order, latest, versions
from mutating_reports import HISTORY, REPORTS, Figures, Report


def _proven(folder: Path, report: Report, schedule: int) -> None:
    chance = random.Random(f"{report.source}:{schedule}")
    figures = Figures(chance, date(2026, 11, 3))
    figures.grow(figures.today)
    unrest = [0.0]

    def script(asked: Asked) -> Answer:
        if chance.random() < unrest[0]:
            figures.change(report.lookback)
        return report.answer(figures, asked)

    stream = Stream(report.source, report.stream, report.company, lambda _, asked: script(asked), report.value)
    nights = Nights(folder, stream)
    with FakeVendor(script).running() as vendor:
        nights.configure(vendor.url)
        for day in (0, 1, 4, 5):
            figures.grow(date(2026, 11, 3) + timedelta(days=day))
            unrest[0] = 0.0 if day == 5 else 0.1
            point = chance.choice(["", *POINTS])
            while not nights.run(FIRST_NIGHT + timedelta(days=day), point):
                figures.change(report.lookback)
                point = chance.choice([*[""] * 14, *POINTS])
            if day < 4:
                # Between two nights only days that the next one reads again.
                for _ in range(chance.randrange(8)):
                    figures.change(max(report.lookback - 1, 1))
        edge = (figures.today - timedelta(days=report.lookback)).isoformat()
        shown = {key: value for key, value in figures.now.items() if key[1] < report.most_rows}
        current = {report.key(*key): value for key, value in shown.items() if key[0] >= edge}
        names = {report.key(*key): key for key in figures.past if key[1] < report.most_rows}
        held = latest(nights.raw)
        assert {name: value for name, value in held.items() if names[name][0] >= edge} == current

        # Before the look-back: unseen, and kept.
        old = (figures.today - timedelta(days=report.lookback + 3)).isoformat()
        assert old >= HISTORY.isoformat()
        before = {name: value for name, value in held.items() if names[name][0] == old}
        assert before
        figures.now = {key: value + 1 if key[0] == old else value for key, value in figures.now.items()}
        assert nights.run(FIRST_NIGHT + timedelta(days=5, hours=1))
        assert {name: value for name, value in latest(nights.raw).items() if names[name][0] == old} == before
    for name, values in versions(nights.raw).items():
        assert is_in_order(values, figures.past[names[name]]), "versions are out of order"
        # A row that was withdrawn and comes back with the same figure is a new version after its tombstone.
        gone = sum(is_gone for key, _, is_gone in nights.raw if key == name)
        assert sum(one == other for one, other in pairwise(values)) <= gone, "a version came twice"


@pytest.mark.parametrize("report", REPORTS, ids=lambda it: it.source)
def test_days_of_the_look_back_end_as_the_vendor_says_and_older_ones_stay(tmp_path: Path, report: Report) -> None:
    _proven(tmp_path, report, schedule=1)


@pytest.mark.slow
@pytest.mark.parametrize("schedule", range(2, 22))
@pytest.mark.parametrize("report", REPORTS, ids=lambda it: it.source)
def test_so_they_do_for_many_schedules(tmp_path: Path, report: Report, schedule: int) -> None:
    _proven(tmp_path, report, schedule)
