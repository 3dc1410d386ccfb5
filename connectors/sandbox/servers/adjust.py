"""Adjust: one report without pages, texts in rows, numbers in totals, meaningful status codes (sources.md §8)."""

import re
import threading
import time
from collections import deque
from datetime import date
from typing import Any

from connectors.sandbox import credentials
from connectors.sandbox.records import adjust as view
from connectors.sandbox.servers.faults import Fault
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer

ACCOUNT = "7000001"
LONGEST_DAYS = 10
_AT_ONCE = 50
_DIMENSIONS = ("day", "app_token", "app", "partner_name", "channel", "campaign_id_network", "campaign")
_METRICS = ("installs", "clicks", "impressions", "sessions", "cost", "trial_events")
_COHORTS = {"mature", "immature"}


class Adjust(Vendor):
    """One account with one app."""

    name = "adjust"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._count = threading.Lock()
        self._under_way = 0
        self._holds: deque[float] = deque()

    def strike(self, fault: Fault) -> None:
        if fault.kind == "hold":
            self._holds.append(fault.seconds)

    def handle(self, request: Request) -> Response:
        with self._count:
            self._under_way += 1
            crowded = self._under_way > _AT_ONCE
            hold = self._holds.popleft() if self._holds else 0.0
        try:
            time.sleep(hold)
            return answer({"error": "too many simultaneous requests"}, 429) if crowded else self._answered(request)
        finally:
            with self._count:
                self._under_way -= 1

    def _answered(self, request: Request) -> Response:
        if refused := _refused(request):
            return refused
        asked = request.query
        dimensions, metrics = (asked.get(name, "").split(",") for name in ("dimensions", "metrics"))
        period = re.fullmatch(r"(\d{4}-\d\d-\d\d):(\d{4}-\d\d-\d\d)", asked.get("date_period", ""))
        if complaint := _complaint(asked, dimensions, metrics, well_dated=period is not None):
            return answer({"error": complaint}, 400)
        first, last = (date.fromisoformat(text) for text in period.groups()) if period else (date.min, date.min)
        if (last - first).days >= LONGEST_DAYS:
            return answer({"error": "timeout"}, 504)
        rows = list(view.report_rows(self.sandbox.world, self.sandbox.now(), first, last))
        if not rows:
            return Response(204, None)
        shown = [
            {
                "attr_dependency": {"campaign_id_network": "unknown"},
                **{name: row[name] for name in (*dimensions, *metrics)},
            }
            for row in rows
        ]
        totals = {name: round(sum(float(row[name]) for row in rows), 2) for name in metrics}
        return answer({"rows": shown, "totals": totals, "warnings": [], "pagination": None})


def _refused(request: Request) -> Response | None:
    if request.path != "/reports-service/report":
        return answer({"error": "not found"}, 404)
    if request.headers.get("authorization") != f"Bearer {credentials.ADJUST_API_TOKEN}":
        return answer({"error": "invalid token"}, 401)
    if request.headers.get("x-account-id") != ACCOUNT:
        return answer({"error": "no access to this account"}, 403)
    return None


def _complaint(asked: Any, dimensions: list[str], metrics: list[str], *, well_dated: bool) -> str:
    if not re.fullmatch(r"[+-]\d\d:\d\d", asked.get("utc_offset", "+00:00")):
        return "utc_offset: an unencoded plus is a space"
    unknown = [name for name in dimensions if name not in _DIMENSIONS]
    unknown += [name for name in metrics if name not in _METRICS]
    if unknown:
        return f"unknown dimensions or metrics: {', '.join(unknown)}"
    if not well_dated or asked.get("cohort_maturity", "mature") not in _COHORTS:
        return "date_period or cohort_maturity is wrong"
    return ""
