"""The two ways to call a model's method: JSON-2 (Odoo 19 and later) and JSON-RPC (up to 21; removed after that).

Both take named arguments and give the method's result; `debug` of an error is a stack trace and never looked at.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from connectors.classify import Fault
from connectors.errors import ErrorClass, SourceError
from connectors.http import HttpClient, Reply

_RPC = "/jsonrpc"


class Caller(Protocol):
    """Calls a method of a model with named arguments and returns its result; raises `SourceError`."""

    def __call__(self, client: HttpClient, model: str, method: str, arguments: Mapping[str, Any]) -> Any: ...


def call_json2(client: HttpClient, model: str, method: str, arguments: Mapping[str, Any]) -> Any:
    """`POST /json/2/<model>/<method>`; the key stands in the headers."""
    return client.post(f"/json/2/{model}/{method}", dict(arguments)).body


def inspect_json2(reply: Reply) -> Fault | None:
    """`{"name", "message", "arguments", "context", "debug"}` with a proper HTTP status."""
    if reply.status < 400:
        return None
    body = reply.body if isinstance(reply.body, dict) else {"message": reply.body or ""}
    return Fault(reply.status, str(body.get("name", "")), str(body.get("message", "")))


class JsonRpc:
    """`execute_kw` with database, user id, key; the user id is asked for once. One instance per client."""

    def __init__(self, database: str, login: str, api_key: str) -> None:
        self._database, self._login, self._key = database, login, api_key
        self._uid: int | None = None

    def __call__(self, client: HttpClient, model: str, method: str, arguments: Mapping[str, Any]) -> Any:
        if self._uid is None:
            self._uid = self._authenticate(client)
        who = [self._database, self._uid, self._key]
        try:
            return _ask(client, "object", "execute_kw", [*who, model, method, [], dict(arguments)])
        except SourceError as error:
            text = f"{model}/{method}: {error.message}"
            raise error.saying(text) from error

    def _authenticate(self, client: HttpClient) -> int:
        uid = _ask(client, "common", "authenticate", [self._database, self._login, self._key, {}])
        if not isinstance(uid, int) or isinstance(uid, bool):
            hint = "check database, login and API key; a key lives three months at most"
            raise SourceError(ErrorClass.AUTH_FATAL, f"{_RPC} authenticate: the log-in was refused; {hint}")
        return uid


def inspect_jsonrpc(reply: Reply) -> Fault | None:
    """`{"error": {"code", "message", "data": {"name", "message", "debug"}}}` with HTTP 200."""
    body = reply.body if isinstance(reply.body, dict) else {}
    error = body.get("error")
    if error is None:
        return None if reply.status < 400 and "result" in body else Fault(reply.status, "", "no result in the answer")
    data = error.get("data") or {} if isinstance(error, dict) else {}
    return Fault(reply.status, str(data.get("name", "")), str(data.get("message", "")))


def _ask(client: HttpClient, service: str, method: str, arguments: list[Any]) -> Any:
    params = {"service": service, "method": method, "args": arguments}
    body = client.post(_RPC, {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}).body
    return body["result"]
