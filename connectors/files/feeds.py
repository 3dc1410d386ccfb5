"""What a feed is: a YAML map from a file's headers to the columns of the contract (docs/contracts.md §5).

One map per feed, packaged in `maps/`; a company adds a folder of its own (`feed_maps`), which wins on the same name.
"""

import unicodedata
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from connectors.config import describe, read_yaml
from connectors.config_models import Strict
from connectors.errors import ConfigError

_PACKAGED = Path(__file__).with_name("maps")


class Column(Strict):
    """One column: the headers it may stand under, its type, and what a cell may hold.

    `unit` tells what the file holds; what lands is always yuan for money, the percent figure for `percent` (`30` for
    `30%`) and a fraction for `fraction` (`0.3` for `30%`).
    """

    headers: list[str] = Field(min_length=1)
    type: Literal["text", "integer", "decimal", "date", "datetime", "boolean"] = "text"
    unit: Literal["yuan", "fen", "percent", "fraction"] | None = None
    required: bool = False
    allowed: list[str] | None = None


class Feed(Strict):
    """One feed. `owner` is whom to ask; more than `max_bad_share` of bad rows refuses the file."""

    feed: str = Field(pattern="^[a-z][a-z0-9_]*$")
    owner: str
    key: list[str] = Field(min_length=1)
    encodings: list[Literal["utf-8-sig", "gb18030"]] = Field(default_factory=lambda: ["utf-8-sig", "gb18030"])
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    ignored_headers: list[str] = Field(default_factory=list)
    max_bad_share: float = Field(default=0.2, ge=0, le=1)
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _consistent(self) -> "Feed":
        for name in self.key:
            if name not in self.columns:
                raise ValueError(f"the key names {name}, which is no column")
        seen: dict[str, str] = {}
        for name, column in self.columns.items():
            for header in column.headers:
                if header in seen:
                    raise ValueError(f"header {header!r} stands for both {seen[header]} and {name}")
                seen[header] = name
        return self

    def column_of(self, header: str) -> str | None:
        """The column that a header stands for; full-width brackets and the like are the same header."""
        folded = _folded(header)
        return next((name for name, column in self.columns.items() if folded in map(_folded, column.headers)), None)


def load_feeds(extra: Path | None = None, wanted: list[str] | None = None) -> dict[str, Feed]:
    """The packaged feeds and the company's own, by name; raises `ConfigError` with file and line."""
    feeds: dict[str, Feed] = {}
    for folder in (_PACKAGED, *([extra] if extra else [])):
        if not folder.is_dir():
            raise ConfigError(f"company.yaml: file_drop.feed_maps: {folder} is no folder")
        for path in sorted(folder.glob("*.yaml")):
            feed = _load(path)
            if feed.feed != path.stem:
                raise ConfigError(f"{path.name}:1: the feed is called {feed.feed!r}; the file must have the same name")
            feeds[feed.feed] = feed
    for name in wanted or ():
        if name not in feeds:
            raise ConfigError(f"company.yaml: file_drop.feeds: no map for {name!r}; known are {', '.join(feeds)}")
    return {name: feed for name, feed in feeds.items() if wanted is None or name in wanted}


def _folded(header: str) -> str:
    return unicodedata.normalize("NFKC", header).strip()


def _load(path: Path) -> Feed:
    document: Any = read_yaml(path)
    try:
        return Feed.model_validate(document)
    except ValidationError as error:
        raise ConfigError(describe(error, document, path)) from error
