"""A run's lines as balanced postings, and the file the general ledger imports.

Every line debits the account its rule names (a negative one credits it) and credits what is owed to people by the same
payer in the same currency. Cost centres stay on expenses. The rejected lines of a run are posted the other way round.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from orchestration.payout.accounting.mapping import AccountMapping
from orchestration.payout.errors import ExportRefused
from orchestration.payout.lines import PayoutLine
from orchestration.payout.machine_text import unsafe_for_machines
from orchestration.payout.rounding import yuan_text
from orchestration.payout.runs import Run
from orchestration.periods import Period

COLUMNS = (
    "posting_date",
    "payer_entity",
    "account",
    "account_name",
    "cost_centre",
    "currency",
    "debit",
    "credit",
    "reference",
    "text",
)
Sign = Literal[1, -1]


@dataclass(frozen=True, slots=True, order=True)
class Posting:
    """Fen charged to an account; positive is debit, negative credit."""

    payer_entity: str
    currency: str
    account: str
    cost_centre: str
    fen: int


def charged(mapping: AccountMapping, line: PayoutLine) -> Posting:
    """The side of a line that says what it was for."""
    account = mapping.account_of(line)
    centre = line.cost_centre if mapping.accounts[account].type == "expense" else ""
    return Posting(line.payer_entity, line.currency, account, centre, line.amount_fen)


def postings(mapping: AccountMapping, lines: Iterable[PayoutLine], sign: Sign = 1) -> tuple[Posting, ...]:
    """Balanced postings of lines, one per payer, currency, account and cost centre; sums of nothing are left out.

    Raises `AccountMissing` for a line without a rule.
    """
    sums: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        what = charged(mapping, line)
        owed = (what.payer_entity, what.currency, mapping.payable, "")
        for key, fen in (
            ((what.payer_entity, what.currency, what.account, what.cost_centre), what.fen),
            (owed, -what.fen),
        ):
            sums[key] = sums.get(key, 0) + sign * fen
    return tuple(sorted(Posting(*key, fen) for key, fen in sums.items() if fen))


def posting_day(mapping: AccountMapping, run: Run, timezone: str) -> date:
    """The day a run is booked: the last of its period, or the local day of its approval."""
    if mapping.posting_date == "period_end":
        return Period.parse(run.key.period).end - timedelta(days=1)
    approved = run.event("approved")
    if approved is None:
        raise ExportRefused(f"{run.key} is not approved; only an approved run is booked")
    return datetime.fromisoformat(approved.at).astimezone(ZoneInfo(timezone)).date()


def gl_posting_csv(mapping: AccountMapping, made: Sequence[Posting], *, day: date, reference: str, text: str) -> bytes:
    """The import file: UTF-8, LF, yuan with two decimals in debit or credit. Raises `ExportRefused` when it would not
    balance to the fen or a text cannot stand in a machine file."""
    _require_balance(made)
    content = io.StringIO(newline="")
    writer = csv.writer(content, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in made:
        account = mapping.accounts[each.account]
        debit, credit = (yuan_text(each.fen), "") if each.fen > 0 else ("", yuan_text(-each.fen))
        name = account.name.get("zh") or account.name["en"]
        row = (
            day.isoformat(),
            each.payer_entity,
            each.account,
            name,
            each.cost_centre,
            each.currency,
            debit,
            credit,
            reference,
            text,
        )
        for column, value in zip(COLUMNS, row, strict=True):
            if fault := unsafe_for_machines(value):
                raise ExportRefused(f"gl posting of {reference}: {column} {value!r}: {fault}; correct it at its source")
        writer.writerow(row)
    return content.getvalue().encode()


def _require_balance(made: Sequence[Posting]) -> None:
    sums: dict[tuple[str, str], int] = {}
    for each in made:
        key = (each.payer_entity, each.currency)
        sums[key] = sums.get(key, 0) + each.fen
    if uneven := {key: fen for key, fen in sums.items() if fen}:
        raise ExportRefused(f"the postings do not balance: {uneven}; this is a defect, report it")
