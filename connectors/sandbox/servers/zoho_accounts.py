"""Zoho's accounts host: access tokens for an hour, at most ten calls in ten minutes for one refresh token."""

import time

from connectors.sandbox import credentials
from connectors.sandbox.servers.http import Request, Response, Sandbox, Vendor, answer
from connectors.sandbox.servers.tokens import TokenBook

LIFETIME = 3600
_CALLS, _WINDOW = 10, 600


class ZohoAccounts(Vendor):
    """`POST /oauth/v2/token`. The refresh token neither rotates nor expires."""

    name = "zoho_accounts"

    def __init__(self, sandbox: Sandbox, tokens: TokenBook, api_domain: str) -> None:
        super().__init__(sandbox)
        self._tokens, self._api_domain = tokens, api_domain

    def expire_tokens(self) -> None:
        self._tokens.expire_all()

    def reset_tokens(self) -> None:
        self._tokens.reset()

    def handle(self, request: Request) -> Response:
        if request.path != "/oauth/v2/token" or request.method != "POST":
            return answer({"error": "not_found"}, 404)
        asked = {**request.query, **request.form()}
        if (asked.get("client_id"), asked.get("client_secret")) != (
            credentials.ZOHO_CLIENT_ID,
            credentials.ZOHO_CLIENT_SECRET,
        ):
            return answer({"error": "invalid_client"})
        # A refused refresh token comes with HTTP 200.
        if asked.get("grant_type") != "refresh_token" or asked.get("refresh_token") != credentials.ZOHO_REFRESH_TOKEN:
            return answer({"error": "invalid_code"})
        with self._tokens.lock:
            calls = [at for at in self._tokens.state.get("calls", []) if at > time.time() - _WINDOW]
            if len(calls) >= _CALLS:
                message = "You have made too many requests continuously. Please try again after some time."
                return answer({"error": "Access Denied", "error_description": message, "status": "failure"}, 400)
            self._tokens.state["calls"] = [*calls, time.time()]
            token = "1000." + self._tokens.next_secret("access")
            self._tokens.state["access"][token] = time.time() + LIFETIME
            self._tokens.save()
        return answer(
            {
                "access_token": token,
                "scope": "ZohoCRM.modules.READ ZohoCRM.users.READ ZohoCRM.settings.READ",
                "api_domain": self._api_domain,
                "token_type": "Bearer",
                "expires_in": LIFETIME,
            }
        )
