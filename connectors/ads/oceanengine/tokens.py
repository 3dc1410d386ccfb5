"""Ocean Engine's token call. Both tokens rotate and the old refresh token dies at once: see `connectors.auth`."""

import time
from collections.abc import Callable

from connectors.auth import Tokens
from connectors.http import HttpClient


def renewer(
    client: HttpClient, app_id: str, secret: str, now: Callable[[], float] = time.time
) -> Callable[[str], Tokens]:
    """The renewal call for `TokenStore`."""

    def renew(refresh_token: str) -> Tokens:
        asked = {"app_id": app_id, "secret": secret, "grant_type": "refresh_token", "refresh_token": refresh_token}
        body = client.post("/open_api/oauth2/refresh_token/", asked).body
        data = body.get("data") or {}
        if not data.get("access_token") or not data.get("refresh_token"):
            raise client.contract_error("the token call succeeded without a pair of tokens")
        return Tokens(data["access_token"], now() + float(data.get("expires_in", 86399)), data["refresh_token"])

    return renew
