"""Reading company.yaml: every complaint names the line it stands on and what to write instead."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from connectors.config_base import Reference
from connectors.config_models import CompanyConfig
from connectors.errors import ConfigError

_HINTS = {
    "extra_forbidden": "no such setting here; remove it or correct its spelling",
    "missing": "this setting is missing",
    "string_type": "must be text; put it in quotes",
}

M = TypeVar("M", bound=BaseModel)


def load_company(path: Path) -> CompanyConfig:
    """The company's configuration; raises `ConfigError` listing every fault as `file:line: setting: what to do`."""
    config = load_document(path, CompanyConfig, prepare=lambda plain: _anchored(plain, path.parent))
    if config.sources.file_drop:
        line, _ = _line_of(read_yaml(path), ("sources", "file_drop", "feeds"))
        config.sources.file_drop.at(f"{path.name}:{line}")
    return config


def load_document(
    path: Path, model: type[M], *, prepare: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> M:
    """A YAML file as a pydantic model; raises `ConfigError` listing every fault as `file:line: setting: what to do`."""
    return _as_model(read_yaml(path), path, model, prepare)


def parse_document(text: str, name: str, model: type[M]) -> M:
    """The same from a text that was kept; `name` is what messages call it."""
    path = Path(name)
    return _as_model(_parse(text, path), path, model, None)


def _as_model(
    document: Any, path: Path, model: type[M], prepare: Callable[[dict[str, Any]], dict[str, Any]] | None
) -> M:
    if not isinstance(document, CommentedMap):
        first = next(iter(model.model_fields))
        raise ConfigError(f"{path.name}:1: a mapping with the key `{first}` is expected")
    try:
        plain = _plain(document, path)
        return model.model_validate(prepare(plain) if prepare else plain)
    except ValidationError as error:
        raise ConfigError(describe(error, document, path)) from error


def company_schema() -> dict[str, Any]:
    """JSON schema of company.yaml, for editors."""
    schema = CompanyConfig.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "company.yaml", **schema}


def read_yaml(path: Path) -> Any:
    """A YAML document that knows its lines; raises `ConfigError` for what is no YAML (duplicate keys included)."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give the right path") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: is not UTF-8; save it again as UTF-8") from error
    return _parse(text, path)


def _parse(text: str, path: Path) -> Any:
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path.name}:{line}: {str(error.problem).splitlines()[0]}") from error
    except YAMLError as error:
        raise ConfigError(f"{path.name}: is no YAML") from error


def describe(error: ValidationError, document: Any, path: Path) -> str:
    """One line per fault of a document: file, line, setting, what is wrong. Values are left out: they may be secret."""
    lines = {}
    for fault in error.errors(include_url=False, include_input=False):
        line, known = _line_of(document, fault["loc"])
        message = _HINTS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
        lines.setdefault((line, ".".join(known)), f"{path.name}:{line}: {'.'.join(known) or 'document'}: {message}")
    return "\n".join(text for _, text in sorted(lines.items()))


def _anchored(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The folders of `file_drop`, written as plain text, start where the file stands, like `{file: …}` does."""
    sources = document.get("sources")
    drop = sources.get("file_drop") if isinstance(sources, dict) else None
    if isinstance(drop, dict):
        drop.update(
            {name: str(folder / drop[name]) for name in ("inbox", "feed_maps") if isinstance(drop.get(name), str)}
        )
    return document


def _plain(node: Any, path: Path) -> Any:
    if isinstance(node, CommentedMap):
        if node and set(node) <= {"env", "file"} and all(isinstance(value, str) for value in node.values()):
            if len(node) > 1:
                raise ConfigError(f"{path.name}:{node.lc.line + 1}: write either {{env: NAME}} or {{file: path}}")
            return Reference(**dict(node)).at(f"{path.name}:{node.lc.line + 1}", path.parent)
        return {str(key): _plain(value, path) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value, path) for value in node]
    if isinstance(node, bool | date) or node is None:
        return node
    if isinstance(node, str | int | float):
        return type(node).__mro__[-2](node)  # ruamel's own number and text types, down to the builtin
    return node


def _line_of(document: Any, location: tuple[int | str, ...]) -> tuple[int, list[str]]:
    """Line and path of the deepest part of a location that stands in the document."""
    node, line, known = document, 1, []
    for step in location:
        if isinstance(node, CommentedMap):
            step = next((key for key in node if str(key) == str(step)), step)  # noqa: PLW2901 - 40100 is a number in YAML
            if step not in node:
                if step not in {"Reference", "str"}:
                    known.append(str(step))
                break
            line = node.lc.key(step)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0] + 1
        else:
            break
        node = node[step]
        known.append(str(step))
    return line, known
