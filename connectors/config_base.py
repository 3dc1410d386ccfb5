"""What every part of company.yaml is made of: strict models, references to secrets, and what all HTTP sources share.

Vendors' names, hosts, paging sizes and everything the vendor documents poorly are keys, so that a company changes a
line of YAML and not the code. Secrets are never written in the file: they are references to the environment or a file.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from connectors.errors import ConfigError


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt setting must not be a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(Strict):
    """`{env: NAME}` or `{file: path}`: where a value is read from, at the moment it is needed."""

    env: str | None = None
    file: str | None = None
    _where: str = PrivateAttr(default="company.yaml")
    _base: Path = PrivateAttr(default_factory=Path)

    @model_validator(mode="after")
    def _one_of_both(self) -> "Reference":
        if (self.env is None) == (self.file is None):
            raise ValueError("write either {env: NAME} or {file: path}")
        return self

    def at(self, where: str, base: Path) -> "Reference":
        """Remember the line this stands on and the folder that relative paths start from."""
        self._where, self._base = where, base
        return self


Text = str | Reference
Secret = Reference
DayOfMonth = Annotated[int, Field(ge=1, le=31)]
SWEEP = "business dates, as days of the month, whose night reads everything: what is gone was deleted"


class HttpSourceConfig(Strict):
    """What every vendor behind HTTP needs. `streams` left out means all of them."""

    base_url: Text
    accounts: list[str] = Field(min_length=1)
    connections: int = Field(default=1, ge=1, le=16)
    requests_per_second: float = Field(default=5.0, gt=0)
    deadline_seconds: float = Field(default=300.0, gt=0, description="longest time one request may take in all")
    page_cap: int = Field(default=20_000, ge=1, description="more pages than this in one read is an error")
    streams: list[str] | None = None
    lookback_days: dict[str, int] = Field(default_factory=dict)
    error_classes: dict[str, str] = Field(
        default_factory=dict, description="vendor code -> error class, over our table"
    )


def resolve(value: Text, environment: dict[str, str] | Any) -> str:
    """The text itself, or what its reference points to.

    Raises `ConfigError` naming the line and the variable or file, never a value.
    """
    if isinstance(value, str):
        return value
    where = value._where  # noqa: SLF001 - the reference and its reader are one thing
    if value.env is not None:
        found = environment.get(value.env)
        if not found:
            raise ConfigError(f"{where}: environment variable {value.env} is not set; set it before the run")
        return found
    path = value._base / str(value.file)  # noqa: SLF001
    try:
        found = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{where}: cannot read {path} ({error.strerror}); create it or correct the path") from error
    if not found:
        raise ConfigError(f"{where}: {path} is empty")
    return found
