"""Reads planted.yaml: the hand-written records and the answers that tests assert.

from connectors.sandbox import planted
planted.load().answers["wechat_10k"]["customers"]  # 20
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

PLANTED_FILE = Path(__file__).with_name("planted.yaml")


@dataclass(frozen=True, slots=True)
class Planted:
    """The file as it is. `answers`: name -> {where: isolating filter, and the facts}; money is text in yuan."""

    people: list[dict[str, Any]]
    absences: list[dict[str, Any]]
    crm_users: list[dict[str, Any]]
    lead_batches: list[dict[str, Any]]
    account_batches: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    promotions: list[dict[str, Any]]
    clue_batches: list[dict[str, Any]]
    report_rows: list[dict[str, Any]]
    wechat_spend: list[dict[str, Any]]
    wechat_articles: list[dict[str, Any]]
    lost_days: list[dict[str, Any]]
    feeds: Mapping[str, list[dict[str, Any]]]
    site_months: list[dict[str, Any]]
    forms: Mapping[str, list[dict[str, Any]]]
    answers: Mapping[str, dict[str, Any]]


@lru_cache(maxsize=1)
def load() -> Planted:
    """The planted facts; read once, treat as read-only."""
    return Planted(**YAML(typ="safe", pure=True).load(PLANTED_FILE.read_text(encoding="utf-8")))
