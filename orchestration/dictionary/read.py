"""Read the dictionary from its only sources: dbt's manifest, the metric catalogue and the Chinese texts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from orchestration.dictionary.model import Column, Dictionary, Measure, Table, Text
from orchestration.settings import PROJECT_ROOT

CHINESE = PROJECT_ROOT / "dbt_project" / "dictionary.zh.yaml"
CATALOGUE = PROJECT_ROOT / "orchestration" / "plans" / "library" / "metrics.yaml"
_TOLD_APART = {"id", "name_zh", "name_en", "definition", "definition_zh"}


class DictionaryError(ValueError):
    """A table or column lacks a text; the message lists all of them and the file to write them into."""


def read_dictionary(manifest: Mapping[str, Any], *, chinese: Path = CHINESE, catalogue: Path = CATALOGUE) -> Dictionary:
    """The dictionary of the marts in a parsed dbt manifest.

    The Chinese file gives `tables: {name: text}`, `columns: {name: text}` for words that mean the same everywhere, and
    `columns_of: {table: {name: text}}` where they do not. Raises `DictionaryError` for every text that is missing, and
    for every text about something that is no longer there.
    """
    texts = YAML(typ="safe").load(chinese)
    models = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }
    _refuse(_gaps(models, texts), chinese)
    keys = {name: _keys(node["unique_id"], manifest) for name, node in models.items()}
    single = {next(iter(columns)): name for name, columns in keys.items() if len(columns) == 1}
    tables = tuple(_table(node, manifest, texts, keys[name], single) for name, node in sorted(models.items()))
    metrics = YAML(typ="safe").load(catalogue)["metrics"]
    return Dictionary(tables, tuple(_measure(entry) for entry in metrics))


def _gaps(models: Mapping[str, Mapping[str, Any]], texts: Mapping[str, Any]) -> list[str]:
    special: Mapping[str, Mapping[str, str]] = texts.get("columns_of") or {}
    used = {name for node in models.values() for name in node["columns"]}
    missing = [f"tables: {name}" for name in models if name not in texts["tables"]]
    missing += sorted(
        {
            f"columns: {column}"
            for name, node in models.items()
            for column in node["columns"]
            if column not in texts["columns"] and column not in special.get(name, {})
        }
    )
    stale = [f"tables: {name} (no such mart)" for name in texts["tables"] if name not in models]
    stale += [f"columns: {name} (in no mart)" for name in texts["columns"] if name not in used]
    for table, columns in special.items():
        known = models.get(table, {"columns": {}})["columns"]
        stale += [f"columns_of: {table}.{name} (no such column)" for name in columns if name not in known]
    return missing + stale


def _refuse(gaps: list[str], chinese: Path) -> None:
    if gaps:
        listed = "\n".join(f"  {gap}" for gap in gaps)
        raise DictionaryError(f"{chinese.name} and the marts disagree; write or remove there:\n{listed}")


def _table(
    node: Mapping[str, Any],
    manifest: Mapping[str, Any],
    texts: Mapping[str, Any],
    key: set[str],
    single: Mapping[str, str],
) -> Table:
    name = node["name"]
    group = next(it for it in manifest["groups"].values() if it["name"] == node["group"])
    special = (texts.get("columns_of") or {}).get(name, {})
    return Table(
        name=name,
        subject=group["name"],
        owner=group["owner"]["name"],
        meaning=Text(texts["tables"][name], node["description"]),
        columns=tuple(
            Column(
                name=column,
                data_type=body["data_type"],
                meaning=Text(special.get(column) or texts["columns"][column], body["description"]),
                is_required=any(it["type"] == "not_null" for it in body.get("constraints") or ()),
                is_key=column in key,
                refers_to=_refers_to(column, name, single),
            )
            for column, body in node["columns"].items()
        ),
        built_from=tuple(
            sorted(".".join(it.split(".")[2:]) for it in node["depends_on"]["nodes"] if not it.startswith("test."))
        ),
    )


def _keys(unique_id: str, manifest: Mapping[str, Any]) -> set[str]:
    """Columns that identify a row together, as the data tests prove it every week."""
    keys: set[str] = set()
    for node in manifest["nodes"].values():
        test = node.get("test_metadata")
        if test and node.get("attached_node") == unique_id:
            if test["name"] == "unique":
                keys.add(test["kwargs"]["column_name"])
            elif test["name"] == "unique_combination":
                keys.update(test["kwargs"]["columns"])
    return keys


def _refers_to(column: str, table: str, single: Mapping[str, str]) -> str:
    """The mart whose whole key the column holds: by the house's names, `employee_no` or `<role>_employee_no`."""
    for key, owner in single.items():
        if owner != table and (column == key or column.endswith(f"_{key}")):
            return owner
    return ""


def _measure(entry: Mapping[str, Any]) -> Measure:
    return Measure(
        metric_id=entry["id"],
        name=Text(entry["name_zh"], entry["name_en"]),
        meaning=Text(entry["definition_zh"], entry["definition"]),
        attributes=tuple((name, _words(value)) for name, value in entry.items() if name not in _TOLD_APART),
    )


def _words(value: object) -> str:
    match value:
        case None:
            return ""
        case dict():
            return "; ".join(f"{name}: {_words(it)}" for name, it in value.items())
        case list():
            return ", ".join(_words(it) for it in value)
        case _:
            return str(value)
