"""What the dictionary says, whatever it is written as."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One statement in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a mart. `refers_to` names the table whose key it holds, empty when it holds none."""

    name: str
    data_type: str
    meaning: Text
    is_required: bool
    is_key: bool
    refers_to: str


@dataclass(frozen=True, slots=True)
class Table:
    """A mart: its grain is the first sentence of `meaning`; `built_from` are the tables one step upstream."""

    name: str
    subject: str
    owner: str
    meaning: Text
    columns: tuple[Column, ...]
    built_from: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of the catalogue as analysts need it. `attributes` are the catalogue's own words, in its order."""

    metric_id: str
    name: Text
    meaning: Text
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Everything that is published, tables by name and metrics in the catalogue's order."""

    tables: tuple[Table, ...]
    measures: tuple[Measure, ...]
