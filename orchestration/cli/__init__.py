"""`incentives`: the same functions as in Dagster, for people who are not in its UI."""

from orchestration.cli.app import app

__all__ = ["app"]
