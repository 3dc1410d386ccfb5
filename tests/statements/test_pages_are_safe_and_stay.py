"""Pages: private, self-contained, the same bytes again, nobody else's data, and final ones for ever as they are."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from close_steps import NOVEMBER, OCTOBER
from small_company import HELD, PAID
from steps import AT, calculate_october, calculated, contents, open_people, settle_period, statement_of
from test_late_facts_become_adjustments import DECEMBER_4

from orchestration.payout.errors import PayoutRefused, VerificationFailed
from orchestration.payout.room import CloseRoom
from orchestration.plans.model import Names
from orchestration.statements import period as period_module
from orchestration.statements.one import person_page, team_page
from orchestration.statements.organisation import organisation_of
from orchestration.statements.pages import write_pages
from orchestration.statements.pdf import as_pdf
from orchestration.statements.render import render_statement
from orchestration.statements.words import WORDS

CHROMIUM = shutil.which("chromium")
NUMBERS = re.compile(r"E\d{4}")


def open_november(warehouse, **changed: str) -> None:
    """November's facts are October's, but for what is changed for a person."""
    warehouse.execute(
        "insert into marts.fct_kpi_measurements select * replace ('2026-11' as period_id, "
        "'2026-11-01'::date as period_start, '2026-12-01'::date as period_end) "
        "from marts.fct_kpi_measurements where period_id = '2026-10'"
    )
    warehouse.execute(
        "update etl.stream_outcomes set as_of = '2026-12-03T09:00:00+08:00', "
        "complete_through = '2026-12-03T00:00:00+08:00'"
    )
    warehouse.execute(
        "insert into staging.stg_oceanengine__report select day::date from "
        "generate_series(date '2026-11-01', date '2026-11-30', interval 1 day) as days(day), generate_series(1, 10)"
    )


def test_pages_are_private_and_the_second_call_writes_nothing(room: CloseRoom, warehouse, tmp_path: Path):
    calculate_october(room, warehouse)
    folder = tmp_path / "pages"
    first = write_pages(folder, calculated(room))
    before = contents(folder)
    assert first.written == len(before) - 1 == 2 * (len(PAID) + 1) + 2 * 2
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (folder, folder / "managers")} == {0o700}
    again = write_pages(folder, calculated(room))
    assert (again.written, again.kept) == (0, first.written)
    assert contents(folder) == before
    shutil.rmtree(folder)
    write_pages(folder, calculated(room))
    assert contents(folder) == before


def test_a_page_that_was_changed_or_removed_is_made_again(room: CloseRoom, warehouse, tmp_path: Path):
    calculate_october(room, warehouse)
    folder = tmp_path / "pages"
    write_pages(folder, calculated(room))
    before = contents(folder)
    (folder / "E9003.zh.html").write_text("forged", encoding="utf-8")
    (folder / "E9004.en.html").unlink()
    assert write_pages(folder, calculated(room)).written == 4  # both people's pages in both languages
    assert contents(folder) == before


def test_no_page_has_data_of_anybody_else(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    for people in (calculated(room), open_people(room, warehouse)):
        for no in PAID:
            page = person_page(people, no, "zh")
            assert set(NUMBERS.findall(page)) == {no}


def test_a_manager_sees_only_the_people_below_them_on_the_last_day(room: CloseRoom, warehouse, tmp_path: Path):
    calculate_october(room, warehouse)
    write_pages(tmp_path, calculated(room))
    seen = {
        manager: set(NUMBERS.findall((tmp_path / "managers" / f"{manager}.en.html").read_text(encoding="utf-8")))
        for manager in ("E0005", "E0006")
    }
    # E9009 moved to T-CARE on the 16th: their former manager no longer sees them.
    assert seen == {"E0005": {"E0005", "E9008"}, "E0006": {"E0005", "E0006", "E9003", "E9004", "E9008", "E9009"}}
    assert not (tmp_path / "managers" / "E9003.en.html").exists()


def test_team_pages_have_the_numbers_of_the_statements(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    people = calculated(room)
    page = team_page(people, "T-CARE", "en")
    members = ("E9003", "E9004", "E9009")
    assert set(NUMBERS.findall(page)) == set(members)
    total = sum(statement_of(people, no).total_fen for no in members)
    assert f"{total // 100:,}.{total % 100:02d}" in page
    with pytest.raises(PayoutRefused, match="T-NONE has no people"):
        team_page(people, "T-NONE", "en")


def test_a_circle_of_managers_ends(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    seats = calculated(room).assignments
    circle = [replace(seat, manager_employee_no="E9003") if seat.employee_no == "E0006" else seat for seat in seats]
    organisation = organisation_of(circle, OCTOBER)
    assert organisation.below("E9003") == sorted({*PAID, HELD} - {"E9003"})


def test_an_approved_period_keeps_its_bytes_whatever_comes_later(
    room: CloseRoom, warehouse, tmp_path: Path, monkeypatch
):
    settle_period(room, warehouse, OCTOBER, AT)
    folder = tmp_path / "pages"
    write_pages(folder, calculated(room))
    before = contents(folder)
    assert "已审批" in before["E9003.zh.html"].decode()
    open_november(warehouse)
    warehouse.execute("update marts.fct_kpi_measurements set numerator = 399 where numerator = 379")
    settle_period(room, warehouse, NOVEMBER, DECEMBER_4)
    monkeypatch.setattr(period_module, "layout_version", lambda: "a later layout")
    assert write_pages(folder, calculated(room)).written == 0
    assert contents(folder) == before


def test_a_correction_names_its_origin_what_changed_and_stands_in_the_walk(room: CloseRoom, warehouse):
    settle_period(room, warehouse, OCTOBER, AT)
    open_november(warehouse)
    warehouse.execute(
        "update marts.fct_kpi_measurements set numerator = 380 "
        "where metric_id = 'customer_file_coverage' and subject_id = 'E9003' and period_id = '2026-10'"
    )
    settle_period(room, warehouse, NOVEMBER, DECEMBER_4)
    people = calculated(room, NOVEMBER)
    statement = statement_of(people, "E9003")
    adjustment = next(part for part in statement.lines if part.line.kind == "adjustment")
    assert (adjustment.line.origin_period, adjustment.line.amount_fen) == ("2026-10", 4216)
    told = [(old.en, new.en) for old, new in adjustment.changes if old and new]
    assert any("379 / 399" in old and "380 / 399" in new for old, new in told)
    assert any("minus 3 points" in old and "nothing deducted" in new for old, new in told)
    assert [step.fen for step in statement.walk if step.kind == "line"] == [4216]
    assert [past.period for past in statement.trend] == ["2026-10", "2026-11"]
    page = render_statement(statement, "zh")
    assert "2026-10 更正:绩效奖金" in page
    assert "+42.16" in page


def test_only_people_whose_numbers_changed_get_a_new_provisional_page(room: CloseRoom, warehouse, tmp_path: Path):
    write_pages(tmp_path, open_people(room, warehouse))
    before = contents(tmp_path)
    warehouse.execute(
        "update marts.fct_kpi_measurements set numerator = 381 "
        "where metric_id = 'customer_file_coverage' and subject_id = 'E9003'"
    )
    write_pages(tmp_path, open_people(room, warehouse))
    after = contents(tmp_path)
    changed = {name for name in after if after[name] != before[name]}
    assert {name for name in changed if name.startswith("E")} == {"E9003.zh.html", "E9003.en.html"}
    assert "381 / 399" in after["E9003.zh.html"].decode()


def test_a_close_folder_that_was_changed_is_refused(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    trace = next(room.closed.rglob("trace.parquet"))
    trace.write_bytes(trace.read_bytes() + b" ")
    with pytest.raises(VerificationFailed, match=r"trace\.parquet was changed"):
        calculated(room)


def test_a_page_loads_and_runs_nothing_and_escapes_every_text(room: CloseRoom, warehouse):
    calculate_october(room, warehouse)
    statement = statement_of(calculated(room), "E9003")
    nasty = "<script>alert('x')</script>"
    segment = replace(statement.segments[0], plan=Names(nasty, nasty), position=nasty)
    page = render_statement(replace(statement, segments=(segment,)), "zh")
    assert nasty not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"<script|<link|<img|<iframe|\bon\w+=|\bstyle=|url\(|@import|https?://", page)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_every_text_is_there_in_both_languages_and_no_english_shows_in_the_chinese_page(room: CloseRoom, warehouse):
    assert [key for key, (zh, en) in WORDS.items() if not zh or not en] == []
    assert [key for key, (zh, _) in WORDS.items() if re.search(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", "", zh))] == []
    calculate_october(room, warehouse)
    people = calculated(room)
    for no in (*PAID, HELD):
        page = person_page(people, no, "zh")
        body = re.sub(r"<code>.*?</code>|<style>.*?</style>|<head>.*?</head>|<[^>]+>", " ", page, flags=re.DOTALL)
        words = set(re.findall(r"\b(?:missing|not_applicable|nothing|measurement|points|held|deducted)\b", body))
        assert words == set(), (no, words)


def test_every_text_is_used():
    room = Path(period_module.__file__).parent
    used = "".join(path.read_text(encoding="utf-8") for path in [*room.glob("*.py"), *room.glob("templates/*.j2")])
    own = (room / "words.py").read_text(encoding="utf-8")
    families = ("stand_", "note_", "kind_", "dispute_")
    assert [key for key in WORDS if f'"{key}"' not in used.replace(own, "") and not key.startswith(families)] == []


@pytest.mark.system
@pytest.mark.skipif(not CHROMIUM, reason="needs a browser: install the Debian package chromium")
def test_a_browser_shows_every_page_without_a_word_of_complaint_and_without_overflow(room, warehouse, tmp_path: Path):
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    calculate_october(room, warehouse)
    write_pages(tmp_path, calculated(room))
    complaints: list[str] = []
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        for width in (390, 1000):
            view = browser.new_page(viewport={"width": width, "height": 900})
            view.on("console", lambda message: complaints.append(message.text))
            view.on("pageerror", lambda error: complaints.append(str(error)))
            for name in ("E9009.zh.html", "E9003.en.html", f"{HELD}.zh.html", "managers/E0006.zh.html"):
                view.goto((tmp_path / name).as_uri())
                assert view.evaluate("document.documentElement.scrollWidth") <= width, name
                drawn = view.evaluate("getComputedStyle(document.querySelector('h1')).fontSize")
                assert drawn == "22px", "the style sheet does not apply under the page's content policy"
        view = browser.new_page()
        view.goto((tmp_path / "managers" / "E0006.zh.html").as_uri())
        view.click("text=E9003")
        assert "E9003" in view.inner_text("h1 + p")
        browser.close()
    assert complaints == []


@pytest.mark.system
def test_a_pdf_has_the_chinese_text_and_the_same_bytes_again(room: CloseRoom, warehouse, tmp_path: Path):
    calculate_october(room, warehouse)
    page = person_page(calculated(room), "E9003", "zh")
    try:
        document = as_pdf(page)
    except PayoutRefused as missing:
        pytest.skip(str(missing))
    if not shutil.which("pdftotext"):
        pytest.skip("needs pdftotext: install the Debian package poppler-utils")
    path = tmp_path / "page.pdf"
    path.write_bytes(document)
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True, text=True).stdout
    assert "绩效与奖金说明" in text
    assert "客户档案覆盖率" in text
    assert as_pdf(page) == document


def test_without_the_extra_a_pdf_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PayoutRefused, match="libpango"):
        as_pdf("<html></html>")


def test_a_month_without_values_promises_nothing(room: CloseRoom, warehouse):
    statement = statement_of(open_people(room, warehouse, NOVEMBER), "E9003")
    assert statement.held
    assert statement.total_fen == 0
