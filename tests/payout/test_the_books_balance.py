import csv
import io
import shutil
import subprocess
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Transaction as BeancountTransaction
from exported_month import ACTORS, AT, KEY, export_october, full_room
from hypothesis import given
from hypothesis import strategies as st
from made_runs import made_line, made_run

from orchestration.payout.accounting.journal import Journal, account_part, build_journal
from orchestration.payout.accounting.journal_text import journal_text
from orchestration.payout.accounting.mapping import accounts_schema, load_accounts, parse_accounts
from orchestration.payout.accounting.postings import COLUMNS, gl_posting_csv, posting_day, postings
from orchestration.payout.errors import AccountMissing, ExportRefused, RulesInvalid
from orchestration.payout.export import confirm_paid
from orchestration.payout.ledger import Ledger
from orchestration.payout.rounding import fen_of_text
from orchestration.plans.yaml_source import parse_yaml, plain

ACCOUNTS = load_accounts()
MAPPING = ACCOUNTS.mapping
ZONE = "Asia/Shanghai"


def rows_of(*lines) -> list[dict[str, str]]:
    content = gl_posting_csv(
        MAPPING, postings(MAPPING, lines), day=date(2026, 10, 31), reference="2026-10 CN01-1", text="payout"
    )
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_run_is_posted_by_payer_cost_centre_and_account():
    rows = rows_of(
        made_line("E0001", 10000, cost_centre="CC-SAL"),
        made_line("E0002", 5000, cost_centre="CC-SAL", pay_item_code="EXCESS"),
        made_line("E0003", 700, cost_centre="CC-MKT"),
        made_line("E0004", -300, cost_centre="CC-MKT", payer_entity="PE02", kind="adjustment"),
    )
    assert [[row[name] for name in ("payer_entity", "account", "cost_centre", "debit", "credit")] for row in rows] == [
        ["PE01", "2211.05", "", "", "157.00"],
        ["PE01", "6601.21", "CC-SAL", "150.00", ""],
        ["PE01", "6601.22", "CC-MKT", "7.00", ""],
        ["PE02", "2211.05", "", "3.00", ""],
        ["PE02", "6601.22", "CC-MKT", "", "3.00"],
    ]
    assert {row["posting_date"] for row in rows} == {"2026-10-31"}
    assert {row["account"]: row["account_name"] for row in rows}["6601.21"] == "销售费用-绩效奖金"


@given(
    st.lists(
        st.tuples(
            st.integers(-(10**9), 10**9),
            st.sampled_from(["CC-SAL", "CC-MKT"]),
            st.sampled_from(["PE01", "PE02"]),
            st.sampled_from(["regular", "carry_in", "carry_out", "adjustment"]),
            st.sampled_from(["CNY", "HKD"]),
        ),
        max_size=30,
    )
)
def test_every_posting_file_balances_to_the_fen(many):
    lines = [
        made_line(f"E{number}", fen, cost_centre=centre, payer_entity=payer, kind=kind, currency=currency)
        for number, (fen, centre, payer, kind, currency) in enumerate(many)
    ]
    balance: Counter[tuple[str, str]] = Counter()
    owed: Counter[tuple[str, str]] = Counter()
    for row in rows_of(*lines):
        key = (row["payer_entity"], row["currency"])
        fen = fen_of_text(row["debit"] or "0.00") - fen_of_text(row["credit"] or "0.00")
        balance[key] += fen
        owed[key] -= fen if row["account"] == MAPPING.payable else 0
    assert not any(balance.values())
    for line in lines:
        owed[(line.payer_entity, line.currency)] -= line.amount_fen
    assert not any(owed.values())


def test_a_reversal_is_the_posting_turned_round():
    lines = (made_line("E0001", 10000, cost_centre="CC-SAL"), made_line("E0002", -1, cost_centre="CC-MKT"))
    forth, back = postings(MAPPING, lines), postings(MAPPING, lines, -1)
    assert [(each.account, each.fen) for each in back] == [(each.account, -each.fen) for each in forth]


def test_a_line_without_a_rule_is_an_error_that_names_it():
    with pytest.raises(AccountMissing, match=r"of E0001 \(payer PE01, .* cost centre XX, regular\)"):
        postings(MAPPING, [made_line("E0001", 1, cost_centre="XX")])


def test_a_text_that_a_spreadsheet_would_run_is_not_posted():
    with pytest.raises(ExportRefused, match="payer_entity '=1': a spreadsheet would read it as a formula"):
        rows_of(made_line("E0001", 1, payer_entity="=1"))


