"""SVG shapes with their looks as attributes: a PDF writer does not apply the page's style sheet inside a drawing, and
the page's content policy allows no style attributes. Texts are escaped; coordinates are whole tenths of a pixel made
from exact values, so that the same statement gives the same bytes.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from markupsafe import Markup

Number = Fraction | int
_FONT = "Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, Arial, sans-serif"
_BLUE, _DEEP, _GREY, _TEXT = "#0b4f9c", "#0b3f7d", "#9aa4af", "#3a424b"
_LOOKS: dict[str, dict[str, str]] = {
    "axis": {"stroke": _GREY, "stroke-width": "1"},
    "target": {"stroke": "#14632e", "stroke-width": "1", "stroke-dasharray": "4 3"},
    "drop": {"stroke": _BLUE, "stroke-width": "1", "stroke-dasharray": "2 3"},
    "curve": {"fill": "none", "stroke": "#55606c", "stroke-width": "2"},
    "trend": {"fill": "none", "stroke": _DEEP, "stroke-width": "2"},
    "point": {"fill": _BLUE},
    "pay": {"fill": "#8fb8e0"},
    "plus": {"fill": "#2c8a4b"},
    "minus": {"fill": "#c0392b"},
    "sum": {"fill": _BLUE},
    "tick": {"fill": _TEXT, "font-size": "11"},
    "name": {"fill": "#545c66", "font-size": "11"},
    "strong": {"fill": _DEEP, "font-size": "11", "font-weight": "700"},
}


def line(look: str, x1: Number, y1: Number, x2: Number, y2: Number) -> Markup:
    """A straight line."""
    return _shape("line", look, x1=px(x1), y1=px(y1), x2=px(x2), y2=px(y2))


def polyline(look: str, points: Iterable[tuple[Number, Number]]) -> Markup:
    """A line through points."""
    return _shape("polyline", look, points=" ".join(f"{px(x)},{px(y)}" for x, y in points))


def rect(look: str, x: Number, y: Number, width: Number, height: Number) -> Markup:
    """A filled rectangle."""
    return _shape("rect", look, x=px(x), y=px(y), width=px(width), height=px(height))


def dot(x: Number, y: Number) -> Markup:
    """A point that stands for the person."""
    return _shape("circle", "point", cx=px(x), cy=px(y), r="4")


def words(look: str, x: Number, y: Number, text: str, anchor: str = "middle") -> Markup:
    """A text at a place."""
    attributes = _attributes({"x": px(x), "y": px(y), "text-anchor": anchor, **_LOOKS[look]})
    return Markup("<text{}>{}</text>").format(attributes, text)


def drawing(width: int, height: int, title: str, parts: Sequence[Markup]) -> Markup:
    """A drawing as wide as its place; without a title it says nothing that the text beside it does not."""
    label = {"role": "img", "aria-label": title} if title else {"aria-hidden": "true"}
    attributes = _attributes({"viewBox": f"0 0 {width} {height}", "font-family": _FONT, **label})
    return Markup("<svg{}>{}</svg>").format(attributes, Markup("").join(parts))


def px(value: Number) -> str:
    """One decimal of a pixel."""
    tenths = round(Fraction(value) * 10)
    sign = "-" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}"


def _shape(tag: str, look: str, **places: str) -> Markup:
    return Markup("<{}{}/>").format(tag, _attributes({**places, **_LOOKS[look]}))


def _attributes(pairs: dict[str, str]) -> Markup:
    return Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in pairs.items())
