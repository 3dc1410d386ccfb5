"""How visits and goals are read. The token travels in the form of the request, never in an address."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from connectors.days import Row, Slice, is_settled, land_days, read_in_slices
from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient
from connectors.load_writer import LoadFacts
from connectors.sink import RecordSink
from connectors.stream import Calendar, ExtractRequest, Window
from connectors.web.matomo.config import MatomoConfig
from connectors.web.matomo.streams import ALL_VISITS, GOALS_BY_DAY, VISITS_BY_MONTH
from connectors.window import business_date, midnight

_ADVICE = "raise the memory and time limits of the Matomo server"
_TEXT_LENGTHS = {"day": 10, "month": 7}


class MatomoReader:
    """Reads one stream and site at a time; holds configuration, calendar and the token."""

    def __init__(self, config: MatomoConfig, calendar: Calendar, token: str) -> None:
        self._config, self._calendar, self._token = config, calendar, token

    def read(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Read the stream of the request into the sink."""
        if request.spec.name == VISITS_BY_MONTH.name:
            return self._months(client, request, sink)
        goals = self._goals(client, request.account) if request.spec.name == GOALS_BY_DAY.name else {}

        def read(first: date, last: date) -> Slice:
            if request.spec.name != GOALS_BY_DAY.name:
                return Slice(list(self._rows(client, request.account, "day", first, last, "VisitsSummary.get")))
            rows = [
                {**row, "idGoal": goal, "goal_name": name}
                for goal, name in goals.items()
                for row in self._rows(client, request.account, "day", first, last, "Goals.get", idGoal=goal)
            ]
            return Slice(rows, pages=len(goals))

        found = read_in_slices(request.window, self._calendar.zone, self._config.slice_days, read, advice=_ADVICE)
        return self._land(request, sink, found)

    def _months(self, client: HttpClient, request: ExtractRequest, sink: RecordSink) -> LoadFacts:
        """Every month that the window touches, whole: the open one grows every day."""
        zone = self._calendar.zone
        first = request.window.start.astimezone(zone).date().replace(day=1)
        closing = business_date(request.as_of, zone)
        rows = list(self._rows(client, request.account, "month", first, closing, "VisitsSummary.get"))
        whole = replace(request, window=Window(midnight(first, zone), request.window.end))
        facts = self._land(whole, sink, iter([(first, closing, Slice(rows))]))
        following = date(closing.year + closing.month // 12, closing.month % 12 + 1, 1)
        return replace(facts, scope={"date": (f"{first:%Y-%m}", f"{following:%Y-%m}")} if facts.scope else {})

    def _land(self, request: ExtractRequest, sink: RecordSink, found: Iterator[tuple[date, date, Slice]]) -> LoadFacts:
        settled = is_settled(request.as_of, self._calendar.zone, self._config.complete_hour)
        return land_days(
            request, self._calendar, sink, found, day_field="date", api_version="Reporting API", settled=settled
        )

    def _rows(
        self, client: HttpClient, site: str, period: str, first: date, last: date, method: str, **more: str
    ) -> Iterator[Row]:
        """Rows of the periods in [first, last]; a period without any visit is `[]` and gives none."""
        body = self._call(client, site, method, period=period, date=f"{first},{last}", **more)
        if body == []:
            return
        if not isinstance(body, dict):
            raise client.contract_error(f"{method}: the answer is not keyed by {period}")
        names = {"idSite": site, "period": period, "segment": self._config.segment or ALL_VISITS}
        for key, value in body.items():
            if len(key) != _TEXT_LENGTHS[period] or not f"{first}"[: len(key)] <= key <= f"{last}":
                raise client.contract_error(f"{method}: {first} to {last} by {period} was asked for, another key came")
            if value == []:
                continue
            if not isinstance(value, dict):
                raise client.contract_error(f"{method}: a {period} is neither figures nor empty")
            yield {**names, "date": key, **value}

    def _goals(self, client: HttpClient, site: str) -> dict[str, str]:
        """Goal id -> name of the goals to read; a configured one that the site lacks is an error, not a zero."""
        body = self._call(client, site, "Goals.getGoals")
        if not isinstance(body, dict | list):
            raise client.contract_error("Goals.getGoals: neither a list nor an object")
        found = list(body.values()) if isinstance(body, dict) else body
        known = {str(goal["idgoal"]): str(goal.get("name", "")) for goal in found}
        if self._config.goals is None:
            return known
        if unknown := [goal for goal in self._config.goals if goal not in known]:
            text = f"site {site} has no goal {', '.join(unknown)}; correct goals in company.yaml"
            raise SourceError(ErrorClass.BAD_REQUEST, text)
        return {goal: known[goal] for goal in self._config.goals}

    def _call(self, client: HttpClient, site: str, method: str, **more: str) -> Any:
        form = {"module": "API", "format": "json", "token_auth": self._token, "idSite": site, "method": method, **more}
        if self._config.segment:
            form["segment"] = self._config.segment
        return client.post(self._config.path, form=form | {"filter_limit": "-1"}).body
