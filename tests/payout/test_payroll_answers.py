from datetime import datetime
from pathlib import Path

import pytest
from beancount import loader
from close_steps import NOVEMBER, close_period
from exported_month import ACTORS, AT, KEY, export_october, full_room

from orchestration.payout.accounting.journal import build_journal
from orchestration.payout.accounting.journal_text import journal_text
from orchestration.payout.acknowledgement.record import Progress, acknowledge
from orchestration.payout.actors import Actor
from orchestration.payout.approval import approve, review
from orchestration.payout.audit import verify_audit
from orchestration.payout.errors import AcknowledgementRefused, ApprovalRefused
from orchestration.payout.export import confirm_paid, export
from orchestration.payout.exported import files_of
from orchestration.payout.holds import read_holds, release
from orchestration.payout.layouts.load import load_layouts
from orchestration.payout.lines import PayoutLine, RunKey
from orchestration.payout.room import CloseRoom
from orchestration.payout.runs import Run, require_run
from orchestration.payout.verify import require_verified

PEOPLE = {**ACTORS, "payroll": Actor("payroll", "", frozenset({"confirm", "hold"}), None)}
SHEET = next(file.layout for file in load_layouts() if file.layout.layout == "payroll_import_gb18030")


@pytest.fixture
def exported(tmp_path: Path, ledger, warehouse) -> CloseRoom:
    room = full_room(tmp_path, ledger)
    export_october(room, warehouse)
    return room


@pytest.fixture
def sqlite_exported(tmp_path: Path, sqlite_ledger, warehouse) -> CloseRoom:
    room = full_room(tmp_path, sqlite_ledger)
    export_october(room, warehouse)
    return room


def run_of(room: CloseRoom, key: RunKey = KEY) -> Run:
    with room.ledger.read() as connection:
        return require_run(connection, key)


def lines_of(room: CloseRoom) -> tuple[PayoutLine, PayoutLine]:
    first, second = run_of(room).lines
    assert (first.employee_no, second.employee_no) == ("E0001", "E0002")
    return first, second


def say(room: CloseRoom, *rows: str, header: str = "line_id,status,reason", form=None, name: str = "answer.csv"):
    options = {} if form is None else {"form": form}
    content = "\n".join([header, *rows, ""]).encode(form.encoding if form else "utf-8")
    return acknowledge(room, PEOPLE, KEY, content, name=name, actor="payroll", at=AT, **options)


def audit_events(room: CloseRoom) -> int:
    with room.ledger.read() as connection:
        report = verify_audit(connection)
    assert report.ok
    return report.events


def test_answers_come_in_parts_until_the_run_is_paid(exported: CloseRoom):
    first, second = lines_of(exported)
    assert say(exported, f"{first.line_id},accepted,") == Progress(1, 0, 0, 1, is_new=True)
    assert run_of(exported).state == "exported"
    assert say(exported, f"{first.line_id},paid,") == Progress(0, 1, 0, 1, is_new=True)
    assert say(exported, f"{first.line_id},accepted,late") == Progress(0, 1, 0, 1, is_new=False)
    assert say(exported, f"{second.line_id},paid,") == Progress(0, 2, 0, 0, is_new=True)
    assert run_of(exported).state == "paid"
    assert audit_events(exported) > 0


def test_the_same_file_again_changes_nothing(sqlite_exported: CloseRoom):
    first, second = lines_of(sqlite_exported)
    rows = (f"{first.line_id},paid,", f"{second.line_id},rejected,account closed")
    say(sqlite_exported, *rows)
    before = audit_events(sqlite_exported)
    assert say(sqlite_exported, *rows) == Progress(0, 1, 1, 0, is_new=False)
    assert audit_events(sqlite_exported) == before


