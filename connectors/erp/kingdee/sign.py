"""Proving who asks, in Kingdee's two ways: a signature on every request (default), or a session.

The signature follows the vendor's SDK 8.2.0 and is held by a golden vector in the tests. Everything is
`base64(hex(HMAC-SHA256))`: base64 of the hex text, not of the digest.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.errors import ConfigError, ErrorClass, SourceError
from connectors.http import HttpClient

# The vendor's SDK masks the gateway secret inside the app id with this published constant.
SDK_MASK = "0054f397c6234378b09ca7d3e5debce7"


@dataclass(frozen=True, slots=True, repr=False)
class Signature:
    """Signs each request; needs no log-in. `app_id` is `<client id>_<masked secret>`."""

    app_id: str
    app_secret: str
    account: str
    user: str
    org: str
    lcid: str = "2052"
    mask: str = SDK_MASK
    now: Callable[[], float] = time.time
    nonce: Callable[[], str] = lambda: secrets.token_hex(8)

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The headers of one request, good for its path and moment."""
        client_id, client_secret = client_secret_of(self.app_id, self.mask)
        parts = urlsplit(url)
        path = quote(parts.path + (f"?{parts.query}" if parts.query else ""), safe="")
        stamp, nonce = str(int(self.now())), self.nonce()
        text = f"{method.upper()}\n{path}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{stamp}\n"
        data = f"{self.account},{self.user},{self.lcid},{self.org}"
        return {
            "X-Api-ClientID": client_id,
            "X-Api-Auth-Version": "2.0",
            "x-api-timestamp": stamp,
            "x-api-nonce": nonce,
            "x-api-signheaders": "x-api-timestamp,x-api-nonce",
            "X-Api-Signature": sign(client_secret, text),
            "X-Kd-Appkey": self.app_id,
            "X-Kd-Appdata": base64.b64encode(data.encode()).decode(),
            "X-Kd-Signature": sign(self.app_secret, self.app_id + data),
        }

    def renew(self) -> None:
        """A signature does not expire; the next request carries a new one."""


class Session:
    """Logs in with the app secret and sends the session id; renews at most once a call, after a cool-down.

    A new session may need time to become valid, so a refused one is not answered with a storm of log-ins.
    """

    def __init__(
        self,
        client: HttpClient,
        credentials: dict[str, Any],
        *,
        path: str,
        cooldown_seconds: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._credentials, self._path = client, credentials, path
        self._cooldown, self._sleep = cooldown_seconds, sleep
        self._session: str | None = None

    def headers(self, method: str, url: str) -> dict[str, str]:
        """The session header; logs in where there is none."""
        del method, url
        if self._session is None:
            self._session = self._login()
        return {"kdservice-sessionid": self._session}

    def renew(self) -> None:
        """The session is lost: log in again, then wait."""
        self._session = self._login()
        self._sleep(self._cooldown)

    def _login(self) -> str:
        body = self._client.post(self._path, self._credentials).body
        answer = body if isinstance(body, dict) else {}
        session = answer.get("KDSVCSessionId")
        if answer.get("LoginResultType") != 1 or not session:
            text = f"log-in refused: {answer.get('Message') or 'no reason given'}; check app_id, app_secret and user"
            raise SourceError(ErrorClass.AUTH_FATAL, text)
        return str(session)


def sign(key: str, text: str) -> str:
    """`base64(hex(HMAC-SHA256(key, text)))`."""
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().encode()).decode()


def client_secret_of(app_id: str, mask: str = SDK_MASK) -> tuple[str, str]:
    """Client id and gateway secret out of an app id; raises `ConfigError` where it has another form."""
    client_id, _, masked = app_id.partition("_")
    try:
        raw = base64.b64decode(masked, validate=True)
    except ValueError:
        raw = b""
    if not client_id or not raw:
        raise ConfigError("company.yaml: kingdee: app_id must have the form <client id>_<secret in base64>")
    key = mask.encode()
    return client_id, base64.b64encode(bytes(byte ^ key[i % len(key)] for i, byte in enumerate(raw))).decode()
