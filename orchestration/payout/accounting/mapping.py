"""Which account an amount belongs to: `accounts.yaml`, read with line numbers. A line without a rule is an error."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from connectors.config import parse_document
from connectors.config_base import Strict
from connectors.errors import ConfigError
from orchestration.payout.errors import AccountMissing, RulesInvalid
from orchestration.payout.lines import PayoutLine

SAMPLE_ACCOUNTS = Path(__file__).parent.parent / "sample" / "accounts.yaml"


class Account(Strict):
    """An account of the chart. `journal` is its name in the journal's text, below the type's own root."""

    type: Literal["expense", "liability", "asset"]
    name: dict[Literal["zh", "en"], str] = Field(min_length=1)
    journal: str = Field(pattern="^[A-Z][A-Za-z0-9]*$")


class AccountRule(Strict):
    """Lines that all given conditions match; `*` stands for any text. The first rule that matches counts."""

    account: str
    payers: list[str] | None = None
    pay_items: list[str] | None = None
    components: list[str] | None = None
    cost_centres: list[str] | None = None
    kinds: list[str] | None = None

    def matches(self, line: PayoutLine) -> bool:
        wanted = (
            (self.payers, line.payer_entity),
            (self.pay_items, line.pay_item_code),
            (self.components, line.component),
            (self.cost_centres, line.cost_centre),
            (self.kinds, line.kind),
        )
        return all(patterns is None or any(fnmatchcase(text, each) for each in patterns) for patterns, text in wanted)


class AccountMapping(Strict):
    """The chart as far as payouts need it. `payable` is owed to people; `clearing` is payroll's, who pay them."""

    accounts: dict[str, Account] = Field(min_length=1)
    payable: str
    clearing: str
    posting_date: Literal["period_end", "approved_on"] = "period_end"
    rules: list[AccountRule] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_known_accounts(self) -> "AccountMapping":
        named = [(("payable",), self.payable), (("clearing",), self.clearing)]
        named += [(("rules", number, "account"), rule.account) for number, rule in enumerate(self.rules)]
        faults: list[InitErrorDetails] = [
            {
                "type": PydanticCustomError("account", "{code} is not among accounts; add it there", {"code": code}),
                "loc": where,
                "input": None,
            }
            for where, code in named
            if code not in self.accounts
        ]
        if faults:
            raise ValidationError.from_exception_data("accounts", faults)
        return self

    def account_of(self, line: PayoutLine) -> str:
        """The code of the account a line is charged to; raises `AccountMissing`."""
        for rule in self.rules:
            if rule.matches(line):
                return rule.account
        raise AccountMissing(
            f"{line.run}: no rule of accounts.yaml takes line {line.line_id} of {line.employee_no} (payer "
            f"{line.payer_entity}, pay item {line.pay_item_code}, component {line.component}, cost centre "
            f"{line.cost_centre or 'none'}, {line.kind}); add a rule"
        )


@dataclass(frozen=True, slots=True)
class AccountsFile:
    """A mapping and the text it was read from, which is kept with the postings it gave."""

    mapping: AccountMapping
    text: str


def load_accounts(path: Path | None = None) -> AccountsFile:
    """Read a mapping (default: the sample company's); raises `RulesInvalid` with file, line and what to do."""
    source = path or SAMPLE_ACCOUNTS
    try:
        return parse_accounts(source.read_text(encoding="utf-8"), source.name)
    except (OSError, UnicodeDecodeError) as error:
        raise RulesInvalid(f"{source}: cannot be read as UTF-8 ({error}); give the right path") from None


def parse_accounts(text: str, name: str) -> AccountsFile:
    """A mapping from a text that was kept; `name` is what messages call it."""
    try:
        return AccountsFile(parse_document(text, name, AccountMapping), text)
    except ConfigError as error:
        raise RulesInvalid(str(error)) from None


def accounts_schema() -> dict[str, Any]:
    """JSON Schema of accounts.yaml, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **AccountMapping.model_json_schema()}
