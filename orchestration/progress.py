"""One logger for what a person watching a run wants to read. The command line prints it, Dagster captures it."""

import logging

LOGGER = logging.getLogger("incentives")


def say(text: str) -> None:
    """Tell one thing that has happened, without secrets, names or amounts of persons."""
    LOGGER.info(text)
