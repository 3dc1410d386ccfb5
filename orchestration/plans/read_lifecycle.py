"""The `lifecycle:` part of a plan and the forced distribution of its ratings."""

from collections.abc import Sequence
from fractions import Fraction

from orchestration.plans.fields import Fields, read_expression
from orchestration.plans.lifecycle_model import AnnualAward, ForcedRatings, ImprovementPlan, Lifecycle, Promotion, Raise
from orchestration.plans.quantities import percent_text
from orchestration.plans.scope import Scope

GAPS = ("skip", "break")


def read_lifecycle(fields: Fields, scope: Scope, bands: Sequence[str]) -> Lifecycle | None:
    """Everything below `lifecycle:`; `bands` are the plan's ratings, best first."""
    sub = fields.sub("lifecycle", "lifecycle")
    if sub is None:
        return None
    lifecycle = Lifecycle(_pip(sub, scope), _raise(sub), _promotion(sub, bands), _award(sub, scope))
    sub.close()
    return lifecycle


def read_forced(rating: Fields, bands: Sequence[str]) -> ForcedRatings | None:
    """`forced: {quotas: {A: 10%, ...}, min_group: 10}` below `rating:`."""
    sub = rating.sub("forced", "forced")
    if sub is None:
        return None
    node = sub.need("quotas", "add quotas: {A: 10%, B: 40%, C: 40%, D: 10%}")
    quotas = {band: value.number() for band, value in node.mapping().items()}
    if set(quotas) != set(bands):
        raise node.problem(f"the quotas name {', '.join(quotas)}, the ratings are {', '.join(bands)}", "name each once")
    total = sum(quotas.values(), Fraction(0))
    if total != 1 or any(share < 0 for share in quotas.values()):
        raise node.problem(f"the quotas add up to {percent_text(total)}", "make them 100%")
    forced = ForcedRatings(tuple((band, quotas[band]) for band in bands), sub.whole("min_group", 1))
    sub.close()
    return forced


def _pip(fields: Fields, scope: Scope) -> ImprovementPlan | None:
    sub = fields.sub("pip", "pip")
    if sub is None:
        return None
    observe = sub.whole("observe_months")
    must = sub.get("must_meet")
    pip = ImprovementPlan(
        below=read_expression(sub.need("below"), scope.constants, ("points",)),
        misses=sub.whole("misses"),
        on_gap=sub.choice("on_gap", GAPS, "skip"),
        observe_months=observe,
        must_meet=observe if must is None or must.text() == "all" else must.whole(),
        extend_months=sub.whole("extend_months", 0),
        reference=sub.text("reference"),
    )
    if pip.misses < 1 or pip.observe_months < 1 or not 1 <= pip.must_meet <= pip.observe_months:
        raise sub.node.problem(
            "misses, observe_months and must_meet are whole numbers from 1, must_meet at most observe_months"
        )
    sub.close()
    return pip


def _raise(fields: Fields) -> Raise | None:
    sub = fields.sub("raise", "raise")
    if sub is None:
        return None
    top = sub.number("top")
    if not 0 < top <= 1:
        raise sub.need("top").problem("top is not between 0 and 100%", "write 10%")
    on_gap, least = sub.choice("on_gap", GAPS, "skip"), sub.whole("min_population", 1)
    found = Raise(top, sub.whole("quarters"), on_gap, least, sub.text("reference"))
    sub.close()
    return found


def _promotion(fields: Fields, bands: Sequence[str]) -> Promotion | None:
    sub = fields.sub("promotion", "promotion")
    if sub is None:
        return None
    rating = sub.choice("rating", bands)
    found = Promotion(rating, sub.whole("years"), sub.text("reference"))
    sub.close()
    return found


def _award(fields: Fields, scope: Scope) -> AnnualAward | None:
    sub = fields.sub("annual_award", "annual_award")
    if sub is None:
        return None
    found = AnnualAward(read_expression(sub.need("when"), scope.values, ("boolean",)), sub.text("reference"))
    sub.close()
    return found
