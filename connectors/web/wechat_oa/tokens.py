"""The stable token of an official account: two hours, and the same one for everybody who asks while it lives.

It is never forced: a forced token kills the one that the company's other programs use. When somebody else forces one,
ours is refused, and asking again brings theirs.
"""

import time
from collections.abc import Callable

from connectors.auth import Tokens
from connectors.http import HttpClient

MARGIN_SECONDS = 240.0
"""Five minutes before its end the vendor hands out the next token; asking earlier brings the old one again."""


def renewer(
    client: HttpClient, appid: str, secret: str, now: Callable[[], float] = time.time
) -> Callable[[str], Tokens]:
    """The renewal call for `TokenStore`; there is no refresh token in this vendor's flow."""

    def renew(refresh_token: str) -> Tokens:
        del refresh_token
        asked = {"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": False}
        body = client.post("/cgi-bin/stable_token", asked).body
        if not body.get("access_token"):
            raise client.contract_error("the token call succeeded without a token")
        return Tokens(body["access_token"], now() + float(body.get("expires_in", 7200)))

    return renew
