"""The manifest that Dagster builds the dbt assets from: parsed once per state of the dbt project, then read."""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.settings import Settings
from orchestration.warehouse.dbt import PROJECT_DIR, parse_project

_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md"}


@cache
def manifest() -> Mapping[str, Any]:
    """The parsed manifest of `dbt_project/`; parses (about five seconds) when a file has changed since."""
    folder = Settings.from_env().dbt_home / "manifests"
    path = folder / f"{_fingerprint()}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        partial.write_bytes(parse_project(Settings.from_env().home).read_bytes())
        partial.replace(path)
        for old in sorted(folder.glob("*.json"), key=lambda it: it.stat().st_mtime)[:-3]:
            old.unlink()
    return json.loads(path.read_bytes())


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(it for it in PROJECT_DIR.rglob("*") if it.suffix in _SUFFIXES and not _is_output(it)):
        digest.update(f"{path.relative_to(PROJECT_DIR)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def _is_output(path: Path) -> bool:
    return path.relative_to(PROJECT_DIR).parts[0] in {"target", "logs"}
