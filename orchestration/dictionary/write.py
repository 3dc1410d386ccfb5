"""Put the dictionary and dbt's own documentation into a folder that a browser opens without any server."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.dictionary.model import LANGUAGES
from orchestration.dictionary.page import render_page
from orchestration.dictionary.read import read_dictionary
from orchestration.dictionary.workbook import write_workbook
from orchestration.warehouse.dbt import run_dbt


def write_dictionary(folder: Path, manifest: Mapping[str, Any]) -> list[Path]:
    """Write `dictionary.zh.html`, `dictionary.en.html` and `dictionary.xlsx`, each old or new, never half.

    Nobody's data is in them. Raises `DictionaryError` where a table or column has no Chinese text.
    """
    dictionary = read_dictionary(manifest)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for language in LANGUAGES:
            page = Path(scratch) / f"dictionary.{language}.html"
            page.write_text(render_page(dictionary, language), encoding="utf-8")
            written.append(page)
        book = Path(scratch) / "dictionary.xlsx"
        write_workbook(dictionary, book)
        written.append(book)
        return [_place(it, folder) for it in written]


def write_dbt_docs(folder: Path, home: Path, as_of: datetime) -> Path:
    """Write dbt's documentation of the warehouse as one file, `dbt.html`. Raises `DbtError` when dbt cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    result = run_dbt(["docs", "generate", "--static"], home=home, as_of=as_of, holder="dbt docs", wait_seconds=60)
    result.raise_for_failure()
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        page = Path(scratch) / "dbt.html"
        page.write_bytes((result.target / "static_index.html").read_bytes())
        return _place(page, folder)


def _place(made: Path, folder: Path) -> Path:
    return made.replace(folder / made.name)
