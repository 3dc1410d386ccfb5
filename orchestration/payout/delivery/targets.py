"""Where files go: `delivery.yaml`, read with line numbers. Keys and passwords are references, never written there."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from connectors.config import load_document
from connectors.config_base import Reference, Strict
from connectors.errors import ConfigError
from orchestration.payout.delivery.encryption import recipient
from orchestration.payout.errors import RulesInvalid


class Target(Strict):
    """One SFTP server and what it gets. Paths are relative to the file that names them."""

    host: str = Field(min_length=1)
    port: int = Field(default=22, ge=1, le=65535)
    user: str = Field(min_length=1)
    known_hosts: str = Field(min_length=1, description="file with the server's host key; another key is refused")
    private_key: str | None = Field(default=None, description="file of the key we log in with")
    passphrase: Reference | None = Field(default=None, description="of the private key")
    password: Reference | None = None
    folder: str = Field(default=".", description="folder on the server")
    files: list[str] = Field(min_length=1, description="names as in the manifest; * stands for any text")
    pay_groups: list[str] | None = None
    encrypt_to: list[str] = Field(default_factory=list, description="age recipients (age1... or ssh-ed25519 ...)")
    checksum_file: bool = Field(default=False, description="put <name>.sha256 beside each file after it is complete")
    attempts: int = Field(default=3, ge=1, le=10, description="connections tried before giving up")
    timeout_seconds: float = Field(default=30.0, gt=0)

    @field_validator("encrypt_to")
    @classmethod
    def _are_recipients(cls, given: list[str]) -> list[str]:
        for text in given:
            recipient(text)
        return given

    @model_validator(mode="after")
    def _can_log_in(self) -> "Target":
        if (self.private_key is None) == (self.password is None):
            raise ValueError("write either private_key or password")
        if self.passphrase is not None and self.private_key is None:
            raise ValueError("passphrase belongs to a private_key")
        return self

    def takes(self, name: str) -> bool:
        """Whether a file of a run goes there."""
        return any(fnmatchcase(name, pattern) for pattern in self.files)


class DeliveryRules(Strict):
    """Every target, by name."""

    targets: dict[str, Target] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Destination:
    """A target with its name and the folder that its paths start from."""

    name: str
    target: Target
    base: Path

    def path(self, written: str) -> Path:
        """A path of the target as a path of this machine."""
        return (self.base / Path(written).expanduser()).resolve()


def load_destinations(path: Path) -> dict[str, Destination]:
    """Read delivery.yaml; raises `RulesInvalid` with file, line and what to do."""
    try:
        rules = load_document(path, DeliveryRules)
    except ConfigError as error:
        raise RulesInvalid(str(error)) from None
    return {name: Destination(name, target, path.parent) for name, target in sorted(rules.targets.items())}


def taken_names(target: Target, names: Iterable[str]) -> list[str]:
    """The files of a run that go to a target, sorted."""
    return sorted(name for name in names if target.takes(name))


def delivery_schema() -> dict[str, Any]:
    """JSON Schema of delivery.yaml, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **DeliveryRules.model_json_schema()}
