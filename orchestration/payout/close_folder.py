"""The close folder: everything an amount of one calculation was made from, as exact Parquet and the plans' YAML.

`closed/<period>/<revision>/` is written with the calculation and frozen at approval: its files become read-only and
the sha256 of its manifest stands in the ledger. Decimals stay DECIMAL, exact fractions are text ("2/37"). The same
calculation gives the same bytes; nothing of the run (moments, revision, host) is inside.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from connectors.failpoints import failpoint
from orchestration.payout.atomic import make_private, replace_folder
from orchestration.payout.canonical import canonical_json, sha256_file, sha256_json
from orchestration.payout.errors import VerificationFailed
from orchestration.payout.lines import HeldLine, PayoutLine
from orchestration.periods import Period
from orchestration.scoring.inputs import (
    Absence,
    Assignment,
    BonusBase,
    Carried,
    ImprovementPlan,
    Measurement,
    ScoringEvent,
    ScoringInputs,
    TrainingResult,
)
from orchestration.scoring.results import ScoringResult, TraceRow

MANIFEST = "manifest.json"
CATALOGUE = "catalogue.yaml"
"""Name of the metric catalogue among the plans' files."""
SETTLEMENT = "settlement.json"
_CONTRIBUTIONS = "contributions.parquet"
_CONTRACT = 1
_INPUTS: Mapping[str, type] = {
    "measurements": Measurement,
    "assignments": Assignment,
    "bases": BonusBase,
    "events": ScoringEvent,
    "training": TrainingResult,
    "absences": Absence,
    "improvement_plans": ImprovementPlan,
}
LATER_INPUTS = ("absences", "improvement_plans")
"""Inputs that came to be known later: where a period has none, hash and folder are what they were before."""
_DECIMAL = pa.decimal128(38, 6)
_ROW_GROUP = 10_000
"""Rows that are read together: one person's steps must not cost reading everybody's."""
_DIGITS = {"base_amount": Decimal("0.01"), "exam_score": Decimal("0.0001")}
"""Columns whose contract has fewer than six (docs/contracts.md §6)."""


