"""What a feed is: a YAML map from a file's headers to the columns of the contract (docs/contracts.md §5).

One map per feed, packaged in `maps/`; a company adds a folder of its own (`feed_maps`), which wins on the same name.
A map may also say what a foreign file does not: constants, numbers from the line, the company's own words for ours
(docs/history.md).
"""

import unicodedata
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from connectors.config import describe, read_yaml
from connectors.config_base import Strict
from connectors.errors import ConfigError
from connectors.stream import PersonalField, PersonalKind

_PACKAGED = Path(__file__).with_name("maps")


class Column(Strict):
    """One column: the headers it may stand under, its type, and what a cell may hold.

    `unit` tells what the file holds; what lands is always yuan for money, the percent figure for `percent` (`30` for
    `30%`) and a fraction for `fraction` (`0.3` for `30%`).

    A column that has no header of its own is a `constant`, a `copy_of` another column's cell, or a `line_number`: a
    pattern such as `A{:04}` filled with the row's line, for files whose order never changes. `values` translates the
    file's words into ours; `repairs` does the same for known misspellings, is counted, and keeps what was sent.
    `date_order` mdy reads 3/1/2017 as the first of March.
    """

    headers: list[str] = Field(default_factory=list)
    constant: str | None = None
    copy_of: str | None = None
    line_number: str | None = Field(default=None, pattern=r"^[^{}]*\{:0?\d*\}[^{}]*$")
    date_order: Literal["ymd", "mdy", "dmy"] = "ymd"
    values: dict[str, str] = Field(default_factory=dict)
    repairs: dict[str, str] = Field(default_factory=dict)
    personal: PersonalKind | None = None
    type: Literal["text", "integer", "decimal", "date", "datetime", "boolean"] = "text"
    unit: Literal["yuan", "fen", "percent", "fraction"] | None = None
    required: bool = False
    allowed: list[str] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Column":
        origins = [bool(self.headers), self.constant is not None, self.copy_of is not None, bool(self.line_number)]
        if sum(origins) != 1:
            raise ValueError("write exactly one of headers, constant, copy_of and line_number")
        if self.personal and (self.repairs or self.values):
            raise ValueError("a personal column has neither values nor repairs: they would show in messages")
        return self


class Feed(Strict):
    """One feed. `owner` is whom to ask; more than `max_bad_share` of bad rows refuses the file.

    A file `covers` its period, the one in its name, or everything: a whole export, whose absent keys are deleted and
    after which all history up to its date is known.
    """

    feed: str = Field(pattern="^[a-z][a-z0-9_]*$")
    owner: str
    key: list[str] = Field(min_length=1)
    encodings: list[Literal["utf-8-sig", "gb18030"]] = Field(default_factory=lambda: ["utf-8-sig", "gb18030"])
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    ignored_headers: list[str] = Field(default_factory=list)
    max_bad_share: float = Field(default=0.2, ge=0, le=1)
    covers: Literal["period", "everything"] = "period"
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _consistent(self) -> "Feed":
        for name in self.key:
            if name not in self.columns:
                raise ValueError(f"the key names {name}, which is no column")
            if self.columns[name].personal:
                raise ValueError(f"the key names {name}, which is personal; give the record a number of its own")
        seen: dict[str, str] = {}
        for name, column in self.columns.items():
            for header in column.headers:
                if header in seen:
                    raise ValueError(f"header {header!r} stands for both {seen[header]} and {name}")
                seen[header] = name
            if column.copy_of is not None and not self.columns.get(column.copy_of, column).headers:
                raise ValueError(f"{name} is a copy of {column.copy_of}, which is no column with headers")
        return self

    @property
    def personal(self) -> tuple[PersonalField, ...]:
        """The columns that may not land in the clear."""
        return tuple(PersonalField(name, it.personal) for name, it in self.columns.items() if it.personal)

    def column_of(self, header: str) -> str | None:
        """The column that a header stands for; full-width brackets and the like are the same header."""
        folded = _folded(header)
        return next((name for name, column in self.columns.items() if folded in map(_folded, column.headers)), None)


def load_feeds(
    extra: Path | None = None, wanted: list[str] | None = None, where: str = "company.yaml"
) -> dict[str, Feed]:
    """The packaged feeds and the company's own, by name; raises `ConfigError` with file and line.

    `where` is the place of `file_drop` in the configuration.
    """
    feeds: dict[str, Feed] = {}
    for folder in (_PACKAGED, *([extra] if extra else [])):
        if not folder.is_dir():
            raise ConfigError(f"{where}: file_drop.feed_maps: {folder} is no folder")
        for path in sorted(folder.glob("*.yaml")):
            feed = _load(path)
            if feed.feed != path.stem:
                raise ConfigError(f"{path.name}:1: the feed is called {feed.feed!r}; the file must have the same name")
            feeds[feed.feed] = feed
    for name in wanted or ():
        if name not in feeds:
            raise ConfigError(f"{where}: file_drop.feeds: no map for {name!r}; known are {', '.join(feeds)}")
    return {name: feed for name, feed in feeds.items() if wanted is None or name in wanted}


def _folded(header: str) -> str:
    return unicodedata.normalize("NFKC", header).strip()


def _load(path: Path) -> Feed:
    document: Any = read_yaml(path)
    try:
        return Feed.model_validate(document)
    except ValidationError as error:
        raise ConfigError(describe(error, document, path)) from error
