"""Dagster's words for what the other rooms do: assets, checks, jobs, schedules. No rule lives here."""
