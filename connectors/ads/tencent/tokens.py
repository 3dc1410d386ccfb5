"""Tencent's tokens: a day for the access token, thirty for the refresh token, which has to be renewed itself.

`/oauth/token` gives a new access token. When the refresh token has few days left, `/oauth/refresh_token` replaces both
at once and the old pair dies; when that fails the refresh token still lives, so the night goes on and says until when.
"""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from connectors.auth import QueryToken, Tokens, TokenStore
from connectors.errors import SourceError
from connectors.http import HttpClient

_DAY = 86_400


class SignedQuery:
    """Access token, the vendor's time and a nonce of one use, in the query of every attempt.

    The vendor refuses a time that is more than 300 seconds off, so `now` is to be its clock, not ours.
    """

    def __init__(self, store: TokenStore, learned: Callable[[str], Any], now: Callable[[], float]) -> None:
        self._token, self._now = QueryToken(store, "access_token", learned), now

    def headers(self, method: str, url: str) -> dict[str, str]:
        """No headers."""
        return self._token.headers(method, url)

    def query(self) -> dict[str, str]:
        """The three parameters; 32 characters is the longest nonce allowed."""
        return {**self._token.query(), "timestamp": str(int(self._now())), "nonce": secrets.token_hex(16)}

    def renew(self) -> None:
        """Take the pair that somebody else saved, or renew."""
        self._token.renew()


def renewer(
    client: HttpClient,
    client_id: str,
    client_secret: str,
    *,
    margin_days: int,
    learned: Callable[[str], Any] = str,
    now: Callable[[], float] = time.time,
) -> Callable[[str], Tokens]:
    """The renewal call for `TokenStore`. `margin_days`: the refresh token is renewed when it has less left.

    `extra` of the tokens is the end of the refresh token (ISO date, UTC) where it could not be renewed, else empty.
    """
    app = {"client_id": client_id, "client_secret": client_secret}

    def ask(path: str, refresh_token: str, more: dict[str, str]) -> tuple[Tokens, float]:
        learned(refresh_token)
        data = client.get(path, {**app, **more, "refresh_token": refresh_token}).body.get("data") or {}
        if not data.get("access_token"):
            raise client.contract_error("the token call succeeded without an access token")
        tokens = Tokens(
            data["access_token"],
            now() + float(data.get("access_token_expires_in", _DAY)),
            data.get("refresh_token") or refresh_token,
        )
        learned(tokens.access_token)
        learned(tokens.refresh_token)
        return tokens, float(data.get("refresh_token_expires_in", 30 * _DAY))

    def renew(refresh_token: str) -> Tokens:
        tokens, left = ask("/oauth/token", refresh_token, {"grant_type": "refresh_token"})
        if left >= margin_days * _DAY:
            return tokens
        try:
            return ask("/oauth/refresh_token", tokens.refresh_token, {})[0]
        except SourceError:
            end = datetime.fromtimestamp(now() + left, UTC).date().isoformat()
            return Tokens(tokens.access_token, tokens.expires_at, tokens.refresh_token, end)

    return renew
