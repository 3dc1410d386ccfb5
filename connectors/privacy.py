"""Personal fields never land in the clear: they become a keyed hash, a validity flag and a masked form.

Phones and e-mails are normalised first, so that one person matches across systems however a number was typed. The
hash is HMAC-SHA256 under the company's key over kind and normalised value: without the key a list of all Chinese mobile
numbers does not undo it. Names leave the record for a restricted stream of their own.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from connectors.stream import PersonalField

_MOBILE = re.compile(r"1[3-9]\d{9}")
_PLAIN_MOBILE = re.compile(r"1[3-9][0-9]{9}")  # typed without anything to fold
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}")
_SEPARATORS = re.compile(r"[\s\-‐-―−()（）.·/]+")
_EMAIL = re.compile(r"[a-z0-9._%+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,}")

Pseudonym = dict[str, str | bool]
Records = Sequence[dict[str, Any]]
Clean = Callable[[Records], list[dict[str, Any]]]


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
    text = str(raw).strip().lower()
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).strip().lower()
    return text, bool(_EMAIL.fullmatch(text))


def normalise_platform_id(raw: object) -> tuple[str, bool]:
    """An id on a chat platform, spaces folded; any non-empty text can exist."""
    text = "".join(unicodedata.normalize("NFKC", str(raw)).split())
    return text, bool(text)


class Pseudonymiser:
    """Replaces the personal fields of records, in place, under one key.

    Every record of every night passes here: the keyed halves of the HMAC are prepared once and copied, a page is
    cleaned field by field, and the common spellings are told without folding them first.
    """

    def __init__(self, key: str) -> None:
        if len(key) < 16:
            raise ValueError("the privacy key needs at least 16 characters")
        block = key.encode() if len(key.encode()) <= _HMAC_BLOCK else hashlib.sha256(key.encode()).digest()
        block = block.ljust(_HMAC_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._hash_mobile = self._hasher("phone:+86")
        self._hash_phone = self._hasher("phone:")
        self._hash_email = self._hasher("email:")
        self._hash_platform_id = self._hasher("platform_id:")

    def phone(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of a phone number; None for null and empty."""
        if isinstance(raw, str) and _PLAIN_MOBILE.fullmatch(raw):
            return {"hash": self._hash_mobile(raw), "valid": True, "masked": f"{raw[:3]}****{raw[7:]}"}
        if not raw or not (text := str(raw).strip()):
            return None
        normal, valid = normalise_phone(text)
        shown = normal.removeprefix("+86") if valid else normal
        masked = f"{shown[:3]}****{shown[-4:]}" if len(shown) >= 10 else "*" * len(shown)
        return {"hash": self._hash_phone(normal), "valid": valid, "masked": masked}

    def email(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of an e-mail address; None for null and empty."""
        if isinstance(raw, str) and _EMAIL.fullmatch(raw):
            normal, valid = raw, True
        elif not raw or not (text := str(raw).strip()):
            return None
        else:
            normal, valid = normalise_email(text)
        masked = f"{normal[:1]}***{normal[normal.rindex('@') :]}" if valid else "***"
        return {"hash": self._hash_email(normal), "valid": valid, "masked": masked}

    def platform_id(self, raw: object) -> Pseudonym | None:
        """Hash, validity and masked form of an id on a chat platform; None for null and empty."""
        if not raw or not (text := str(raw).strip()):
            return None
        normal, valid = normalise_platform_id(text)
        masked = f"{normal[:1]}***{normal[-1:]}" if len(normal) > 3 else "***"
        return {"hash": self._hash_platform_id(normal), "valid": valid, "masked": masked}

    def compile(self, fields: Sequence[PersonalField]) -> Clean:
        """A function that cleans a page of records in place and returns the names it took out.

        The names are one object per record (field path -> value), empty where the record has none; the list is empty
        where no field is a name.
        """
        replaced = [(*_split(it.path), getattr(self, it.kind)) for it in fields if it.kind not in {"name", "drop"}]
        dropped = [_split(it.path) for it in fields if it.kind == "drop"]
        named = [(*_split(it.path), it.path) for it in fields if it.kind == "name"]

        def clean(records: Records) -> list[dict[str, Any]]:
            holders = {above: _holders(records, above) for above in depths}
            for above, last, pseudonym in replaced:
                for holder in holders[above]:
                    raw = holder.get(last)
                    if raw is not None:
                        holder[last] = pseudonym(raw)
            for above, last in dropped:
                for holder in holders[above]:
                    holder.pop(last, None)
            names: list[dict[str, Any]] = [{} for _ in records] if named else []
            for above, last, path in named:
                for holder, found in zip(holders[above], names, strict=True):
                    value = holder.pop(last, None)
                    if value:
                        found[path] = value
            return names

        depths = {above for above, *_ in (*replaced, *dropped, *named)}
        return clean

    def _hasher(self, prefix: str) -> Callable[[str], str]:
        """HMAC-SHA256, as hex, of the prefix followed by a text."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(prefix.encode())

        def keyed(text: str) -> str:
            inside, outside = inner.copy(), outer.copy()
            inside.update(text.encode())
            outside.update(inside.digest())
            return outside.hexdigest()

        return keyed


_HMAC_BLOCK = 64


def _split(path: str) -> tuple[tuple[str, ...], str]:
    """The way to the object that holds a field, and the field's name there."""
    *above, last = path.split(".")
    return tuple(above), last


def _holders(records: Records, path: Sequence[str]) -> Records:
    """The object at the end of a path in each record; an empty one where the path ends early."""
    nodes: list[Any] = list(records)
    for step in path:
        nodes = [below if (below := node.get(step)).__class__ is dict else {} for node in nodes]
    return nodes
