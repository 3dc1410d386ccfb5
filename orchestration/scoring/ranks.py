"""Places among everybody with a value under the same plan, for curves of type rank."""

from fractions import Fraction

from orchestration.plans.curve_model import Rank
from orchestration.plans.expression import Unavailable
from orchestration.scoring.people import segment_context
from orchestration.scoring.run import Run
from orchestration.scoring.segments import Person
from orchestration.scoring.trace import Trace


def rank_people(run: Run, people: list[Person]) -> dict[tuple[str, str], dict[str, Fraction]]:
    """Points by (plan, metric) and employee, among those who are assessed.

    A population below the plan's minimum gets none.
    """
    tables: dict[tuple[str, str], dict[str, Fraction]] = {}
    curves = [(plan, m, m.curve) for plan in run.bundle.plans for m in plan.metrics if isinstance(m.curve, Rank)]
    for plan, metric, curve in curves:
        values: dict[str, Fraction] = {}
        for person in people:
            for segment in person.segments:
                is_here = (segment.plan.id, segment.plan.version) == (plan.id, plan.version)
                if not (is_here and person.is_assessed(segment)):
                    continue
                ctx, _ = segment_context(run, person, segment, Trace(person.employee_no))
                try:
                    value = ctx.value_of(metric.id)
                except Unavailable:
                    continue
                if isinstance(value, Fraction):
                    values[person.employee_no] = value
        if len(values) >= curve.min_population and values:
            tables[plan.id, metric.id] = rank_points(curve, values)
    return tables


def rank_points(curve: Rank, values: dict[str, Fraction]) -> dict[str, Fraction]:
    """Points of everybody: place / people falls into a band; ties as the curve says."""
    sign = 1 if curve.lower_is_better else -1
    order = sorted(values, key=lambda no: (sign * values[no], no))
    by_place = [_band(curve, Fraction(place, len(order))) for place in range(1, len(order) + 1)]
    if curve.ties == "none":
        return dict(zip(order, by_place, strict=True))
    points: dict[str, Fraction] = {}
    for no in order:
        places = [index for index, other in enumerate(order) if values[other] == values[no]]
        if curve.ties == "all":
            points[no] = by_place[places[0]]
        else:
            points[no] = sum((by_place[index] for index in places), Fraction(0)) / len(places)
    return points


def _band(curve: Rank, share: Fraction) -> Fraction:
    return next(points for edge, points in curve.bands if share <= edge)
