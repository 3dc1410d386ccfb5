import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_runs import made_line, made_run

from orchestration.payout.errors import ExportRefused, RulesInvalid
from orchestration.payout.layouts.load import layout_schema, load_layout, load_layouts, parse_layout
from orchestration.payout.layouts.model import Layout
from orchestration.payout.layouts.render import line_fault, render_layout
from orchestration.plans.yaml_source import parse_yaml, plain

ZONE = "Asia/Shanghai"
SAMPLES = {file.layout.layout: file for file in load_layouts()}
PLAIN = """
layout: plain
version: 1
format: delimited
encoding: gbk
line_end: lf
file_name: "{pay_month}_{part}.csv"
row_limit: 2
columns:
  - {name: employee, field: employee_no, width: 6, required: true}
  - {name: centre, field: cost_centre, width: 8}
  - {name: amount, amount: all, width: 9}
"""


def layout(*changes: tuple[str, str]) -> Layout:
    text = PLAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return parse_layout(text, "plain.yaml").layout


def rendered(made: Layout, *lines) -> dict[str, str]:
    return {out.name: out.content.decode(made.encoding) for out in render_layout(made, made_run(*lines), ZONE)}


def test_the_chinese_example_is_gb18030_with_headings_and_adds_up_per_person_and_item():
    lines = (
        made_line("E0001", 584362),
        made_line("E0001", -4362, kind="adjustment", origin_period="2026-09"),
        made_line("E0001", 100, pay_item_code="SYNERGY", component="synergy"),
        made_line("E0002", 250000, cost_centre="研发𠮷中心"),
    )
    (output,) = render_layout(SAMPLES["payroll_import_gb18030"].layout, made_run(*lines), ZONE)
    assert output.name == "PE01_2026-11_CN01-1_CNY_001.csv"
    assert output.content.count(b"\r\n") == 4
    rows = list(csv.reader(io.StringIO(output.content.decode("gb18030"), newline="")))
    assert rows == [
        ["序号", "发薪月份", "归属月份", "工号", "工资项目", "成本中心", "金额", "币种", "备注"],
        ["1", "202611", "2026-10", "E0001", "PERF_BONUS", "CC10", "5800.00", "CNY", "绩效奖金（税前）"],
        ["2", "202611", "2026-10", "E0001", "SYNERGY", "CC10", "1.00", "CNY", "绩效奖金（税前）"],
        ["3", "202611", "2026-10", "E0002", "PERF_BONUS", "研发𠮷中心", "2500.00", "CNY", "绩效奖金（税前）"],
    ]
    assert (output.rows, output.lines, output.people, output.sum_fen) == (3, 4, 2, 830100)


def test_the_fixed_example_has_records_of_one_length_and_a_trailer_with_count_and_total():
    lines = (made_line("E0001", 584362), made_line("E0002", -5, kind="adjustment", origin_period="2026-09"))
    (output,) = render_layout(SAMPLES["fixed_width_trailer"].layout, made_run(*lines), ZONE)
    header, first, second, trailer, end = output.content.decode("gb18030").split("\r\n")
    assert end == ""
    assert header == "HPE01        20261120261106CNY"
    ids = [line.line_id for line in made_run(*lines).lines]
    assert first == f"D000001E0001           PERF_BONUS          0000000005843622026-10{ids[0]}"
    assert second == f"D000002E0002           PERF_BONUS          -000000000000052026-09{ids[1]}"
    assert trailer == "T000002000000000000584357"


def test_chinese_text_in_a_fixed_record_is_measured_in_bytes():
    made = load_text(
        "layout: f\nversion: 1\nformat: fixed\nencoding: gb18030\nline_end: lf\nfile_name: f.txt\n"
        "columns:\n  - {field: cost_centre, width: 8}\n  - {amount: all, width: 8}\n"
    )
    (content,) = rendered(made, made_line("E0001", 100, cost_centre="研发")).values()
    assert content == "研发        1.00\n"
    with pytest.raises(ExportRefused, match=r"E0001, row 1 \(line [0-9a-f]{32}\), cost_centre: it is 10 bytes long"):
        rendered(made, made_line("E0001", 100, cost_centre="研发中心部"))


def load_text(text: str) -> Layout:
    return parse_layout(text, "made.yaml").layout


def test_more_rows_than_a_file_takes_go_into_numbered_files():
    lines = [made_line(f"E{number:04d}", 100 * number) for number in range(1, 6)]
    files = rendered(layout(), *lines)
    assert list(files) == ["2026-11_1.csv", "2026-11_2.csv", "2026-11_3.csv"]
    assert [text.count("\n") for text in files.values()] == [2, 2, 1]
    assert files["2026-11_3.csv"] == "E0005,CC10,5.00\n"


