"""What changed between two sets of plans, figure by figure: the text of a change request, and who should look at it."""

from collections.abc import Iterator
from dataclasses import dataclass

from orchestration.plans.bundle import PlanBundle
from orchestration.plans.yaml_source import Node, parse_yaml


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One value that was added (`before` None), removed (`after` None) or changed."""

    file: str
    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.file} {self.path}: + {self.after}"
        if self.after is None:
            return f"{self.file} {self.path}: - {self.before}"
        return f"{self.file} {self.path}: {self.before} -> {self.after}"


def diff_bundles(before: PlanBundle, after: PlanBundle) -> list[Change]:
    """Every changed value. Comments, order of keys and spelling of lists do not count."""
    changes: list[Change] = []
    for name in sorted(set(before.files) | set(after.files)):
        left = _leaves(before.files.get(name), name)
        right = _leaves(after.files.get(name), name)
        for path in sorted(set(left) | set(right)):
            if left.get(path) != right.get(path):
                changes.append(Change(name, path, left.get(path), right.get(path)))  # noqa: PERF401
    return changes


def _leaves(text: str | None, name: str) -> dict[str, str]:
    return {} if text is None else dict(_walk(parse_yaml(text, name), ""))


def _walk(node: Node, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node.value, dict):
        for key, value in node.value.items():
            yield from _walk(value, f"{path}.{key}" if path else key)
    elif isinstance(node.value, list):
        for position, value in enumerate(node.value):
            yield from _walk(value, f"{path}[{_label(value, position)}]")
    else:
        yield path, "null" if node.value is None else node.value


def _label(node: Node, position: int) -> str:
    """Entries with an id keep their place in a comparison when others are put before them."""
    if isinstance(node.value, dict):
        for key in ("id", "event", "when"):
            entry = node.value.get(key)
            if entry is not None and isinstance(entry.value, str):
                return entry.value
    return str(position)
