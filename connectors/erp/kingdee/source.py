"""Puts the parts of the Kingdee connector together."""

from datetime import timedelta
from pathlib import Path

from connectors.access import Access
from connectors.auth import Auth
from connectors.config_base import resolve
from connectors.erp.kingdee.config import KingdeeConfig
from connectors.erp.kingdee.read import KingdeeReader, inspect
from connectors.erp.kingdee.sign import SDK_MASK, Session, Signature
from connectors.erp.kingdee.streams import MODIFIED, SNAPSHOT, SOURCE
from connectors.http import HttpClient
from connectors.stream import ExtractRequest, StreamSpec
from connectors.vendor import Intake, Surroundings, VendorSource, chosen

_ERRORS = Path(__file__).with_name("errors.yaml")


def build(config: KingdeeConfig, around: Surroundings) -> VendorSource:
    """The source; raises `ConfigError` for missing secrets and unknown streams."""
    given = config.credentials
    app_id, app_secret, user, org, base_url = (
        resolve(value, around.environment)
        for value in (given.app_id, given.app_secret, given.user, given.org, config.base_url)
    )
    mask = resolve(given.key_mask, around.environment) if given.key_mask else SDK_MASK
    access = Access(SOURCE, config, around.patience, errors=_ERRORS, inspect=inspect, secrets=[app_secret, app_id])

    def auth(account: str) -> Auth:
        if config.auth == "signature":
            return Signature(app_id, app_secret, account, user, org, given.lcid, mask)
        login = {"acctId": account, "userName": user, "appId": app_id, "appSecret": app_secret, "lcid": int(given.lcid)}
        host = access.token_client(base_url)
        return Session(
            host,
            login,
            path=config.login_path,
            cooldown_seconds=config.session_cooldown_seconds,
            sleep=access.patience.sleep,
        )

    def client(request: ExtractRequest) -> HttpClient:
        return access.client(base_url, request.spec.name, auth(request.account), exact_numbers=True)

    return VendorSource(
        name=SOURCE,
        specs=chosen(config),
        calendar=around.calendar,
        connections=config.connections,
        overlap=timedelta(minutes=config.overlap_minutes),
        configured_accounts=tuple(config.accounts),
        pseudonymiser=around.pseudonymiser,
        client=client,
        read=KingdeeReader(config, around.calendar).read,
        intake=_intake,
    )


def _intake(spec: StreamSpec) -> Intake:
    return Intake(cursor_field=None if SNAPSHOT in spec.key else MODIFIED)