def test_each_payer_has_a_file_of_its_own():
    made = layout(('"{pay_month}_{part}.csv"', '"{payer_entity}_{part}.csv"\none_file_per: [payer_entity]'))
    files = rendered(made, made_line("E0001", 1), made_line("E0002", 2, payer_entity="PE02"))
    assert files == {"PE01_1.csv": "E0001,CC10,0.01\n", "PE02_1.csv": "E0002,CC10,0.02\n"}


def test_wage_items_may_have_a_column_each_and_none_is_left_out():
    made = layout(
        ("columns:", "row_per: [employee_no, cost_centre]\ncolumns:"),
        ("  - {name: amount, amount: all, width: 9}", "  - {amount: [PERF_BONUS]}\n  - {amount: [SYNERGY, EXCESS]}"),
    )
    lines = (made_line("E0001", 100), made_line("E0001", 7, pay_item_code="SYNERGY"))
    assert rendered(made, *lines) == {"2026-11_1.csv": "E0001,CC10,1.00,0.07\n"}
    with pytest.raises(ExportRefused, match="no amount column takes pay item B990"):
        rendered(made, *lines, made_line("E0001", 1, pay_item_code="B990"))


def test_codes_are_translated_and_an_unknown_one_is_refused():
    made = layout(("{name: centre, field: cost_centre, width: 8}", '{field: cost_centre, values: {CC10: "0010"}}'))
    assert rendered(made, made_line("E0001", 100)) == {"2026-11_1.csv": "E0001,0010,1.00\n"}
    with pytest.raises(ExportRefused, match=r"E0001, row 1 .* cost_centre: values has no entry for 'CC11'"):
        rendered(made, made_line("E0001", 100, cost_centre="CC11"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"cost_centre": "=1+1"}, "centre: a spreadsheet would read it as a formula"),
        ({"cost_centre": "＝1"}, "centre: a spreadsheet would read it as a formula"),
        ({"cost_centre": "a\tb"}, "centre: it holds a control character"),
        ({"cost_centre": "a\nb"}, "centre: it holds a control character"),
        ({"cost_centre": "\ufffd"}, "centre: a character was lost"),
        ({"cost_centre": "𠮷"}, "centre: '𠮷' does not exist in gbk"),
        ({"cost_centre": "x" * 9}, "centre: it is 9 bytes long, the layout takes 8"),
        ({"fen": 100_000_000}, "amount: it is 10 bytes long, the layout takes 9"),
    ],
)
def test_a_machine_file_refuses_what_a_machine_would_misread(changes: dict, fault: str):
    line = made_line("E0001", **{"fen": 100, **changes})
    with pytest.raises(ExportRefused) as refused:
        rendered(layout(), line)
    assert f"layout plain: E0001, row 1 (line {made_run(line).lines[0].line_id}), {fault}" in str(refused.value)


def test_a_text_that_cannot_be_written_is_known_before_anything_is_approved():
    assert line_fault(layout(), made_line("E0001", 100, cost_centre="𠮷")) == (
        "layout plain, centre: '𠮷' does not exist in gbk"
    )
    assert line_fault(layout(), made_line("E0001", 100)) == ""
    assert [line_fault(file.layout, made_line("E0001", 100)) for file in SAMPLES.values()] == ["", ""]


def test_an_empty_value_is_refused_only_where_one_is_required():
    made = layout(("width: 8}", "width: 8, required: true}"))
    assert rendered(layout(), made_line("E0001", 1, cost_centre="")) == {"2026-11_1.csv": "E0001,,0.01\n"}
    with pytest.raises(ExportRefused, match="centre: the value is empty and the layout requires one"):
        rendered(made, made_line("E0001", 1, cost_centre=""))


def test_without_quotes_a_delimiter_inside_a_value_is_refused_and_with_quotes_it_is_kept():
    line = made_line("E0001", 1, cost_centre='a,"b')
    assert list(csv.reader(rendered(layout(), line)["2026-11_1.csv"].splitlines())) == [["E0001", 'a,"b', "0.01"]]
    with pytest.raises(ExportRefused, match="holds the delimiter or a quote"):
        rendered(layout(("line_end: lf", "line_end: lf\nquote: none")), line)


def test_amounts_of_two_currencies_never_share_a_file():
    with pytest.raises(ExportRefused, match=r"CNY and HKD, which are never added; write one_file_per: \[currency\]"):
        rendered(layout(), made_line("E0001", 1), made_line("E0002", 1, currency="HKD"))


@pytest.mark.parametrize(("negative", "written"), [("leading", "-12.34"), ("trailing", "12.34-"), ("refuse", None)])
def test_a_negative_amount_is_written_as_the_layout_says(negative: str, written: str | None):
    made = layout(("amount: all, width: 9", f"amount: all, width: 9, negative: {negative}"))
    if written is None:
        with pytest.raises(ExportRefused, match="the amount is negative"):
            rendered(made, made_line("E0001", -1234))
    else:
        assert rendered(made, made_line("E0001", -1234)) == {"2026-11_1.csv": f"E0001,CC10,{written}\n"}


