"""What a manager reads: their people side by side, with the numbers of the personal statements and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from orchestration.plans.model import Names
from orchestration.statements.evidence import Stand
from orchestration.statements.model import Statement
from orchestration.statements.render import render
from orchestration.statements.words import Language


@dataclass(frozen=True, slots=True)
class Summary:
    """One person's statement in a line. `metrics`: (plan id, metric id) -> points of the last segment under the plan;
    `names` what plans, categories and metrics are called."""

    employee_no: str
    stand: Stand
    measured_on: str
    team: str
    plan_id: str
    score: Fraction | None
    rating: str
    categories: dict[str, Fraction]
    metrics: dict[str, Fraction]
    earned_fen: int
    total_fen: int
    held: int
    names: dict[str, Names]

    def as_json(self) -> dict[str, Any]:
        """Exact numbers as text; pairs in lists, because their order is the plan's."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {
            "score": None if self.score is None else str(self.score),
            "categories": [[key, str(value)] for key, value in self.categories.items()],
            "metrics": [[key, str(value)] for key, value in self.metrics.items()],
            "names": [[key, names.zh, names.en] for key, names in self.names.items()],
        }


def read_summary(plain: Mapping[str, Any]) -> Summary:
    """A summary as `as_json` wrote it."""
    return Summary(
        **{
            **plain,
            "score": None if plain["score"] is None else Fraction(plain["score"]),
            "categories": {key: Fraction(value) for key, value in plain["categories"]},
            "metrics": {key: Fraction(value) for key, value in plain["metrics"]},
            "names": {key: Names(zh, en) for key, zh, en in plain["names"]},
        }
    )


def summary_of(statement: Statement) -> Summary:
    """The line of one person; scores by category and metric are those of the last segment."""
    last = statement.segments[-1] if statement.segments else None
    categories = last.categories if last else ()
    metrics = [metric for category in categories for metric in category.metrics if not metric.is_pilot]
    names = {metric.id: metric.names for metric in metrics} | {one.id: one.names for one in categories}
    return Summary(
        employee_no=statement.employee_no,
        stand=statement.stand,
        measured_on=statement.measured_on,
        team=last.team if last else "",
        plan_id=last.plan_id if last else "",
        score=statement.score,
        rating=(last.rating or "") if last else "",
        categories={one.id: one.score for one in categories if one.score is not None},
        metrics={metric.id: metric.points for metric in metrics if metric.points is not None},
        earned_fen=statement.earned_fen,
        total_fen=statement.total_fen,
        held=len(statement.held),
        names=names | ({last.plan_id: last.plan} if last else {}),
    )


def render_team(
    summaries: Iterable[Summary],
    *,
    period: str,
    heading: str,
    language: Language,
    links: Mapping[str, str] | None = None,
) -> str:
    """The page of a manager, team or department. `links`: employee number -> relative address of their statement."""
    people = sorted(summaries, key=lambda one: (one.team, one.employee_no))
    teams = {team: [one for one in people if one.team == team] for team in dict.fromkeys(one.team for one in people)}
    plans = {plan: [one for one in people if one.plan_id == plan] for plan in sorted({one.plan_id for one in people})}
    stands = {one.stand for one in people}
    return render(
        "team.html.j2",
        language,
        period=period,
        heading=heading,
        teams=teams,
        plans={plan: _comparison(members) for plan, members in plans.items() if plan},
        people=people,
        links=links or {},
        stand="open" if "open" in stands else "draft" if "draft" in stands else "final",
        measured_on=max((one.measured_on for one in people), default=""),
        total=sum(one.total_fen for one in people),
        earned=sum(one.earned_fen for one in people),
    )


def _comparison(members: Sequence[Summary]) -> dict[str, Any]:
    """The metrics of one plan as columns, its people as rows."""
    metrics = dict.fromkeys(metric for one in members for metric in one.names if metric in one.metrics)
    named = {key: names for one in members for key, names in one.names.items()}
    return {"names": named[members[0].plan_id], "metrics": {key: named[key] for key in metrics}, "people": members}
