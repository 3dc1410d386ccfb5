"""A data folder for the example: configuration, maps, plans and the export's files, each where a company has its own.

The folder looks like any company's, so that `incentives nightly`, `close` and `payout` work on it too. What this module
puts there is put there again by the next run; the privacy key is made once and kept.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from orchestration.settings import PROJECT_ROOT, Settings
from orchestration.warehouse.reference import CATALOGUE

USUAL_PLACE = PROJECT_ROOT.parent / "shared" / "data" / "crm_sales_opportunities"
"""Where the export is looked for when nobody says where it is: beside the checkout."""
FEEDS = {
    "people": "sales_teams.csv",
    "bonus_bases": "sales_teams.csv",
    "opportunities": "sales_pipeline.csv",
    "accounts": "accounts.csv",
    "products": "products.csv",
}
"""Feed -> file of the export that is dropped into its inbox."""

_OWN = Path(__file__).parent
_PLANS = PROJECT_ROOT / "orchestration" / "plans" / "history"


def find_export(data: Path | None = None) -> Path:
    """The folder of the export; raises `FileNotFoundError` saying what was looked for, where, and what to do."""
    folder = (data or USUAL_PLACE).resolve()
    missing = sorted({name for name in FEEDS.values() if not (folder / name).is_file()})
    if missing:
        raise FileNotFoundError(
            f"looked in {folder} for {', '.join(missing)} and found nothing. The example reads the public data set "
            "'CRM Sales Opportunities' of the Maven Data Playground: unpack it there, or name its folder with --data"
        )
    return folder


def example_settings(settings: Settings) -> Settings:
    """A data folder inside the company's, with a ledger of its own: what is paid here is nobody's money."""
    return Settings(home=settings.home / "history-example", company_file=None, database_url=None)


def prepare_home(home: Path, export: Path, exported_on: date) -> None:
    """Fill the folder: company.yaml, feed maps, plans, the key, and the export's files under the inbox's names."""
    for folder in (home, home / "inbox", home / "secrets"):
        folder.mkdir(parents=True, exist_ok=True)
    (home / "secrets").chmod(0o700)
    _put(home / "company.yaml", (_OWN / "company.yaml").read_bytes())
    for source, target in ((_OWN / "maps", home / "maps"), (_PLANS, home / "plans")):
        for path in sorted(source.rglob("*.yaml")):
            _put(target / path.relative_to(source), path.read_bytes())
    _put(home / "library" / CATALOGUE.name, CATALOGUE.read_bytes())
    for feed, name in FEEDS.items():
        _put(home / "inbox" / feed / f"{feed}_{exported_on:%Y%m%d}.csv", (export / name).read_bytes())
    _make_key(home / "secrets" / "privacy.key")


@contextmanager
def environment_of(settings: Settings, as_of: datetime) -> Iterator[None]:
    """This process's environment, pointed at the example and its instant, and put back afterwards.

    Dagster's definitions read it while they are loaded: enter before anything of `orchestration.defs` is imported.
    """
    before = dict(os.environ)
    for name in ("INCENTIVES_COMPANY", "INCENTIVES_DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ.update({"INCENTIVES_HOME": str(settings.home), "INCENTIVES_AS_OF": as_of.isoformat()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _put(target: Path, content: bytes) -> None:
    if target.is_file() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.part")
    partial.write_bytes(content)
    partial.replace(target)


def _make_key(path: Path) -> None:
    if path.exists():
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
