"""The contents of a warehouse in a form that can be compared."""

from pathlib import Path

from orchestration.warehouse.connect import read_warehouse

Contents = dict[str, list[tuple[object, ...]]]


def contents(home: Path) -> Contents:
    """Every row of every raw, restricted and etl table, by table name."""
    with read_warehouse(home) as con:
        tables = con.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema similar to '(raw|restricted)_.*|etl' order by 1"
        ).fetchall()
        return {name: con.execute(f"select * from {name} order by all").fetchall() for (name,) in tables}
