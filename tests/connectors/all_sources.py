"""A company that has every system switched on, for tests that go through all connectors."""

from pathlib import Path
from typing import Any

from online import SOURCES
from ruamel.yaml import YAML

from connectors.config import load_company
from connectors.config_models import CompanyConfig
from connectors.sandbox.serve import COMPANY_FILE


def everything(folder: Path) -> CompanyConfig:
    """The sample company with all twelve sources; those that it lacks come from the connectors' own tests."""
    yaml = YAML()
    company: dict[str, Any] = yaml.load(COMPANY_FILE.read_text(encoding="utf-8"))
    more = yaml.load(Path(__file__).with_name("more_sources.yaml").read_text(encoding="utf-8"))["sources"]
    for text in SOURCES.values():
        more |= yaml.load(text)
    for name, settings in more.items():
        company["sources"].setdefault(name, settings)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "company.yaml"
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(company, file)
    return load_company(path)