def test_a_rejected_line_is_held_booked_back_and_paid_by_a_new_line_once_released(exported: CloseRoom, warehouse):
    room = exported
    first, second = lines_of(room)
    say(room, f"{first.line_id},paid,", f"{second.line_id},rejected,account 6222020200012345678 closed")
    assert run_of(room).state == "paid"
    folder = room.payouts / "2026-10" / "CN01-1"
    (reversal,) = folder.glob("gl_reversal-*.csv")
    rows = reversal.read_text().splitlines()[1:]
    assert [row.split(",")[2:8] for row in rows] == [
        ["2211.05", "应付职工薪酬-奖金", "", "CNY", "2500.00", ""],
        ["6601.21", "销售费用-绩效奖金", "CC10", "CNY", "", "2500.00"],
    ]
    with room.ledger.read() as connection:
        assert reversal.name in {file.name for file in files_of(connection, KEY)}
        (hold,) = read_holds(connection)
    assert hold.reason == "returned by payroll: account ******** closed"
    for path in (reversal, folder / "payout.csv", folder / "payout.manifest.json"):
        require_verified(room, path)

    warehouse.execute(
        "insert into marts.fct_kpi_measurements select metric_id, grain, subject_id, cadence, '2026-11', "
        "date '2026-11-01', date '2026-12-01', numerator, denominator, target, unit, state, state_reason, "
        "is_provisional, '2026-12-03T09:00:00+08:00' from marts.fct_kpi_measurements where period_id = '2026-10'"
    )
    november = _close_november(room, warehouse)
    assert {line.origin_period for line in november.lines} == {"2026-11"}
    reasons = [(row.employee_no, row.reason) for row in november.held]
    assert reasons == [("E0002", "held by payroll: returned by payroll: account ******** closed")]

    release(room, PEOPLE, hold.hold_id, reason="account corrected", actor="payroll", at=AT)
    november = _close_november(room, warehouse)
    (retry,) = [line for line in november.lines if line.origin_period == "2026-10"]
    assert (retry.employee_no, retry.amount_fen, retry.kind) == ("E0002", second.amount_fen, "adjustment")
    assert (retry.origin_line, retry.reason) == (second.line_id, "returned")
    assert retry.line_id != second.line_id
    assert november.held == ()

    key = RunKey("2026-11", "CN01", 1)
    review(room, PEOPLE, key, actor="maker", at=AT)
    approve(room, PEOPLE, key, actor="checker", at=AT)
    export(room, PEOPLE, key, actor="maker", at=AT)
    with room.ledger.read() as connection:
        books = journal_text(build_journal(connection, room.outputs.accounts, room.timezone), "beancount")
    _, errors, _ = loader.load_string(books)
    assert not errors
    assert _expense(books) == 834362 + november.total_fen - second.amount_fen


def _close_november(room: CloseRoom, warehouse) -> Run:
    warehouse.execute("update etl.stream_outcomes set complete_through = '2026-12-02T00:00:00+08:00'")
    warehouse.execute(
        "insert into staging.stg_oceanengine__report select day::date from generate_series(date '2026-11-01', "
        "date '2026-11-30', interval 1 day) as days(day), generate_series(1, 10)"
    )
    close_period(room, warehouse, NOVEMBER, as_of=datetime.fromisoformat("2026-12-03T09:00:00+08:00"))
    return run_of(room, RunKey("2026-11", "CN01", 1))


def _expense(books: str) -> int:
    entries, _, _ = loader.load_string(books)
    postings = [posting for entry in entries for posting in getattr(entry, "postings", [])]
    return int(sum(each.units.number * 100 for each in postings if each.account.startswith("Expenses")))


def test_a_run_whose_lines_were_all_rejected_was_not_paid(sqlite_exported: CloseRoom):
    first, second = lines_of(sqlite_exported)
    rows = (f"{first.line_id},rejected,bank closed", f"{second.line_id},rejected,bank closed")
    assert say(sqlite_exported, *rows).rejected == 2
    assert run_of(sqlite_exported).state == "exported"


def test_payroll_confirms_the_rest_after_it_gave_a_line_back(sqlite_exported: CloseRoom):
    _, second = lines_of(sqlite_exported)
    say(sqlite_exported, f"{second.line_id},rejected,account closed")
    confirm_paid(sqlite_exported, PEOPLE, KEY, actor="payroll", lines=1, total_yuan="5843.62", at=AT)
    assert run_of(sqlite_exported).state == "paid"


def test_a_line_of_a_run_that_was_confirmed_as_a_whole_is_not_rejected_afterwards(sqlite_exported: CloseRoom):
    first, _ = lines_of(sqlite_exported)
    confirm_paid(sqlite_exported, PEOPLE, KEY, actor="payroll", lines=2, total_yuan="8343.62", at=AT)
    with pytest.raises(AcknowledgementRefused, match="was paid before"):
        say(sqlite_exported, f"{first.line_id},rejected,came back")


