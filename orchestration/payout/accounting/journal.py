"""The ledger as a journal of plain-text accounting, for a program that is not ours to balance.

Every approved run is booked per person: expense against what is owed to the person; what payroll rejected is booked
back, what it paid moves to payroll's clearing account. The closing balances stated at the end are sums that the
database makes itself, so that the checking program compares two independent ways to the same figure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from orchestration.payout.accounting.mapping import AccountMapping, AccountsFile
from orchestration.payout.accounting.postings import charged, posting_day
from orchestration.payout.acknowledgement.states import LineState, line_states
from orchestration.payout.errors import ExportRefused
from orchestration.payout.exports import gl_source
from orchestration.payout.lines import PayoutLine
from orchestration.payout.runs import Run, locked_runs
from orchestration.payout.schema import payout_lines

_ROOTS = {"expense": "Expenses", "liability": "Liabilities", "asset": "Assets"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting of a transaction. `note` names the payout line it came from, if it is of one."""

    account: str
    fen: int
    currency: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One balanced booking."""

    day: date
    payee: str
    text: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account and everything below it hold in the end."""

    account: str
    fen: int
    currency: str


@dataclass(frozen=True, slots=True)
class Journal:
    """Transactions by date, and the closing balances per payer of what was ever owed to people."""

    transactions: tuple[Transaction, ...]
    balances: tuple[Balance, ...]


def build_journal(connection: Connection, accounts: AccountsFile | None, timezone: str) -> Journal:
    """The whole ledger. A run is booked by the mapping it was exported with, else by `accounts`.

    Raises `ExportRefused` where there is no mapping, `AccountMissing` for a line without a rule.
    """
    runs = locked_runs(connection)
    states = line_states(connection)
    transactions: list[Transaction] = []
    owed: dict[tuple[str, str], str] = {}
    for run in runs:
        source = gl_source(connection, run) or accounts
        if source is None:
            raise ExportRefused(f"{run.key} was exported without accounts.yaml; write one (docs/payout_file.md)")
        for line in run.lines:
            owed[(line.payer_entity, line.currency)] = _payable(source.mapping, line.payer_entity)
        transactions.extend(_booked(source.mapping, run, states, timezone))
    return Journal(
        tuple(sorted(transactions, key=lambda one: (one.day, one.text, one.payee))),
        tuple(_balances(connection, runs, owed, states)),
    )


def _booked(mapping: AccountMapping, run: Run, states: dict[str, LineState], timezone: str) -> Iterator[Transaction]:
    zone = ZoneInfo(timezone)
    confirmed = run.event("paid")
    for (employee_no, payer, _), lines in _by_person(run.lines).items():
        payable = f"{_payable(mapping, payer)}:{account_part(employee_no)}"
        day = posting_day(mapping, run, timezone)
        yield _accrual(mapping, day, employee_no, f"{run.key} revision {run.revision}", payable, lines, 1)
        answered: dict[tuple[str, str], list[PayoutLine]] = {}
        for line in lines:
            state = states.get(line.line_id)
            if state and state.status == "rejected":
                answered.setdefault(("rejected", state.at), []).append(line)
            elif state and state.status == "paid":
                answered.setdefault(("paid", state.at), []).append(line)
            elif confirmed:
                answered.setdefault(("paid", confirmed.at), []).append(line)
        for (status, at), some in sorted(answered.items()):
            on = max(day, datetime.fromisoformat(at).astimezone(zone).date())
            text = f"{run.key} revision {run.revision} {status}"
            if status == "rejected":
                yield _accrual(mapping, on, employee_no, text, payable, some, -1)
            else:
                clearing = f"{_name(mapping, mapping.clearing)}:{account_part(payer)}"
                fen, currency = sum(line.amount_fen for line in some), some[0].currency
                yield Transaction(
                    on, employee_no, text, (Entry(payable, fen, currency), Entry(clearing, -fen, currency))
                )


def _accrual(
    mapping: AccountMapping, day: date, employee_no: str, text: str, payable: str, lines: list[PayoutLine], sign: int
) -> Transaction:
    entries = []
    for line in lines:
        made = charged(mapping, line)
        account = f"{_name(mapping, made.account)}:{account_part(made.payer_entity)}"
        account += f":{account_part(made.cost_centre)}" if mapping.accounts[made.account].type == "expense" else ""
        entries.append(Entry(account, sign * made.fen, line.currency, line.line_id))
    owed = -sign * sum(line.amount_fen for line in lines)
    return Transaction(day, employee_no, text, (*entries, Entry(payable, owed, lines[0].currency)))


def _balances(
    connection: Connection, runs: list[Run], owed: dict[tuple[str, str], str], states: dict[str, LineState]
) -> Iterator[Balance]:
    """What is owed to people in the end: all lines, less those given back, less those paid; summed by the database."""
    sums: dict[tuple[str, str], int] = {}
    table = payout_lines.c
    for run in runs:
        gone = {line.line_id for line in run.lines if run.event("paid") or _is_settled(states.get(line.line_id))}
        where = (
            table.period == run.key.period,
            table.pay_group == run.key.pay_group,
            table.run_no == run.key.run_no,
            table.revision == run.revision,
            table.line_id.not_in(gone),
        )
        query = select(table.payer_entity, table.currency, func.sum(table.amount_fen)).where(*where)
        for payer, currency, fen in connection.execute(query.group_by(table.payer_entity, table.currency)):
            sums[(payer, currency)] = sums.get((payer, currency), 0) + int(fen)
    for (payer, currency), account in sorted(owed.items()):
        yield Balance(account, -sums.get((payer, currency), 0), currency)


def _is_settled(state: LineState | None) -> bool:
    return state is not None and state.status in {"paid", "rejected"}


def _by_person(lines: Iterable[PayoutLine]) -> dict[tuple[str, str, str], list[PayoutLine]]:
    people: dict[tuple[str, str, str], list[PayoutLine]] = {}
    for line in lines:
        people.setdefault((line.employee_no, line.payer_entity, line.currency), []).append(line)
    return people


def _payable(mapping: AccountMapping, payer: str) -> str:
    return f"{_name(mapping, mapping.payable)}:{account_part(payer)}"


def _name(mapping: AccountMapping, code: str) -> str:
    account = mapping.accounts[code]
    return f"{_ROOTS[account.type]}:{account.journal}"


def account_part(text: str) -> str:
    """A code as part of an account's name: `-hex-` for what is no letter or digit, and `X-` before what begins with
    neither a capital nor a digit, as both programs want it. Two codes never share a name.

    >>> account_part("CC-SAL"), account_part("e1"), account_part("-e"), account_part("")
    ('CC-2d-SAL', 'X-65-1', 'X--2d-e', 'X-')
    """

    def plain(character: str) -> bool:
        return character.isascii() and character.isalnum()

    head, rest = text[:1], "".join(each if plain(each) else f"-{ord(each):x}-" for each in text[1:])
    if head.isdigit() or head.isupper():
        return (head if plain(head) else f"X--{ord(head):x}-") + rest
    return (f"X-{ord(head):x}-" if plain(head) else f"X--{ord(head):x}-" if head else "X-") + rest
