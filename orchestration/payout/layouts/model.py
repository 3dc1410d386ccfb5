"""The shape of a layout: which records a file has, and how each cell is spelled.

A layout is data: code knows the fields of a payout line and ways to spell them, never a payroll system. Everything
that can be wrong without a run is found when the file is read.
"""

import re
import string
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from connectors.config_base import Strict

LINE_FIELDS = (
    "payer_entity",
    "employee_no",
    "pay_item_code",
    "component",
    "currency",
    "cost_centre",
    "department_id",
    "origin_period",
    "kind",
    "line_id",
)
"""Fields that differ between the lines of a run."""
RUN_FIELDS = ("pay_group", "run_no", "work_period", "pay_month", "revision")
"""Fields that every line of a run has in common."""
RUN_DATES = ("work_period_start", "work_period_end", "approved_on", "exported_on")
"""Days: the period's first and last, and the local days of approval and export."""

Encoding = Literal[
    "ascii", "utf-8", "utf-8-sig", "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "shift_jis", "latin-1", "cp1252"
]
_OneCharacter = Annotated[str, StringConstraints(min_length=1, max_length=1)]
_Identifier = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]*$")]
AnswerColumn = Literal["line_id", "employee_no", "pay_item_code", "cost_centre", "status", "reason", "amount"]
_Fault = tuple[tuple[int | str, ...], str]
_DATE_WORDS = re.compile("YYYY|YY|MM|DD")


class Cell(Strict):
    """One value of a record. Exactly one of `field`, `constant`, `amount`, `total` and `sequence` says which."""

    name: str = Field(default="", description="heading of the column; also how messages call the cell")
    field: str | None = Field(default=None, description="a field of the payout line or the run")
    constant: str | None = Field(default=None, description="the same text in every record")
    amount: Literal["all"] | list[str] | None = Field(
        default=None, description="all, or the pay item codes whose amounts are added up in this column"
    )
    total: Literal["rows", "people", "amount", "part", "parts"] | None = Field(
        default=None, description="header and trailer only: what the file adds up to"
    )
    sequence: bool = Field(default=False, description="number of the row in its file, from 1")
    width: int | None = Field(default=None, ge=1, description="greatest length; the exact one where cells are padded")
    align: Literal["left", "right"] | None = None
    pad: _OneCharacter | None = Field(default=None, description="fills the cell up to its width")
    required: bool = Field(default=False, description="an empty value is refused")
    values: dict[str, str] | None = Field(default=None, description="our code -> theirs; one that lacks is refused")
    date: str | None = Field(default=None, description="spelling of a day or month with YYYY, YY, MM, DD")
    unit: Literal["yuan", "fen"] = Field(default="yuan", description="of an amount: 1234.56 or 123456")
    negative: Literal["leading", "trailing", "refuse"] = Field(default="leading", description="where the minus stands")

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Cell":
        said = [name for name in ("field", "constant", "amount", "total") if getattr(self, name) is not None]
        if len(said) + self.sequence != 1:
            raise ValueError("write exactly one of field, constant, amount, total and sequence")
        if self.field is not None and self.field not in (*LINE_FIELDS, *RUN_FIELDS, *RUN_DATES):
            known = ", ".join((*LINE_FIELDS, *RUN_FIELDS, *RUN_DATES))
            raise ValueError(f"{self.field!r} is no field; known here: {known}")
        if self.values is not None and self.field is None:
            raise ValueError("values translates a field; write field: beside it")
        if self.date is not None:
            self._require_a_date()
        if self.pad is not None and self.width is None:
            raise ValueError("pad needs a width to fill")
        return self

    def _require_a_date(self) -> None:
        if self.field not in (*RUN_DATES, "work_period", "pay_month", "origin_period"):
            raise ValueError("date spells a day or a month; use it with such a field")
        if not _DATE_WORDS.search(self.date or ""):
            raise ValueError("date is spelled with YYYY, YY, MM and DD, such as YYYYMM")

    @property
    def is_money(self) -> bool:
        return self.amount is not None or self.total == "amount"

    @property
    def label(self) -> str:
        """How a message calls the cell."""
        return (
            self.name
            or self.field
            or self.total
            or ("sequence" if self.sequence else "amount" if self.amount else "constant")
        )


class Acknowledgement(Strict):
    """How payroll's answer to this file is read: its encoding, its column names, its words."""

    encoding: Encoding = "utf-8-sig"
    delimiter: _OneCharacter = ","
    columns: dict[AnswerColumn, str]
    words: dict[str, Literal["accepted", "paid", "rejected"]]

    @model_validator(mode="after")
    def _names_a_line(self) -> "Acknowledgement":
        if "status" not in self.columns or not {"line_id", "employee_no"} & set(self.columns):
            raise ValueError("columns must name status, and line_id or employee_no")
        return self


