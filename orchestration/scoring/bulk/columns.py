"""The measured values of one plan period, taken out of an Arrow table without an object per row.

The table has the columns of `marts.fct_kpi_measurements`; numerators, denominators and targets are DECIMAL(38,6) and
stay integers of millionths. Values of teams, departments and the company are few and read one by one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.periods import Period
from orchestration.scoring.errors import InputError
from orchestration.scoring.inputs import Measurement

MILLION = 1_000_000
OK, NOT_APPLICABLE, ABSENT = 0, 1, 2
"""Codes of states: a value, no value that could be, anything else (which the plain engine deals with)."""
NEEDED = ("metric_id", "grain", "subject_id", "cadence", "period_start", "period_end", "numerator", "denominator")
NEEDED = (*NEEDED, "target", "state")


@dataclass(frozen=True, slots=True)
class Values:
    """One metric of many people, in millionths. `has_target`: where the feed brought one."""

    numerator: np.ndarray
    denominator: np.ndarray
    is_ratio: np.ndarray
    target: np.ndarray
    has_target: np.ndarray
    state: np.ndarray

    def of(self, people: np.ndarray) -> "Values":
        """The same for some people, in their order."""
        return Values(*(getattr(self, name)[people] for name in Values.__slots__))


class KpiColumns:
    """The employees' values of a table, by metric and own period, in the order of `employees`."""

    def __init__(self, table: pa.Table, employees: Mapping[str, int]) -> None:
        absent = [name for name in NEEDED if name not in table.column_names]
        if absent:
            raise InputError(f"the measurements have no {', '.join(absent)}; they need the columns of the KPI fact")
        self._size = len(employees)
        self._columns = {name: _whole(table.column(name)) for name in NEEDED}
        self._subjects = _codes(self._columns["subject_id"], employees)
        self._metrics = self._columns["metric_id"].dictionary.to_pylist()
        self._metric_codes = _indices(self._columns["metric_id"])
        grains = self._columns["grain"].dictionary.to_pylist()
        is_employee = np.array([grain == "employee" for grain in grains], bool)[_indices(self._columns["grain"])]
        self._is_employee = is_employee
        states = np.array(
            [_STATES.get(state, ABSENT) for state in self._columns["state"].dictionary.to_pylist()], np.int8
        )
        self._state = states[_indices(self._columns["state"])]
        self._spans = _days(self._columns["period_start"]), _days(self._columns["period_end"])
        self._found: dict[tuple[str, Period], Values] = {}
        self._decimals = {
            name: _millionths(self._columns[name], name) for name in ("numerator", "denominator", "target")
        }
        self._by_metric = self._blocks()

    def employee_values(self, metric_id: str, own: Period) -> Values:
        """The values of one metric in one own period; people without a row are ABSENT."""
        key = (metric_id, own)
        if key not in self._found:
            self._found[key] = self._gather(metric_id, own)
        return self._found[key]

    def wide_rows(self) -> list[Measurement]:
        """Every row of a wider subject."""
        return self._rows(~self._is_employee)

    def rows_of(self, employees: Iterable[int]) -> list[Measurement]:
        """Every row of some employees, for the plain engine."""
        wanted = np.zeros(self._size + 1, bool)
        wanted[np.fromiter(employees, int, -1)] = True
        return self._rows(self._is_employee & wanted[self._subjects])

    def _blocks(self) -> list[np.ndarray | slice]:
        """Where the rows of each metric are: a slice where they stand together or at equal distances, else numbers."""
        codes, metrics = self._metric_codes, len(self._metrics)
        if metrics and len(codes) and len(codes) % metrics == 0:
            # One row for every person and metric, person after person: every metric is a comb.
            first = codes[:metrics]
            if len(set(first.tolist())) == metrics and (codes.reshape(-1, metrics) == first).all():
                places = np.argsort(first)
                return [slice(int(place), len(codes), metrics) for place in places]
        edges = np.flatnonzero(np.diff(codes)) + 1
        starts = np.concatenate(([0], edges)) if len(codes) else np.array([], int)
        stops = np.concatenate((edges, [len(codes)]))
        if len(starts) <= 4 * len(self._metrics):
            found: list[list[tuple[int, int]]] = [[] for _ in self._metrics]
            for start, stop in zip(starts.tolist(), stops.tolist(), strict=True) if len(codes) else ():
                found[codes[start]].append((start, stop))
            return [
                slice(*runs[0]) if len(runs) == 1 else np.concatenate([np.arange(*run) for run in runs] or [starts[:0]])
                for runs in found
            ]
        # Sixteen bits are sorted by their digits, in one pass over the rows.
        order = np.argsort(codes.astype(np.int16) if metrics < 2**15 else codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(len(self._metrics) + 1))
        return [order[bounds[index] : bounds[index + 1]] for index in range(len(self._metrics))]

    def _gather(self, metric_id: str, own: Period) -> Values:
        size = self._size
        if metric_id not in self._metrics:
            return _empty(size)
        rows = self._by_metric[self._metrics.index(metric_id)]
        subjects = self._subjects[rows]
        start, end = _day(own.start), _day(own.end)
        fits = (self._spans[0][rows] == start) & (self._spans[1][rows] == end) & self._is_employee[rows]
        fits &= subjects < size
        if isinstance(rows, slice) and fits.all() and len(subjects) == size and _is_in_order(subjects):
            # Sorted by metric and employee, complete: the columns are taken as they stand.
            return self._taken(rows)
        chosen = (np.arange(rows.start, rows.stop, rows.step) if isinstance(rows, slice) else rows)[fits]
        places = self._subjects[chosen]
        if len(np.unique(places)) != len(places):
            raise InputError(
                f"{metric_id} for {own} stands in the measurements twice for somebody; "
                "one row per metric, subject and period is allowed"
            )
        taken, values = self._taken(chosen), _empty(size)
        for name in Values.__slots__:
            getattr(values, name)[places] = getattr(taken, name)
        return values

    def _taken(self, rows: np.ndarray | slice) -> Values:
        numerator, has_numerator = (part[rows] for part in self._decimals["numerator"])
        denominator, is_ratio = (part[rows] for part in self._decimals["denominator"])
        target, has_target = (part[rows] for part in self._decimals["target"])
        state = self._state[rows]
        if not has_numerator.all():
            state = np.where((state == OK) & ~has_numerator, ABSENT, state)
        return Values(numerator, denominator, is_ratio, target, has_target, state)

    def _rows(self, mask: np.ndarray) -> list[Measurement]:
        chosen = pa.array(np.flatnonzero(mask))
        columns = [self._columns[name].take(chosen).to_pylist() for name in NEEDED]
        return [_measurement(*cells) for cells in zip(*columns, strict=True)]


