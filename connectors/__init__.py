"""Outside systems -> landing files. Knows no Dagster and no DuckDB."""
