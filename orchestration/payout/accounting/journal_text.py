"""A journal spelled for hledger or beancount."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from orchestration.payout.accounting.journal import Journal, Transaction
from orchestration.payout.machine_text import neutral_for_people
from orchestration.payout.rounding import yuan_text

Format = Literal["hledger", "beancount"]


def journal_text(journal: Journal, form: Format) -> str:
    """The journal with its accounts declared and its closing balances asserted; the same ledger gives the same text."""
    lines = _hledger(journal) if form == "hledger" else _beancount(journal)
    return "\n".join(lines) + "\n"


def _hledger(journal: Journal) -> Iterator[str]:
    yield "; Payout ledger, gross amounts. Check with: hledger check --strict ordereddates"
    for currency in _currencies(journal):
        yield f"commodity 1000.00 {currency}"
    for account in _accounts(journal):
        yield f"account {account}"
    for one in journal.transactions:
        yield ""
        yield f"{one.day} * {_said(one)}"
        for entry in one.entries:
            note = f"  ; line: {entry.note}" if entry.note else ""
            yield f"    {entry.account}  {yuan_text(entry.fen)} {entry.currency}{note}"
    if journal.balances:
        yield ""
        yield f"{_end(journal)} * what is owed in the end, summed by the database"
        for balance in journal.balances:
            amount = f"{yuan_text(balance.fen)} {balance.currency}"
            yield f"    {balance.account}  0.00 {balance.currency} =* {amount}"


def _beancount(journal: Journal) -> Iterator[str]:
    yield 'option "title" "Payout ledger, gross amounts"'
    for currency in _currencies(journal):
        yield f'option "operating_currency" "{currency}"'
    first = min((one.day for one in journal.transactions), default=None)
    for account in _accounts(journal):
        yield f"{first} open {account}"
    for one in journal.transactions:
        yield ""
        yield f'{one.day} * "{_quoted(one.payee)}" "{_quoted(one.text)}"'
        for entry in one.entries:
            yield f"  {entry.account}  {yuan_text(entry.fen)} {entry.currency}"
            if entry.note:
                yield f'    line: "{entry.note}"'
    if journal.balances:
        yield ""
    for balance in journal.balances:
        # A balance directive speaks of the morning of its day, and would forgive a fen without the ~ 0.
        morning = _end(journal) + timedelta(days=1)
        yield f"{morning} balance {balance.account}  {yuan_text(balance.fen)} ~ 0 {balance.currency}"


def _accounts(journal: Journal) -> list[str]:
    used = {entry.account for one in journal.transactions for entry in one.entries}
    return sorted(used | {balance.account for balance in journal.balances})


def _currencies(journal: Journal) -> list[str]:
    return sorted({entry.currency for one in journal.transactions for entry in one.entries})


def _end(journal: Journal) -> date:
    return max(one.day for one in journal.transactions)


def _said(one: Transaction) -> str:
    """A description must not hold what begins a comment."""
    return neutral_for_people(f"{one.text} | {one.payee}").replace(";", ",")


def _quoted(text: str) -> str:
    return neutral_for_people(text).replace("\\", "\\\\").replace('"', '\\"')
