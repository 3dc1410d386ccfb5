"""The templates that come with the product: plans of the articles to copy and fill with a company's own figures."""

import shutil
from pathlib import Path

from orchestration.plans.bundle import CATALOGUE, INDEX, SAMPLE, read_files

TEMPLATES = SAMPLE.parent / "templates"


def template_text(name: str) -> str:
    """The plan file of a template; `ValueError` names those there are."""
    found = sorted((TEMPLATES / "plans" / name).glob("v*.yaml")) if name in template_names() else []
    if not found:
        raise ValueError(f"there is no template {name!r}; the templates are {', '.join(template_names())}")
    return found[-1].read_text(encoding="utf-8")


def template_names() -> list[str]:
    """The plans of the templates."""
    return sorted(path.name for path in (TEMPLATES / "plans").iterdir())


def copy_templates(target: Path) -> list[Path]:
    """Write all templates as a folder of plans that stands by itself, with its catalogue, figures and cases.

    Raises `ValueError` when the folder is not empty: nothing of a company's own is ever written over.
    """
    if target.exists() and any(target.iterdir()):
        raise ValueError(f"{target} is there already and not empty; name a new folder")
    files = read_files(TEMPLATES) | {INDEX: f"catalogue: {CATALOGUE}\n"}
    for name, text in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for cases in sorted((TEMPLATES / "plans").glob("*/tests/*.yaml")):
        path = target / cases.relative_to(TEMPLATES)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(cases, path)
    return sorted(path for path in target.rglob("*.yaml"))
