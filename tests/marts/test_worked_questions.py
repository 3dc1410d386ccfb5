"""The worked questions of docs/analysts.md give what the page says they give."""

import re
from datetime import date

import pytest

from orchestration.settings import PROJECT_ROOT
from tests.marts.conftest import BuiltMarts, Rows

PAGE = PROJECT_ROOT / "docs" / "analysts.md"
TABLES = PROJECT_ROOT / "docs" / "metrics.md"


@pytest.fixture(scope="module")
def answers(marts: BuiltMarts) -> list[list[Rows]]:
    """Per worked question, the rows of each of its statements."""
    blocks = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [[marts.ask(statement) for statement in _statements(block)] for block in blocks]


def _statements(block: str) -> list[str]:
    code = "\n".join(line for line in block.splitlines() if not line.startswith("--"))
    return [statement for statement in code.split(";") if statement.strip()]


def test_there_are_ten_questions(answers: list[list[Rows]]) -> None:
    assert len(answers) == 10


def test_ten_thousand_yuan_of_ads(answers: list[list[Rows]]) -> None:
    assert answers[0] == [[(10000, 100, 20, 50000)]]


def test_zhihu_against_wechat(answers: list[list[Rows]]) -> None:
    assert sorted(answers[1][0]) == [("微信广告", 10, 100), ("知乎专栏", 15, 50)]


def test_coverage_and_the_twenty_without_a_file(answers: list[list[Rows]]) -> None:
    measured, lacking = answers[2]
    assert measured == [(379, 399)]
    assert len(lacking) == 20


def test_attainment_down_to_its_records(answers: list[list[Rows]]) -> None:
    assert [(row[0], row[2], row[4], row[5]) for row in answers[3][0]] == [
        (date(2026, 10, 1), "targets", 0, 100000),
        (date(2026, 10, 8), "sales_orders", 70000, 0),
        (date(2026, 10, 22), "sales_orders", 50000, 0),
    ]


def test_october_can_close(answers: list[list[Rows]]) -> None:
    unmapped, lacking = answers[4]
    assert unmapped == []
    assert {row[:2] for row in lacking} <= {("sales_revenue_attainment", "missing")}


def test_seventy_of_a_hundred_leads_were_never_called(answers: list[list[Rows]]) -> None:
    assert answers[5] == [[(100, 30, 12, 6, 3)]]


def test_a_click_flood_brought_nobody(answers: list[list[Rows]]) -> None:
    assert answers[6] == [[(date(2026, 10, 20), 18000, 9000, 0, 4500)]]


def test_one_of_sixteen_leads_counts(answers: list[list[Rows]]) -> None:
    assert answers[7] == [[("counts", 1), ("duplicate", 11), ("test", 4)]]


def test_work_belongs_to_the_team_of_its_day(answers: list[list[Rows]]) -> None:
    assert answers[8] == [[(date(2026, 10, 15), "T-FUP", "P-REP"), (date(2026, 10, 16), "T-CARE", "P-CARE")]]


def test_the_measurement_is_the_sum_of_its_records(answers: list[list[Rows]]) -> None:
    assert answers[9] == [[(6, 10)], [(6, 10)]]


def test_the_page_names_every_mart(marts: BuiltMarts) -> None:
    page = TABLES.read_text(encoding="utf-8")
    names = [
        row[0] for row in marts.ask("select table_name from information_schema.tables where table_schema = 'marts'")
    ]
    assert [name for name in names if f"`{name}`" not in page] == []
