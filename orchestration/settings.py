"""Where things are, read from the environment once. Everything a company *decides* is in company.yaml, not here."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """Paths below one data folder, and where the relational stores live."""

    home: Path
    company_file: Path | None
    database_url: str | None

    @classmethod
    def from_env(cls) -> "Settings":
        """Read `INCENTIVES_HOME`, `INCENTIVES_COMPANY` and `INCENTIVES_DATABASE_URL`."""
        home = Path(os.environ.get("INCENTIVES_HOME") or Path.cwd() / "var").resolve()
        company = os.environ.get("INCENTIVES_COMPANY")
        return cls(
            home=home,
            company_file=Path(company).resolve() if company else None,
            database_url=os.environ.get("INCENTIVES_DATABASE_URL") or None,
        )

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def closed(self) -> Path:
        return self.home / "closed"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def payouts(self) -> Path:
        return self.home / "out" / "payouts"

    @property
    def statements(self) -> Path:
        return self.home / "out" / "statements"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def sandbox(self) -> Path:
        return self.home / "sandbox"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def dbt_home(self) -> Path:
        return self.home / "dbt"

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy URL of the ledger: PostgreSQL where one is set, else a SQLite file in the data folder."""
        if self.database_url:
            return self.database_url.replace("postgresql://", "postgresql+psycopg2://", 1)
        return f"sqlite:///{self.home / 'ledger.db'}"
