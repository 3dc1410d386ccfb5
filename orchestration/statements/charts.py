"""The charts of a statement: a metric's curve with the person's point, the bars of the walk, the trend."""

from collections.abc import Sequence
from fractions import Fraction

from markupsafe import Markup

from orchestration.statements.formats import in_unit, money, number
from orchestration.statements.past import PastPeriod
from orchestration.statements.plots import Plot
from orchestration.statements.shapes import dot, drawing, line, polyline, rect, words
from orchestration.statements.walk import WalkStep

_SUMS = {"base", "subtotal", "total"}


def curve(plot: Plot, *, title: str, you: str, name: str) -> Markup:
    """A metric's curve with the person's point; `title` is read aloud, `you` stands at the point."""
    width, height, left, right, top, bottom = 300, 150, 36, 12, 20, 32
    floor, low, high = height - bottom, plot.points[0][0], plot.points[-1][0]

    def across(x: Fraction) -> Fraction:
        return left + (width - left - right) * (x - low) / (high - low)

    def up(y: Fraction) -> Fraction:
        return floor - (floor - top) * y / plot.top

    share = (plot.x - low) / (high - low)
    anchor = "end" if share > Fraction(2, 3) else "start" if share < Fraction(1, 3) else "middle"
    marks = (Fraction(0), plot.top / 2, plot.top)
    parts = [
        line("axis", left, floor, width - right, floor),
        line("axis", left, top, left, floor),
        *(words("tick", left - 4, up(mark) + 4, number(mark, 1), "end") for mark in marks),
        words("tick", left, floor + 13, _short(low, plot.unit), "start"),
        words("tick", width - right, floor + 13, _short(high, plot.unit), "end"),
        words("name", (width + left) // 2, height - 4, name),
    ]
    if plot.target is not None and low < plot.target < high:
        parts.append(line("target", across(plot.target), top, across(plot.target), floor))
        if Fraction(1, 4) < (plot.target - low) / (high - low) < Fraction(3, 4):
            parts.append(words("tick", across(plot.target), floor + 13, _short(plot.target, plot.unit)))
    over = up(plot.y) - 8 if plot.y * 5 < plot.top * 4 else top - 6
    parts += [
        polyline("curve", ((across(x), up(y)) for x, y in plot.points)),
        line("drop", across(plot.x), up(plot.y), across(plot.x), floor),
        dot(across(plot.x), up(plot.y)),
        words("strong", across(plot.x), over, f"{you} {number(plot.y)}", anchor),
    ]
    return drawing(width, height, title, parts)


def walk_bar(steps: Sequence[WalkStep], at: int) -> Markup:
    """The bar of one step of the walk: sums stand on zero, changes hang where the step before ended."""
    ends = _ends(steps)
    low = min(0, *(min(pair) for pair in ends))
    high = max(1, *(max(pair) for pair in ends))
    width, height = 400, 18

    def across(fen: int) -> Fraction:
        return Fraction(width * (fen - low), high - low)

    first, last = sorted(ends[at])
    kind = "sum" if steps[at].kind in _SUMS else "minus" if steps[at].fen < 0 else "plus"
    thick = max(across(last) - across(first), Fraction(1))
    zero = line("axis", across(0), 0, across(0), height)
    return drawing(width, height, "", [zero, rect(kind, across(first), 3, thick, 12)])


def trend(past: Sequence[PastPeriod], *, title: str, score: str, pay: str) -> Markup:
    """Bars of the total amount and a line of the total score, one column a period."""
    width, height, left, top, bottom = 760, 200, 10, 44, 24
    step = Fraction(width - 2 * left, max(len(past), 12))
    most = max([1, *(abs(one.total_fen) for one in past)])
    best = max([Fraction(100), *(one.score for one in past if one.score is not None)])
    floor = height - bottom
    room = floor - top
    parts: list[Markup] = []
    scores: list[tuple[Fraction, Fraction]] = []
    for place, one in enumerate(past):
        middle = left + step * place + step / 2
        # Half of the height is the bars', so that the line of the scores stays readable above them.
        tall = Fraction(room * abs(one.total_fen), 2 * most)
        parts.append(rect("minus" if one.total_fen < 0 else "pay", middle - step / 3, floor - tall, step * 2 / 3, tall))
        parts.append(words("tick", middle, height - 8, one.period))
        parts.append(words("tick", middle, floor - 4, money(one.total_fen).partition(".")[0]))
        if one.score is not None:
            up = floor - Fraction(room, 2) - room * one.score / best / 2
            scores.append((middle, up))
            parts += [dot(middle, up), words("strong", middle, up - 8, number(one.score, 1))]
    if len(scores) > 1:
        parts.insert(0, polyline("trend", scores))
    parts.append(words("tick", left, 14, f"■ {pay}   ● {score}", "start"))
    return drawing(width, height, title, parts)


def _ends(steps: Sequence[WalkStep]) -> list[tuple[int, int]]:
    ends, level = [], 0
    for step in steps:
        before = 0 if step.kind in {"subtotal", "total"} else level
        level = before + step.fen
        ends.append((before, level))
    return ends


def _short(x: Fraction, unit: str) -> str:
    return f"{number(x * 100, 1)}%" if unit == "ratio" else in_unit(x, unit)
