"""What a test case expects, compared exactly with what scoring gave."""

from fractions import Fraction

from orchestration.plans.expression import evaluate, parse
from orchestration.plans.expression.parser import ExpressionError
from orchestration.plans.quantities import decimal_text
from orchestration.plans.yaml_source import Node
from orchestration.scoring.results import Score, ScoringResult

Outcome = Fraction | str | bool | None


def outcomes_of(result: ScoringResult, employee_no: str) -> dict[str, Outcome]:
    """Everything a case may ask about one person.

    `score`, `rating`, `category.<id>`, `metric.<id>`, `metric.<id>.state`, `pay.<component>`, `pay.total`, `held`,
    `reason`, `team.<rule>.awarded`, `carried.<component>.<kind>` (`...@<period>` of a stored state). A second segment
    is asked for as `seg2.score` and so on.
    """
    scores = [score for score in result.scores if score.employee_no == employee_no]
    parts = [part for part in result.components if part.employee_no == employee_no]
    found: dict[str, Outcome] = {}
    for position, score in enumerate(scores, start=1):
        facts = _score(score)
        found |= {f"seg{position}.{key}": value for key, value in facts.items()}
        if position == 1:
            found |= facts
    held = [part.held_reason for part in parts if part.held_reason] + [s.held_reason for s in scores if s.held_reason]
    found["held"], found["reason"] = bool(held), "; ".join(dict.fromkeys(held))
    for part in parts:
        earlier = found.get(f"pay.{part.component}")
        both = (earlier if isinstance(earlier, Fraction) else Fraction(0)) + (part.amount or 0)
        found[f"pay.{part.component}"] = None if part.amount is None else both
    if not held:
        found["pay.total"] = sum((part.amount or Fraction(0) for part in parts), Fraction(0))
    for row in result.trace:
        if row.employee_no == employee_no and row.node.startswith("pay/") and row.node.endswith("/rule"):
            found[f"team.{row.node.split('/')[2]}.awarded"] = row.passed
    for carried in result.carried:
        if carried.employee_no == employee_no:
            place = f"@{carried.period}" if carried.period else ""
            found[f"carried.{carried.component}.{carried.kind}{place}"] = carried.amount
    return found


def _score(score: Score) -> dict[str, Outcome]:
    facts: dict[str, Outcome] = {"score": score.total, "rating": score.rating, "plan": score.plan_id}
    facts |= {f"category.{category}": points for category, points in score.categories.items()}
    for metric in score.metrics:
        facts[f"metric.{metric.metric_id}"] = metric.points
        facts[f"metric.{metric.metric_id}.state"] = metric.state
    return facts


def difference(key: str, expected: Node, found: dict[str, Outcome]) -> str:
    """Why an expectation is not met; "" when it is. An unknown key is an error of the case, told like one."""
    if key not in found:
        is_nothing = expected.is_null or (".pay." in f".{key}" and expected.text() == "0")
        if is_nothing and (".pay." in f".{key}" or ".carried." in f".{key}"):
            return ""
        raise expected.problem(f"the result has no {key!r}", f"it has {', '.join(sorted(found))}")
    actual = found[key]
    if expected.is_null:
        return "" if actual is None else f"{key}: expected nothing, got {shown(actual)}"
    text = expected.text()
    if isinstance(actual, bool):
        return "" if text == str(actual).lower() else f"{key}: expected {text}, got {str(actual).lower()}"
    if isinstance(actual, str):
        fits = text in actual if key.endswith("reason") else text == actual
        return "" if fits else f"{key}: expected {text!r}, got {actual!r}"
    wanted = _number(expected)
    if actual is None or wanted != actual:
        return f"{key}: expected {text}, got {shown(actual)}"
    return ""


def shown(value: Outcome) -> str:
    """An outcome in a message."""
    return decimal_text(value) if isinstance(value, Fraction) else str(value)


def _number(node: Node) -> Fraction:
    """An exact number, or arithmetic without names: `8000 * 15 / 31`."""
    try:
        value = evaluate(parse(node.text()), _no_names)
    except (ExpressionError, KeyError, TypeError):
        raise node.problem(f"{node.text()!r} is no number", "write 8120.5, 2/37 or 8000 * 15 / 31") from None
    if not isinstance(value, Fraction):
        raise node.problem(f"{node.text()!r} is no number")
    return value


def _no_names(name: str) -> Fraction:
    raise KeyError(name)
