"""Puts the parts of the Ocean Engine connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.ads.oceanengine.config import OceanEngineConfig
from connectors.ads.oceanengine.read import OceanEngineReader
from connectors.ads.oceanengine.streams import CLUE_FIELDS, CLUE_LEFT_OUT, CLUES, SOURCE
from connectors.ads.oceanengine.tokens import renewer
from connectors.auth import StoredToken, TokenStore
from connectors.classify import Fault
from connectors.config_base import resolve
from connectors.http import HttpClient, Reply
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: OceanEngineConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    app_id, secret, refresh_token, base_url = (
        resolve(value, around.environment)
        for value in (
            config.credentials.app_id,
            config.credentials.secret,
            config.credentials.refresh_token,
            config.base_url,
        )
    )
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[secret, refresh_token])
    token_host = access.token_client(base_url)
    store = TokenStore(around.secrets / f"{SOURCE}.json", renewer(token_host, app_id, secret), seed=refresh_token)

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(base_url, request.spec.name, StoredToken(store, "Access-Token", "", access.redact.add))

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(0),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=OceanEngineReader(config, around.calendar).read,
        intake=_intake,
    )


def inspect(reply: Reply) -> Fault | None:
    """HTTP 200 with `code` other than 0 is an error; the vendor's request_id goes into the message."""
    body = reply.body
    if not isinstance(body, dict):
        return Fault(reply.status, "", "no JSON object")
    code = body.get("code")
    if code == 0 and reply.status < 400:
        return None
    return Fault(
        reply.status, "" if code is None else str(code), f"{body.get('message', '')} [{body.get('request_id', '-')}]"
    )


def _intake(spec: StreamSpec) -> Intake:
    return Intake(CLUE_FIELDS, CLUE_LEFT_OUT) if spec.name == CLUES.name else Intake()
