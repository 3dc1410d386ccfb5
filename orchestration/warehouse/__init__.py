"""DuckDB: landing files in, typed reads and a published copy out. Knows no Dagster and no plan."""
