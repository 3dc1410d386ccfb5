"""The payout file and the held list as bytes, and what they add up to. Format: docs/payout_file.md."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from orchestration.payout.errors import ExportRefused
from orchestration.payout.lines import HeldLine, PayoutLine
from orchestration.payout.machine_text import neutral_for_people, unsafe_for_machines
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import Run

COLUMNS = (
    "payer_entity",
    "pay_group",
    "run_no",
    "work_period",
    "pay_month",
    "employee_no",
    "pay_item_code",
    "component",
    "amount",
    "currency",
    "cost_centre",
    "origin_period",
    "line_id",
    "revision",
)
HELD_COLUMNS = (
    "payer_entity",
    "pay_group",
    "run_no",
    "work_period",
    "employee_no",
    "pay_item_code",
    "component",
    "reason",
)


def payout_csv(run: Run) -> bytes:
    """The payout file: UTF-8, LF, yuan with two decimals, gross (税前应发), sorted by payer and person."""
    return _csv(COLUMNS, (line_row(line) for line in run.lines))


def held_csv(run: Run) -> bytes:
    """People and components that get no line in this run, and why. For people; payroll systems do not read it."""
    return _csv(HELD_COLUMNS, (held_row(run, held) for held in run.held))


def held_row(run: Run, held: HeldLine) -> tuple[str, ...]:
    """One held line in the order of `HELD_COLUMNS`; a spreadsheet must read it as text."""
    texts = (
        held.payer_entity,
        run.key.pay_group,
        str(run.key.run_no),
        run.key.period,
        held.employee_no,
        held.pay_item_code,
        held.component,
        held.reason,
    )
    return tuple(neutral_for_people(text) for text in texts)


def line_row(line: PayoutLine) -> tuple[str, ...]:
    """One line in the order of `COLUMNS`; raises `ExportRefused` for a text that may not stand in a machine file."""
    texts = (
        line.payer_entity,
        line.run.pay_group,
        str(line.run.run_no),
        line.run.period,
        line.pay_month,
        line.employee_no,
        line.pay_item_code,
        line.component,
        yuan_text(line.amount_fen),
        line.currency,
        line.cost_centre,
        line.origin_period,
        line.line_id,
        str(line.revision),
    )
    for name, text in zip(COLUMNS, texts, strict=True):
        fault = "" if name == "amount" else unsafe_for_machines(text)
        if fault:
            raise ExportRefused(
                f"{line.run}: line {line.line_id} of {line.employee_no}: {name} cannot stand in a machine file: "
                f"{fault}; correct it at its source and calculate again"
            )
    return texts


def control_totals(lines: Sequence[PayoutLine]) -> dict[str, Any]:
    """Counts and sums in fen a payroll officer can type back, per currency and broken down three ways."""

    def broken_down(by: Callable[[PayoutLine], str]) -> dict[str, dict[str, int]]:
        groups: dict[str, list[PayoutLine]] = {}
        for line in lines:
            groups.setdefault(f"{by(line)} {line.currency}".strip(), []).append(line)
        return {
            name: {"lines": len(group), "sum_fen": sum(line.amount_fen for line in group)}
            for name, group in groups.items()
        }

    return {
        "lines": len(lines),
        "people": len({line.employee_no for line in lines}),
        "by_currency": broken_down(lambda _: ""),
        "by_component": broken_down(lambda line: line.component),
        "by_department": broken_down(lambda line: line.department_id or "none"),
        "by_payer": broken_down(lambda line: line.payer_entity),
    }


def sha256_bytes(content: bytes) -> str:
    """sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
