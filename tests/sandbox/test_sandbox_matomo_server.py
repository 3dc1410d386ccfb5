"""Matomo over real HTTP: everything in the body, errors and empty days in 200, months that are no sum (§17.1)."""

from collections import Counter

import pytest
import requests

from connectors.sandbox import credentials, serve
from connectors.sandbox.company import World
from connectors.sandbox.company.clock import DAY, DEFAULT_CLOCK, day_of
from connectors.sandbox.records import records

NOW = int(DEFAULT_CLOCK.timestamp())


def ask(found: serve.Running, query: str = "", **form: str) -> object:
    sent = {
        "module": "API",
        "format": "json",
        "token_auth": credentials.MATOMO_TOKEN,
        "idSite": "1",
        "method": "VisitsSummary.get",
        "period": "day",
        "date": "2026-10-01,2026-10-31",
        **form,
    }
    reply = requests.post(f"{found.endpoints['matomo']}/index.php{query}", sent, timeout=30)
    assert reply.status_code == 200
    return reply.json()


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"token_auth": "wrong"}, "Unable to authenticate"),
        ({"idSite": "9"}, "requires 'view' access"),
        ({"method": "Visits.all"}, "does not exist"),
        ({"period": "decade"}, "not supported"),
        ({"date": "yesterday"}, "not a correct date range"),
        ({"method": "Goals.get", "idGoal": "9"}, "not found"),
        ({"segment": "city==X"}, "not valid"),
    ],
)
def test_errors_come_with_200(running: serve.Running, form: dict, message: str) -> None:
    answer = ask(running, **form)
    assert isinstance(answer, dict)
    assert answer["result"] == "error"
    assert message in answer["message"]


def test_a_token_in_the_address_is_refused(running: serve.Running) -> None:
    answer = ask(running, query=f"?token_auth={credentials.MATOMO_TOKEN}")
    assert isinstance(answer, dict)
    assert "body of a POST request" in answer["message"]


def test_an_empty_day_is_an_empty_list_among_objects(running: serve.Running) -> None:
    answer = ask(running, date="2024-11-29,2024-12-03")
    assert isinstance(answer, dict)
    assert list(answer) == ["2024-11-29", "2024-11-30", "2024-12-01", "2024-12-02", "2024-12-03"]
    assert answer["2024-11-30"] == []
    assert answer["2024-12-02"]["nb_visits"] > 0


def test_visitors_of_a_month_are_no_sum_of_its_days(running: serve.Running) -> None:
    days, months = ask(running), ask(running, period="month")
    assert isinstance(days, dict)
    assert isinstance(months, dict)
    october = months["2026-10"]
    assert october["nb_visits"] == sum(day["nb_visits"] for day in days.values())
    assert october["nb_uniq_visitors"] < sum(day["nb_uniq_visitors"] for day in days.values())


def test_forms_are_the_leads_of_the_website(running: serve.Running, world: World) -> None:
    answer = ask(running, method="Goals.get", idGoal="1")
    assert isinstance(answer, dict)
    leads = Counter(f"{day_of(lead.created)}" for lead in world.leads if lead.channel == "官网")
    assert {day: row["nb_conversions"] for day, row in answer.items()} == {day: leads[day] for day in answer}
    goals = ask(running, method="Goals.getGoals")
    assert isinstance(goals, list)
    assert {goal["idgoal"] for goal in goals} == {"1", "2"}


def test_yesterday_is_archived_at_six(world: World) -> None:
    def yesterday(ts: int) -> int:
        counted = records("matomo", "visits_by_day", world, ts)
        return sum(r["nb_visits"] for r in counted if r["date"] == "2026-10-14" and r["idSite"] == "1")

    night = NOW - 19 * DAY - 4 * 3600  # 05:00 on the 15th
    assert 0 < yesterday(night) < yesterday(night + 3600) == yesterday(NOW)
