"""age encryption to configured recipients; the one place that knows the library."""

from collections.abc import Iterable
from typing import Any

import pyrage

_age: Any = pyrage  # a compiled module without types


def recipient(text: str) -> Any:
    """An age recipient (`age1...` or an SSH public key); raises `ValueError` for what is none."""
    try:
        return _age.x25519.Recipient.from_str(text) if text.startswith("age1") else _age.ssh.Recipient.from_str(text)
    except _age.RecipientError:
        raise ValueError(f"{text[:12]}... is no age recipient; write age1... or an SSH public key") from None


def encrypted(content: bytes, recipients: Iterable[str]) -> bytes:
    """The content for these recipients; other bytes every time, because the key of a file is its own."""
    return _age.encrypt(content, [recipient(each) for each in recipients])
