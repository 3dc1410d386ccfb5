"""Zoho's token host: an access token for an hour from a refresh token that does not change.

At most ten calls in ten minutes are allowed for one refresh token, so the token is kept on disk and shared.
"""

import time
from collections.abc import Callable

from connectors.auth import Tokens
from connectors.classify import Fault
from connectors.http import HttpClient, Reply


def inspect_token(reply: Reply) -> Fault | None:
    """A refused refresh token comes with HTTP 200: only a body with an access token is success."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if reply.status < 400 and body.get("access_token"):
        return None
    text = str(body.get("error_description") or body.get("error") or "no access token in the answer")
    return Fault(reply.status, str(body.get("error", "")), text)


def renewer(
    client: HttpClient, client_id: str, client_secret: str, now: Callable[[], float] = time.time
) -> Callable[[str], Tokens]:
    """The renewal call for `TokenStore`."""

    def renew(refresh_token: str) -> Tokens:
        form = {
            "refresh_token": refresh_token,
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "refresh_token",
        }
        body = client.post("/oauth/v2/token", form=form).body
        return Tokens(
            access_token=body["access_token"],
            expires_at=now() + float(body.get("expires_in", 3600)),
            refresh_token=refresh_token,
            extra=str(body.get("api_domain", "")),
        )

    return renew
