"""`incentives dictionary`: what the marts mean, as pages and a workbook."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.output import out, refusing
from orchestration.clock import resolve_as_of
from orchestration.defs.dbt_manifest import manifest
from orchestration.dictionary.write import write_dbt_docs, write_dictionary
from orchestration.settings import Settings


@refusing
def dictionary(
    folder: Annotated[
        Path | None, typer.Option("--out", help="folder to write to; dictionary/ of the data folder")
    ] = None,
) -> None:
    """Data dictionary in Chinese and English (HTML, XLSX), and dbt's documentation as one page."""
    settings = Settings.from_env()
    target = folder or settings.home / "dictionary"
    written = write_dictionary(target, manifest())
    if (settings.home / "warehouse.duckdb").exists():
        written.append(write_dbt_docs(target, settings.home, resolve_as_of()))
    else:
        out.print("no warehouse yet: dbt's page comes after the first night (incentives nightly)")
    for path in written:
        out.print(str(path), markup=False)