def test_payrolls_own_columns_words_and_encoding_are_read_by_the_layout(sqlite_exported: CloseRoom):
    header = "工号,工资项目,成本中心,金额,处理结果,原因"
    rows = ("E0001,B100,CC10,5843.62,已发放,", "E0002,B100,CC10,2500.00,退回,户名不符")
    assert say(sqlite_exported, *rows, header=header, form=SHEET.acknowledgement) == Progress(0, 1, 1, 0, is_new=True)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (["{0},paid,", "{0},paid,"], "answer.csv:3: line_id {0} is answered again (first in answer.csv:2)"),
        (["{0},paid,", "{0},rejected,no"], "answer.csv:3: line_id {0} is answered rejected after paid"),
        (["{0},paid,", "ffff,paid,"], "answer.csv:3: 2026-10 CN01-1 has no line of line_id ffff"),
        (["{0},done,"], "answer.csv:2: 'done' is no answer; known: accepted, paid, rejected"),
        (["{0},rejected,"], "answer.csv:2: is rejected without a reason"),
        ([",paid,"], "answer.csv:2: line_id is empty"),
        (["{0},paid"], "answer.csv:2: has 2 values, the header has 3"),
        ([], "answer.csv:1: holds no row"),
        (["{0},paid,", "{1},done,", "x"], "answer.csv:4: has 1 values"),
        (['{0},paid,"'], "answer.csv:2: is no CSV"),
    ],
)
def test_a_faulty_answer_is_refused_whole_with_its_lines(sqlite_exported: CloseRoom, rows: list[str], complaint: str):
    ids = [line.line_id for line in lines_of(sqlite_exported)]
    before = audit_events(sqlite_exported)
    with pytest.raises(AcknowledgementRefused) as refused:
        say(sqlite_exported, *(row.format(*ids) for row in rows))
    assert complaint.format(*ids) in str(refused.value)
    assert audit_events(sqlite_exported) == before


def test_an_amount_that_differs_is_a_contradiction(sqlite_exported: CloseRoom):
    first, _ = lines_of(sqlite_exported)
    header = "line_id,status,reason,amount"
    with pytest.raises(AcknowledgementRefused, match=r"is 5843\.62 in the ledger, the answer says 5843\.63"):
        say(sqlite_exported, f"{first.line_id},paid,,5843.63", header=header)
    assert say(sqlite_exported, f"{first.line_id},paid,,5843.62", header=header).paid == 1


def test_what_was_rejected_is_not_paid_by_a_later_answer(sqlite_exported: CloseRoom):
    first, _ = lines_of(sqlite_exported)
    say(sqlite_exported, f"{first.line_id},rejected,account closed")
    with pytest.raises(AcknowledgementRefused, match="was rejected before and is held"):
        say(sqlite_exported, f"{first.line_id},paid,")


def test_an_answer_is_about_an_exported_run_and_given_by_payroll(sqlite_exported: CloseRoom, warehouse):
    first, _ = lines_of(sqlite_exported)
    with pytest.raises(ApprovalRefused, match="checker may not confirm"):
        acknowledge(sqlite_exported, PEOPLE, KEY, b"line_id,status\n", name="a", actor="checker", at=AT)
    with pytest.raises(AcknowledgementRefused, match=r"answer\.csv:1: there is no column 'status'"):
        say(sqlite_exported, f"{first.line_id},paid", header="line_id,state")
    content = b"line_id,status,reason\nx,paid,\xd5\xcb\n"
    with pytest.raises(AcknowledgementRefused, match=r"answer\.csv:2: is not utf-8-sig"):
        acknowledge(sqlite_exported, PEOPLE, KEY, content, name="answer.csv", actor="payroll", at=AT)


def test_an_answer_about_a_draft_is_refused(sqlite_room: CloseRoom, warehouse):
    close_period(sqlite_room, warehouse)
    with pytest.raises(AcknowledgementRefused, match="is calculated; payroll answers about a file that was exported"):
        say(sqlite_room, "x,paid,")
