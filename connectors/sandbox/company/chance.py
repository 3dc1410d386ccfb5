"""Seeded randomness: every entity draws from a generator of its own, so that adding one never moves another."""

from datetime import date
from random import Random


def chance(seed: int, *parts: object) -> Random:
    """A generator for one thing, e.g. `chance(7, "lead", day, 12)`. Equal arguments give equal draws on any machine."""
    return Random(f"{seed}:{':'.join(map(str, parts))}")  # noqa: S311 - sample data, nothing secret


def whole(rng: Random, mean: float) -> int:
    """`mean` rounded up or down at random, so that small scales keep their average."""
    return int(mean + rng.random())


def month_of(day: date) -> str:
    """Month id of a date: `2026-10`."""
    return f"{day.year}-{day.month:02d}"
