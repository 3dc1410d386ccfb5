"""Typed rows of close folders, everybody's or one person's: lines with their ids, held lines, steps, scores.

A statement of one person reads that person's rows only; the statements of a whole period read every table once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from orchestration.payout.close_folder import CATALOGUE, close_folder, read_closed_inputs, read_rows
from orchestration.payout.lines import HeldLine, PayoutLine, RunKey, line_id
from orchestration.plans import PlanBundle
from orchestration.plans.bundle import load_bundle
from orchestration.scoring.inputs import ScoringInputs
from orchestration.scoring.results import PayComponent, Score, TraceRow
from orchestration.statements.own_inputs import OwnInputs
from orchestration.statements.runs import RunHead


@dataclass
class Folders:
    """The close folders of a company. `whole`: tables are read once and kept, for the statements of many people."""

    closed: Path
    whole: bool = False
    _known: dict[tuple[str, int], "FolderRows"] = field(default_factory=dict)

    def at(self, period: str, revision: int) -> "FolderRows":
        """One folder."""
        key = (period, revision)
        if key not in self._known:
            self._known[key] = FolderRows(close_folder(self.closed, period, revision), self.whole)
        return self._known[key]


@dataclass
class FolderRows:
    """One close folder, or the folder of an origin inside one."""

    path: Path
    whole: bool
    _tables: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)

    @cached_property
    def bundle(self) -> PlanBundle:
        """The plans of the time."""
        return load_bundle(self.path / "plans", self.path / "plans" / CATALOGUE)

    @cached_property
    def everything(self) -> ScoringInputs:
        """The inputs of everybody."""
        return read_closed_inputs(self.path)

    @cached_property
    def _own(self) -> OwnInputs:
        return OwnInputs(self.everything)

    def inputs(self, employee_no: str) -> ScoringInputs:
        """One person's inputs, and the values of teams, departments and the company."""
        return self._own.of(employee_no) if self.whole else read_closed_inputs(self.path, employee_no)

    def origin(self, period: str) -> "FolderRows | None":
        """The recomputation of an earlier period that this one corrects."""
        path = self.path / "origins" / period
        return FolderRows(path, self.whole) if path.is_dir() else None

    def rows(self, name: str, employee_no: str = "") -> list[dict[str, Any]]:
        """Rows of one table, of one person or of all."""
        if not self.whole:
            return read_rows(self.path, name, **({"employee_no": {employee_no}} if employee_no else {}))
        if name not in self._tables:
            grouped: dict[str, list[dict[str, Any]]] = {}
            for row in read_rows(self.path, name):
                grouped.setdefault(row["employee_no"], []).append(row)
            self._tables[name] = grouped
        table = self._tables[name]
        return table.get(employee_no, []) if employee_no else [row for rows in table.values() for row in rows]


def closed_lines(folder: FolderRows, heads: Sequence[RunHead], employee_no: str = "") -> tuple[PayoutLine, ...]:
    """The lines of some runs at the revision of their folder, everybody's or one person's, with their ids."""
    keys = {head.key: head for head in heads}
    found = []
    for row in folder.rows("lines", employee_no):
        key = RunKey(row["period"], row["pay_group"], row["run_no"])
        if key in keys:
            found.append(_line(row, key, keys[key].revision))
    return tuple(sorted(found, key=lambda line: (line.run, line.sort_key)))


def closed_held(folder: FolderRows, heads: Sequence[RunHead], employee_no: str = "") -> tuple[HeldLine, ...]:
    """The held lines of some runs of a folder."""
    groups = {head.key.pay_group for head in heads}
    return tuple(sorted(HeldLine(**row) for row in folder.rows("held", employee_no) if row["pay_group"] in groups))


def closed_trace(folder: FolderRows, employee_no: str) -> tuple[TraceRow, ...]:
    """One person's steps in order."""
    rows = folder.rows("trace", employee_no)
    return tuple(_trace_row(row) for row in sorted(rows, key=lambda row: row["sequence"]))


def closed_scores(folder: FolderRows, employee_no: str = "") -> tuple[Score, ...]:
    """Scores without their metrics, which the trace has; one row of the folder is one metric."""
    found: dict[tuple[Any, ...], Score] = {}
    for row in folder.rows("scores", employee_no):
        key = (row["employee_no"], row["plan_id"], row["plan_version"], row["segment_from"], row["segment_to"])
        categories = {name: Fraction(points) for name, points in json.loads(row["categories"]).items()}
        total = None if row["total"] is None else Fraction(row["total"])
        found[key] = Score(*key, (), categories, total, row["rating"], row["held_reason"])
    return tuple(found[key] for key in sorted(found))


def closed_components(folder: FolderRows, employee_no: str) -> tuple[PayComponent, ...]:
    """One person's exact components."""
    rows = folder.rows("components", employee_no)
    return tuple(
        PayComponent(**{**row, "amount": None if row["amount"] is None else Fraction(row["amount"])})
        for row in sorted(rows, key=lambda row: (row["plan_id"], row["component"]))
    )


def _line(row: dict[str, Any], key: RunKey, revision: int) -> PayoutLine:
    plan_id, _, version = row["plan"].rpartition("@")
    names = ("kind", "payer_entity", "pay_month", "employee_no", "department_id", "component", "pay_item_code")
    more = ("amount_fen", "currency", "cost_centre", "origin_period", "reason", "origin_line", "trace_node")
    line = PayoutLine(run=key, plan_id=plan_id, plan_version=int(version), **{name: row[name] for name in names + more})
    # A draft's id is told by its revision too: the same line of the next revision is another one.
    values = {name: getattr(line, name) for name in line.__slots__} | {"revision": revision}
    return PayoutLine(**{**values, "line_id": line_id(line, revision)})


def _trace_row(row: dict[str, Any]) -> TraceRow:
    value = None if row["value"] is None else Fraction(row["value"])
    return TraceRow(**{**row, "value": value, "inputs": json.loads(row["inputs"] or "{}")})
