"""Values as SQL text.

The moment a value is bound to a statement, DuckDB's Python client imports numpy and pandas where they are installed:
0.3 CPU seconds and 85 MB that loading has no other use for.
"""

from datetime import datetime


def literal(value: str | int | datetime | None) -> str:
    """A value as DuckDB reads it back; raises `ValueError` for an instant without time zone."""
    if value is None:
        return "null"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return f"timestamptz '{value.isoformat()}'"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