class Layout(Strict):
    """One import of one payroll system."""

    layout: _Identifier = Field(description="id; the folder its files are in")
    version: int = Field(ge=1)
    title: dict[Literal["zh", "en"], str] = Field(default_factory=dict)
    pay_groups: list[str] | None = Field(default=None, description="pay groups it is written for; left out means all")
    format: Literal["delimited", "fixed"]
    encoding: Encoding
    line_end: Literal["lf", "crlf"]
    ends_with_line_end: bool = True
    delimiter: _OneCharacter = ","
    quote: Literal["minimal", "all", "none"] = "minimal"
    width_unit: Literal["characters", "bytes"] = "bytes"
    file_name: str = Field(description="with {payer_entity}, {pay_month}, {part:03} and other fields of run and file")
    one_file_per: list[Literal["payer_entity", "currency", "cost_centre", "department_id", "pay_item_code"]] = Field(
        default_factory=list
    )
    row_limit: int | None = Field(default=None, ge=1, description="more rows than this go into further files")
    row_per: Literal["line"] | list[str] = Field(default="line", description="line, or fields whose amounts are added")
    column_names: bool = Field(default=False, description="write a record with the columns' names before the rows")
    header: list[list[Cell]] = Field(default_factory=list, description="records before the names and the rows")
    columns: list[Cell] = Field(min_length=1)
    trailer: list[list[Cell]] = Field(default_factory=list, description="records after the rows")
    acknowledgement: Acknowledgement | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "Layout":
        faults: list[InitErrorDetails] = [
            {"type": PydanticCustomError("layout", "{fault}", {"fault": fault}), "loc": where, "input": None}
            for where, fault in (*self._row_faults(), *self._file_name_faults(), *self._cell_faults())
        ]
        if faults:
            raise ValidationError.from_exception_data("layout", faults)
        return self

    def placed_cells(self) -> Iterator[tuple[tuple[int | str, ...], Cell]]:
        """Every cell of every record, and where it stands in the file."""
        for number, cell in enumerate(self.columns):
            yield ("columns", number), cell
        for part, records in (("header", self.header), ("trailer", self.trailer)):
            for row, record in enumerate(records):
                for number, cell in enumerate(record):
                    yield (part, row, number), cell

    def _row_faults(self) -> Iterator[_Fault]:
        """Rows that stand for several lines must not show a value that differs between them."""
        if self.row_per != "line":
            for name in self.row_per:
                if name not in LINE_FIELDS:
                    yield ("row_per",), f"{name!r} is no field; known here: {', '.join(LINE_FIELDS)}"
            one_valued = {*self.row_per, *self.one_file_per, "currency"}
            for number, cell in enumerate(self.columns):
                if cell.field in LINE_FIELDS and cell.field not in one_valued:
                    yield ("columns", number), f"one row has several values of {cell.field}; add it to row_per"
        given = [cell.amount for cell in self.columns if cell.amount is not None]
        items = [item for amount in given if amount != "all" for item in amount]
        if not given:
            yield ("columns",), "no column holds an amount; write amount: all in one"
        if "all" in given and len(given) > 1:
            yield ("columns",), "amount: all leaves nothing for another amount column"
        if items and self.row_per == "line":
            yield ("row_per",), "amounts by pay item need rows of people, such as row_per: [employee_no]"
        for item in sorted({item for item in items if items.count(item) > 1}):
            yield ("columns",), f"pay item {item} stands in two amount columns"

    def _file_name_faults(self) -> Iterator[_Fault]:
        known = {*RUN_FIELDS, *self.one_file_per, "part", "parts"}
        try:
            named = {name for _, name, _, _ in string.Formatter().parse(self.file_name) if name is not None}
        except ValueError as error:
            yield ("file_name",), str(error)
            return
        for name in sorted(named - known):
            yield ("file_name",), f"{{{name}}} is not known here; known: {', '.join(sorted(known))}"
        for name in sorted({*self.one_file_per, *(["part"] if self.row_limit else [])} - named):
            yield ("file_name",), f"must hold {{{name}}}, or two files would have one name"

    def _cell_faults(self) -> Iterator[_Fault]:
        shared = {*RUN_FIELDS, *RUN_DATES, *self.one_file_per}
        for where, cell in self.placed_cells():
            if where[0] == "columns" and cell.total is not None:
                yield where, "a total stands in header or trailer"
            if where[0] != "columns" and (
                cell.amount is not None or cell.sequence or (cell.field is not None and cell.field not in shared)
            ):
                yield (
                    where,
                    "this belongs to a row; here stand totals, constants, fields of the run and of one_file_per",
                )
            if self.format == "fixed" and cell.width is None:
                yield where, "every cell of a fixed layout needs a width"
            yield from ((where, fault) for fault in self._encoding_faults(cell))

    def _encoding_faults(self, cell: Cell) -> Iterator[str]:
        texts = (cell.constant, cell.pad, *(cell.values or {}).values(), cell.name if self.column_names else None)
        for text in texts:
            try:
                (text or "").encode(self.encoding)
            except UnicodeEncodeError as error:
                yield f"{(text or '')[error.start]!r} does not exist in {self.encoding}"
                return
        if cell.pad and self.width_unit == "bytes" and len(cell.pad.encode(self.encoding.removesuffix("-sig"))) != 1:
            yield f"the pad must be one byte in {self.encoding}"
