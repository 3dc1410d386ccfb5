"""`incentives review`: what closed periods recommend about people. Proposals with evidence; people decide."""

from typing import Annotated, Literal

import typer

from orchestration.cli.output import out, refusing
from orchestration.closing import close_room
from orchestration.company import plans_folder, read_company
from orchestration.periods import Period
from orchestration.plans import load_bundle
from orchestration.plans.quantities import decimal_text
from orchestration.reviews import review as review_closed
from orchestration.settings import Settings


@refusing
def review(
    through: Annotated[str, typer.Argument(help="the last closed period to look at, 2026-10")],
    language: Annotated[Literal["zh", "en"], typer.Option("--lang")] = "zh",
) -> None:
    """Improvement plans, raises, promotions and awards that the closed periods recommend."""
    settings = Settings.from_env()
    bundle = load_bundle(plans_folder(settings))
    with close_room(settings, read_company(settings)) as room:
        found = review_closed(room, bundle, Period.parse(through))
    for item in found:
        text = item.text_zh if language == "zh" else item.text_en
        out.print(f"{item.employee_no}  {text}  [{item.plan_id} {item.reference}]", markup=False)
        evidence = ", ".join(
            f"{period} {'-' if score is None else decimal_text(score, 2)}" for period, score in item.evidence
        )
        out.print(f"    {evidence}", markup=False)
    out.print(f"{len(found)} recommendations; each needs a decision by people")
