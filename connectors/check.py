"""Whether a source can be read tonight: every stream is asked for its first page and nothing is landed.

The connector itself asks, so that credentials, accounts, names of fields and the shape of records are tried exactly as
a night would use them. A stream's first records are looked at and forgotten.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from connectors.config_models import CompanyConfig
from connectors.errors import ConfigError, ErrorClass, SourceError
from connectors.http import Patience
from connectors.registry import build_sources
from connectors.stream import ExtractRequest, Source, StreamSpec, Window
from connectors.window import midnight

Kind = Literal[
    "fine", "configuration", "secret", "account", "rights", "contract", "clock", "network", "quota", "vendor"
]

ADVICE: Mapping[Kind, str] = {
    "fine": "",
    "configuration": "correct company.yaml or set what it refers to",
    "secret": "renew the secret, and see that it belongs to this account and that base_url is the vendor's",
    "account": "correct the account in company.yaml, or open it to these credentials",
    "rights": "give the credentials the right to read this",
    "contract": "a field, form or setting is not what this stream expects: see its page under docs/sources",
    "clock": "set this host's clock (NTP), then check again",
    "network": "see base_url, the proxy and authorities of the environment, and the firewall",
    "quota": "the vendor's limit is used up: wait, or lower requests_per_second",
    "vendor": "the vendor's system fails: check again later",
}
"""What a person can do about each kind."""

_ENDS = frozenset({"secret", "clock", "network", "quota"})
"""What holds for the whole source: asking on could lock the credential."""

_ACCOUNT = re.compile(r"account|advertiser|appid|website id|database not found|账套|账号|帐号", re.IGNORECASE)
"""How vendors speak of an account that is wrong or not open to these credentials."""

_SMALL = {
    **{name: {"page_size": 1} for name in ("zoho_crm", "odoo", "jiandaoyun")},
    "kingdee": {"page_size": 200},  # the stock is handed over when all its pages are read
    "ihr360": {"batch_size": 1},
}
_CLOCK_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Finding:
    """How one stream and account answered. `message` holds no secret and nothing personal."""

    source: str
    stream: str
    account: str
    kind: Kind
    message: str

    @property
    def is_fine(self) -> bool:
        return self.kind == "fine"


def check_source(
    name: str,
    config: CompanyConfig,
    home: Path,
    *,
    as_of: datetime,
    environment: Mapping[str, str] | None = None,
    patience: Patience | None = None,
    streams: Sequence[str] = (),
) -> Iterator[Finding]:
    """Ask every stream (or those named) of one source; yields what each answered. Raises `ConfigError` for other names.

    A call is tried twice at most, so that a system that is down is told within a minute. What holds for all of a source
    (a refused secret, a wrong clock, no network) ends the check.
    """
    settings = getattr(config.sources, name, None)
    if settings is None:
        on = ", ".join(other for other in type(config.sources).model_fields if getattr(config.sources, other))
        raise ConfigError(f"{name} is not switched on in company.yaml; switched on are: {on}")
    none = dict.fromkeys(type(config.sources).model_fields)
    alone = config.sources.model_copy(update=none | {name: settings.model_copy(update=_SMALL.get(name, {}))})
    hasty = patience or Patience(tries=2, rate_tries=2, longest_wait=61.0, deadline=60.0)
    try:
        (source,) = build_sources(
            config.model_copy(update={"sources": alone}), home, environment=environment, patience=hasty
        )
    except ConfigError as error:
        yield Finding(name, "", "", "configuration", str(error))
        return
    if unknown := [stream for stream in streams if stream not in source.specs]:
        raise ConfigError(f"{name} has no stream {', '.join(unknown)}; it has: {', '.join(source.specs)}")
    for spec in source.specs.values():
        for account in source.accounts(spec.name) if not streams or spec.name in streams else ():
            finding = _ask(source, _yesterday(source, spec, account, as_of))
            yield finding
            if finding.kind in _ENDS:
                return


def _ask(source: Source, request: ExtractRequest) -> Finding:
    stream, account = request.spec.name, request.account
    try:
        seen = source.probe(request)
    except SourceError as error:
        kind = _kind(error)
        text = error.message
        if kind in {"secret", "rights", "contract"} and _ACCOUNT.search(text):
            kind = "account"
        if abs(error.skew) > _CLOCK_SECONDS and kind in {"secret", "account", "rights", "contract"}:
            kind, text = "clock", f"{_ahead(error.skew)}; {text}"
        return Finding(source.name, stream, account, kind, text)
    except ConfigError as error:
        return Finding(source.name, stream, account, "configuration", str(error))
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        # The text of such an error may quote the record.
        text = f"an answer has an unforeseen shape ({type(error).__name__})"
        return Finding(source.name, stream, account, "contract", text)
    if abs(seen.skew) > _CLOCK_SECONDS:
        return Finding(source.name, stream, account, "clock", _ahead(seen.skew))
    looked = f"{seen.records} records looked at" if seen.records else "no records of yesterday to look at"
    return Finding(source.name, stream, account, "fine", looked)


def _yesterday(source: Source, spec: StreamSpec, account: str, as_of: datetime) -> ExtractRequest:
    """The last whole business day: little to read, and final at most vendors."""
    zone = source.calendar.zone
    end = midnight(as_of.astimezone(zone).date(), zone)
    start = midnight((as_of.astimezone(zone) - timedelta(days=1)).date(), zone)
    if spec.mode == "incremental":
        return ExtractRequest(spec, account, Window(start, as_of), start.isoformat(), as_of)
    if spec.mode == "window":
        return ExtractRequest(spec, account, Window(start, end), None, as_of)
    return ExtractRequest(spec, account, Window(start, as_of), None, as_of)


def _kind(error: SourceError) -> Kind:
    match error.error_class:
        case ErrorClass.AUTH_FATAL | ErrorClass.TOKEN_EXPIRED:
            return "secret"
        case ErrorClass.PERMISSION:
            return "rights"
        case ErrorClass.BAD_REQUEST | ErrorClass.CONTRACT | ErrorClass.TOO_BIG:
            return "contract"
        case ErrorClass.RATE_SECOND | ErrorClass.RATE_MINUTE | ErrorClass.QUOTA_DAY:
            return "quota"
        case ErrorClass.RETRY:
            return "vendor" if error.answered else "network"


def _ahead(skew: float) -> str:
    return f"the vendor's clock is {skew / 60:+.0f} minutes off this host's"
