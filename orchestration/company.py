"""Which company's configuration a command works with."""

from pathlib import Path

from connectors.config import load_company
from connectors.config_models import CompanyConfig
from orchestration.settings import PROJECT_ROOT, Settings

SAMPLE_COMPANY = PROJECT_ROOT / "connectors" / "sandbox" / "company.yaml"


def company_file(settings: Settings) -> Path:
    """`INCENTIVES_COMPANY`, else company.yaml in the data folder, else the sample company's."""
    if settings.company_file:
        return settings.company_file
    own = settings.home / "company.yaml"
    return own if own.exists() else SAMPLE_COMPANY


def is_sample(settings: Settings) -> bool:
    """Whether the sample company is configured, whose systems this project serves itself."""
    return company_file(settings) == SAMPLE_COMPANY


def read_company(settings: Settings) -> CompanyConfig:
    """The configuration; raises `ConfigError` with file and line."""
    return load_company(company_file(settings))


def dbt_vars(config: CompanyConfig) -> dict[str, str]:
    """What the models have to know of the company, where it differs from their defaults (dbt_project.yml).

    Only that, because every other set of vars makes dbt parse the project again.
    """
    usual = CompanyConfig.model_fields
    return {name: it for name in ("timezone", "currency") if (it := getattr(config, name)) != usual[name].default}


def plans_folder(settings: Settings) -> Path:
    """The company's plans: `plans/` in the data folder where it exists, else the sample company's."""
    own = settings.home / "plans"
    return own if own.is_dir() else PROJECT_ROOT / "orchestration" / "plans" / "sample"


def close_rules_file(settings: Settings) -> Path:
    """The rules of the close: `plans/close.yaml` in the data folder where it exists, else the sample company's."""
    own = settings.home / "plans" / "close.yaml"
    return own if own.is_file() else PROJECT_ROOT / "orchestration" / "payout" / "sample" / "close.yaml"


def retention_file(settings: Settings) -> Path | None:
    """How long things are kept: `plans/retention.yaml` of the data folder; None where the sample's rules count."""
    own = settings.home / "plans" / "retention.yaml"
    return own if own.is_file() else None


def allowed_signers_file(settings: Settings) -> Path:
    """Whose SSH keys may sign approvals (ssh-keygen's format): `plans/allowed_signers` of the data folder."""
    return settings.home / "plans" / "allowed_signers"


def approvers_file(settings: Settings) -> Path:
    """Who may review, approve and export: `plans/approvers.yaml` of the data folder, else the sample company's."""
    own = settings.home / "plans" / "approvers.yaml"
    return own if own.is_file() else PROJECT_ROOT / "orchestration" / "payout" / "sample" / "approvers.yaml"


def delivery_file(settings: Settings) -> Path:
    """Where files are delivered: `plans/delivery.yaml` of the data folder; there is no sample of it."""
    return settings.home / "plans" / "delivery.yaml"


def layouts_folder(settings: Settings) -> Path:
    """The payroll layouts: `plans/layouts/` of a company with plans of its own, else the sample company's."""
    own = settings.home / "plans"
    return own / "layouts" if own.is_dir() else PROJECT_ROOT / "orchestration" / "payout" / "sample" / "layouts"


def accounts_file(settings: Settings) -> Path | None:
    """Where payouts are booked: `plans/accounts.yaml` of a company with plans of its own (None: it books elsewhere),
    else the sample company's."""
    own = settings.home / "plans"
    if own.is_dir():
        return own / "accounts.yaml" if (own / "accounts.yaml").is_file() else None
    return PROJECT_ROOT / "orchestration" / "payout" / "sample" / "accounts.yaml"
