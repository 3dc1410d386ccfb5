"""Something closed periods recommend about a person: data for people who decide."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from orchestration.periods import Period

Kind = Literal["watch", "pip", "pip_extended", "pip_passed", "review", "raise", "promotion", "annual_award"]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Something to decide about one person, as of the end of a period; `evidence` are scores by period."""

    employee_no: str
    kind: Kind
    plan_id: str
    period: Period
    text_zh: str
    text_en: str
    evidence: tuple[tuple[str, Fraction | None], ...]
    reference: str


@dataclass(frozen=True, slots=True)
class ChangedRecommendation:
    """What a correction of the past changes. `before` or `after` None: there was or is nothing to recommend."""

    employee_no: str
    kind: Kind
    before: Recommendation | None
    after: Recommendation | None
