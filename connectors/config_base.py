"""What every part of company.yaml is made of: strict models, references to secrets, and what all HTTP sources share.

Vendors' names, hosts, paging sizes and everything the vendor documents poorly are keys, so that a company changes a
line of YAML and not the code. Secrets are never written in the file: they are references to the environment or a file.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, PrivateAttr, ValidationError, model_validator
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from connectors.errors import ConfigError, ErrorClass
from connectors.stream import StreamSpec

Fault = tuple[tuple[str | int, ...], str]
"""Where a setting stands below its model, and what is wrong with it."""


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


class Checked(Strict):
    """A part of company.yaml with rules between its settings; every fault is told where it stands."""

    def faults(self) -> Iterator[Fault]:
        """What is wrong; a subclass adds its own."""
        yield from ()

    @model_validator(mode="after")
    def _no_faults(self) -> Self:
        told = [
            InitErrorDetails(type=PydanticCustomError("setting", "{text}", {"text": text}), loc=place, input=None)
            for place, text in self.faults()
        ]
        if told:
            raise ValidationError.from_exception_data(type(self).__name__, told)
        return self


class HttpSourceConfig(Checked):
    """What every vendor behind HTTP needs. `streams` left out means all of them."""

    specs: ClassVar[tuple[StreamSpec, ...]] = ()
    """What the connector can read."""

    base_url: Text
    accounts: list[str] = Field(min_length=1)
    connections: int = Field(default=1, ge=1, le=16)
    requests_per_second: float = Field(default=5.0, gt=0)
    deadline_seconds: float = Field(default=300.0, gt=0, description="longest time one request may take in all")
    page_cap: int = Field(default=20_000, ge=1, description="more pages than this in one read is an error")
    streams: list[str] | None = None
    lookback_days: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    error_classes: dict[str, ErrorClass] = Field(
        default_factory=dict, description="vendor code -> error class, over our table"
    )

    def faults(self) -> Iterator[Fault]:
        """Streams that the connector does not have."""
        names = [spec.name for spec in self.specs]
        for place, name in enumerate(self.streams or ()):
            if name not in names:
                yield ("streams", place), f"no stream {name!r}; known are {', '.join(names)}"
        days = [spec.name for spec in self.specs if spec.mode == "window"]
        yield from unknown_names("lookback_days", self.lookback_days, days, "stream with a look-back")

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Editors offer the names of the streams."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        if cls.specs and "streams" in properties:
            properties["streams"]["anyOf"][0]["items"]["enum"] = [spec.name for spec in cls.specs]
            days = [spec.name for spec in cls.specs if spec.mode == "window"]
            properties["lookback_days"]["propertyNames"] = {"enum": days}
        return schema


def unknown_names(setting: str, given: Mapping[str, Any], known: Collection[str], what: str) -> Iterator[Fault]:
    """Keys of a setting that mean nothing to the connector."""
    for name in given:
        if name not in known:
            yield (setting, name), f"no {what} {name!r}; known are {', '.join(known) or 'none'}"


def unknown_fields(
    setting: str, given: Mapping[str, Mapping[str, str]], known: Mapping[str, tuple[str, ...]]
) -> Iterator[Fault]:
    """The same for a setting by stream and field."""
    yield from unknown_names(setting, given, known, "stream")
    for stream, fields in given.items():
        for name in fields:
            if stream in known and name not in known[stream]:
                text = f"{stream} has no field {name!r}; known are {', '.join(known[stream])}"
                yield (setting, stream, name), text


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
