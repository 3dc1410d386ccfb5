"""Puts the parts of the Zoho connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.auth import StoredToken, TokenStore
from connectors.classify import Fault
from connectors.config_base import resolve
from connectors.crm.zoho.config import ZohoConfig
from connectors.crm.zoho.read import ZohoReader
from connectors.crm.zoho.streams import (
    DELETED_FIELDS,
    DELETED_LEFT_OUT,
    MODULES,
    SOURCE,
    TIMELINE_FIELDS,
    TIMELINE_LEFT_OUT,
    USERS_FIELDS,
    USERS_LEFT_OUT,
)
from connectors.crm.zoho.tokens import inspect_token, renewer
from connectors.http import HttpClient, Reply
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: ZohoConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    client_id, client_secret, refresh_token, base_url, accounts_url = (
        resolve(value, around.environment)
        for value in (
            config.credentials.client_id,
            config.credentials.client_secret,
            config.credentials.refresh_token,
            config.base_url,
            config.accounts_url,
        )
    )
    access = Access(
        SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[client_secret, refresh_token]
    )
    token_host = access.token_client(accounts_url, inspect_token)
    store = TokenStore(
        around.secrets / f"{SOURCE}.json", renewer(token_host, client_id, client_secret), seed=refresh_token
    )

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(
            (store.current().extra or base_url) if config.use_api_domain else base_url,
            request.spec.name,
            StoredToken(store, "Authorization", "Zoho-oauthtoken ", access.redact.add),
            exact_numbers=request.spec.name == "deals",  # amounts
        )

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(minutes=config.overlap_minutes),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=ZohoReader(config, around.calendar).read,
        intake=_intake,
    )


def inspect(reply: Reply) -> Fault | None:
    """`{"code", "details", "message", "status": "error"}` with a proper HTTP status."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if reply.status < 400 and body.get("status") != "error" and not isinstance(reply.body, str):
        return None
    code = str(body.get("code", ""))
    if reply.status == 429 and reply.headers.get("X-API-CREDITS-REMAINING") == "0":
        code = "CREDITS_EXHAUSTED"
    return Fault(reply.status, code, str(body.get("message", "")))


def _intake(spec: StreamSpec) -> Intake:
    if spec.name in MODULES:
        return Intake(cursor_field="Modified_Time")
    if spec.name == "users":
        return Intake(allowed=USERS_FIELDS, left_out=USERS_LEFT_OUT)
    if spec.name == "account_timeline":
        return Intake(allowed=TIMELINE_FIELDS, left_out=TIMELINE_LEFT_OUT)
    return Intake(allowed=DELETED_FIELDS, left_out=DELETED_LEFT_OUT, cursor_field="deleted_time")
