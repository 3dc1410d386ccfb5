"""The dictionary has every mart, column and metric in both languages, and says nothing twice or about nothing."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from ruamel.yaml import YAML

from orchestration.dictionary.model import Dictionary
from orchestration.dictionary.page import render_page
from orchestration.dictionary.read import CHINESE, DictionaryError, read_dictionary
from orchestration.dictionary.write import write_dictionary
from orchestration.warehouse.dbt import parse_project


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    return json.loads(parse_project(tmp_path_factory.mktemp("parsed")).read_bytes())


@pytest.fixture(scope="module")
def dictionary(manifest: Mapping[str, Any]) -> Dictionary:
    return read_dictionary(manifest)


def test_every_mart_and_column_has_a_text_in_both_languages(dictionary: Dictionary) -> None:
    texts = [it.meaning for it in dictionary.tables]
    texts += [it.meaning for table in dictionary.tables for it in table.columns]
    assert len(dictionary.tables) >= 28
    assert [it for it in texts if not re.search("[\u4e00-\u9fff]", it.zh) or not re.search("[a-zA-Z]", it.en)] == []


def test_a_table_knows_its_key_and_what_its_columns_refer_to(dictionary: Dictionary) -> None:
    tables = {it.name: it for it in dictionary.tables}
    measurements = tables["fct_kpi_measurements"]
    assert {it.name for it in measurements.columns if it.is_key} >= {"metric_id", "grain", "subject_id", "period_id"}
    assert measurements.owner == "performance management"
    assert measurements.built_from
    assert next(it for it in tables["fct_leads"].columns if it.name == "owner_employee_no").refers_to == "dim_employees"
    assert next(it for it in tables["dim_employees"].columns if it.name == "employee_no").refers_to == ""


def test_every_metric_of_the_catalogue_is_explained(dictionary: Dictionary) -> None:
    measures = {it.metric_id: it for it in dictionary.measures}
    assert measures["lead_quality"].name.zh == "线索质量"
    assert dict(measures["cost_per_mql"].attributes)["on_zero_denominator"] == "not_applicable"


def test_a_column_without_a_chinese_text_is_named_with_the_file(manifest: Mapping[str, Any], tmp_path: Path) -> None:
    texts = YAML(typ="safe").load(CHINESE)
    del texts["columns"]["lead_count"]
    texts["tables"]["fct_gone"] = "已删除"
    lacking = tmp_path / "lacking.yaml"
    YAML().dump(texts, lacking)
    with pytest.raises(DictionaryError) as refused:
        read_dictionary(manifest, chinese=lacking)
    assert str(refused.value).splitlines() == [
        "lacking.yaml and the marts disagree; write or remove there:",
        "  columns: lead_count",
        "  tables: fct_gone (no such mart)",
    ]


def test_the_page_links_every_table_and_loads_nothing_from_elsewhere(dictionary: Dictionary) -> None:
    page = render_page(dictionary, "zh")
    assert not re.findall(r"(?:src|href)=\"(?!#)", page)
    linked = set(re.findall(r'href="#([^"]+)"', page))
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert {it.name for it in dictionary.tables} | {it.metric_id for it in dictionary.measures} == anchors
    assert linked <= anchors


def test_the_workbook_holds_each_column_once_and_no_formula(manifest: Mapping[str, Any], tmp_path: Path) -> None:
    write_dictionary(tmp_path / "a", manifest)
    book = openpyxl.load_workbook(tmp_path / "a" / "dictionary.xlsx")
    dictionary = read_dictionary(manifest)
    rows = [row[:2] for row in book.worksheets[1].iter_rows(min_row=2, values_only=True)]
    assert rows == [(table.name, column.name) for table in dictionary.tables for column in table.columns]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_the_same_marts_give_the_same_bytes(manifest: Mapping[str, Any], tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    names = [it.name for it in write_dictionary(first, manifest)]
    write_dictionary(second, manifest)
    assert sorted(names) == ["dictionary.en.html", "dictionary.xlsx", "dictionary.zh.html"]
    assert [(first / name).read_bytes() == (second / name).read_bytes() for name in names] == [True, True, True]
