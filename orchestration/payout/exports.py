"""Every file of an exported run: rendered at the export, and rendered again from what the ledger kept."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from orchestration.payout.accounting.mapping import AccountsFile, parse_accounts
from orchestration.payout.accounting.postings import Posting, gl_posting_csv, posting_day, postings
from orchestration.payout.acknowledgement.states import line_states
from orchestration.payout.canonical import canonical_json
from orchestration.payout.contents import control_totals, payout_csv, sha256_bytes
from orchestration.payout.errors import ExportRefused
from orchestration.payout.exported import ExportedFile, Rendered, files_of
from orchestration.payout.layouts.load import LayoutFile, parse_layout
from orchestration.payout.layouts.render import line_fault, render_layout
from orchestration.payout.lines import PayoutLine
from orchestration.payout.runs import Run, read_calculation
from orchestration.payout.workbook import WORKBOOK, payout_workbook

PAYOUT, GL_POSTING = "payout.csv", "gl_posting.csv"


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a company wants beside payout.csv: payroll layouts and, where it is configured, postings."""

    layouts: tuple[LayoutFile, ...] = ()
    accounts: AccountsFile | None = None

    @property
    def settlement(self) -> dict[str, str]:
        """The layouts' texts, for the close folder; nothing where there are none."""
        return {"layouts": canonical_json([file.text for file in self.layouts])} if self.layouts else {}

    @classmethod
    def settled_by(cls, settlement: Mapping[str, str]) -> "Outputs":
        """The layouts of an earlier calculation."""
        texts = json.loads(settlement.get("layouts", "[]"))
        return cls(layouts=tuple(parse_layout(text, "layout of the close") for text in texts))

    def layouts_of(self, pay_group: str) -> Iterator[LayoutFile]:
        """The layouts a pay group is written in."""
        for file in self.layouts:
            if file.layout.pay_groups is None or pay_group in file.layout.pay_groups:
                yield file

    def line_fault(self, line: PayoutLine) -> str:
        """Why a line could not be written into one of its layouts, or an empty text."""
        faults = (line_fault(file.layout, line) for file in self.layouts_of(line.run.pay_group))
        return next((fault for fault in faults if fault), "")


def render_export(connection: Connection, run: Run, outputs: Outputs, timezone: str) -> list[Rendered]:
    """Every file of a run that is exported now; `run` has its export event. Raises `ExportRefused` for a value that a
    layout cannot hold and `AccountMissing` for a line that is booked nowhere."""
    payout = payout_csv(run)
    record = read_calculation(connection, run.key.period, run.revision)
    totals = control_totals(run.lines)
    files = [
        Rendered(PAYOUT, "payout", payout, _sums(totals), {}),
        Rendered(WORKBOOK, "workbook", payout_workbook(run, record, sha256_bytes(payout)), _sums(totals), {}),
    ]
    for file in outputs.layouts_of(run.key.pay_group):
        files.extend(_layout_files(file, run, timezone))
    if outputs.accounts is not None:
        files.append(gl_file(outputs.accounts, run, timezone))
    return files


def render_again(connection: Connection, run: Run) -> list[Rendered]:
    """The files of an exported run from the texts the ledger kept. Only those whose bytes are still what was recorded;
    another version of the workbook's library may spell the same content in other bytes."""
    recorded = files_of(connection, run.key)
    hashes = {file.name: file.sha256 for file in recorded}
    timezone = next((file.source["timezone"] for file in recorded if "timezone" in file.source), "UTC")
    again = render_export(connection, run, _outputs_of(recorded), timezone)
    again.extend(_reversal_again(connection, run, file) for file in recorded if file.kind == "gl_reversal")
    return [file for file in again if hashes.get(file.name) == sha256_bytes(file.content)]


def gl_source(connection: Connection, run: Run) -> AccountsFile | None:
    """The mapping by which an exported run was booked."""
    texts = (file.source["text"] for file in files_of(connection, run.key) if file.kind == "gl")
    return next((parse_accounts(text, "accounts.yaml of the export") for text in texts), None)


def reversal_file(
    accounts: AccountsFile, run: Run, lines: Sequence[PayoutLine], *, day: date, acknowledgement: str
) -> Rendered:
    """The postings of lines that payroll gave back, turned round; `acknowledgement` is the sha256 of its answer."""
    made = postings(accounts.mapping, lines, -1)
    content = gl_posting_csv(
        accounts.mapping, made, day=day, reference=f"{run.key} returned", text=f"payout {run.key.period} returned"
    )
    source = {"text": accounts.text, "acknowledgement": acknowledgement, "day": day.isoformat()}
    name = f"gl_reversal-{acknowledgement[:12]}.csv"
    return Rendered(name, "gl_reversal", content, _posting_totals(made), source)


def _reversal_again(connection: Connection, run: Run, file: ExportedFile) -> Rendered:
    states = line_states(connection)
    lines = [line for line in run.lines if (state := states.get(line.line_id)) and state.is_return_of(file.source)]
    accounts = parse_accounts(file.source["text"], "accounts.yaml of the export")
    day = date.fromisoformat(file.source["day"])
    return reversal_file(accounts, run, lines, day=day, acknowledgement=file.source["acknowledgement"])


def _posting_totals(made: Sequence[Posting]) -> dict[str, Any]:
    debits: dict[str, int] = {}
    for each in made:
        debits[each.currency] = debits.get(each.currency, 0) + max(each.fen, 0)
    return {"postings": len(made), "debit_fen": debits}


def _layout_files(file: LayoutFile, run: Run, timezone: str) -> Iterator[Rendered]:
    for output in render_layout(file.layout, run, timezone):
        totals = {
            "rows": output.rows,
            "lines": output.lines,
            "people": output.people,
            "by_currency": {output.currency: {"lines": output.lines, "sum_fen": output.sum_fen}},
        }
        name = f"{file.layout.layout}/{output.name}"
        yield Rendered(name, "layout", output.content, totals, {"text": file.text, "timezone": timezone})


def gl_file(accounts: AccountsFile, run: Run, timezone: str) -> Rendered:
    """The postings of a run as the general ledger imports them."""
    made = postings(accounts.mapping, run.lines)
    content = gl_posting_csv(
        accounts.mapping,
        made,
        day=posting_day(accounts.mapping, run, timezone),
        reference=str(run.key),
        text=f"payout {run.key.period}",
    )
    return Rendered(GL_POSTING, "gl", content, _posting_totals(made), {"text": accounts.text, "timezone": timezone})


def _outputs_of(files: Iterable[ExportedFile]) -> Outputs:
    kept = [file for file in files if file.kind in {"layout", "gl"}]
    layouts = dict.fromkeys(file.source["text"] for file in kept if file.kind == "layout")
    accounts = next((file.source["text"] for file in kept if file.kind == "gl"), None)
    return Outputs(
        layouts=tuple(parse_layout(text, "layout of the export") for text in layouts),
        accounts=None if accounts is None else parse_accounts(accounts, "accounts.yaml of the export"),
    )


def _sums(totals: dict) -> dict:
    return {name: totals[name] for name in ("lines", "people", "by_currency")}


def refuse_other_bytes(recorded: Iterable[ExportedFile], rendered: Iterable[Rendered]) -> None:
    """Raise `ExportRefused` naming a recorded file that cannot be rendered as it was."""
    again = {file.name for file in rendered}
    for file in recorded:
        if file.name not in again:
            raise ExportRefused(
                f"{file.name} of {file.run} cannot be written as it was exported (this program spells it otherwise); "
                "take it from the backup"
            )
