"""Picking rows of a close folder gives what reading everything and looking would give."""

from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from orchestration.payout.close_folder import _write, read_rows

PEOPLE = [f"E{number:04d}" for number in range(300)]
ROWS = [
    {"employee_no": no, "metric": f"m{place % 7}", "value": Decimal(place) / 2, "text": f"步骤 {place}"}
    for no in PEOPLE
    for place in range(100)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("closed")
    _write(path / "trace.parquet", ROWS)
    assert pq.ParquetFile(path / "trace.parquet").num_row_groups == 3
    return path


@pytest.mark.parametrize(
    "wanted",
    [
        {"employee_no": {"E0000"}},
        {"employee_no": {"E0099", "E0100", "E0299"}},
        {"employee_no": {"E0150"}, "metric": {"m0", "m6"}},
        {"metric": {"m3"}},
        {"employee_no": {"E9999"}},
        {"employee_no": {"E0001"}, "no_such_column": {"x"}},
    ],
)
def test_picked_rows_are_those_of_the_whole_table(folder: Path, wanted: dict[str, set[str]]):
    whole = read_rows(folder, "trace")
    assert len(whole) == len(ROWS)
    known = {column: values for column, values in wanted.items() if column in whole[0]}
    expected = [row for row in whole if all(row[column] in values for column, values in known.items())]
    assert read_rows(folder, "trace", **wanted) == expected
