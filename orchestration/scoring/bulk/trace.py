"""The explanation of many people as a table: one row per person, one column per node of the calculation.

Numbers are readings in binary floats beside exact fen. They say where an amount came from; the exact fractions and the
sentences of one person are the plain engine's, which a test holds equal.
"""

import numpy as np
import pyarrow as pa

from orchestration.scoring.bulk.sheet import Sheet
from orchestration.scoring.bulk.vector import everywhere


def trace_table(sheet: Sheet, lines: list[tuple[str, np.ndarray, np.ndarray]], kept: np.ndarray) -> pa.Table:
    """Employee, plan, period, and a column for every node; null where a node does not apply to a person."""
    names = pa.array(sheet.roster.employees, pa.string())
    people = pa.array(sheet.people[kept].astype(np.int32))
    count = len(people)
    columns: dict[str, pa.Array] = {
        "employee_no": pa.DictionaryArray.from_arrays(people, names),
        "plan": _same(f"{sheet.plan.id} v{sheet.plan.version}", count),
        "period": _same(str(sheet.period), count),
    }
    for node, column in sheet.trace.items():
        known = None if column.known is None else ~everywhere(column.known, sheet.size)[kept]
        columns[node] = pa.array(column.values[kept].astype(float), mask=known)
    for component, amounts, due in lines:
        columns[f"fen/{component}"] = pa.array(amounts[kept], mask=~due[kept])
    return pa.table(columns)


def _same(text: str, count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int8)), pa.array([text]))
