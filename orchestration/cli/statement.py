"""`incentives statement`: a person's or a team's page of a period, in Chinese or English, as HTML or PDF."""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from orchestration.cli.output import out, refusing, relative
from orchestration.periods import Period
from orchestration.settings import Settings

_SAFE_NAME = re.compile(r"\w[\w.-]*")


@refusing
def statement(
    period: Annotated[str, typer.Argument(help="2026-10")],
    employee: Annotated[str | None, typer.Argument(help="employee number, E0006")] = None,
    team: Annotated[str, typer.Option("--team", help="a manager's number, a team or a department: their people")] = "",
    everybody: Annotated[bool, typer.Option("--all", help="everybody's page and every manager's, as HTML")] = False,
    language: Annotated[Literal["zh", "en"], typer.Option("--lang")] = "zh",
    form: Annotated[Literal["html", "pdf"], typer.Option("--format")] = "html",
) -> None:
    """Write the statement of a person, of a team, or of everybody; an open period's is marked provisional."""
    if sum(map(bool, (employee, team, everybody))) != 1:
        raise ValueError("say whose statement: an employee number, --team, or --all")
    settings, wanted = Settings.from_env(), Period.parse(period)
    for name, what in ((employee or "", "employee number"), (team, "number of a manager, team or department")):
        if name and not _SAFE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no {what}: letters, digits, dots, hyphens and underscores")
    from orchestration.statement_pages import people_of_period, refresh  # noqa: PLC0415 - only what is asked for

    folder = settings.statements / str(wanted)
    if everybody:
        done = refresh(settings, wanted)
        out.print(f"{done.written} pages written, {done.kept} unchanged: {relative(done.folder)}/")
        return
    with people_of_period(settings, wanted, employee_no=employee or "") as people:
        if employee:
            from orchestration.statements.one import person_page  # noqa: PLC0415

            page = person_page(people, employee, language)
            name = f"{employee}.{language}"
        else:
            from orchestration.statements.one import team_page  # noqa: PLC0415

            page = team_page(people, team, language)
            name = f"teams/{team}.{language}"
    out.print(relative(_write(folder / name, page, form)))


def _write(stem: Path, page: str, form: str) -> Path:
    from orchestration.statements.pages import write_page  # noqa: PLC0415
    from orchestration.statements.pdf import as_pdf  # noqa: PLC0415

    path = stem.with_name(f"{stem.name}.{form}")
    return write_page(path, as_pdf(page) if form == "pdf" else page)
