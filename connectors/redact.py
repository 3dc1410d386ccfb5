"""Takes secrets and personal data out of texts that others wrote (vendors' messages, exceptions)."""

import re
from collections.abc import Iterable

_LONGEST = 300
_NAMED = r"""([\w-]*(?:token|secret|password|signature|session\w*id)["']?\s*[=:]\s*["']?)[^\s&"',;}]+"""
_PATTERNS = (
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "<e-mail>"),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d{9}(?!\d)"), "<phone>"),
    (re.compile(r"(?i)\b(bearer|zoho-oauthtoken|basic)\s+[^\s,;\"']+"), r"\1 <secret>"),
    (re.compile(_NAMED, re.IGNORECASE), r"\1<secret>"),
    (re.compile(r"(https?://[^\s?\"']+)\?[^\s\"')]*"), r"\1"),
)


class Redactor:
    """Knows the secrets of one source; `add` what is learned on the way (tokens)."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {secret for secret in secrets if len(secret) >= 4}

    def add(self, *secrets: str) -> None:
        """From now on take these texts out as well."""
        self._secrets |= {secret for secret in secrets if len(secret) >= 4}

    def __call__(self, text: object) -> str:
        """The text on one line, shortened, without secrets, e-mail addresses, phone numbers and query strings."""
        clean = " ".join(str(text).split())
        for secret in sorted(self._secrets, key=len, reverse=True):
            clean = clean.replace(secret, "<secret>")
        for pattern, replacement in _PATTERNS:
            clean = pattern.sub(replacement, clean)
        return clean if len(clean) <= _LONGEST else clean[:_LONGEST] + "…"