_STATES = {"ok": OK, "not_applicable": NOT_APPLICABLE}


def _measurement(
    metric_id: str,
    grain: Any,
    subject_id: str,
    cadence: Any,
    start: date,
    end: date,
    numerator: Decimal | None,
    denominator: Decimal | None,
    target: Decimal | None,
    state: Any,
) -> Measurement:
    return Measurement(metric_id, grain, subject_id, cadence, start, end, numerator, denominator, target, "", state)


def _empty(size: int) -> Values:
    zeros = np.zeros(size, np.int64)
    return Values(
        zeros, zeros.copy(), np.zeros(size, bool), zeros.copy(), np.zeros(size, bool), np.full(size, ABSENT, np.int8)
    )


def _is_in_order(subjects: np.ndarray) -> bool:
    return bool(subjects[0] == 0 and (np.diff(subjects) == 1).all()) if len(subjects) else True


def _whole(column: pa.ChunkedArray) -> Any:
    """One array; texts as dictionaries, whose codes are all that is looked at."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.dictionary_encode(column)  # pyright: ignore[reportAttributeAccessIssue]
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def _indices(array: Any) -> np.ndarray:
    if array.null_count:
        raise InputError("a metric, grain, subject or state of the measurements is empty")
    return array.indices.to_numpy(zero_copy_only=False)


def _codes(array: Any, employees: Mapping[str, int]) -> np.ndarray:
    """The place of each row's subject among the employees; their number where it is none of them."""
    places = np.array([employees.get(subject, len(employees)) for subject in array.dictionary.to_pylist()], np.int32)
    return places[_indices(array)] if len(places) else np.zeros(0, np.int32)


def _days(array: Any) -> np.ndarray:
    return array.cast(pa.date32()).cast(pa.int32()).to_numpy(zero_copy_only=False)


def _day(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _millionths(array: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A decimal column as integers of millionths, and where there is a value."""
    if array.null_count == len(array):
        return np.broadcast_to(np.int64(0), len(array)), np.broadcast_to(np.False_, len(array))
    if not pa.types.is_decimal128(array.type) or array.type.scale != 6:
        array = array.cast(pa.decimal128(38, 6))
    all_there = np.broadcast_to(np.True_, len(array))
    there = ~array.is_null().to_numpy(zero_copy_only=False) if array.null_count else all_there
    words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset : 2 * (array.offset + len(array))]
    low, high = words[0::2], words[1::2]
    if ((high != low >> 63) & there).any():
        raise InputError(f"a {name} of the measurements has more than 18 digits; correct the row")
    # What stands behind a null is not defined; without nulls the numbers stay where Arrow has them.
    return (low if there is all_there else np.where(there, low, 0)), there