def test_the_day_of_a_posting_is_the_end_of_the_period_or_the_local_day_of_the_approval():
    run = made_run(made_line("E0001", 1))
    assert posting_day(MAPPING, run, ZONE) == date(2026, 10, 31)
    by_approval = parse_accounts(ACCOUNTS.text.replace("period_end", "approved_on"), "a.yaml").mapping
    assert posting_day(by_approval, run, ZONE) == date(2026, 11, 6)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('payable: "2211.05"', 'payable: "2211.06"', "a.yaml:9: payable: 2211.06 is not among accounts"),
        ('account: "6601.22"', 'account: "6601.99"', "a.yaml:15: rules.1.account: 6601.99 is not among accounts"),
        ("type: asset", "type: assets", "a.yaml:6: accounts.1221.08.type"),
        ("posting_date: period_end", "posting_day: period_end", "a.yaml:11: posting_day: no such setting here"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_line(old: str, new: str, complaint: str):
    assert old in ACCOUNTS.text
    with pytest.raises(RulesInvalid) as refused:
        parse_accounts(ACCOUNTS.text.replace(old, new), "a.yaml")
    assert complaint in str(refused.value)


def test_the_schema_knows_the_keys_of_the_sample_mapping():
    assert set(plain(parse_yaml(ACCOUNTS.text, "x"))) <= set(accounts_schema()["properties"])


def journal_of(ledger: Ledger) -> Journal:
    with ledger.read() as connection:
        return build_journal(connection, ACCOUNTS, ZONE)


@pytest.fixture(params=["exported", "paid"])
def journal(request, tmp_path: Path, sqlite_ledger: Ledger, warehouse) -> Journal:
    """October in the books, before and after payroll confirmed it."""
    room = full_room(tmp_path, sqlite_ledger)
    export_october(room, warehouse)
    if request.param == "paid":
        confirm_paid(room, ACTORS, KEY, actor="maker", lines=2, total_yuan="8343.62", at=AT)
    return journal_of(sqlite_ledger)


def balanced_by_beancount(text: str) -> list[str]:
    _, errors, _ = loader.load_string(text)
    return [error.message for error in errors]


def balanced_by_hledger(path: Path) -> str:
    found = shutil.which("hledger")
    if found is None:
        pytest.skip("hledger is not installed (Debian package hledger)")
    done = subprocess.run(
        [found, "-f", str(path), "check", "--strict", "ordereddates"], capture_output=True, text=True, check=False
    )
    return done.stderr


def test_beancount_balances_the_exported_ledger(journal: Journal):
    text = journal_text(journal, "beancount")
    entries, errors, _ = loader.load_string(text)
    assert not errors
    booked = [entry for entry in entries if isinstance(entry, BeancountTransaction)]
    assert len(booked) == len(journal.transactions)
    assert sum(posting.units.number for entry in booked for posting in entry.postings) == 0
    total = journal.balances[0].fen
    assert total in {-834362, 0}
    assert [entry.amount.number * 100 for entry in entries if type(entry).__name__ == "Balance"] == [total]


@pytest.mark.system
def test_hledger_balances_the_exported_ledger(journal: Journal, tmp_path: Path):
    path = tmp_path / "ledger.journal"
    path.write_text(journal_text(journal, "hledger"), encoding="utf-8")
    assert balanced_by_hledger(path) == ""


@pytest.mark.system
def test_both_programs_notice_a_fen_that_is_missing(journal: Journal, tmp_path: Path):
    for form in ("beancount", "hledger"):
        text = journal_text(journal, form)
        assert "-5843.62 CNY" in text
        for wrong in (text.replace("-5843.62 CNY", "-5843.61 CNY", 1), _with_other_end(text, journal, form)):
            path = tmp_path / form
            path.write_text(wrong, encoding="utf-8")
            assert balanced_by_beancount(wrong) if form == "beancount" else balanced_by_hledger(path)


def _with_other_end(text: str, journal: Journal, form: str) -> str:
    told = "-8343.62" if journal.balances[0].fen else "0.00"
    head, _, tail = text.rpartition(told)
    return f"{head}-8343.61{tail}"


def test_the_same_ledger_gives_the_same_text(tmp_path: Path, sqlite_ledger: Ledger, warehouse):
    export_october(full_room(tmp_path, sqlite_ledger), warehouse)
    first = journal_text(journal_of(sqlite_ledger), "hledger")
    assert journal_text(journal_of(sqlite_ledger), "hledger") == first
    assert "Expenses:SellingBonus:PE01:CC10  5843.62 CNY  ; line: " in first
    assert "Liabilities:BonusPayable:PE01:E0001  -5843.62 CNY" in first


def test_a_ledger_without_an_approved_run_is_an_empty_journal(sqlite_ledger: Ledger):
    empty = journal_of(sqlite_ledger)
    assert empty == Journal((), ())
    assert balanced_by_beancount(journal_text(empty, "beancount")) == []


@given(st.text(max_size=6), st.text(max_size=6))
def test_two_codes_never_share_an_account(one: str, other: str):
    assert (account_part(one) == account_part(other)) == (one == other)


@given(st.lists(st.text(max_size=6), min_size=1, max_size=5))
def test_every_code_is_a_name_that_beancount_reads(codes: list[str]):
    names = sorted({account_part(code) for code in codes})
    assert balanced_by_beancount("".join(f"2026-01-01 open Expenses:{name}\n" for name in names)) == []


def test_the_columns_of_the_posting_file_are_a_contract():
    assert (
        *("posting_date", "payer_entity", "account", "account_name", "cost_centre"),
        *("currency", "debit", "credit", "reference", "text"),
    ) == COLUMNS