class Plans(Protocol):
    """What the payout room needs of a bundle of plans: its files by relative path, and their hash."""

    @property
    def files(self) -> Mapping[str, str]: ...

    @property
    def content_hash(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one period's amounts were computed from, and the computation. `contributions` is the warehouse's table."""

    period: Period
    inputs: ScoringInputs
    contributions: pa.Table
    result: ScoringResult


@dataclass(frozen=True, slots=True)
class CloseContents:
    """What goes into a close folder; `origins` are the earlier periods that were recomputed for corrections,
    `settlement` the rules by which amounts were settled with earlier runs."""

    evidence: Evidence
    plans: Plans
    engine_version: str
    lines: tuple[PayoutLine, ...]
    held: tuple[HeldLine, ...]
    origins: tuple[Evidence, ...] = ()
    settlement: Mapping[str, str] | None = None


def write_close_folder(closed: Path, contents: CloseContents) -> tuple[Path, str]:
    """Write the folder under a temporary name; gives its path and the sha256 of its manifest."""
    temporary = closed / str(contents.evidence.period) / ".provisional"
    if temporary.exists():
        shutil.rmtree(temporary)
    make_private(temporary)
    _write_evidence(temporary, contents.evidence)
    for origin in contents.origins:
        _write_evidence(temporary / "origins" / str(origin.period), origin)
    _write(temporary / "lines.parquet", [dict(line.content) for line in contents.lines])
    _write(temporary / "held.parquet", [_record(row) for row in contents.held])
    if contents.settlement is not None:
        (temporary / SETTLEMENT).write_text(canonical_json(dict(contents.settlement)) + "\n", encoding="utf-8")
    for name, text in contents.plans.files.items():
        path = temporary / "plans" / name
        make_private(path.parent)
        path.write_text(text, encoding="utf-8")
    files = [
        {"name": path.relative_to(temporary).as_posix(), "sha256": sha256_file(path), "bytes": path.stat().st_size}
        for path in sorted(temporary.rglob("*"))
        if path.is_file()
    ]
    manifest = {
        "contract": _CONTRACT,
        "period": str(contents.evidence.period),
        "engine_version": contents.engine_version,
        "plan_hash": contents.plans.content_hash,
        "files": files,
    }
    (temporary / MANIFEST).write_text(canonical_json(manifest) + "\n", encoding="utf-8")
    for path in temporary.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return temporary, sha256_json(manifest)


def evidence_sha256(folder: Path) -> str:
    """sha256 of what a close folder says, apart from the loads that brought the source records.

    A record that a vendor changed in a field nobody reads comes with a new load every night; the numbers made from it
    are the same, and so is the calculation.
    """
    files: dict[str, str] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name != MANIFEST):
        name = path.relative_to(folder).as_posix()
        if path.name == _CONTRIBUTIONS:
            buffer = pa.BufferOutputStream()
            pq.write_table(pq.read_table(path).drop_columns(["load_id"]), buffer)
            files[name] = hashlib.sha256(buffer.getvalue()).hexdigest()
        else:
            files[name] = sha256_file(path)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return sha256_json({"files": files, **{name: manifest[name] for name in ("engine_version", "plan_hash")}})


def place_close_folder(temporary: Path, closed: Path, period: str, revision: int) -> Path:
    """Give a finished folder its revision. One with the same contents stays, and a frozen one is never replaced."""
    target = close_folder(closed, period, revision)
    failpoint("before_close_folder_rename")
    if target.exists() and (is_frozen(target) or _is_same(temporary, target)):
        shutil.rmtree(temporary)
    else:
        replace_folder(temporary, target)
    failpoint("after_close_folder_rename")
    return target


def close_folder(closed: Path, period: str, revision: int) -> Path:
    """Where the folder of a revision is."""
    return closed / period / str(revision)


def is_frozen(folder: Path) -> bool:
    """Whether the folder was made read-only at an approval."""
    return not folder.stat().st_mode & 0o200


def freeze(folder: Path, expected_sha256: str) -> None:
    """Check the folder against the ledger's sha256 and make it read-only. Freezing twice is a no-op."""
    verify_close_folder(folder, expected_sha256)
    for path in sorted(folder.rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)
    folder.chmod(0o500)


def verify_close_folder(folder: Path, expected_sha256: str) -> dict[str, Any]:
    """Check every file of a close folder; gives its manifest or raises `VerificationFailed` naming the first bad
    file."""
    path = folder / MANIFEST
    if not path.is_file():
        raise VerificationFailed(
            f"{folder.parent.name}/{folder.name}: the close folder is missing; restore it from backup"
        )
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if sha256_json(manifest) != expected_sha256:
        raise VerificationFailed(
            f"{folder.parent.name}/{folder.name}/{MANIFEST} is not the one the ledger recorded; restore it from backup"
        )
    for file in manifest["files"]:
        member = folder / file["name"]
        if not member.is_file() or sha256_file(member) != file["sha256"]:
            raise VerificationFailed(
                f"{folder.parent.name}/{folder.name}/{file['name']} was changed or removed; restore it from backup"
            )
    found = {member.relative_to(folder).as_posix() for member in folder.rglob("*") if member.is_file()}
    extra = sorted(found - {file["name"] for file in manifest["files"]} - {MANIFEST})
    if extra:
        raise VerificationFailed(f"{folder.parent.name}/{folder.name}: {extra[0]} does not belong there; remove it")
    return manifest


def read_rows(folder: Path, name: str, **wanted: Collection[str]) -> list[dict[str, Any]]:
    """Rows of one of the folder's tables; decimals as `Decimal`, dates as `date`, fractions as text.

    `column=values` keeps the rows whose column is one of the values, without reading the others.
    """
    # Neither read_table nor a filter of Arrow: both load the whole of pandas, two seconds of every statement.
    with pq.ParquetFile(folder / f"{name}.parquet") as file:
        chosen = {column: set(values) for column, values in wanted.items() if column in file.schema_arrow.names}
        if not chosen:
            return file.read().to_pylist()
        groups = (group for group in range(file.num_row_groups) if _may_hold(file.metadata.row_group(group), chosen))
        return [row for group in groups for row in _rows_of(file, group, chosen)]


def _may_hold(group: pq.RowGroupMetaData, chosen: Mapping[str, Collection[str]]) -> bool:
    """Whether the least and the greatest value of each column leave room for a wanted one."""
    for place in range(group.num_columns):
        column = group.column(place)
        values, known = chosen.get(column.path_in_schema), column.statistics
        if values is None or known is None or not known.has_min_max:
            continue
        if not any(known.min <= value <= known.max for value in values):
            return False
    return True


def _rows_of(file: pq.ParquetFile, group: int, chosen: Mapping[str, Collection[str]]) -> list[dict[str, Any]]:
    """The wanted rows of a group; the other columns are read only where there are any."""
    keys = file.read_row_group(group, columns=list(chosen))
    columns = [keys[column].to_pylist() for column in chosen]
    kept = [
        place
        for place, row in enumerate(zip(*columns, strict=True))
        if all(value in values for value, values in zip(row, chosen.values(), strict=True))
    ]
    if not kept:
        return []
    table = file.read_row_group(group)
    return [row for start, length in _runs(kept) for row in table.slice(start, length).to_pylist()]


def _runs(places: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Places in order as unbroken runs (start, length)."""
    for _, group in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        run = [place for _, place in group]
        yield run[0], len(run)


def read_closed_inputs(folder: Path, employee_no: str = "") -> ScoringInputs:
    """The inputs as they were scored, to the digit: a text made from them then comes out the same now.

    With `employee_no` only this person's, and the values of teams, departments and the company.
    """
    # A folder of an earlier time lacks what was not known then.
    tables = {name: kind for name, kind in _INPUTS.items() if (folder / f"{name}.parquet").is_file()}
    read = {
        name: tuple(kind(**{**row, **_rescaled(row)}) for row in _of_person(folder, name, employee_no))
        for name, kind in tables.items()
    }
    rows = _of_person(folder, "carried_in", employee_no)
    carried = (Carried(**{**row, "amount": Fraction(row["amount"])}) for row in rows)
    return ScoringInputs(**read, carried=tuple(carried))


def _of_person(folder: Path, name: str, employee_no: str) -> list[dict[str, Any]]:
    if not employee_no:
        return read_rows(folder, name)
    if name != "measurements":
        return read_rows(folder, name, employee_no={employee_no})
    groups = {"team", "department", "company"}
    return [
        *read_rows(folder, name, grain={"employee"}, subject_id={employee_no}),
        *read_rows(folder, name, grain=groups),
    ]


def read_trace_rows(folder: Path, employee_no: str) -> list[TraceRow]:
    """One person's steps in order, as they were written; inputs and source records stay behind."""
    rows = sorted(read_rows(folder, "trace", employee_no={employee_no}), key=lambda row: row["sequence"])
    return [
        TraceRow(
            employee_no=row["employee_no"],
            sequence=row["sequence"],
            node=row["node"],
            parent=row["parent"] or "",
            step=row["step"],
            text_zh=row["text_zh"],
            text_en=row["text_en"],
            value=None if row["value"] is None else Fraction(row["value"]),
            unit=row["unit"] or "",
            parameter=row["parameter"] or "",
            passed=row["passed"],
        )
        for row in rows
        if row["employee_no"] == employee_no
    ]


def _rescaled(row: Mapping[str, Any]) -> dict[str, Decimal]:
    """Decimals with the digits that the warehouse gives them; the folder keeps all with six."""
    return {name: row[name].quantize(step) for name, step in _DIGITS.items() if row.get(name) is not None}


def fraction_text(value: Fraction | None) -> str | None:
    """A fraction as `n` or `n/d`."""
    return None if value is None else str(value)


def _is_same(temporary: Path, target: Path) -> bool:
    try:
        verify_close_folder(target, sha256_json(json.loads((temporary / MANIFEST).read_text(encoding="utf-8"))))
    except VerificationFailed:
        return False
    return True


def _write_evidence(folder: Path, evidence: Evidence) -> None:
    make_private(folder)
    for name in _INPUTS:
        rows = getattr(evidence.inputs, name)
        if rows or name not in LATER_INPUTS:  # a folder of an earlier time then comes out as it was
            _write(folder / f"{name}.parquet", [_record(row) for row in rows])
    pq.write_table(evidence.contributions, folder / _CONTRIBUTIONS, compression="zstd")
    _write(folder / "carried_in.parquet", _carried_records(evidence.inputs.carried))
    _write(folder / "carried.parquet", _carried_records(evidence.result.carried))
    _write(folder / "scores.parquet", _score_records(evidence.result))
    _write(folder / "components.parquet", [_record(row) for row in evidence.result.components])
    _write(folder / "trace.parquet", [_record(row) for row in evidence.result.trace])


def _carried_records(rows: Iterable[Carried]) -> list[dict[str, Any]]:
    """Rows without the column that only a clawback fills, where none does: a folder of an earlier time had none."""
    records = [_record(row) for row in rows]
    if not any(record.get("period") for record in records):
        for record in records:
            record.pop("period", None)
    return records


def _score_records(result: ScoringResult) -> list[dict[str, Any]]:
    """One row per score and metric; the score's own columns repeat."""
    records = []
    for score in result.scores:
        head = {
            "employee_no": score.employee_no,
            "plan_id": score.plan_id,
            "plan_version": score.plan_version,
            "segment_from": score.segment_from,
            "segment_to": score.segment_to,
            "total": fraction_text(score.total),
            "rating": score.rating,
            "held_reason": score.held_reason,
            "categories": canonical_json({name: str(points) for name, points in score.categories.items()}),
        }
        records.extend(
            {
                **head,
                "metric_id": metric.metric_id if metric else None,
                "category": metric.category if metric else None,
                "weight": fraction_text(metric.weight) if metric else None,
                "state": metric.state if metric else None,
                "points": fraction_text(metric.points) if metric else None,
            }
            for metric in score.metrics or (None,)
        )
    return records


def _record(row: Any) -> dict[str, Any]:
    return {field.name: _exact(getattr(row, field.name)) for field in fields(row)}


def _exact(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, dict):
        return canonical_json(value)
    if isinstance(value, tuple | list):
        return canonical_json(list(value))
    if value is None or isinstance(value, str | int | Decimal | date):
        return value
    raise TypeError(f"{type(value).__name__} has no exact form in a close folder")


def _write(path: Path, records: Sequence[dict[str, Any]]) -> None:
    """Rows in canonical order, each person's together, with column types that do not depend on which values happen to
    be there."""
    names = sorted({name for record in records for name in record}) if records else []
    ordered = sorted(records, key=_order)
    columns = {name: _column([record[name] for record in ordered]) for name in names}
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=_ROW_GROUP)


def _order(record: dict[str, Any]) -> tuple[str, str]:
    whose = record.get("employee_no") or record.get("subject_id") or ""
    return whose, canonical_json({name: str(value) for name, value in record.items()})


def _column(values: Iterable[Any]) -> pa.Array:
    values = list(values)
    kinds = {type(value) for value in values if value is not None}
    if kinds == {Decimal}:
        return pa.array(values, _DECIMAL)
    if kinds == {date}:
        return pa.array(values, pa.date32())
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int}:
        return pa.array(values, pa.int64())
    return pa.array(values, pa.string())
