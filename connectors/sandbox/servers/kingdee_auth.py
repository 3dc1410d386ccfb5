"""Kingdee's two ways in: a signature on every request, or a session (sources.md §12.2)."""

import base64
import hashlib
import hmac
from urllib.parse import quote

from connectors.sandbox import credentials
from connectors.sandbox.servers.http import Request
from connectors.sandbox.servers.tokens import TokenBook

SESSION_SECONDS = 1200
CLOCK_SKEW_SECONDS = 900


def sign(key: str, text: str) -> str:
    """Base64 of the *hex text* of HMAC-SHA256, as the vendor's SDK does it."""
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().encode()).decode()


def client_secret(app_id: str) -> str:
    """The request-signing secret hidden in the second half of an app id."""
    hidden = base64.b64decode(app_id.partition("_")[2])
    mask = credentials.KINGDEE_KEY_MASK.encode()
    return base64.b64encode(bytes(a ^ mask[i % len(mask)] for i, a in enumerate(hidden))).decode()


def signatures(
    app_id: str, app_secret: str, app_data: str, path: str, timestamp: str, nonce: str
) -> tuple[str, str, str]:
    """(X-Api-Signature, X-Kd-Appdata, X-Kd-Signature) of a request."""
    text = f"POST\n{quote(path, safe='')}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n"
    return (
        sign(client_secret(app_id), text),
        base64.b64encode(app_data.encode()).decode(),
        sign(app_secret, app_id + app_data),
    )


def complaint(request: Request, sessions: TokenBook, clock: float) -> str:
    """What is wrong with the request's credentials; empty when nothing is. `clock`: the server's, epoch seconds."""
    if "x-api-signature" in request.headers:
        return _signature_complaint(request, clock)
    session = request.headers.get("kdservice-sessionid")
    return "" if session and sessions.remaining(session) is not None else "会话信息已丢失，请重新登录"


def _signature_complaint(request: Request, clock: float) -> str:
    headers = request.headers
    app_id, timestamp = headers.get("x-kd-appkey", ""), headers.get("x-api-timestamp", "")
    app_data = _decoded(headers.get("x-kd-appdata", ""))
    api, _, kd = signatures(
        credentials.KINGDEE_APP_ID,
        credentials.KINGDEE_APP_SECRET,
        app_data,
        request.raw_path,
        timestamp,
        headers.get("x-api-nonce", ""),
    )
    client = credentials.KINGDEE_APP_ID.partition("_")[0]
    known = [credentials.KINGDEE_DATA_CENTRE, credentials.KINGDEE_USER]
    version = headers.get("x-api-auth-version"), headers.get("x-api-signheaders")
    checks = (
        (app_id == credentials.KINGDEE_APP_ID and headers.get("x-api-clientid") == client, "应用ID无效"),
        (version == ("2.0", "x-api-timestamp,x-api-nonce"), "签名版本或签名头无效"),
        (timestamp.isdigit() and abs(int(timestamp) - clock) <= CLOCK_SKEW_SECONDS, "时间戳已过期"),
        (app_data.split(",")[:2] == known, "账套或用户无效"),
        (hmac.compare_digest(api, headers["x-api-signature"]), "X-Api-Signature 验证失败"),
        (hmac.compare_digest(kd, headers.get("x-kd-signature", "")), "X-Kd-Signature 验证失败"),
    )
    return next((text for holds, text in checks if not holds), "")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except ValueError:
        return ""
