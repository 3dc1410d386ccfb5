"""Statements as pages: one self-contained HTML file, no script, no outside resource, everything escaped."""

import base64
import hashlib
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestration.payout.lines import PayoutLine
from orchestration.plans.model import Names
from orchestration.scoring.reasons import reason_text, state_text
from orchestration.statements import charts, formats
from orchestration.statements.model import Statement
from orchestration.statements.words import Language, text

_TEMPLATES = Path(__file__).parent / "templates"


def render_statement(statement: Statement, language: Language) -> str:
    """One person's page."""
    bases = [part.base for part in statement.segments]
    base = (
        None if not bases or None in bases else next((step.fen for step in statement.walk if step.kind == "base"), None)
    )
    return render(
        "statement.html.j2",
        language,
        s=statement,
        base=base,
        reason=lambda reason: reason_text(reason, language, statement.metric_names.get),
        line_reason=partial(_line_reason, language),
        seats={part.node: f"{part.start.isoformat()}..{_last_day(part.end)}" for part in statement.segments},
        plans=", ".join(dict.fromkeys(f"{part.plan_id} v{part.plan_version}" for part in statement.segments)) or "-",
    )


def render(template: str, language: Language, **values: Any) -> str:
    """A template with the words, numbers and charts of a language."""

    def name(names: Names) -> str:
        return getattr(names, language)

    def t(key: str, **parts: object) -> str:
        return text(key, language, **parts)

    def curve(plot: Any, metric: Names) -> Markup:
        title = t("curve_title", name=name(metric))
        return charts.curve(plot, title=title, you=t("you"), name=name(plot.names))

    environment = _environment()
    style = _style()
    return environment.get_template(template).render(
        language=language,
        style=Markup(style),  # noqa: S704 - our own file; escaping would change what the hash is of
        style_hash="sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        t=t,
        n=name,
        state=lambda state: state_text(state, language),
        money=formats.money,
        num=formats.number,
        signed=formats.signed_number,
        unit=formats.in_unit,
        last_day=_last_day,
        walk_bar=charts.walk_bar,
        curve=curve,
        trend=lambda past: charts.trend(past, title=t("trend_title"), score=t("trend_score"), pay=t("trend_pay")),
        **values,
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _style() -> str:
    return (_TEMPLATES / "page.css").read_text(encoding="utf-8")


def _last_day(end: date) -> str:
    return (end - timedelta(days=1)).isoformat()


def _line_reason(language: Language, line: PayoutLine) -> str:
    """What the ledger noted as reason; its own words are told in the language, those of people are theirs."""
    return text("negative_net", language) if line.reason == "negative_net" else line.reason
