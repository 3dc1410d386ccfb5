"""Puts the parts of the Matomo connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.classify import Fault
from connectors.config_base import resolve
from connectors.http import HttpClient, Reply
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen
from connectors.web.matomo.config import MatomoConfig
from connectors.web.matomo.read import MatomoReader
from connectors.web.matomo.streams import SOURCE

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: MatomoConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    token, base_url = (resolve(value, around.environment) for value in (config.credentials.token_auth, config.base_url))
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[token])

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(base_url, request.spec.name, exact_numbers=True)  # goals carry revenue

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(0),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=MatomoReader(config, around.calendar, token).read,
        intake=_intake,
    )


def inspect(reply: Reply) -> Fault | None:
    """HTTP 200 with `{"result": "error", "message": …}` is an error."""
    body = reply.body
    if isinstance(body, dict) and body.get("result") == "error":
        return Fault(reply.status, "", str(body.get("message", "")))
    if reply.status >= 400:
        return Fault(reply.status)
    return None if isinstance(body, dict | list) else Fault(reply.status, "", "neither a JSON object nor a list")


def _intake(spec: StreamSpec) -> Intake:
    del spec  # aggregates only: nothing here is about a person
    return Intake()