def test_a_run_without_lines_has_no_files():
    assert rendered(layout()) == {}


def test_a_file_name_cannot_leave_its_folder():
    made = layout(('"{pay_month}_{part}.csv"', '"{cost_centre}_{part}.csv"\none_file_per: [cost_centre]'))
    with pytest.raises(ExportRefused, match=r"'\.\./x_1\.csv' cannot name a file"):
        rendered(made, made_line("E0001", 1, cost_centre="../x"))


def test_two_files_never_get_one_name():
    made = layout(
        (
            '"{pay_month}_{part}.csv"',
            '"{payer_entity}{cost_centre}{part}.csv"\none_file_per: [payer_entity, cost_centre]',
        )
    )
    with pytest.raises(ExportRefused, match=r"two files would be called AB1\.csv"):
        rendered(
            made,
            made_line("E0001", 1, payer_entity="A", cost_centre="B"),
            made_line("E0002", 1, payer_entity="AB", cost_centre=""),
        )


@given(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=40), st.integers(1, 7))
def test_the_files_of_a_split_add_up_to_the_run(amounts: list[int], limit: int):
    made = layout(("row_limit: 2", f"row_limit: {limit}"), ("width: 9", "width: 12"))
    run = made_run(*(made_line(f"E{number:04d}", fen) for number, fen in enumerate(amounts)))
    outputs = render_layout(made, run, ZONE)
    cells = [row.rsplit(b",", 1)[1] for output in outputs for row in output.content.splitlines()]
    assert sum(int(cell.replace(b".", b"")) for cell in cells) == run.total_fen == sum(amounts)
    assert all(output.rows <= limit for output in outputs)
    assert render_layout(made, run, ZONE) == outputs


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("encoding: gbk", "encoding: gbk2", "plain.yaml:5: encoding"),
        ("{name: centre,", "{nmae: centre,", "plain.yaml:11: columns.1.nmae: no such setting here"),
        ("field: cost_centre", "field: cost_center", "plain.yaml:11: columns.1: 'cost_center' is no field"),
        ("field: cost_centre, ", "", "plain.yaml:11: columns.1: write exactly one of field, constant"),
        ("{pay_month}_{part}", "{pay_month}", "plain.yaml:7: file_name: must hold {part}"),
        ("{pay_month}_{part}", "{employee_no}_{part}", "plain.yaml:7: file_name: {employee_no} is not known here"),
        ("format: delimited", "format: fixed\n", None),
        ("amount: all", "amount: [A]", "plain.yaml:1: row_per: amounts by pay item need rows of people"),
        (
            "{name: centre, field: cost_centre, width: 8}",
            "{total: rows}",
            "plain.yaml:11: columns.1: a total stands in",
        ),
        ("{name: centre, field: cost_centre, width: 8}", "{constant: 𠮷}", "columns.1: '𠮷' does not exist in gbk"),
        ("{name: centre, field: cost_centre, width: 8}", "{constant: 7}", "plain.yaml:11: columns.1.constant: must be"),
        ("columns:", "row_per: [employee_no]\ncolumns:", "plain.yaml:12: columns.1: one row has several values of"),
        ("columns:", "trailer: [[{field: employee_no}]]\ncolumns:", "trailer.0.0: this belongs to a row"),
        ("amount: all, width: 9", "constant: x", "columns: no column holds an amount"),
        ("field: cost_centre,", "field: cost_centre, date: YYYYMM,", "columns.1: date spells a day or a month"),
    ],
)
def test_a_wrong_layout_is_refused_with_its_line(old: str, new: str, complaint: str | None):
    assert old in PLAIN
    if complaint is None:
        parse_layout(PLAIN.replace(old, new), "plain.yaml")  # every cell has a width: it may be fixed too
        return
    with pytest.raises(RulesInvalid) as refused:
        parse_layout(PLAIN.replace(old, new), "plain.yaml")
    assert complaint in str(refused.value)


def test_layouts_of_a_folder_have_different_ids(tmp_path: Path):
    (tmp_path / "a.yaml").write_text(PLAIN)
    (tmp_path / "b.yaml").write_text(PLAIN)
    with pytest.raises(RulesInvalid, match=r"b\.yaml:1: layout plain is in another file too"):
        load_layouts(tmp_path)
    assert load_layouts(tmp_path / "none") == ()
    with pytest.raises(RulesInvalid, match="cannot be read"):
        load_layout(tmp_path / "c.yaml")


def test_the_schema_knows_every_key_of_the_examples():
    schema = json.loads(json.dumps(layout_schema()))
    for file in SAMPLES.values():
        document = plain(parse_yaml(file.text, "x"))
        assert set(document) <= set(schema["properties"])
        cells = [
            *document["columns"],
            *(cell for name in ("header", "trailer") for record in document.get(name, []) for cell in record),
        ]
        assert {key for cell in cells for key in cell} <= set(schema["$defs"]["Cell"]["properties"])
        assert schema["additionalProperties"] is False
