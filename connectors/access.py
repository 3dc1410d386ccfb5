"""How the hosts of one source are reached: what all its clients have in common, made once a night."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from connectors.auth import Auth
from connectors.classify import ErrorTable
from connectors.config_base import HttpSourceConfig
from connectors.http import HttpClient, Inspect, Patience
from connectors.ratelimit import TokenBucket
from connectors.redact import Redactor
from connectors.transport import Connections


class Access:
    """Makes the clients of one source. They share its connections, its rate limit and what has to be kept quiet."""

    def __init__(
        self,
        source: str,
        config: HttpSourceConfig,
        patience: Patience,
        *,
        errors: Path,
        inspect: Inspect,
        secrets: Iterable[str],
    ) -> None:
        self._source, self._inspect = source, inspect
        self._table = ErrorTable(errors, config.error_classes)
        # One bucket per credential, shared by its connections, which may start together.
        self._bucket = TokenBucket(config.requests_per_second, config.connections)
        self._connections = Connections(config.connections + 1)  # one for the token host
        self.patience = replace(patience, deadline=config.deadline_seconds)
        self.redact = Redactor(secrets)

    def client(
        self, base_url: str, stream: str, auth: Auth | None = None, *, exact_numbers: bool = False
    ) -> HttpClient:
        """A client for one stream and account."""
        return HttpClient(
            self._source,
            base_url,
            self._table,
            stream=stream,
            auth=auth,
            limiter=self._bucket,
            inspect=self._inspect,
            redact=self.redact,
            patience=self.patience,
            exact_numbers=exact_numbers,
            connections=self._connections,
        )

    def token_client(self, base_url: str, inspect: Inspect | None = None) -> HttpClient:
        """A client for token calls, which the vendor's rate limit does not count."""
        return HttpClient(
            self._source,
            base_url,
            self._table,
            stream="token",
            inspect=inspect or self._inspect,
            redact=self.redact,
            patience=self.patience,
            connections=self._connections,
        )
