"""One page on request: a person's, or that of a manager, a team or a department."""

from orchestration.payout.errors import PayoutRefused
from orchestration.statements.build import build_statement
from orchestration.statements.organisation import organisation_of
from orchestration.statements.period import PeriodPeople, require_evidence
from orchestration.statements.render import render_statement
from orchestration.statements.team import render_team, summary_of
from orchestration.statements.words import Language


def person_page(people: PeriodPeople, employee_no: str, language: Language) -> str:
    """A person's page. Raises `PayoutRefused` when the period has nothing of them."""
    return render_statement(build_statement(require_evidence(people, employee_no)), language)


def team_page(people: PeriodPeople, whose: str, language: Language) -> str:
    """The page of a manager's people, or of a team or department. Raises `PayoutRefused` when there is nobody."""
    organisation = organisation_of(people.assignments, people.period)
    members = organisation.below(whose) or organisation.of_unit(whose)
    found = [evidence for no in members if no in people.employees and (evidence := people.evidence_of(no))]
    if not found:
        units = {unit for seat in organisation.seats.values() for unit in (seat.team_id, seat.department_id)}
        known = ", ".join([*organisation.managers(), *sorted(units)])
        raise PayoutRefused(f"{people.period}: {whose} has no people with a statement; there are {known}")
    summaries = [summary_of(build_statement(evidence)) for evidence in found]
    return render_team(summaries, period=str(people.period), heading=whose, language=language)
