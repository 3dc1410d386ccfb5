"""What company.yaml says of the inbox."""

from typing import Literal

from connectors.config_base import Strict, Text


class FileDropConfig(Strict):
    """Files laid into an inbox. `feed_maps` is a folder of YAML maps that are added to the packaged ones."""

    inbox: Text | None = None
    feed_maps: Text | None = None
    feeds: list[str] | None = None
    connections: Literal[1] = 1
