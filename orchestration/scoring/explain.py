"""Explanations out of trace rows: the steps below one amount as sentences, and what differs between two runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from orchestration.scoring.results import TraceRow

Language = Literal["zh", "en"]


def sentences(rows: Iterable[TraceRow], employee_no: str, language: Language = "zh", node: str = "") -> list[str]:
    """The steps of one person in order, each with its rule; `node` keeps one component and what it rests on."""
    mine = [row for row in rows if row.employee_no == employee_no]
    if node:
        mine = list(below(mine, node))
    return [_sentence(row, language) for row in mine]


def below(rows: list[TraceRow], node: str) -> Iterator[TraceRow]:
    """A node, its children, and the score steps of the segments it was paid for."""
    children: dict[str, list[TraceRow]] = defaultdict(list)
    for row in rows:
        children[row.parent].append(row)
    wanted: set[str] = set()
    open_nodes = [node]
    while open_nodes:
        current = open_nodes.pop()
        if current in wanted:
            continue
        wanted.add(current)
        for child in children[current]:
            open_nodes.append(child.node)
            # A segment's amount is computed from the score and the base of that segment.
            segment = child.node.partition("/")[0]
            if segment.startswith("seg"):
                open_nodes.append(segment)
    return (row for row in rows if row.node in wanted)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first step at which two runs part."""

    employee_no: str
    node: str
    before: str
    after: str
    before_en: str = "-"
    after_en: str = "-"


def first_difference(before: Iterable[TraceRow], after: Iterable[TraceRow], employee_no: str) -> Difference | None:
    """The first node whose value or outcome differs between two runs; None when the person's runs agree."""
    left = {row.node: row for row in before if row.employee_no == employee_no}
    right = {row.node: row for row in after if row.employee_no == employee_no}
    for node in [*left, *(node for node in right if node not in left)]:
        old, new = left.get(node), right.get(node)
        if old is None or new is None or (old.value, old.passed, old.text_zh) != (new.value, new.passed, new.text_zh):
            zh = [row.text_zh if row else "-" for row in (old, new)]
            en = [row.text_en if row else "-" for row in (old, new)]
            return Difference(employee_no, node, *zh, *en)
    return None


def _sentence(row: TraceRow, language: Language) -> str:
    text = row.text_zh if language == "zh" else row.text_en
    return f"{text}  [{row.parameter}]" if row.parameter else text
