"""The data dictionary: what published tables, columns and metrics mean, for people without dbt."""
