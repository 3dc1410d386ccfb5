"""i人事's token: client credentials, two hours; asking again within its life returns the same token."""

import base64
import time
from collections.abc import Callable

from connectors.auth import Tokens
from connectors.classify import Fault
from connectors.http import HttpClient, Reply


def inspect_token(reply: Reply) -> Fault | None:
    """Only a body with an access token is success."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if reply.status < 400 and body.get("access_token"):
        return None
    return Fault(reply.status, str(body.get("error", "")), str(body.get("error_description", "no access token")))


def renewer(
    client: HttpClient, app_id: str, app_secret: str, now: Callable[[], float] = time.time
) -> Callable[[str], Tokens]:
    """The renewal call for `TokenStore`; there is no refresh token in this vendor's flow."""
    basic = base64.b64encode(f"{app_id}:{app_secret}".encode()).decode()

    def renew(refresh_token: str) -> Tokens:
        del refresh_token
        asked = {"grant_type": "client_credentials", "scope": "client"}
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json;charset=UTF-8"}
        body = client.call("POST", "/openapi/oauth/token", params=asked, headers=headers).body
        return Tokens(body["access_token"], now() + float(body.get("expires_in", 7199)))

    return renew
