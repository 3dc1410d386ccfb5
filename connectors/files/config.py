"""What company.yaml says of the inbox."""

from typing import Literal, Self

from pydantic import PrivateAttr

from connectors.config_base import Strict, Text


class FileDropConfig(Strict):
    """Files laid into an inbox. `feed_maps` is a folder of YAML maps that are added to the packaged ones."""

    inbox: Text | None = None
    feed_maps: Text | None = None
    feeds: list[str] | None = None
    connections: Literal[1] = 1
    _where: str = PrivateAttr(default="company.yaml")

    @property
    def where(self) -> str:
        """File and line of the list of feeds, for a feed that no map describes."""
        return self._where

    def at(self, where: str) -> Self:
        """Remember the line this stands on."""
        self._where = where
        return self
