"""Layouts from files: a company's folder of them, one for its text, and their JSON schema for editors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.config import parse_document
from connectors.errors import ConfigError
from orchestration.payout.errors import RulesInvalid
from orchestration.payout.layouts.model import Layout

SAMPLE_LAYOUTS = Path(__file__).parent.parent / "sample" / "layouts"


@dataclass(frozen=True, slots=True)
class LayoutFile:
    """A layout and the text it was read from, which is kept with the files it gave."""

    layout: Layout
    text: str


def load_layouts(folder: Path | None = None) -> tuple[LayoutFile, ...]:
    """Every layout of a folder (default: the sample company's), by id; none where there is no folder.

    Raises `RulesInvalid` naming file and line of every fault of the first bad file, or two files of one id.
    """
    found: dict[str, LayoutFile] = {}
    paths = sorted((folder or SAMPLE_LAYOUTS).glob("*.yaml"))
    for path in paths:
        one = load_layout(path)
        if one.layout.layout in found:
            raise RulesInvalid(f"{path.name}:1: layout {one.layout.layout} is in another file too; give one another id")
        found[one.layout.layout] = one
    return tuple(found[name] for name in sorted(found))


def load_layout(path: Path) -> LayoutFile:
    """One layout; raises `RulesInvalid` listing every fault with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesInvalid(f"{path}: cannot be read as UTF-8 ({error}); give the right path") from None
    return parse_layout(text, path.name)


def parse_layout(text: str, name: str) -> LayoutFile:
    """A layout from a text that was kept; `name` is what messages call it."""
    try:
        return LayoutFile(parse_document(text, name, Layout), text)
    except ConfigError as error:
        raise RulesInvalid(str(error)) from None


def layout_schema() -> dict[str, Any]:
    """JSON Schema of a layout file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Layout.model_json_schema()}
