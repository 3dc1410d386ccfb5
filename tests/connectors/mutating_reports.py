"""Five vendors that report by day: they restate and withdraw figures of days gone by, and list no deletions."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from fake_server import Answer, Asked

from connectors.ads.adjust.streams import METRICS as ADJUST_METRICS
from connectors.ads.oceanengine.streams import DIMENSIONS as OCEAN_DIMENSIONS
from connectors.ads.oceanengine.streams import METRICS as OCEAN_METRICS
from connectors.ads.tencent.streams import COUNTS, MONEY

HISTORY = date(2026, 10, 20)
Key = tuple[str, int]
"""(day, row of that day)"""


@dataclass
class Figures:
    """What the vendor says now of every day up to `today` (not included), and all that it ever said."""

    chance: random.Random
    today: date
    now: dict[Key, int] = field(default_factory=dict)
    past: dict[Key, list[int]] = field(default_factory=dict)

    def grow(self, today: date) -> None:
        """Days pass: each has at least one row."""
        day = max((date.fromisoformat(it) for it, _ in self.now), default=HISTORY - timedelta(days=1))
        while (day := day + timedelta(days=1)) < today:
            for row in range(1 + self.chance.randrange(3)):
                self._put((day.isoformat(), row))
        self.today = today

    def change(self, back: int) -> None:
        """One figure of the last `back` days is restated or withdrawn, or a row comes late."""
        day = (self.today - timedelta(days=1 + self.chance.randrange(back))).isoformat()
        rows = [key for key in self.now if key[0] == day]
        if self.chance.random() < 0.25 and len(rows) > 1:
            del self.now[max(rows)]
        else:
            self._put((day, self.chance.randrange(4)))

    def of(self, first: str, last: str) -> list[tuple[str, int, int]]:
        """(day, row, value) of some days, in order."""
        return sorted((day, row, value) for (day, row), value in self.now.items() if first <= day <= last)

    def _put(self, key: Key) -> None:
        self.now[key] = self.chance.randrange(10**6)
        self.past.setdefault(key, []).append(self.now[key])


@dataclass(frozen=True)
class Report:
    """How one vendor shows the figures. `most_rows`: rows a day that it can have."""

    source: str
    stream: str
    lookback: int
    settings: str
    answer: Callable[[Figures, Asked], Answer]
    key: Callable[[str, int], str]
    value: str
    most_rows: int = 4

    def company(self, url: str) -> str:
        head = f"  {self.source}:\n    base_url: {url}\n    streams: [{self.stream}]\n    requests_per_second: 5000\n"
        return head + "".join(f"    {line.strip()}\n" for line in self.settings.strip().splitlines())


def _pages(total: int) -> dict[str, int]:
    return {"page": 1, "page_size": 1000, "total_number": total, "total_page": 1}


def _ocean(figures: Figures, asked: Asked) -> Answer:
    if "oauth2" in asked.path:
        return Answer({"code": 0, "data": {"access_token": "a-token", "expires_in": 86399, "refresh_token": "b-token"}})
    if "config/get" in asked.path:
        return Answer({"code": 0, "data": {"list": [{"field": name} for name in (*OCEAN_DIMENSIONS, *OCEAN_METRICS)]}})
    found = figures.of(asked.query["start_time"], asked.query["end_time"])
    rows = [
        {
            "dimensions": dict.fromkeys(OCEAN_DIMENSIONS, "x") | {"stat_time_day": day, "cdp_promotion_id": str(row)},
            "metrics": dict.fromkeys(OCEAN_METRICS, "0") | {"click_cnt": str(value)},
        }
        for day, row, value in found
    ]
    data = {"rows": rows, "total_metrics": {"stat_cost": "0.00"}, "page_info": _pages(len(rows))}
    return Answer({"code": 0, "data": data})


def _tencent(figures: Figures, asked: Asked) -> Answer:
    if "oauth" in asked.path:
        return Answer(
            {"code": 0, "data": {"access_token": "a-token", "refresh_token": "b", "access_token_expires_in": 86400}}
        )
    span = json.loads(asked.query["date_range"])
    rows = [
        {"date": day, "adgroup_id": row, "adgroup_name": "x"}
        | dict.fromkeys((*MONEY, *COUNTS), 0)
        | {"view_count": value}
        for day, row, value in figures.of(span["start_date"], span["end_date"])
    ]
    return Answer({"code": 0, "data": {"list": rows, "page_info": _pages(len(rows))}})


def _wechat(figures: Figures, asked: Asked) -> Answer:
    if asked.path.endswith("stable_token"):
        return Answer({"access_token": "a-token", "expires_in": 7200})
    rows = [
        {"ref_date": day, "user_source": row, "new_user": value, "cancel_user": 0}
        for day, row, value in figures.of(asked.json["begin_date"], asked.json["end_date"])
    ]
    return Answer({"list": rows, "is_delay": False})


def _adjust(figures: Figures, asked: Asked) -> Answer:
    found = figures.of(*asked.query["date_period"].split(":"))
    texts = {"app_token": "t", "app": "a", "partner_name": "p", "channel": "c", "campaign": "x"}
    rows = [
        {**texts, "day": day, "campaign_id_network": str(row)}
        | dict.fromkeys(ADJUST_METRICS, "0")
        | {"installs": str(value)}
        for day, row, value in found
    ]
    totals = dict.fromkeys(ADJUST_METRICS, 0.0) | {"installs": float(sum(value for _, _, value in found))}
    return Answer({"rows": rows, "totals": totals, "warnings": [], "pagination": None})


def _matomo(figures: Figures, asked: Asked) -> Answer:
    first, last = asked.form["date"].split(",")
    found = {day: value for day, row, value in figures.of(first, last) if row == 0}
    return Answer({day: {"nb_visits": value, "nb_uniq_visitors": 1} for day, value in found.items()} or [])


REPORTS = (
    Report(
        "oceanengine",
        "report",
        8,
        "accounts: ['1']\ncredentials: {app_id: {env: SECRET}, secret: {env: SECRET}, refresh_token: {env: SECRET}}",
        _ocean,
        lambda day, row: f"1|{day}|{row}",
        "click_cnt",
    ),
    Report(
        "tencent_ads",
        "report_reporting_time",
        3,
        "accounts: ['1']\ncredentials: {client_id: c, client_secret: {env: SECRET}, refresh_token: {env: SECRET}}",
        _tencent,
        lambda day, row: f"1|{day}|{row}|REPORTING_TIME",
        "view_count",
    ),
    Report(
        "wechat_oa",
        "user_summary",
        3,
        "accounts: [wx1]\ncredentials: {secrets: {wx1: {env: SECRET}}}",
        _wechat,
        lambda day, row: f"wx1|{day}|{row}",
        "payload->>'$.new_user'",
    ),
    Report(
        "adjust",
        "report",
        8,
        "accounts: ['1']\ncredentials: {api_token: {env: SECRET}}",
        _adjust,
        lambda day, row: f"{day}|t|a|p|c|{row}|x",
        "installs",
    ),
    Report(
        "matomo",
        "visits_by_day",
        2,
        "accounts: ['1']\ncredentials: {token_auth: {env: SECRET}}",
        _matomo,
        lambda day, row: f"1|day|{day}|all",
        "payload->>'$.nb_visits'",
        most_rows=1,
    ),
)
