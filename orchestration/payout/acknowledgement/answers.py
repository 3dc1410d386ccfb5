"""Payroll's answer as a CSV: one row per line, or per person and wage item. Contract: docs/delivery.md.

A company whose payroll speaks otherwise describes its columns and words in the layout (`acknowledgement:`).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.payout.acknowledgement.states import Status
from orchestration.payout.errors import AcknowledgementRefused
from orchestration.payout.layouts.model import Acknowledgement
from orchestration.payout.lines import PayoutLine
from orchestration.payout.rounding import fen_of_text

CONTRACT = Acknowledgement(
    columns={name: name for name in ("line_id", "status", "reason", "amount")},
    words={name: name for name in ("accepted", "paid", "rejected")},
)
KEYS = ("line_id", "employee_no", "pay_item_code", "cost_centre")


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of the answer: where it stands, which lines it means (`keys`), and what it says of them."""

    where: str
    keys: tuple[tuple[str, str], ...]
    status: Status
    reason: str
    amount_fen: int | None

    def means(self, line: PayoutLine) -> bool:
        """Whether the row is about a line."""
        return all(getattr(line, name) == value for name, value in self.keys)

    @property
    def said(self) -> str:
        """The row's keys for a message."""
        return ", ".join(f"{name} {value}" for name, value in self.keys)


def read_answers(content: bytes, name: str, form: Acknowledgement = CONTRACT) -> list[Answer]:
    """Every row; raises `AcknowledgementRefused` naming file and line of each fault."""
    try:
        text = content.decode(form.encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise AcknowledgementRefused(
            f"{name}:{line}: is not {form.encoding}; ask for the encoding it was written in"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.delimiter, strict=True)
    faults: list[str] = []
    answers: list[Answer] = []
    try:
        header = next(reader, [])
        optional = {"reason", "amount"} if form is CONTRACT else set()
        missing = [column for key, column in form.columns.items() if column not in header and key not in optional]
        if missing:
            raise AcknowledgementRefused(
                f"{name}:1: there is no column {missing[0]!r}; it must have {', '.join(form.columns.values())}"
            )
        for row in reader:
            if not any(row):
                continue
            where = f"{name}:{reader.line_num}"
            try:
                answers.append(_answer(where, _named(header, row, form), form))
            except ValueError as error:
                faults.append(f"{where}: {error}")
    except csv.Error as error:
        faults.append(f"{name}:{reader.line_num}: is no CSV ({error})")
    if not faults and not answers:
        faults.append(f"{name}:1: holds no row; an answer names the lines it is about")
    refuse(faults)
    return answers


def refuse(faults: Sequence[str]) -> None:
    """Raise `AcknowledgementRefused` with the first faults, if there are any."""
    if faults:
        more = [f"and {len(faults) - 10} more"] if len(faults) > 10 else []
        raise AcknowledgementRefused("\n".join([*faults[:10], *more]))


def without_numbers(reason: str) -> str:
    """A reason without account, card and ID numbers: those never enter the ledger."""
    return re.sub(r"\d{8,}", "********", reason)


def _named(header: list[str], row: list[str], form: Acknowledgement) -> dict[str, str]:
    if len(row) != len(header):
        raise ValueError(f"has {len(row)} values, the header has {len(header)}")
    by_column = dict(zip(header, row, strict=True))
    return {key: by_column.get(column, "").strip() for key, column in form.columns.items()}


def _answer(where: str, values: dict[str, str], form: Acknowledgement) -> Answer:
    keys = tuple((key, values[key]) for key in KEYS if key in values)
    needed = "line_id" if "line_id" in values else "employee_no"
    if not values[needed]:
        raise ValueError(f"{form.columns[needed]} is empty")
    word = values["status"]
    if word not in form.words:
        raise ValueError(f"{word!r} is no answer; known: {', '.join(form.words)}")
    status, reason = form.words[word], without_numbers(values.get("reason", ""))
    if status == "rejected" and not reason:
        raise ValueError("is rejected without a reason; ask payroll why, so that it can be put right")
    amount = values.get("amount", "")
    return Answer(where, keys, status, reason, fen_of_text(amount) if amount else None)
