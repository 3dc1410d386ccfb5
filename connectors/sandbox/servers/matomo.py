"""Matomo: everything in one address, errors and empty days in HTTP 200, months that are no sum (sources.md §17.1)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from connectors.sandbox import credentials
from connectors.sandbox.company.clock import next_month
from connectors.sandbox.records import matomo as view
from connectors.sandbox.servers.http import Request, Response, Vendor, answer

_SEGMENTS = {"", "visitDuration>0"}


class _RefusedError(Exception):
    pass


class Matomo(Vendor):
    """The site and the event site."""

    name = "matomo"

    def handle(self, request: Request) -> Response:
        try:
            return answer(self._called(request))
        except _RefusedError as refused:
            return answer({"result": "error", "message": str(refused)})

    def _called(self, request: Request) -> Any:
        form = request.form()
        if "token_auth" in request.query:
            raise _RefusedError("For security reasons token_auth may only be sent in the body of a POST request.")
        if request.path != "/index.php" or form.get("module") != "API" or form.get("format") != "json":
            raise _RefusedError("Page not found: module=API and format=json are expected")
        if form.get("token_auth") != credentials.MATOMO_TOKEN:
            text = "Unable to authenticate with the provided token. It is either invalid or expired."
            raise _RefusedError(text)
        site = form.get("idSite", "")
        if site not in view.SITES:
            raise _RefusedError(
                f"You can't access this resource as it requires 'view' access for the website id = {site}."
            )
        method = form.get("method", "")
        if method == "Goals.getGoals":
            return [{"idsite": site, "idgoal": goal, "name": name} for goal, name in view.GOALS.items()]
        if method not in {"VisitsSummary.get", "Goals.get"}:
            raise _RefusedError(f"The method '{method}' does not exist or is not available in the module 'API'.")
        if form.get("segment", "") not in _SEGMENTS:
            raise _RefusedError(f"The segment '{form['segment']}' is not valid.")
        return self._periods(form, self._figures(form, method))

    def _figures(self, form: dict[str, str], method: str) -> Callable[[date], dict[str, Any] | None]:
        world, now, people = self.sandbox.world, self.sandbox.now(), bool(form.get("segment"))
        goal, site = form.get("idGoal", ""), form.get("idSite", "")
        if method == "Goals.get":
            if goal not in view.GOALS or form.get("period") != "day":
                raise _RefusedError(f"Goal {goal} not found by {form.get('period')}.")
            return lambda day: view.goal_of_day(world, goal, day, now, site=site)
        if form.get("period") == "month":
            return lambda month: view.visits_of_month(world, month, now, site=site, people_only=people)
        return lambda day: view.visits_of_day(world, day, now, site=site, people_only=people)

    def _periods(self, form: dict[str, str], figures: Callable[[date], dict[str, Any] | None]) -> Any:
        """Keyed by period; a period without a visit is an empty *list*."""
        period = form.get("period", "")
        if period not in {"day", "month"}:
            raise _RefusedError(f"The period '{period}' is not supported. Try any of the following instead: day, month")
        first, _, last = form.get("date", "").partition(",")
        try:
            start, end = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            text = f"The date '{form.get('date')}' is not a correct date range."
            raise _RefusedError(text) from None
        found: dict[str, Any] = {}
        at = start.replace(day=1) if period == "month" else start
        while at <= end:
            label = f"{at:%Y-%m}" if period == "month" else f"{at}"
            found[label] = figures(at) or []
            at = next_month(at) if period == "month" else at + timedelta(days=1)
        return found
