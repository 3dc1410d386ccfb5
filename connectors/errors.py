"""What can go wrong outside, one class per recovery (not per cause).

The vendor's own code is mapped to an `ErrorClass` by a table per source; everything above the HTTP client only looks at
the class. Messages never hold tokens, query strings or personal data.
"""

from enum import StrEnum


class ErrorClass(StrEnum):
    """How to react to a failed call."""

    RETRY = "retry"
    RATE_SECOND = "rate_second"
    RATE_MINUTE = "rate_minute"
    QUOTA_DAY = "quota_day"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a class of errors, no password
    AUTH_FATAL = "auth_fatal"
    PERMISSION = "permission"
    BAD_REQUEST = "bad_request"
    TOO_BIG = "too_big"
    CONTRACT = "contract"
    """The vendor answered, but not what its contract says (missing field, repeated cursor, wrong count)."""


class SourceError(Exception):
    """A call or stream failed in a known way. `stops_source` tells whether the source's other streams may go on.

    `answered` is False where nothing came back from the vendor; `skew` tells by how many seconds its clock was ahead of
    ours.
    """

    def __init__(
        self,
        error_class: ErrorClass,
        message: str,
        *,
        source: str = "",
        stream: str = "",
        answered: bool = True,
        skew: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.answered, self.skew = answered, skew
        self.error_class = error_class
        self.message = message
        self.source = source
        self.stream = stream

    def saying(self, message: str) -> "SourceError":
        """The same fault in other words."""
        return SourceError(
            self.error_class,
            message,
            source=self.source,
            stream=self.stream,
            answered=self.answered,
            skew=self.skew,
        )

    @property
    def stops_source(self) -> bool:
        return self.error_class in {ErrorClass.AUTH_FATAL, ErrorClass.QUOTA_DAY}


class ConfigError(Exception):
    """The company's configuration is wrong: what, where (file and line) and what to do."""
