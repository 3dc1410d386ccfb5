"""Personal fields never land in the clear: they become a keyed hash, a validity flag and a masked form.

Phones and e-mails are normalised first, so that one person matches across systems however a number was typed. The
hash is HMAC-SHA256 under the company's key over kind and normalised value: without the key a list of all Chinese mobile
numbers does not undo it. Names leave the record for a restricted stream of their own.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from connectors.stream import PersonalField

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}")
_SEPARATORS = re.compile(r"[\s\-‐-―−()（）.·/]+")
_EMAIL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")

Pseudonym = dict[str, str | bool]


def normalise_phone(raw: object) -> tuple[str, bool]:
    """E.164 form, and whether such a number can exist. Full-width digits, +86, 0086, spaces and dashes are folded."""
    text = _SEPARATORS.sub("", unicodedata.normalize("NFKC", str(raw)).strip())
    for prefix in ("+86", "0086", "86"):
        rest = text.removeprefix(prefix)
        if rest != text and (_MOBILE.fullmatch(rest) or _LANDLINE.fullmatch(rest)):
            text = rest
            break
    if _MOBILE.fullmatch(text):
        return f"+86{text}", True
    if _LANDLINE.fullmatch(text):
        return f"+86{text[1:]}", True
    if text.startswith("00"):
        text = f"+{text[2:]}"
    return text, bool(_FOREIGN.fullmatch(text)) and not text.startswith("+86")


def normalise_email(raw: object) -> tuple[str, bool]:
    """Lower case without surrounding spaces, and whether it has the form of an address."""
    text = unicodedata.normalize("NFKC", str(raw)).strip().lower()
    return text, bool(_EMAIL.fullmatch(text))


def normalise_platform_id(raw: object) -> tuple[str, bool]:
    """An id on a chat platform, spaces folded; any non-empty text can exist."""
    text = "".join(unicodedata.normalize("NFKC", str(raw)).split())
    return text, bool(text)


class Pseudonymiser:
    """Replaces the personal fields of records, in place, under one key."""

    def __init__(self, key: str) -> None:
        if len(key) < 16:
            raise ValueError("the privacy key needs at least 16 characters")
        self._key = key.encode()

    def phone(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of a phone number; None for null and empty."""
        if raw is None or not (text := str(raw).strip()):
            return None
        normal, valid = normalise_phone(text)
        shown = normal.removeprefix("+86") if valid else normal
        masked = f"{shown[:3]}****{shown[-4:]}" if len(shown) >= 10 else "*" * len(shown)
        return self._result("phone", normal, masked, valid=valid)

    def email(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of an e-mail address; None for null and empty."""
        if raw is None or not (text := str(raw).strip()):
            return None
        normal, valid = normalise_email(text)
        name, at, host = normal.rpartition("@")
        masked = f"{name[:1]}***@{host}" if valid and at else "***"
        return self._result("email", normal, masked, valid=valid)

    def platform_id(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of an id on a chat platform; None for null and empty."""
        if raw is None or not (text := str(raw).strip()):
            return None
        normal, valid = normalise_platform_id(text)
        masked = f"{normal[:1]}***{normal[-1:]}" if len(normal) > 3 else "***"
        return self._result("platform_id", normal, masked, valid=valid)

    def compile(self, fields: Sequence[PersonalField]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """A function that cleans one record in place and returns the names it took out (field path -> value)."""
        steps = [(field.path.split("."), field.path, field.kind) for field in fields]
        flat = [(path[0], getattr(self, kind)) for path, _, kind in steps if len(path) == 1 and kind not in _REMOVED]
        deep = [(path, getattr(self, kind)) for path, _, kind in steps if len(path) > 1 and kind not in _REMOVED]
        removed = [(path, name, kind == "name") for path, name, kind in steps if kind in _REMOVED]

        def clean(record: dict[str, Any]) -> dict[str, Any]:
            for name, replace in flat:
                if name in record:
                    record[name] = replace(record[name])
            for path, replace in deep:
                holder = _holder(record, path)
                if holder is not None:
                    holder[path[-1]] = replace(holder[path[-1]])
            names = {}
            for path, name, keep in removed:
                holder = _holder(record, path)
                if holder is not None:
                    value = holder.pop(path[-1])
                    if keep and value is not None and value != "":
                        names[name] = value
            return names

        return clean

    def _result(self, kind: str, normal: str, masked: str, *, valid: bool) -> Pseudonym:
        digest = hmac.digest(self._key, f"{kind}:{normal}".encode(), "sha256").hex()
        return {"hash": digest, "valid": valid, "masked": masked}


_REMOVED = frozenset({"name", "drop"})


def _holder(record: dict[str, Any], path: list[str]) -> dict[str, Any] | None:
    """The object that holds the last step of a path, or None where the path ends early."""
    node: Any = record
    for step in path[:-1]:
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, dict) and path[-1] in node else None
