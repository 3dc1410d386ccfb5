"""Puts the parts of the i人事 connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.auth import StoredToken, TokenStore
from connectors.classify import Fault
from connectors.config_base import resolve
from connectors.hr.ihr360.config import Ihr360Config
from connectors.hr.ihr360.read import Ihr360Reader
from connectors.hr.ihr360.streams import FIELDS, LEFT_OUT, SOURCE, STAFF
from connectors.hr.ihr360.tokens import inspect_token, renewer
from connectors.http import HttpClient, Reply
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: Ihr360Config, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    app_id, app_secret, base_url = (
        resolve(value, around.environment)
        for value in (config.credentials.app_id, config.credentials.app_secret, config.base_url)
    )
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[app_secret])
    token_host = access.token_client(base_url, inspect_token)
    # An app that is still being debugged gets tokens of two minutes: a margin of five would ask at every call.
    store = TokenStore(
        around.secrets / f"{SOURCE}.json", renewer(token_host, app_id, app_secret), seed=app_id, margin_seconds=30
    )

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(
            base_url, request.spec.name, StoredToken(store, "Authorization", "Bearer ", access.redact.add)
        )

    def intake(spec: StreamSpec) -> Intake:
        extra = (config.staff_fields or ()) if spec.name == STAFF.name else ()
        return Intake(allowed=(*FIELDS[spec.name], *extra), left_out=LEFT_OUT)

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(0),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=Ihr360Reader(config, around.calendar).read,
        intake=intake,
    )


def inspect(reply: Reply) -> Fault | None:
    """`{"code": 0, "message", "data", "errorResult"}`; `code: -1` is an error in HTTP 200."""
    body = reply.body
    if not isinstance(body, dict):
        return Fault(reply.status, "", "no JSON object")
    if "error" in body:
        return Fault(reply.status, str(body["error"]), str(body.get("error_description", "")))
    if reply.status < 400 and body.get("code") == 0 and not body.get("errorResult"):
        return None
    return Fault(reply.status, str(body.get("code", "")), str(body.get("message", "")))
